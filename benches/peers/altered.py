"""Alters copies of listed photographs so that their PDQ distance to the original falls near the radius, on both sides of it.

    python benches/peers/altered.py DIRECTORY [--pictures 120] [--copies 45] [--seed 1] [--jobs 2]

DIRECTORY is that of `photos.py`. Listed is every so-manieth photograph by size, of quality 50 and above. A copy is reduced, altered
in one way or in two (blurred, cropped by up to 5 %, recoloured, brightened, with noise, ...), turned now and then, and encoded as JPEG
of any quality and kind. Three copies of four seek a distance from 22 to 42 by bisecting the strength; the fourth takes any.
Distances are PyPI pdqhash's, of the file as written; a turned copy's is the least of its eight.

    listed.txt                 paths of the listed pictures
    altered/LISTED-COPY.jpg    the copies
    altered.csv                path, listed picture, what was done, strength, distance
"""
import argparse
import collections
import csv
import io
import multiprocessing
import pathlib

import numpy as np
import pdqhash
from PIL import Image, ImageFilter

from variants import spread

Image.MAX_IMAGE_PIXELS = None
RADIUS = 31
MIN_QUALITY = 50
SIDES = [360, 512, 640, 800, 1024, 1400, 2000]
SEARCHES = 6


# Ways to alter, from hardly (0) to strongly (1); what is random in them is drawn from a generator that starts anew each time.


def blurred(random, image, strength):
    return image.filter(ImageFilter.GaussianBlur(strength * 0.08 * min(image.size)))


def cropped(random, image, strength):
    """Less by up to 5 % of each axis, taken from either side."""
    width, height = image.size
    x, y = random.uniform(0.2, 1, 2) * strength * 0.05 * np.array(image.size)
    left, top = random.random(2) * [x, y]
    return image.crop([round(edge) for edge in (left, top, width - x + left, height - y + top)])


def small(random, image, strength):
    """Reduced until little is left, and enlarged again, by any filter."""
    side = min(image.size)
    scale = max(6, side ** (1 - strength) * 6 ** strength) / side
    few = image.resize([max(6, round(length * scale)) for length in image.size], Image.Resampling(int(random.integers(6))))
    return few.resize(image.size, Image.Resampling(int(random.choice([0, 2, 3]))))


def recoloured(random, image, strength):
    """Mixed with itself under other weights of the channels, some of them negative."""
    weights = random.uniform(-1, 1.5, (3, 3))
    pixels = np.asarray(image, np.float32)
    return of(pixels * (1 - strength) + strength * (pixels @ weights.astype(np.float32)))


def curved(random, image, strength):
    """Under another curve of tones, which may fall."""
    tones = np.arange(256)
    wave = 127.5 + 127.5 * np.sin(tones * random.uniform(0.01, 0.06) + random.uniform(0, 6))
    return image.point(list((tones * (1 - strength) + wave * strength).astype(int)) * 3)


def brightened(random, image, strength):
    gain = 1 + random.uniform(1, 6) * strength
    return of(np.asarray(image, np.float32) * gain) if random.integers(2) else of(255 - (255 - np.asarray(image, np.float32)) * gain)


