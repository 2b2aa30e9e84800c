"""Hashes a directory of PNGs by our command line, and only decodes it by Pillow: the same files, one run, one core.

    cargo build --release -p lookalike-cli
    python benches/peers/png_directory.py DIRECTORY [--rounds 5] [--make]

--make first fills the directory with photographs made of `../shared/pdq-reference` (enlarged, cropped, with noise; 0.5 to 12
megapixels, zlib level 6), if it is empty. Both tools are pinned to one core and take turns; a figure is the median of the rounds,
beside the least, of elapsed time and of CPU time, which other programs disturb less. Ours includes starting the process, reading
the files, all eight hashes and printing one; Pillow's is `Image.open(path).load()` in a process that runs already.
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

import numpy as np
import PIL
from PIL import Image, features

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("LOOKALIKE_SHARED", ROOT.parent / "shared"))
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = TARGET / "release" / "lookalike"


def make(directory):
    """Writes the photographs, named by what was done to them."""
    random = np.random.default_rng(5)
    photos = sorted((SHARED / "pdq-reference/images").rglob("*.jpg"))

    def save(image, name, noise=0):
        if noise:
            pixels = np.asarray(image, np.int16)
            pixels = pixels + random.integers(-noise, noise + 1, pixels.shape, dtype=np.int16)
            image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        image.save(directory / f"{len(list(directory.iterdir())):02}-{name}.png", compress_level=6)

    for path in photos:
        image = Image.open(path)
        if image.mode != "RGB":
            continue
        width, height = image.size
        if width * height > 10_000_000:
            save(image, "whole")
            save(image.crop((300, 200, 3100, 2200)), "cropped")
            save(image.resize((width // 2, height // 2), Image.Resampling.LANCZOS), "half")
        elif width * height > 1_500_000:
            save(image, "whole")
            if "bridge-mods" in str(path):
                save(image.resize((2560, 1606), Image.Resampling.LANCZOS), "enlarged-noise", noise=3)
        elif min(width, height) > 200:
            scale = 900 / min(width, height)
            save(image.resize((int(width * scale), int(height * scale)), Image.Resampling.BICUBIC), "enlarged-noise", noise=2)


def ours(directory):
    """Seconds elapsed, and of CPU."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [PROGRAM, "hash", "--jobs", "1", "--no-progress", directory]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    elapsed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if len(lines) != len(list(directory.iterdir())):
        sys.exit("not every file was hashed")
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def pillow(directory):
    """Seconds elapsed, and of CPU."""
    before, start = time.process_time(), time.perf_counter()
    for path in sorted(directory.iterdir()):
        Image.open(path).load()
    return time.perf_counter() - start, time.process_time() - before


def main(directory, rounds):
    paths = list(directory.iterdir())
    megapixels = sum(np.prod(Image.open(path).size) for path in paths) / 1e6
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    zlib = features.version("zlib") + (" (zlib-ng)" if features.check("zlib_ng") else "")
    print(f"{len(paths)} PNGs, {megapixels:.0f} MP, {megabytes:.0f} MB; load {os.getloadavg()[0]:.1f}; {rounds} rounds\n")
    tools = {"lookalike: decoded and hashed": ours, f"Pillow {PIL.__version__}, zlib {zlib}: decoded": pillow}
    found = {name: [] for name in tools}
    # the first round is not counted: it brings the files into the page cache
    for number in range(rounds + 1):
        for name, tool in tools.items():
            figures = tool(directory)
            if number:
                found[name].append(figures)
    print("| tool | elapsed s | least | CPU s | least | CPU ms/MP |\n|---|---|---|---|---|---|")
    medians = []
    for name, figures in found.items():
        (elapsed, cpu), least = map(statistics.median, zip(*figures)), [min(column) for column in zip(*figures)]
        medians.append((elapsed, cpu))
        print(f"| {name} | {elapsed:.2f} | {least[0]:.2f} | {cpu:.2f} | {least[1]:.2f} | {cpu * 1e3 / megapixels:.1f} |")
    (our_elapsed, our_cpu), (elapsed, cpu) = medians
    print(f"\nPillow's decoding alone takes {elapsed / our_elapsed:.2f} times the elapsed time, {cpu / our_cpu:.2f} times the CPU time.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--make", action="store_true")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    if arguments.make and not any(arguments.directory.iterdir()):
        make(arguments.directory)
    main(arguments.directory, arguments.rounds)
