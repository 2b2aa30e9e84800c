"""Compares PDQ with Meta's code (PyPI pdqhash) on pictures drawn to be hard for rounding: hash, quality, eight dihedral hashes.

    cargo build --release --manifest-path benches/peers/Cargo.toml --bin identity
    python benches/peers/identity.py [--count 100000] [--seed 1] [--jobs 2] [--quick] [--kind KIND]...
    python benches/peers/identity.py --picture KIND NUMBER [--save FILE.png]

Prints for each kind how many pictures were compared, how many took the replica, how many differed in anything (0 is what is
promised: otherwise it fails), and how the fast path alone would have done; then its differences by the gap at the median.
The last two are what CERTAIN_GAP and the doubt of a quality stand on.
"""
import argparse
import collections
import math
import multiprocessing
import os
import pathlib
import subprocess
import sys
import time

import numpy as np
import pdqhash
import scipy.sparse

import pictures

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", pictures.ROOT / "benches/peers/target"))
OURS = TARGET / "release" / "identity"
CERTAIN_GAP = 0.04
DOUBT = 0.001
GAPS = [0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, CERTAIN_GAP, np.inf]
SHOWN = 20


def hexed(bits):
    return np.packbits(bits).tobytes().hex()


def theirs(image):
    """The eight hashes, the first of them `compute`'s, and the quality; their gaps; whether `compute_dihedral` has other hashes.

    It has for some pictures of 64x64: `compute` copies them into the grid, `compute_dihedral` runs its filter over them,
    whose windows are one pixel wide, and whose running sums round all the same. `compute` is taken to be right there.
    """
    pixels = np.asarray(image.convert("RGB"))
    bits, quality = pdqhash.compute(pixels)
    eight, quality_of_eight = pdqhash.compute_dihedral(pixels)
    eight = [hexed(bits) for bits in eight]
    if min(image.size) < 5:
        return (eight, quality), [np.inf] * 8, (hexed(bits), quality) != (eight[0], quality_of_eight)
    coefficients, _ = pdqhash.compute_float(pixels)
    copied, gaps = turned(coefficients[::-1].reshape(16, 16))
    disagrees = (eight, quality_of_eight) != (copied, quality)
    assert copied[0] == hexed(bits), "the coefficients are not those of the hash"
    assert image.size == (64, 64) or not disagrees, "the reference disagrees with itself"
    return (copied, quality), gaps, disagrees


def turned(coefficients):
    """The eight hashes from the 16x16 coefficients, as the reference makes them, and their gaps at the median."""
    odd = np.where(np.arange(16) % 2, 1, -1)
    flip_x, flip_y = coefficients * odd[:, None], coefficients * odd
    both = flip_x * odd
    eight = [coefficients, flip_y.T, both, flip_x.T, flip_x, flip_y, coefficients.T, both.T]
    middle = [np.sort(values, axis=None)[127:129] for values in eight]
    hashes = [hexed((values > low).ravel()[::-1]) for values, (low, _) in zip(eight, middle)]
    return hashes, [float(high - low) for low, high in middle]


