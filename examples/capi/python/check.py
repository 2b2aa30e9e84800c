"""Checks picture files against an index by the C library: `check.py INDEX FILE...`.

Needs cffi. LOOKALIKE_LIBRARY names the shared library, LOOKALIKE_HEADER its header; without them `liblookalike.so` and the header beside this
checkout are taken. Exit code as of the command line: 0 everything was checked and nothing matched, 1 something matched, 2 could not run,
3 nothing matched but something could not be checked.
"""

import os
import pathlib
import sys

import cffi

HEADER = pathlib.Path(__file__).resolve().parents[3] / "include" / "lookalike.h"


def declarations(header: str) -> str:
    """The header as a preprocessor of C would leave it."""
    kept, taken = [], []
    for line in header.splitlines():
        if line.startswith("#if"):
            taken.append(line.startswith("#ifndef"))
        elif line.startswith("#else"):
            taken[-1] = not taken[-1]
        elif line.startswith("#endif"):
            taken.pop()
        elif all(taken) and not line.startswith("#"):
            kept.append(line)
    return "\n".join(kept)


class Library:
    """The functions that this program needs, with errors as exceptions."""

    def __init__(self) -> None:
        self.ffi = cffi.FFI()
        self.ffi.cdef(declarations(pathlib.Path(os.environ.get("LOOKALIKE_HEADER", HEADER)).read_text()))
        self.c = self.ffi.dlopen(os.environ.get("LOOKALIKE_LIBRARY", "liblookalike.so"))

    def last_error(self) -> str:
        words = self.ffi.new("char[]", 512)
        self.c.lookalike_last_error(words, 512)
        return self.ffi.string(words).decode("utf-8", "replace")

    def opened(self, path: str) -> "Lists":
        snapshot = self.ffi.new("lookalike_snapshot **")
        if self.c.lookalike_index_open(os.fsencode(path), self.c.LOOKALIKE_OPEN_MODE_DEFAULT, snapshot) != 0:
            raise OSError(f"{path}: {self.last_error()}")
        lookup = self.ffi.new("lookalike_lookup **")
        status = self.c.lookalike_lookup_new(snapshot[0], self.ffi.NULL, lookup)
        self.c.lookalike_snapshot_free(snapshot[0])
        if status != 0:
            raise OSError(f"{path}: {self.last_error()}")
        return Lists(self, self.ffi.gc(lookup[0], self.c.lookalike_lookup_free))


class Lists:
    """Lists, opened for looking up."""

    def __init__(self, library: Library, lookup) -> None:
        self.library, self.lookup = library, lookup

    def check(self, picture: bytes):
        """What became of a picture, whether it was checked, and the entries that count: list, entry, distance, transform."""
        ffi, c = self.library.ffi, self.library.c
        place = ffi.new("lookalike_result **")
        status = c.lookalike_check_file(self.lookup, ffi.from_buffer("uint8_t[]", picture), len(picture), ffi.NULL, place)
        result = ffi.gc(place[0], c.lookalike_result_free)
        outcome = ffi.string(c.lookalike_status_name(status)).decode()
        entries = []
        if result != ffi.NULL:
            info, found = ffi.new("lookalike_result_info_t *"), ffi.new("lookalike_match *")
            c.lookalike_result_info(result, info)
            for number in range(info.matches):
                c.lookalike_result_match(result, number, found)
                text = [ffi.buffer(it.bytes, it.len)[:].decode("utf-8", "replace") for it in (found.list, found.entry)]
                entries.append((*text, found.distance, ffi.string(c.lookalike_transform_name(found.transform)).decode()))
        return outcome, bool(c.lookalike_status_was_checked(status)), entries


def main(arguments) -> int:
    if len(arguments) < 2:
        print("usage: check.py INDEX FILE...", file=sys.stderr)
        return 2
    library = Library()
    try:
        lists = library.opened(arguments[0])
    except OSError as error:
        print(f"check.py: {error}", file=sys.stderr)
        return 2
    matched = unchecked = False
    for path in arguments[1:]:
        try:
            picture = pathlib.Path(path).read_bytes()
        except OSError as error:
            print(f"{path}: unreadable")
            print(f"check.py: {error}", file=sys.stderr)
            unchecked = True
            continue
        outcome, was_checked, entries = lists.check(picture)
        print(f"{path}: {outcome}")
        if not was_checked:
            unchecked = True
            print(f"check.py: {path}: {library.last_error()}", file=sys.stderr)
        for name, entry, distance, transform in entries:
            print(f"  {name} {entry}, {distance} bits, {transform}")
        matched |= outcome == "match"
    return 1 if matched else 3 if unchecked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
