"""Times PDQ and the classic hashes beside other tools: the same pixels, one run, tools in turn; prints tables of ratios.

    cargo build --release --manifest-path benches/peers/Cargo.toml --features timing --bin timing
    python benches/peers/timing.py [--rounds 7]

Every round runs every tool once on the picture, so that a busy moment of the machine hits all alike; a figure is the median of
the rounds, beside the least, of CPU time, which other programs disturb less than the clock. Ours is repeated within
a round until it takes some milliseconds. Pixels are in memory, decoded; ours and plain reading take several copies in turn where a
picture is above 1 MiB, so that they come from memory, not from a cache. A goal is met, met at best (by the least), or not.
"""
import argparse
import datetime
import os
import pathlib
import statistics
import subprocess
import time
import warnings

import imagehash
import numpy as np
import pdqhash
from PIL import Image

import pictures

warnings.simplefilter("ignore")
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", pictures.ROOT / "benches/peers/target"))
ENOUGH_SECONDS = 0.02
PYTHON = {
    "PyPI pdqhash": lambda pixels, image: pdqhash.compute(pixels),
    "PyPI pdqhash, eight": lambda pixels, image: pdqhash.compute_dihedral(pixels),
    "ImageHash ahash": lambda pixels, image: imagehash.average_hash(image),
    "ImageHash dhash": lambda pixels, image: imagehash.dhash(image),
    "ImageHash phash": lambda pixels, image: imagehash.phash(image),
    "ImageHash whash": lambda pixels, image: imagehash.whash(image),
}


