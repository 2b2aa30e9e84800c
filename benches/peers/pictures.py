"""Draws the pictures that hashes are compared on: hard for rounding, and reproducible from (seed, kind, number) alone."""
import functools
import os
import pathlib
import zlib

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("LOOKALIKE_SHARED", ROOT.parent / "shared"))


def frame(image):
    """The bytes that our programs read: a header and the packed pixels."""
    return b"%d %d %s\n" % (image.width, image.height, image.mode.encode()) + image.tobytes()


def draw(seed, kind, number):
    """Picture NUMBER of a kind: grey (L) or RGB."""
    random = np.random.default_rng([seed, zlib.crc32(kind.encode()), number])
    if kind in CONTENTS:
        return coloured(random, CONTENTS[kind](random, number, side(random), side(random)))
    return SHAPES[kind](random, number)


def side(random):
    """Of any order from 5 to 300, or one of those from 65 to 512 that are blurred."""
    return log_uniform(random, 5, 300) if random.integers(5) else int(random.integers(65, 513))


def log_uniform(random, low, high):
    return int(np.exp(random.uniform(np.log(low), np.log(high + 1))))


def coloured(random, plane):
    """A plane of grey as grey, as R=G=B, tinted, or with channels of their own."""
    plane = np.ascontiguousarray(np.clip(plane, 0, 255).astype(np.uint8))
    kind = random.integers(5)
    if kind == 0:
        return Image.fromarray(plane)
    if kind <= 2:
        return Image.fromarray(np.repeat(plane[..., None], 3, axis=2))
    if kind == 3:
        tints = random.integers(0, 257, 3).astype(np.uint16)
        return Image.fromarray((plane[..., None] * tints // 256).astype(np.uint8))
    shifts = random.integers(0, plane.shape, (3, 2))
    channels = [np.roll(plane, shift, (0, 1)) for shift in shifts]
    channels = [255 - channel if random.integers(2) else channel for channel in channels]
    return Image.fromarray(np.stack(channels, axis=2))


# What is in a picture: functions of (random, number, width, height) that give a plane of grey.


def axes(width, height):
    return np.arange(width)[None, :], np.arange(height)[:, None]


def shade(random):
    return int(random.choice([0, 255, random.integers(256), random.integers(256)]))


def flat(random, number, width, height):
    return np.full((height, width), number % 256)


def near_flat(random, number, width, height):
    """A shade, and one above or below it in all, few or one of the pixels."""
    plane = np.full((height, width), random.integers(1, 255))
    share = random.choice([1.0, 0.5, 0.1, 0.01])
    plane += random.integers(-1, 2, plane.shape) * (random.random(plane.shape) < share)
    if random.integers(4) == 0:
        plane[:] = plane[0, 0]
        plane[random.integers(height), random.integers(width)] += random.choice([-1, 1])
    return plane


def gradient(random, number, width, height):
    """A slope in one of all directions; gentle, over the whole range, or beyond it and cut off."""
    angle = number % 8 * np.pi / 4 if number % 3 == 0 else number * 2.399963
    x, y = axes(width, height)
    rise = np.cos(angle) * x / width + np.sin(angle) * y / height
    reach = random.choice([random.uniform(1, 10), random.uniform(10, 255), 255, random.uniform(255, 1000)])
    plane = random.integers(256) * (reach < 255) + reach * (rise if random.integers(2) else rise - rise.min())
    return np.floor(plane) if random.integers(2) else np.rint(plane)


def sawtooth(random, number, width, height):
    x, y = axes(width, height)
    a, b = random.integers(-6, 7, 2)
    return (a * x + b * y + random.integers(256)) % random.choice([256, 2 + number % 254])


def rectangles(random, number, width, height):
    plane = np.full((height, width), shade(random))
    for _ in range(random.choice([1, 1, 2, 5])):
        left, right = sorted(random.integers(0, width + 1, 2))
        top, bottom = sorted(random.integers(0, height + 1, 2))
        plane[top:bottom + 1, left:right + 1] = shade(random)
    return plane


def stripes(random, number, width, height):
    """Stripes of every period from 2 to 129: upright, level, or slanting."""
    period = 2 + number % 128
    x, y = axes(width, height)
    along = [x + 0 * y, y + 0 * x, x + y, x - y][random.integers(4)] + random.integers(period)
    dark = random.integers(1, period)
    return np.where(along % period < dark, shade(random), shade(random))


def checkers(random, number, width, height):
    """Checkers of every cell from 1 to 64 pixels, square or not."""
    cell = 1 + number % 64
    other = cell if random.integers(3) else int(random.integers(1, 65))
    x, y = axes(width, height)
    x, y = x + random.integers(cell), y + random.integers(other)
    return np.where((x // cell + y // other) % 2, shade(random), shade(random))


def waves(random, number, width, height):
    """One wave, a product or a sum of two, of any length."""
    x, y = axes(width, height)
    a, b, c, d = np.exp(random.uniform(np.log(0.005), np.log(3), 4)) * random.choice([-1, 1], 4)
    one, two = np.sin(a * x + b * y + random.uniform(0, 6)), np.sin(c * x + d * y)
    return 127.5 + random.uniform(1, 127.5) * [one, one * two, (one + two) / 2][random.integers(3)]


def rings(random, number, width, height):
    """A zone plate: a wave that grows shorter away from a centre."""
    x, y = axes(width, height)
    x, y = x - random.uniform(0, width), y - random.uniform(0, height)
    return 127.5 + 127.5 * np.cos((x * x + y * y) * random.uniform(0.001, 0.2))


def uniform_noise(random, number, width, height):
    low, high = sorted(random.integers(0, 256, 2))
    if random.integers(2):
        low, high = 0, 255
    return random.integers(low, high + 1, (height, width))


def normal_noise(random, number, width, height):
    return random.normal(random.uniform(0, 255), random.choice([1, 5, 30, 100]), (height, width))


def binary_noise(random, number, width, height):
    return np.where(random.random((height, width)) < random.choice([0.001, 0.02, 0.5, 0.98]), shade(random), shade(random))


def smooth_noise(random, number, width, height):
    """Few random values, stretched: soft shapes."""
    few = random.integers(0, 256, random.integers(2, 20, 2)).astype(np.uint8)
    return np.asarray(Image.fromarray(few).resize((width, height), Image.Resampling.BICUBIC))


def line_noise(random, number, width, height):
    """Every row, or every column, of one shade."""
    if random.integers(2):
        return np.repeat(random.integers(0, 256, (height, 1)), width, axis=1)
    return np.repeat(random.integers(0, 256, (1, width)), height, axis=0)


def symmetric(random, number, width, height):
    """Equal to itself mirrored, or across the diagonal: coefficients that are zero, or equal, but for rounding."""
    if random.integers(3) == 0:
        height = width
    plane = CONTENTS[ANY[random.integers(len(ANY))]](random, number, width, height).astype(float)
    if width == height and random.integers(2):
        plane = np.maximum(plane, plane.T)
    if random.integers(2):
        plane = np.maximum(plane, plane[::-1])
    return np.maximum(plane, plane[:, ::-1])


def steps_of_51(random, number, width, height):
    """Blocks whose shades differ by multiples of a fifth of the grey scale: differences in whole percent, or nearly so."""
    cells = random.integers(1, 65, 2)
    grid = random.integers(0, 6, cells) * 51
    x, y = axes(width, height)
    plane = grid[y * cells[0] // height, x * cells[1] // width]
    if random.integers(3) == 0:
        plane[:] = np.where(x * 2 < width, plane[0, 0], plane[-1, -1])
    return plane


CONTENTS = {
    "flat": flat, "near flat": near_flat, "gradient": gradient, "sawtooth": sawtooth, "rectangles": rectangles,
    "stripes": stripes, "checkers": checkers, "waves": waves, "rings": rings, "uniform noise": uniform_noise,
    "normal noise": normal_noise, "binary noise": binary_noise, "smooth noise": smooth_noise, "line noise": line_noise,
    "symmetric": symmetric, "steps of 51": steps_of_51,
}
ANY = [name for name in CONTENTS if name != "symmetric"]


# What shape a picture has: functions of (random, number), filled with any of the above.


def filled(random, number, width, height):
    names = list(CONTENTS)
    return coloured(random, CONTENTS[names[random.integers(len(names))]](random, number, width, height))


def tiny(random, number):
    """Every size from 1x1 to 8x8, in turn."""
    return filled(random, number // 64, 1 + number % 8, 1 + number // 8 % 8)


def thin(random, number):
    """5 to 8 pixels by up to 3,000, lying or standing."""
    sides = 5 + number % 4, log_uniform(random, 5, 3000)
    return filled(random, number, *(sides if number // 4 % 2 else sides[::-1]))


def around_64(random, number):
    """One pixel less and more than multiples of 64, where windows and positions change."""
    around = lambda: 64 * int(random.integers(1, 9)) + int(random.choice([-1, 0, 1]))
    return filled(random, number, around(), around() if random.integers(3) else side(random))


def side_64(random, number):
    """64x64, which the reference copies."""
    return filled(random, number, 64, 64)


@functools.cache
def photos():
    """The reference pictures whose licence comes with them, from the folder beside this repository; none if absent."""
    paths = sorted(path for path in (SHARED / "pdq-reference").rglob("*") if path.suffix in {".jpg", ".png"})
    return [Image.open(path).convert("RGB") for path in paths if "modes" not in path.parts]


def photo(random):
    image = photos()[random.integers(len(photos()))]
    return image.convert("L") if random.integers(4) == 0 else image


def photo_crop(random, number):
    image = photo(random)
    width, height = min(side(random), image.width), min(side(random), image.height)
    left, top = random.integers(image.width - width + 1), random.integers(image.height - height + 1)
    return image.crop((left, top, left + width, top + height))


def photo_resized(random, number):
    sizes = side(random), side(random)
    return photo(random).resize(sizes, [Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BOX][number % 3])


def whole_percent(random, number):
    """Cells around the 64x64 samples, of two colours that differ by a whole percent of luma: rounding decides the quality."""
    percent = 1 + number % 3
    while True:
        red, green = random.integers(-255, 256, 2)
        blue, remainder = divmod(2550 * percent - 299 * red - 587 * green, 114)
        if remainder == 0 and abs(blue) <= 255:
            break
    step = np.array([red, green, blue])
    long = log_uniform(random, 300, 6000) if number % 8 == 0 else 64 * int(random.integers(1, 9))
    sizes = [(side(random), side(random)), (long, side(random)), (side(random), long)][random.integers(3)]
    return cells(random, sizes, step)


def cells(random, sizes, step):
    """A pattern of two colours, a cell around each of the 64x64 samples: where rounding was seen to be largest."""
    dark = random.integers(np.maximum(0, -step), 256 - np.maximum(0, step))
    nearest = [np.abs((2 * np.arange(64) + 1) * n // 128 - np.arange(n)[:, None]).argmin(axis=1) for n in sizes]
    pattern = [
        lambda: np.add.outer(np.arange(64), np.arange(64)) % 2,
        lambda: np.broadcast_to(np.arange(64) % 2, (64, 64)),
        lambda: np.broadcast_to(np.arange(64)[:, None] % 2, (64, 64)),
        lambda: random.random((64, 64)) < random.uniform(0, 0.5),
    ][random.integers(4)]()
    return Image.fromarray((dark + pattern[nearest[1][:, None], nearest[0]][..., None] * step).astype(np.uint8))


def large_cells(random, number):
    """The same with any two colours, 0.3 to 16 megapixels."""
    sizes = log_uniform(random, 500, 4000), log_uniform(random, 600, 4000)
    return cells(random, sizes, random.integers(-255, 256, 3))


def drift(random, number):
    """Soft shapes under a fine texture of colours, on a long side: running sums stray far, and not at random."""
    width, height = log_uniform(random, 1000, 60_000), log_uniform(random, 64, 400)
    x, y = axes(width, height)
    few = random.integers(0, 256, random.integers(4, 40, 2)).astype(np.uint8)
    shapes = np.asarray(Image.fromarray(few).resize((width, height), Image.Resampling.BICUBIC)).astype(np.float32)
    shapes = shapes * random.choice([0.02, 0.1, 0.3, 0.5])
    if random.integers(2):
        period = int(random.integers(2, 40))
        texture = random.integers(0, 256, (period, 3))[(x + y * random.integers(0, 5)) % period]
    else:
        texture = random.integers(0, 256, (height, width, 3))
    picture = (shapes[..., None] + texture * (1 - shapes.max() / 255)).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(picture if number % 2 else picture.swapaxes(0, 1)))


def large_noise(random, number):
    """1 to 6 megapixels of noise, whose coefficients lie close together."""
    width = log_uniform(random, 300, 6000)
    height = max(5, log_uniform(random, 1_000_000, 6_000_000) // width)
    noise = [uniform_noise, normal_noise, binary_noise][number % 3]
    if random.integers(2):
        return coloured(random, noise(random, number, width, height))
    return Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))


def large(random, number):
    """0.3 to 4 megapixels, of any proportion."""
    width = log_uniform(random, 300, 4000)
    height = max(5, log_uniform(random, 300_000, 4_000_000) // width)
    if number % 4 == 0 and photos():
        return photo(random).resize((width, height), Image.Resampling.BILINEAR)
    return filled(random, number, width, height)


def huge(random, number):
    """12 to 24 megapixels: as cameras make them, square, and very long."""
    width, height = [(4000, 3000), (6000, 4000), (4896, 4896), (24001, 601), (601, 24001), (100_003, 127)][number % 6]
    if number % 2 == 0 and photos():
        return photo(random).resize((width, height), Image.Resampling.BILINEAR)
    return filled(random, number, width, height)


SHAPES = {
    "tiny": tiny, "thin": thin, "around 64": around_64, "64x64": side_64, "photo crop": photo_crop,
    "photo resized": photo_resized, "whole percent": whole_percent, "large cells": large_cells, "drift": drift,
    "large noise": large_noise, "large": large, "huge": huge,
}
# Those that take long; a quick run leaves them out.
SLOW = {"large cells", "drift", "large noise", "large", "huge"}
# How many of 1,000 pictures; the slow kinds are few.
SHARES = dict.fromkeys(CONTENTS, 46) | {
    "tiny": 40, "thin": 40, "around 64": 40, "64x64": 40, "photo crop": 50, "photo resized": 50,
    "whole percent": 50, "large cells": 1, "drift": 2, "large noise": 1, "large": 2, "huge": 0.25,
}


def kinds():
    return [kind for kind in SHARES if photos() or not kind.startswith("photo")]
