"""Compares the classic hashes with Python ImageHash and phash-blockhashio, bit for bit, and times them side by side.

    cargo build --release --example classic_hashes
    python benches/peers/classic_check.py check [--count 20000] [--seed 1] [FOLDER]
    python benches/peers/classic_check.py time PICTURE...
    python benches/peers/classic_check.py vectors > tests/vectors/classic.tsv

Needs, from PyPI: ImageHash==4.3.2, phash-blockhashio==0.1.4, Pillow>=13 (older ones always reduce rows before columns),
numpy, scipy, PyWavelets. `check` draws COUNT pictures of the kinds below, every one of another size, and crops from the
pictures in FOLDER; it prints how many hashes of each kind and profile were compared and how many differed, and fails if
any did. Block hashes are compared on pictures of up to 5,000 pixels, as that reference takes microseconds for a pixel.
`vectors` writes the hashes of the pictures that `tests/classic_vectors.rs` draws as well, from the same formulas.
`time` gives the best of five for each profile, ours and theirs, from the same decoded RGB pixels in memory.
"""
import argparse
import collections
import os
import pathlib
import subprocess
import sys
import time
import warnings

import blockhash.core
import imagehash
import numpy as np
from PIL import Image

import pictures

Image.MAX_IMAGE_PIXELS = None
warnings.simplefilter("ignore")
ROOT = pathlib.Path(__file__).parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OURS = TARGET / "release" / "examples" / "classic_hashes"

THEIRS = {
    f"{name}{'' if size == 8 else 256}": (function, size)
    for name, function in [("ahash", imagehash.average_hash), ("dhash", imagehash.dhash),
                           ("phash", imagehash.phash), ("whash", imagehash.whash)]
    for size in (8, 16)
}
BLOCKS = {"blockhash": 8, "blockhash256": 16}
BLOCK_PIXELS = 5000
BLOCKS_OF_ANY_SIZE = 2**32


def reference(image, block_pixels=BLOCK_PIXELS):
    hashes = {name: str(function(image, hash_size=size)) for name, (function, size) in THEIRS.items()}
    if image.width * image.height <= block_pixels:
        hashes |= {name: blockhash.core.blockhash(image.convert("RGB"), bits) for name, bits in BLOCKS.items()}
    return hashes


def stream(images):
    """The bytes that the example reads."""
    return b"".join(map(pictures.frame, images))


def ours(images):
    text = subprocess.run([OURS], input=stream(images), stdout=subprocess.PIPE, check=True).stdout.decode()
    names = [*THEIRS, *BLOCKS]
    return [dict(zip(names, line.split())) for line in text.splitlines()]


def size(random):
    """A width and a height: mostly small, often thin, around powers of two, or equal to a grid's side."""
    kind = random.integers(6)
    side = lambda top: int(2 ** random.uniform(0, top))
    if kind == 0:
        return side(4), side(4)
    if kind == 1:
        return (1, side(10)) if random.integers(2) else (side(10), 1)
    if kind == 2:
        around = lambda: max(1, 2 ** int(random.integers(1, 8)) + int(random.integers(-1, 2)))
        return around(), around()
    if kind == 3:
        grid = lambda: int(random.choice([8, 9, 16, 17, 32, 64]))
        return (grid(), side(9)) if random.integers(2) else (side(9), grid())
    if kind == 4:
        return side(11), side(6)
    return side(8.5), side(8.5)