class Program:
    """Our program, which also runs the other crates."""

    def __init__(self):
        self.process = subprocess.Popen([TARGET / "release" / "timing"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def show(self, image):
        self.process.stdin.write(b"picture " + pictures.frame(image))
        self.process.stdin.flush()

    def run(self, name, times):
        self.process.stdin.write(f"run {name} {times}\n".encode())
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def measure(program, image, names, rounds):
    """The seconds of every round, by name; tools take turns."""
    program.show(image)
    pixels = np.asarray(image.convert("RGB"))
    picture = image if image.mode == "RGB" else Image.fromarray(pixels)

    def once(name, times):
        if name not in PYTHON:
            return program.run(name, times)
        start = time.thread_time()
        for _ in range(times):
            PYTHON[name](pixels, picture)
        return (time.thread_time() - start) / times

    # the first run is not counted: it finds memory and how often to repeat
    times = {name: max(1, min(1000, int(ENOUGH_SECONDS / once(name, 1)))) for name in names}
    found = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found[name].append(once(name, times[name]))
    return found


def photo_like(width, height):
    """A picture with structure at all scales and noise, that is hashed by no short cut."""
    random = np.random.default_rng(7)
    planes = []
    for _ in range(3):
        plane = np.zeros((height, width), np.float32)
        for cells, weight in [(4, 0.5), (16, 0.25), (128, 0.15)]:
            few = Image.fromarray(random.integers(0, 256, (cells, cells)).astype(np.uint8))
            plane += weight * np.asarray(few.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        planes.append(plane + random.integers(0, 25, plane.shape))
    return Image.fromarray(np.stack(planes, axis=2).astype(np.uint8))


def slope(width, height):
    """A gradient, whose hash is rounding: the exact way has to take the replica."""
    x, y = pictures.axes(width, height)
    plane = (100 + 60 * x / width + 0 * y).astype(np.uint8)
    return Image.fromarray(np.repeat(plane[..., None], 3, axis=2))


def seconds(value):
    return f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} us"


def table(title, image, found, ours):
    """All tools on one picture, and how many times ours is as fast."""
    megapixels = image.width * image.height / 1e6
    print(f"\n**{title}** ({image.width}x{image.height}, {image.mode})\n")
    print("| tool | median | least | ms/MP | times ours, medians | least |\n|---|---|---|---|---|---|")
    base, least = statistics.median(found[ours]), min(found[ours])
    for name, values in found.items():
        median = statistics.median(values)
        label = f"**{name}**" if name in OURS else name
        per_megapixel = f"{median * 1e3 / megapixels:.3g}"
        print(f"| {label} | {seconds(median)} | {seconds(min(values))} | {per_megapixel} | {median / base:.3g} "
              f"| {min(values) / least:.3g} |")


CLASSIC = ["ahash", "dhash", "phash", "whash"]
OURS = {"pdq", "pdq, eight", "pdq, exact", "pdq, scalar", *CLASSIC, "blockhash", "all six"}
GOALS = []


def goal(what, bound, unit, at_least, value):
    """Records whether a bound is kept: `value` computes from the medians, or from the least, of what was found."""
    values = [value(statistics.median), value(min)]
    met = [found >= bound if at_least else found <= bound for found in values]
    verdict = "yes" if all(met) else "**no**" if not any(met) else "at best"
    GOALS.append(f"| {what} | {'>=' if at_least else '<='} {bound:g} {unit} | {values[0]:.3g} | {values[1]:.3g} | {verdict} |")


def main(rounds):
    program = Program()

    def times(found, peer, ours):
        return lambda of: of(found[peer]) / of(found[ours])

    cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    load = os.getloadavg()[0]
    print(f"{datetime.date.today()}, {cpu}, {os.cpu_count()} cores, load {load:.1f} at the start, medians of {rounds} rounds")

    picture = photo_like(4000, 3000)
    hashers = [f"image_hasher {name}" for name in ("mean", "mean + dct", "gradient", "blockhash")]
    found = measure(program, picture, ["pdq", "pdq, exact", "pdq, scalar", "PyPI pdqhash", "crate pdqhash", *hashers], rounds)
    table("12 MP of colour", picture, found, "pdq, exact")
    goal("12 MP RGB, exact, against PyPI pdqhash", 100, "times", True, times(found, "PyPI pdqhash", "pdq, exact"))

    peers = [f"ImageHash {name}" for name in CLASSIC]
    found = measure(program, picture, ["all six", *CLASSIC, "blockhash", *peers], rounds)
    table("12 MP of colour, the classic hashes and all six hashes in one pass", picture, found, "all six")
    goal("all six hashes together, 12 MP RGB", 0.6, "ms/MP", False, lambda of: of(found["all six"]) * 1e3 / 12)
    for name, peer in zip(CLASSIC, peers):
        goal(f"{name} against ImageHash, 12 MP RGB", 5, "times", True, times(found, peer, name))

    doubtful = slope(4000, 3000)
    found = measure(program, doubtful, ["pdq", "pdq, exact", "PyPI pdqhash"], rounds)
    table("12 MP of gradient, for which the exact way takes the replica", doubtful, found, "pdq, exact")

    luma = photo_like(6000, 4000).convert("L")
    found = measure(program, luma, ["pdq", "read"], 3 * rounds)
    table("24 MP of luma, and plain reading of the same bytes", luma, found, "pdq")
    speeds = [f"{name} {luma.width * luma.height / statistics.median(found[name]) / 1e9:.1f} GB/s" for name in found]
    print("\nMedians:", ", ".join(speeds))
    goal("24 MP luma, of the bandwidth of reading", 50, "%", True, lambda of: 100 * of(found["read"]) / of(found["pdq"]))

    small = photo_like(512, 512).convert("L")
    found = measure(program, small, ["pdq", "pdq, exact", "PyPI pdqhash", "crate pdqhash"], 3 * rounds)
    table("512x512 of luma", small, found, "pdq")
    goal("512x512 luma", 65, "us", False, lambda of: of(found["pdq"]) * 1e6)

    grid = photo_like(64, 64).convert("L")
    found = measure(program, grid, ["pdq", "pdq, eight", "PyPI pdqhash", "PyPI pdqhash, eight", "crate pdqhash"], 3 * rounds)
    table("64x64 of luma", grid, found, "pdq")
    goal("64x64 to hash", 5, "us", False, lambda of: of(found["pdq"]) * 1e6)
    goal("64x64 to the eight dihedral hashes", 9, "us", False, lambda of: of(found["pdq, eight"]) * 1e6)

    print("\n| goal | bound | medians | least | met |\n|---|---|---|---|---|")
    print("\n".join(GOALS))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    main(parser.parse_args().rounds)
