"""Compares the screening hash of JPEGs, made from their coefficients, with the exact one, made from their pixels.

    cargo build --release --manifest-path benches/peers/Cargo.toml --features jpeg --bin jpeg_identity
    python benches/peers/jpeg_identity.py PATH... [--poor PATH...] [--drawn FOLDER] [--jobs 2] [--named 30]

A path is a JPEG or a folder of them: photographs and their re-encodings, or, behind --poor, what has been blurred, overexposed or
drawn, whose bits are more often in doubt. --drawn fills a folder with drawn pictures in every encoding of `variants.py`. By
folder and smaller side, of pictures of (exact) quality 50 and above, and of those below: by how many bits the hashes differ,
the picture's own and the most different of its eight turned ones; by how much the quality.

Fails where at quality 50 and above any of the eight differs by more than the margin that the library states for that picture; where a
hash, but of the poor, differs by more than 4 bits from a smaller side of 512 on, by more than 10 from 256 on; or where a JPEG that
has an exact hash is called corrupt.
"""
import argparse
import collections
import os
import pathlib
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

import pictures
import variants

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", pictures.ROOT / "benches/peers/target"))
OURS = TARGET / "release" / "jpeg_identity"
MIN_QUALITY = 50
SIDES = [0, 256, 512, 1024, 2048]
# the most bits by which a hash may differ, from which smaller side on
LIMITS = [(512, 4), (256, 10)]
# margins are counted up to each of these
MARGINS = [4, 8, 12, 20, 32, 48, 64, 96, 256]
FIELDS = ["width", "height", "bytes", "read", "per_axis", "margin", "exact_quality", "quality", "distance", "largest", "gap",
          "largest_gap"]


class Screened:
    """One file's figures."""

    def __init__(self, path, fields, is_poor):
        self.path, self.is_poor = path, is_poor
        for name, value in zip(FIELDS, fields, strict=True):
            setattr(self, name, float(value) if "gap" in name else int(value))
        self.side = min(self.width, self.height)
        self.is_good = self.exact_quality >= MIN_QUALITY
        self.allowed = next((most for side, most in LIMITS if self.side >= side), 256)

    def broken(self):
        """Which promises do not hold."""
        if not self.is_good:
            return
        if self.distance > self.allowed and not self.is_poor:
            yield f"differs by {self.distance} bits, allowed are {self.allowed}"
        if self.largest > self.margin:
            yield f"one of the eight differs by {self.largest} bits, beyond the margin of {self.margin}"

    def __str__(self):
        return (f"{self.path} ({self.width}x{self.height}, {self.per_axis} per axis, quality {self.exact_quality}, "
                f"gap {self.gap:.2g}): differs by {self.distance}, one of the eight by {self.largest}")