def noisy(random, image, strength):
    """Noise of grains from 1 to 24 pixels."""
    grain = int(np.exp(random.uniform(0, np.log(24))))
    cells = -(-image.height // grain), -(-image.width // grain), 3
    noise = random.normal(0, 200 * strength, cells).astype(np.float32).repeat(grain, 0).repeat(grain, 1)
    return of(np.asarray(image, np.float32) + noise[:image.height, :image.width])


def lit(random, image, strength):
    """Under light that changes across the picture."""
    x, y = np.linspace(-1, 1, image.width)[None, :, None], np.linspace(-1, 1, image.height)[:, None, None]
    angle = random.uniform(0, 6.3)
    return of(np.asarray(image, np.float32) + strength * 350 * (x * np.cos(angle) + y * np.sin(angle)).astype(np.float32))


def covered(random, image, strength):
    """A rectangle of one colour on it."""
    width, height = (max(1, round(length * strength * share)) for length, share in zip(image.size, random.uniform(0.3, 0.9, 2)))
    x, y = random.integers(image.width - width + 1), random.integers(image.height - height + 1)
    image = image.copy()
    image.paste(tuple(int(shade) for shade in random.integers(0, 256, 3)), (x, y, x + width, y + height))
    return image


def tilted(random, image, strength):
    return image.rotate(random.choice([-8, 8]) * strength, Image.Resampling.BILINEAR)


def poor(random, image, strength):
    """As JPEG of a low quality, reduced before."""
    scale = 1 - 0.8 * strength
    data = io.BytesIO()
    few = image.resize([max(16, round(length * scale)) for length in image.size])
    few.save(data, "JPEG", quality=max(1, round(60 * (1 - strength))))
    return Image.open(data).resize(image.size, Image.Resampling.BILINEAR)


WAYS = {way.__name__: way for way in
        [blurred, cropped, small, recoloured, curved, brightened, noisy, lit, covered, tilted, poor]}


def of(pixels):
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def distance(one, other):
    return int((one != other).sum())


def hashed(image):
    return pdqhash.compute(np.asarray(image.convert("RGB")))


def encoded(random, image):
    """As JPEG of any quality and kind."""
    data = io.BytesIO()
    kind = [{}, {}, {"progressive": True}, {"optimize": True}, {"restart_marker_rows": 1}][random.integers(5)]
    image.save(data, "JPEG", quality=int(random.integers(40, 97)), subsampling=int(random.integers(3)), **kind)
    return data.getvalue()


def copy(seed, number, which, image, expected):
    """One altered copy: its bytes, and what to say of it."""
    random = np.random.default_rng([seed, number, which])
    side = int(random.choice(SIDES))
    image = image.copy()
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    chosen = [list(WAYS)[which % len(WAYS)]]
    if random.integers(3) == 0:
        chosen.append(list(WAYS)[random.integers(len(WAYS))])

    def altered(strength):
        result = image
        for way in chosen:
            result = WAYS[way](np.random.default_rng([seed, number, which, 1]), result, strength)
        return result

    if which % 4 == 3:
        strength = float(random.uniform(0, 0.6))
        found = altered(strength)
    else:
        strength, found = sought(altered, int(random.integers(22, 43)), expected)
    turn = int(random.integers(7)) if random.integers(6) == 0 else None
    if turn is not None:
        found = found.transpose(Image.Transpose(turn))
        chosen.append("turned")
    data = encoded(random, found)
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    hashes = [pdqhash.compute(pixels)[0]] if turn is None else pdqhash.compute_dihedral(pixels)[0]
    return data, [" + ".join(chosen), f"{strength:.4f}", min(distance(expected, found) for found in hashes)]


def sought(altered, target, expected):
    """The strength whose picture is nearest to the distance that is sought, and the picture."""
    low, high, best = 0.0, 1.0, None
    for _ in range(SEARCHES):
        strength = (low + high) / 2
        image = altered(strength)
        found = distance(hashed(image)[0], expected)
        if best is None or abs(found - target) < abs(best[0] - target):
            best = found, strength, image
        if abs(found - target) <= 1:
            break
        low, high = (low, strength) if found > target else (strength, high)
    return best[1:]


def one(task):
    directory, number, path, copies, seed = task
    image = Image.open(path).convert("RGB")
    expected, quality = hashed(image)
    if quality < MIN_QUALITY:
        return path, None
    image.thumbnail((max(SIDES), max(SIDES)), Image.Resampling.LANCZOS)
    rows = []
    for which in range(copies):
        data, told = copy(seed, number, which, image, expected)
        name = pathlib.Path("altered", f"{number:03}-{which:02}.jpg")
        (directory / name).write_bytes(data)
        rows.append([name, path.relative_to(directory), *told])
    return path, rows


def main(directory, pictures, copies, seed, jobs):
    (directory / "altered").mkdir(exist_ok=True)
    rows, listed = [], []
    with multiprocessing.Pool(jobs) as pool:
        tasks = [(directory, number, path, copies, seed) for number, path in enumerate(spread(directory, pictures))]
        for path, found in pool.imap(one, tasks):
            if found is not None:
                listed.append(path.relative_to(directory))
                rows += found
    (directory / "listed.txt").write_text("".join(f"{path}\n" for path in listed))
    with open(directory / "altered.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "listed", "ways", "strength", "distance"])
        writer.writerows(rows)
    report(rows, len(listed))


def report(rows, listed):
    distances = np.array([row[-1] for row in rows])
    print(f"{len(rows)} copies of {listed} listed photographs\n\n| distance | copies |\n|---|---|")
    for low, high in [(0, 8), (8, 16), (16, 20), *((at, at + 2) for at in range(20, 44, 2)), (44, 64), (64, 257)]:
        print(f"| {low} to {high - 1} | {((distances >= low) & (distances < high)).sum()} |")
    near = (distances >= 25) & (distances <= 37)
    print(f"\n25 to 37: {near.sum()} ({near.mean():.0%}); within {RADIUS}: {(distances <= RADIUS).sum()}\n")
    ways = collections.defaultdict(list)
    for row in rows:
        ways[row[2].split(" + ")[0]].append(row[-1])
    print("| first way | copies | least | median | most | 25 to 37 |\n|---|---|---|---|---|---|")
    for way, found in ways.items():
        found = np.array(found)
        share = ((found >= 25) & (found <= 37)).mean()
        print(f"| {way} | {len(found)} | {found.min()} | {np.median(found):.0f} | {found.max()} | {share:.0%} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=120)
    parser.add_argument("--copies", type=int, default=45)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    main(arguments.directory, arguments.pictures, arguments.copies, arguments.seed, arguments.jobs)
