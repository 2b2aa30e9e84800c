"""Times JPEG files from the disk to PDQ, beside threatexchange, and beside Pillow, which only decodes them: one run, one core.

    cargo build --release --manifest-path benches/peers/Cargo.toml --features jpeg --bin jpeg_files
    python benches/peers/jpeg_files.py DIRECTORY [--rounds 5] [--slow-rounds 1] [--count N]

DIRECTORY is that of `photos.py`. Tools take turns, a round of each over all photographs, pinned to one core; a file's figure is the
median of the rounds, a table's the sum over its files: seconds of CPU, which other programs disturb less than the clock, beside
those elapsed. All read the files anew, from the page cache. `screened` is ours as a scan does it: the whole file read, hashed from
its coefficients, or from its pixels where that is not possible; `read as needed` fetches 4 KB at a time; `exact` is from pixels always. Pillow
decodes to RGB with libjpeg-turbo (grey where grey), and hashes nothing. threatexchange is slow: a round of it is enough.

Then progressive files, each with Pillow's decoding and ours, and how much of it was fetched: the original ones of 8 megapixels
and more, and of five photographs what Pillow makes of 4000x3000 pixels (DIRECTORY/progressive/).
"""
import argparse
import datetime
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time

import numpy as np
import PIL
from PIL import Image, features

import pictures
import variants
from jpeg_identity import SIDES, class_of

Image.MAX_IMAGE_PIXELS = None
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", pictures.ROOT / "benches/peers/target"))
OURS = TARGET / "release" / "jpeg_files"
NAMES = {"screen": "**screened**", "stream": "**read as needed**", "exact": "**exact**", "pillow": "Pillow, decoding alone",
         "threatexchange": "threatexchange"}
# (how many times as fast as which tool, over all photographs)
GOALS = [("threatexchange", 25), ("pillow", 4)]
PROGRESSIVE = {"time": 1 / 15, "read": 0.2}