def drawn(folder):
    """Pictures with structure at all scales, sharp edges, or noise, in every encoding; a few measures each."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for number, (width, height) in enumerate([(261, 317), (518, 512), (777, 800), (1031, 1100)]):
        for kind in ["smooth noise", "rectangles"] if number < 2 else ["rings"]:
            random = np.random.default_rng([3, number])
            planes = [pictures.CONTENTS[kind](random, number, width, height) for _ in range(3)]
            soft = pictures.smooth_noise(random, number, width, height)
            pixels = np.stack([0.6 * plane + 0.4 * soft for plane in planes], axis=2) + random.normal(0, 3, (height, width, 3))
            image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
            count += variants.encode(image, folder, f"{number}-{kind.replace(' ', '-')}", number)
    print(f"{count} encodings of drawn pictures\n")


def files(paths):
    for path in paths:
        yield from sorted(path.rglob("*.jp*g")) if path.is_dir() else [path]


def run(paths):
    """What our program says of each."""
    lines = subprocess.run([OURS], input="".join(f"{path}\n" for path in paths), stdout=subprocess.PIPE, text=True, check=True)
    return list(zip(paths, (line.split("\t") for line in lines.stdout.splitlines()), strict=True))


def class_of(side):
    low = max(low for low in SIDES if low <= side)
    high = next((high for high in SIDES if high > low), None)
    return f"{low} to {high - 1}" if high else f"{low} and more"


def spread(values):
    return f"{statistics.median(values):g} / {np.percentile(values, 90):g} / {max(values)}"


def table(title, groups):
    print(f"\n**{title}** (median / nine in ten / most)\n")
    print("| folder | smaller side | files | equal | bits | most of the eight | quality off by | equal in all eight |")
    print("|---|---|---|---|---|---|---|---|")
    for (folder, side), found in sorted(groups.items(), key=lambda item: (item[0][0], item[1][0].side)):
        share = sum(one.distance == 0 for one in found) / len(found)
        all_eight = sum(one.largest == 0 for one in found) / len(found)
        off = [abs(one.quality - one.exact_quality) for one in found]
        print(f"| {folder} | {side} | {len(found):,} | {share:.0%} | {spread([one.distance for one in found])} "
              f"| {spread([one.largest for one in found])} | {spread(off)} | {all_eight:.0%} |")


def report(found, paths, poor, named):
    """Prints the tables, and returns how many promises are broken."""
    top = lambda path: next((str(path.relative_to(given)) if given.is_file() else given.name for given in paths
                             if given == path or given in path.parents), "")
    groups = {True: collections.defaultdict(list), False: collections.defaultdict(list)}
    others, broken, screened = collections.defaultdict(list), [], []
    for path, (outcome, *fields) in found:
        if outcome != "screened":
            others[outcome, class_of(int(fields[0])) if outcome == "unscreened" else "", fields[-1]].append(path)
            if outcome == "unscreened" and fields[-1].startswith("corrupt"):
                broken.append(f"{path}: has an exact hash, but is called {fields[-1]}")
            continue
        one = Screened(path, fields, any(folder in [path, *path.parents] for folder in poor))
        screened.append(one)
        broken += [f"{path}: {what}" for what in one.broken()]
        for key in [(top(path), class_of(one.side)), ("**all**", class_of(one.side))]:
            groups[one.is_good][key].append(one)
    table("Quality 50 and above", groups[True])
    table("Below", groups[False])
    good = [one for one in screened if one.is_good]
    print(f"\n{len(found):,} files, {len(screened):,} screened, {len(good):,} of them of quality {MIN_QUALITY} and above")
    if good:
        print(f"largest gap at the median (the smaller of exact and screened) of a hash that differs: {max(one.largest_gap for one in good):.2g}")
        worst = max(good, key=lambda one: one.largest / one.margin)
        print(f"nearest to its margin: {worst.largest} of {worst.margin} bits, {worst.path}")
    crossing = [one for one in screened if (one.quality >= MIN_QUALITY) != one.is_good]
    print(f"on the other side of quality {MIN_QUALITY} by coefficients: {len(crossing)} "
          f"({sum(one.is_good for one in crossing)} of them are good and look poor)")
    print("| margin | " + " | ".join(f"to {most}" for most in MARGINS) + " |\n|---|" + "---|" * len(MARGINS))
    for name, those in [("files", good), ("of them differ by more", [one for one in good if one.largest > one.margin])]:
        counts = np.bincount(np.searchsorted(MARGINS, [one.margin for one in those]), minlength=len(MARGINS))
        print(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    print("\n| not screened | smaller side | why | files | such as |\n|---|---|---|---|---|")
    for (outcome, side, why), which in sorted(others.items()):
        print(f"| {outcome} | {side} | {why} | {len(which)} | {which[0].name} |")
    # those that promise the most leeway to the reader: the most different, worst first
    far = sorted(good, key=lambda one: (one.distance - one.allowed, one.largest), reverse=True)[:named]
    print(f"\nThe {len(far)} nearest to what is allowed, or beyond:")
    for one in far:
        print(f"  {one}")
    print(f"\n{len(broken)} broken promises")
    for line in broken[:named]:
        print(f"  BROKEN: {line}")
    return len(broken)


def main(paths, poor, jobs, named, folder):
    if folder:
        drawn(folder)
        poor = [*poor, folder]
    paths = [*paths, *poor]
    listed = list(files(paths))
    if not listed:
        sys.exit("no JPEG is there")
    # small and large ones spread over all
    parts = [listed[start::jobs * 8] for start in range(jobs * 8)]
    with ThreadPoolExecutor(jobs) as pool:
        found = sorted((one for part in pool.map(run, parts) for one in part), key=lambda one: one[0])
    sys.exit(1 if report(found, paths, poor, named) else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=pathlib.Path, nargs="*")
    parser.add_argument("--poor", type=pathlib.Path, nargs="+", default=[], metavar="PATH")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--named", type=int, default=30)
    parser.add_argument("--drawn", type=pathlib.Path, metavar="FOLDER")
    arguments = parser.parse_args()
    main(arguments.paths, arguments.poor, arguments.jobs, arguments.named, arguments.drawn)
