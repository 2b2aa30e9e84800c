"""Re-encodes a spread of the photographs in every way that Pillow can: quality, subsampling, order of the data.

    python benches/peers/variants.py DIRECTORY [--pictures 48] [--jobs 2]

DIRECTORY is that of `photos.py`; writes DIRECTORY/variants/NUMBER-SIDE-QUALITY-SAMPLING-FORM.jpg. Of the pictures, by size, every
so-manieth is taken, whole (SIDE `whole`), and reduced to a smaller side of 300, 400 and 600 where that is a reduction; by
sides that are no multiples of 8 blocks, but for the 400. Every quality and subsampling in three forms, one where there are
more than 1.5 megapixels; which form is third, or the only one, takes turns.
"""
import argparse
import itertools
import multiprocessing
import pathlib

from PIL import Image, ImageFile

Image.MAX_IMAGE_PIXELS = None
# noise can take more than Pillow expects of a file that is written in one piece
ImageFile.MAXBLOCK = 1 << 26
QUALITIES = [50, 60, 75, 85, 95]
SAMPLINGS = ["444", "422", "420", "grey"]
PLAIN = {"baseline": {}, "progressive": {"progressive": True}}
FURTHER = {
    "optimised": {"optimize": True},
    "rows": {"restart_marker_rows": 1},
    "blocks": {"restart_marker_blocks": 7},
    "progressive-rows": {"progressive": True, "restart_marker_rows": 2},
}
SIDES = [300, 400, 600]
LARGE = 1_500_000


def spread(directory, count):
    """Every so-manieth photograph by size, from the smallest to the largest."""
    size = lambda path: (lambda image: (image.width * image.height, path))(Image.open(path))
    paths = sorted((directory / "photos").rglob("*.jp*g"), key=size)
    return [paths[round(index * (len(paths) - 1) / (count - 1))] for index in range(count)]


def forms(turn, is_large):
    """The forms of one quality and subsampling."""
    every = {**PLAIN, **FURTHER}
    if is_large:
        name = list(every)[turn % len(every)]
        return {name: every[name]}
    name = list(FURTHER)[turn % len(FURTHER)]
    return {**PLAIN, name: FURTHER[name]}


def reduced(image, side):
    """The picture with that smaller side, less a few pixels at one corner so that blocks are cut by the edge."""
    scale = side / min(image.size)
    image = image.resize([max(side, round(length * scale)) for length in image.size], Image.Resampling.LANCZOS)
    return image if side == 400 else image.crop((0, 0, image.width - side % 7, image.height - side % 11))


def encode(image, folder, name, turn=0):
    """Writes all encodings of one picture, and returns how many."""
    count = 0
    is_large = image.width * image.height > LARGE
    for sampling, quality in itertools.product(SAMPLINGS, QUALITIES):
        picture = image.convert("L" if sampling == "grey" else "RGB")
        options = {} if sampling == "grey" else {"subsampling": ":".join(["4", *sampling[1:]])}
        turn += 1
        for form, more in forms(turn, is_large).items():
            picture.save(folder / f"{name}-{quality}-{sampling}-{form}.jpg", quality=quality, **options, **more)
            count += 1
    return count


def one(task):
    number, path, folder = task
    image = Image.open(path)
    image.load()
    count = encode(image, folder, f"{number:02}-whole", number)
    for side in SIDES:
        if min(image.size) > side:
            count += encode(reduced(image.convert("RGB"), side), folder, f"{number:02}-{side:03}", number)
    return count


def main(directory, count, jobs):
    folder = directory / "variants"
    folder.mkdir(exist_ok=True)
    paths = spread(directory, count)
    with multiprocessing.Pool(jobs) as pool:
        tasks = [(number, path, folder) for number, path in enumerate(paths)]
        files = sum(pool.imap_unordered(one, tasks[::-1]))
    print(f"{files} files of {len(paths)} photographs in {folder}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=48)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    main(arguments.directory, arguments.pictures, arguments.jobs)
