"""Checks picture files against an index or a store by the C library: `check.py INDEX FILE...`.

Needs cffi. LOOKALIKE_LIBRARY names the shared library, LOOKALIKE_HEADER its header; without them `liblookalike.so` and the header beside this
checkout are taken. Exit code as of the command line: 0 everything was checked and nothing matched, 1 something matched, 2 could not run,
3 nothing matched but something could not be checked.
"""

import json
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

    def open(self, path: str, policy: str | None = None) -> "Checker":
        """A checker of an index file, or of a store, which is followed, under the policy of a TOML file if there is one."""
        options, place = self.ffi.new("lookalike_checker_options *"), self.ffi.new("lookalike_checker **")
        self.c.lookalike_checker_options_init(options)
        policy_file = self.ffi.new("char[]", os.fsencode(policy)) if policy else self.ffi.NULL
        options.policy_file = policy_file
        if self.c.lookalike_checker_open(os.fsencode(path), options, place) != 0:
            raise OSError(f"{path}: {self.last_error()}")
        return Checker(self, self.ffi.gc(place[0], self.c.lookalike_checker_free))


class Checker:
    """Compares pictures with lists."""

    def __init__(self, library: Library, checker) -> None:
        self.library, self.checker = library, checker

    def check(self, picture: bytes) -> dict:
        """The report of a picture, in the JSON form of every interface."""
        ffi, c = self.library.ffi, self.library.c
        place, length = ffi.new("lookalike_result **"), ffi.new("size_t *")
        status = c.lookalike_checker_check(self.checker, ffi.from_buffer("uint8_t[]", picture), len(picture), place)
        if place[0] == ffi.NULL:
            return {"outcome": ffi.string(c.lookalike_status_name(status)).decode(), "checked": False, "detail": self.library.last_error()}
        result = ffi.gc(place[0], c.lookalike_result_free)
        c.lookalike_result_json(result, ffi.NULL, 0, length)
        text = ffi.new("char[]", length[0] + 1)
        c.lookalike_result_json(result, text, length[0] + 1, length)
        return json.loads(ffi.string(text))


def main(arguments) -> int:
    if len(arguments) < 2:
        print("usage: check.py INDEX FILE...", file=sys.stderr)
        return 2
    try:
        checker = Library().open(arguments[0])
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
        report = checker.check(picture)
        print(f"{path}: {report['outcome']}")
        if not report["checked"]:
            unchecked = True
            print(f"check.py: {path}: {report.get('detail')}", file=sys.stderr)
        for found in report.get("matches", []):
            print(f"  {found['list']} {found['entry']}, {found['distance']} bits, {found['transform']}")
        matched |= report["outcome"] == "match"
    return 1 if matched else 3 if unchecked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