class Program:
    """Ours, which goes over the same list whenever it is told to."""

    def __init__(self, paths, directory):
        path = directory / "timed.txt"
        path.write_text("".join(f"{path}\n" for path in paths))
        self.count = len(paths)
        self.process = subprocess.Popen([OURS, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, name):
        """Of every file: seconds of CPU, seconds elapsed, bytes fetched, whether it was screened."""
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return [[float(word) for word in self.process.stdout.readline().split()] for _ in range(self.count)]


def timed(paths, work):
    rows = []
    for path in paths:
        cpu, elapsed = time.thread_time(), time.perf_counter()
        work(path)
        rows.append([time.thread_time() - cpu, time.perf_counter() - elapsed, path.stat().st_size, 0])
    return rows


def decoded(path):
    with Image.open(path) as image:
        image.load()


def rounds_of(paths, directory, names, rounds, slow_rounds):
    """For each tool the median over its rounds: an array of files by (CPU, elapsed, bytes, screened)."""
    program = Program(paths, directory)
    work = {name: lambda name=name: program.run(name) for name in ["screen", "stream", "exact"]}
    work["pillow"] = lambda: timed(paths, decoded)
    if "threatexchange" in names:
        from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes
        work["threatexchange"] = lambda: timed(paths, lambda path: pdq_from_bytes(path.read_bytes()))
    found = {name: [] for name in names}
    # the first round is not counted: it brings the files into the page cache
    for number in range(rounds + 1):
        for name in names:
            if name != "threatexchange":
                figures = work[name]()
                if number:
                    found[name].append(figures)
            elif number and number <= slow_rounds:
                found[name].append(work[name]())
        print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
    return {name: np.median(np.array(figures), axis=0) for name, figures in found.items()}


def table(title, found, which, sizes):
    """All tools over some of the files."""
    pixels = sizes.prod(axis=1)[which].sum() / 1e6
    screened = int(found["screen"][which, 3].sum())
    print(f"\n**{title}**: {which.sum()} files, {pixels:.0f} MP, {screened} of them screened\n")
    print("| tool | CPU s | ms/MP | files/s | times ours | elapsed s | times ours | read |\n|---|---|---|---|---|---|---|---|")
    cpu, elapsed = found["screen"][which, :2].sum(axis=0)
    total = found["screen"][which, 2].sum()
    for name, figures in found.items():
        used, passed, fetched, _ = figures[which].sum(axis=0)
        print(f"| {NAMES[name]} | {used:.3f} | {used * 1e3 / pixels:.2f} | {which.sum() / used:.1f} | {used / cpu:.2f} "
              f"| {passed:.3f} | {passed / elapsed:.2f} | {fetched / total:.0%} |")


def goals(found):
    print("\n| goal, over all photographs | CPU | elapsed | met |\n|---|---|---|---|")
    cpu, elapsed = found["screen"][:, :2].sum(axis=0)
    for name, times in GOALS:
        if name in found:
            used, passed = found[name][:, :2].sum(axis=0) / [cpu, elapsed]
            print(f"| {times} times as fast as {NAMES[name]} | {used:.1f} | {passed:.1f} | {'yes' if used >= times else '**no**'} |")


def progressive(directory, rounds):
    """Progressive files of 8 megapixels and more, and five that Pillow makes of 12."""
    folder = directory / "progressive"
    folder.mkdir(exist_ok=True)
    size = lambda path: np.prod(Image.open(path).size)
    photos = sorted((directory / "photos").rglob("*.jp*g"))
    large = [path for path in photos if size(path) >= 12_000_000]
    made = []
    for path in large[:: max(1, len(large) // 5)][:5]:
        made.append(folder / f"{path.stem}.jpg")
        if not made[-1].exists():
            image = Image.open(path).convert("RGB")
            image = image.rotate(90, expand=True) if image.height > image.width else image
            image.resize((4000, 3000), Image.Resampling.LANCZOS).save(made[-1], quality=85, progressive=True)
    paths = made + [path for path in photos if size(path) >= 8_000_000 and "progression" in Image.open(path).info]
    found = rounds_of(paths, directory, ["screen", "stream", "pillow"], rounds, 0)
    print("\n**Progressive**, quickest first\n")
    print("| file | MP | MB | ours ms | as needed ms | Pillow ms | share of its time | as needed | read |\n|---|---|---|---|---|---|---|---|---|")
    rows = []
    for index, path in enumerate(paths):
        ours, needed, pillow = (found[name][index] for name in ["screen", "stream", "pillow"])
        rows.append((path, ours[0], needed[0], pillow[0], needed[2] / path.stat().st_size))
    for path, ours, needed, pillow, read in sorted(rows, key=lambda row: row[1] / row[3]):
        name = ("made of " if path in made else "") + path.name
        print(f"| {name} | {size(path) / 1e6:.1f} | {path.stat().st_size / 1e6:.2f} | {ours * 1e3:.2f} | {needed * 1e3:.2f} "
              f"| {pillow * 1e3:.1f} | 1/{pillow / ours:.1f} | 1/{pillow / needed:.1f} | {read:.1%} |")
    print("\n| goal, medians | found | met |\n|---|---|---|")
    for title, chosen in [("made by Pillow, 12 MP", [row for row in rows if row[0] in made]),
                          ("originals, 8 MP and more", [row for row in rows if row[0] not in made])]:
        share = statistics.median(row[1] / row[3] for row in chosen)
        read = statistics.median(row[4] for row in chosen)
        yes = lambda is_met: "yes" if is_met else "**no**"
        print(f"| {title}: 1/15 of Pillow's time at most | 1/{1 / share:.1f} | {yes(share <= PROGRESSIVE['time'])} |")
        print(f"| {title}: 20 % of the file read at most | {read:.1%} | {yes(read <= PROGRESSIVE['read'])} |")


def main(directory, rounds, slow_rounds, count):
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    paths = sorted((directory / "photos").rglob("*.jp*g"))
    paths = variants.spread(directory, count) if count else paths
    names = list(NAMES) if slow_rounds else [name for name in NAMES if name != "threatexchange"]
    cpu = re.search("model name\\s*: (.+)", pathlib.Path("/proc/cpuinfo").read_text())
    print(f"{datetime.date.today()}, {cpu[1] if cpu else platform.machine()}, core {core}, load {os.getloadavg()[0]:.1f} at the start; "
          f"Python {platform.python_version()}, Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}; "
          f"{rounds} rounds, of threatexchange {slow_rounds}")
    found = rounds_of(paths, directory, names, rounds, slow_rounds)
    sizes = np.array([Image.open(path).size for path in paths])
    is_progressive = np.array(["progression" in Image.open(path).info for path in paths])
    table("All photographs", found, np.full(len(paths), True), sizes)
    for title, which in [("Sequential", ~is_progressive), ("Progressive", is_progressive)]:
        table(title, found, which, sizes)
    classes = np.array([class_of(side) for side in sizes.min(axis=1)])
    for side in SIDES:
        if (classes == class_of(side)).any():
            table(f"Smaller side {class_of(side)}", found, classes == class_of(side), sizes)
    goals(found)
    progressive(directory, rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=1)
    parser.add_argument("--count", type=int, help="so many of the photographs only, for a trial")
    arguments = parser.parse_args()
    main(arguments.directory, arguments.rounds, arguments.slow_rounds, arguments.count)