def draw(kind, random, photos):
    width, height = size(random)
    x, y = np.arange(width)[None, :], np.arange(height)[:, None]
    shade = lambda: random.integers(0, 256)
    if kind == "flat":
        plane = np.full((height, width), random.choice([0, 255, shade()]))
    elif kind == "gradient":
        a, b = random.choice([0, 0, 1, -1, random.uniform(-4, 4)], 2)
        plane = np.clip(shade() + a * x * 64 / width + b * y * 64 / height, 0, 255)
    elif kind == "rectangle":
        plane = np.full((height, width), shade())
        top, left = random.integers(0, height), random.integers(0, width)
        plane[top:random.integers(top, height) + 1, left:random.integers(left, width) + 1] = shade()
    elif kind == "halves":
        plane = np.where(x * 2 < width, shade(), shade()) if random.integers(2) else np.where(y * 2 < height, shade(), shade())
        plane = np.broadcast_to(plane, (height, width))
    elif kind == "checks":
        cell = int(random.integers(1, 17))
        plane = np.where((x // cell + y // cell) % 2, shade(), shade())
    elif kind == "symmetric":
        plane = random.integers(0, 256, (height, width))
        plane = np.minimum(plane, plane[::-1]) if random.integers(2) else plane
        plane = np.minimum(plane, plane[:, ::-1])
    elif kind == "noise":
        plane = random.integers(0, 256, (height, width))
    elif kind == "black and white":
        plane = random.integers(0, 2, (height, width)) * 255
    elif kind == "mostly black":
        plane = np.where(random.random((height, width)) < 0.02, shade(), 0)
    elif kind == "waves":
        plane = 127.5 + 127.5 * np.sin(x * random.uniform(0, 3)) * np.cos(y * random.uniform(0, 3))
    elif kind == "letterbox":
        plane = random.integers(0, 256, (height, width))
        border = int(height * random.uniform(0, 0.5))
        plane[:border], plane[height - border:] = 0, 0
    else:
        photo = photos[random.integers(len(photos))]
        left, top = random.integers(photo.width), random.integers(photo.height)
        crop = photo.crop((left, top, min(photo.width, left + width), min(photo.height, top + height)))
        return crop.convert("L") if random.integers(4) == 0 else crop
    gray = Image.fromarray(np.asarray(plane).astype(np.uint8))
    if random.integers(3) == 0:
        return gray
    if random.integers(2):
        return gray.convert("RGB")
    # Channels of their own, each of the same kind of picture.
    tints = random.integers(1, 256, 3)
    return Image.fromarray((np.asarray(gray)[..., None].astype(np.uint32) * tints // 255).astype(np.uint8))


KINDS = ["flat", "gradient", "rectangle", "halves", "checks", "symmetric", "noise", "black and white", "mostly black",
         "waves", "letterbox", "photo"]


def check(count, seed, folder):
    random = np.random.default_rng(seed)
    paths = [path for path in sorted(pathlib.Path(folder).rglob("*")) if path.suffix in {".png", ".jpg"}] if folder else []
    photos = [Image.open(path).convert("RGB") for path in paths]
    kinds = [kind for kind in KINDS if kind != "photo" or photos]
    compared, different = collections.Counter(), collections.Counter()
    for start in range(0, count, 500):
        batch = [(kind, draw(kind, random, photos)) for kind in random.choice(kinds, min(500, count - start))]
        for (kind, image), found in zip(batch, ours([image for _, image in batch]), strict=True):
            for name, expected in reference(image).items():
                compared[kind, name] += 1
                if found[name] != expected:
                    different[kind, name] += 1
                    if sum(different.values()) <= 20:
                        print(f"{kind} {image.mode} {image.width}x{image.height} {name}: {found[name]} not {expected}")
    for kind in kinds:
        names = [name for name in [*THEIRS, *BLOCKS] if compared[kind, name]]
        print(f"{kind:16}", *(f"{name} {different[kind, name]}/{compared[kind, name]}" for name in names))
    print(f"{count} pictures, {compared.total()} hashes compared, {different.total()} different")
    return different.total() != 0


VECTOR_SIZES = [(1, 1), (2, 2), (1, 40), (40, 1), (5, 100), (100, 5), (7, 9), (8, 8), (9, 8), (16, 17), (33, 31), (32, 32),
                (64, 64), (65, 127), (31, 70), (100, 31), (150, 110), (129, 257), (1100, 12)]


def vector(kind, width, height):
    """The picture of a test vector, in integers only: `tests/classic_vectors.rs` has the same formulas."""
    x, y = np.arange(width)[None, :, None], np.arange(height)[:, None, None]
    channel = np.arange(3)[None, None, :]
    if kind == "flat":
        plane = 90 + 41 * channel
    elif kind == "gradient":
        plane = (255 * x // width * (channel == 0) + 255 * y // height * (channel == 1)
                 + 255 * (x + y) // (width + height) * (channel == 2))
    elif kind == "checks":
        plane = (x // 5 + y // 3 + channel) % 2 * 200 + 20
    elif kind == "halves":
        plane = np.where(2 * x < width, 0, 255 - 60 * channel)
    elif kind == "noise":
        mixed = ((y * width + x) * 3 + channel + 1) * 2654435761 % 2**32
        mixed = (mixed ^ mixed >> 15) * 2246822519 % 2**32
        plane = (mixed ^ mixed >> 13) % 256
    return Image.fromarray(np.broadcast_to(plane, (height, width, 3)).astype(np.uint8))


def vectors():
    print("kind", "width", "height", "mode", *THEIRS, *BLOCKS, sep="\t")
    for width, height in VECTOR_SIZES:
        for kind in ["flat", "gradient", "checks", "halves", "noise"]:
            image = vector(kind, width, height)
            # A grey picture is the red channel.
            for picture in [image, image.getchannel(0)]:
                hashes = reference(picture, BLOCKS_OF_ANY_SIZE)
                print(kind, width, height, picture.mode, *hashes.values(), sep="\t")
    return False


def best(function):
    def once():
        start = time.perf_counter()
        function()
        return time.perf_counter() - start
    return min(once() for _ in range(5)) * 1e3


def compare_time(paths):
    for path in paths:
        image = Image.open(path).convert("RGB")
        megapixels = image.width * image.height / 1e6
        text = subprocess.run([OURS, "time"], input=stream([image]), stdout=subprocess.PIPE, check=True).stdout.decode()
        mine = {name: float(ms) for name, ms in map(str.split, text.splitlines())}
        print(f"{path}: {megapixels:.2f} megapixels; ms per megapixel")
        for name, (function, bits) in THEIRS.items():
            theirs = best(lambda: function(image, hash_size=bits))
            print(f"  {name:9} ours {mine.pop(name) / megapixels:7.3f}  ImageHash {theirs / megapixels:7.3f}")
            mine[name] = theirs
        for name in [*BLOCKS, "all", "all64"]:
            print(f"  {name:9} ours {mine[name] / megapixels:7.3f}")
    return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check")
    checking.add_argument("--count", type=int, default=20000)
    checking.add_argument("--seed", type=int, default=1)
    checking.add_argument("folder", nargs="?")
    commands.add_parser("vectors")
    commands.add_parser("time").add_argument("pictures", nargs="+")
    arguments = parser.parse_args()
    if arguments.command == "check":
        sys.exit(check(arguments.count, arguments.seed, arguments.folder))
    if arguments.command == "vectors":
        sys.exit(vectors())
    sys.exit(compare_time(arguments.pictures))