class Ours:
    """Our program, fed over a pipe, a picture at a time."""

    def __init__(self):
        self.process = subprocess.Popen([OURS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, image):
        self.process.stdin.write(pictures.frame(image))
        self.process.stdin.flush()
        words = self.process.stdout.readline().decode().split()
        certain, fast_quality, quality = map(int, words[:3])
        fast, gaps, hashes = words[3:11], [float(gap) for gap in words[11:19]], words[19:]
        return certain, (fast, fast_quality), gaps, (hashes, quality)


def box(length):
    """One box filter of the reference over an axis, as a matrix."""
    full = -(-length // 128)
    right = (full + 2) // 2 - 1
    left = full - 1 - right
    first = np.maximum(np.arange(length) - left, 0)
    last = np.minimum(np.arange(length) + right, length - 1)
    counts = last - first + 1
    starts = np.concatenate([[0], np.cumsum(counts)])
    columns = np.arange(starts[-1]) - np.repeat(starts[:-1] - first, counts)
    return scipy.sparse.csr_array((np.repeat(1 / counts, counts), columns, starts), (length, length))


def samples(image):
    """The 64x64 samples from f64 arithmetic, rounded once."""
    luma = np.asarray(image.convert("RGB")) @ np.array([0.299, 0.587, 0.114])
    across, down = ((box(n)[(2 * np.arange(64) + 1) * n // 128] @ box(n)) for n in (image.width, image.height))
    return (down @ (across @ luma.T).T).astype(np.float32)


def doubt(image, expected):
    """How far differences must be off, in percent of the grey scale, to cut to the expected quality: the least that will do."""
    grid = samples(image)
    percent = np.abs(np.concatenate([(grid[1:] - grid[:-1]).ravel(), (grid[:, 1:] - grid[:, :-1]).ravel()]) * 100 / 255)
    total = int(np.trunc(percent).sum())
    rises = expected * 90 - total
    falls = total - (expected * 90 + 89) if expected < 100 else 0
    if rises > 0:
        return float(np.sort(np.ceil(percent + 1e-12) - percent)[rises - 1])
    if falls > 0:
        return float(np.sort(percent[percent >= 1] % 1)[falls - 1])
    return 0.0


class Counts:
    """What came out for one kind of pictures."""

    def __init__(self):
        self.pictures = self.replica = self.differences = self.fast_hash = self.fast_quality = self.disagreements = 0
        self.gap = self.doubt = self.shift = 0.0
        self.hashes = np.zeros(len(GAPS), int)
        self.fast_hashes = np.zeros(len(GAPS), int)
        self.shown = []

    def add(self, other):
        for name, value in vars(other).items():
            mine = getattr(self, name)
            setattr(self, name, max(mine, value) if name in {"gap", "doubt", "shift"} else mine + value)

    def compare(self, ours, image, name):
        certain, (fast, fast_quality), gaps, found = ours(image)
        expected, reference_gaps, disagrees = theirs(image)
        hashes, quality = expected
        self.pictures += 1
        if min(image.size) >= 5:
            self.shift = max(self.shift, np.abs(np.subtract(gaps, reference_gaps)).max())
        self.disagreements += disagrees
        self.replica += not certain
        if found != expected:
            self.differences += 1
            self.shown.append(f"{name} {image.mode} {image.width}x{image.height}: found {found}, expected {expected}")
        wrong = np.array([a != b for a, b in zip(fast, hashes)])
        where = np.searchsorted(GAPS, gaps)
        np.add.at(self.hashes, where, 1)
        np.add.at(self.fast_hashes, where, wrong)
        if wrong.any():
            self.fast_hash += 1
            self.gap = max(self.gap, max(np.array(gaps)[wrong]))
        if fast_quality != quality:
            self.fast_quality += 1
            self.doubt = max(self.doubt, doubt(image, quality))


def compare(task):
    seed, kind, numbers = task
    counts = Counts()
    for number in numbers:
        counts.compare(compare.ours, pictures.draw(seed, kind, number), f"{kind} {number}")
    return kind, counts


def start():
    compare.ours = Ours()


def tasks(count, seed, kinds):
    total = sum(pictures.SHARES[kind] for kind in kinds)
    all_tasks = []
    for kind in reversed(kinds):
        numbers = range(math.ceil(count * pictures.SHARES[kind] / total))
        chunk = 4 if kind in pictures.SLOW else 250
        all_tasks += [(seed, kind, numbers[at:at + chunk]) for at in range(0, len(numbers), chunk)]
    return all_tasks


def run(count, seed, jobs, kinds):
    began = time.monotonic()
    by_kind = collections.defaultdict(Counts)
    shown = 0
    with multiprocessing.Pool(jobs, start) as pool:
        for kind, counts in pool.imap_unordered(compare, tasks(count, seed, kinds)):
            by_kind[kind].add(counts)
            done = sum(counts.pictures for counts in by_kind.values())
            if sys.stderr.isatty():
                print(f"\r{done:,} of {count:,}, {shown} differences, {kind}\033[K", end="", file=sys.stderr, flush=True)
            for line in counts.shown[:max(0, SHOWN - shown)]:
                print("DIFFERENT:", line, flush=True)
            shown += len(counts.shown)
    total = Counts()
    rows = [(kind, by_kind[kind]) for kind in pictures.SHARES if kind in by_kind]
    for _, counts in rows:
        total.add(counts)
    report(rows + [("**all**", total)], total)
    print(f"\n{total.pictures:,} pictures, seed {seed}, {time.monotonic() - began:.0f} s, {total.differences} differences")
    return total.differences != 0


def report(rows, total):
    print("| kind | pictures | took the replica | **differences** | fast path alone: hashes differ | largest gap of these "
          "| largest change of any gap | quality differs | largest doubt of these |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kind, c in rows:
        print(f"| {kind} | {c.pictures:,} | {c.replica:,} | **{c.differences}** | {c.fast_hash:,} | {c.gap:.2g} | {c.shift:.2g} "
              f"| {c.fast_quality} | {c.doubt:.2g} |")
    print("\n| gap at the median, fast path | hashes | differ |\n|---|---|---|")
    names = ["0", *(f"to {gap:g}" for gap in GAPS[1:-1]), "above"]
    for name, hashes, wrong in zip(names, total.hashes, total.fast_hashes):
        print(f"| {name} | {hashes:,} | {wrong:,} |")
    times = lambda bound, found: f"{bound / found:.0f} times the largest" if found else "none differed"
    print(f"\nreference disagrees with itself (64x64 only): {total.disagreements} pictures")
    print(f"CERTAIN_GAP {CERTAIN_GAP}: {times(CERTAIN_GAP, total.gap)} of a hash that differed, "
          f"{times(CERTAIN_GAP, total.shift)} change by rounding; doubt {DOUBT} percent: {times(DOUBT, total.doubt)}")


def show(seed, kind, number, path):
    image = pictures.draw(seed, kind, number)
    certain, fast, gaps, found = Ours()(image)
    print(f"{kind} {number}: {image.mode} {image.width}x{image.height}, certain {certain}, gaps {gaps}")
    expected, reference_gaps, disagrees = theirs(image)
    print(f"gaps of the reference {reference_gaps}")
    for name, (hashes, quality) in [("fast", fast), ("ours", found), ("theirs", expected)]:
        print(name, quality, *hashes)
    print("doubt of the quality", doubt(image, expected[1]), "the reference disagrees with itself" if disagrees else "")
    if path:
        image.save(path)
    return found != expected


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="600 small pictures, in seconds")
    parser.add_argument("--kind", action="append", choices=list(pictures.SHARES), help="only this kind; may be repeated")
    parser.add_argument("--picture", nargs=2, metavar=("KIND", "NUMBER"))
    parser.add_argument("--save")
    arguments = parser.parse_args()
    if arguments.picture:
        kind, number = arguments.picture
        sys.exit(show(arguments.seed, kind, int(number), arguments.save))
    kinds = arguments.kind or [kind for kind in pictures.kinds() if not (arguments.quick and kind in pictures.SLOW)]
    sys.exit(run(600 if arguments.quick else arguments.count, arguments.seed, arguments.jobs, kinds))
