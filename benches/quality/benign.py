"""Pictures that are on no list, to be looked up; and pictures from which a large list of hashes is made, unrelated to them.

    python benches/quality/benign.py DIRECTORY [--seed 1] [--jobs 2]

DIRECTORY is that of `photographs.py`. Pictures that are there are left as they are. Looked up and listed never share a package, a half of the photographs, or a seed:

    kind          looked up                                              listed
    photographs   crops of the held-out half                             the training half, of which the list takes crops
    framed        the same on a drawn screen, in bars, or with a border  -
    packages      figures, screenshots, drawings, icons of LOOKED_UP,    those of LISTED
                  whole or crops
    drawn         documents, plots, signs, screens of one seed           of another

    benign/NUMBER.jpg, benign.csv       path, kind, package, entry
    sources/NUMBER.jpg, sources.csv     the same of the pictures from which the list is made
"""
import argparse
import csv
import multiprocessing
import pathlib
import subprocess

import numpy as np
from PIL import Image

import drawn
import edits
import screens

Image.MAX_IMAGE_PIXELS = None
MOST = 640
LEAST_SIDE = 48
# Debian's packages, and how many pictures of each
LOOKED_UP = {
    "gimp-help-en": 1500, "qtbase5-doc-html": 900, "qtcreator-doc": 700, "games-thumbnails": 1200, "openclipart-png": 2200,
    "wesnoth-1.16-data": 2000, "stellarium-data": 700, "tuxpaint-stamps-default": 700, "gnome-backgrounds": 100, "opencv-doc": 1200,
}
LISTED = {
    "debian-handbook": 600, "gnucash-docs": 900, "kicad-doc-en": 300, "python-scipy-doc": 700, "oxygen-icon-theme": 500, "freedroidrpg-data": 400,
    "gnome-user-docs": 60, "desktop-base": 50,
}
PHOTOGRAPH_CROPS, FRAMED, DRAWN, DRAWN_SOURCES = 5000, 3000, 3000, 1200
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


def extracted(directory, name):
    """The pictures of a package, in the order of their paths."""
    packages = directory / "packages" / "packages"
    folder = directory / "extracted" / name
    if not folder.is_dir():
        if not list(packages.glob(f"{name}_*.deb")):
            subprocess.run(["apt-get", "--quiet=2", "download", name], cwd=packages, check=True)
        subprocess.run(["dpkg", "--extract", max(packages.glob(f"{name}_*.deb")), folder], check=True)
    found = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS and path.is_file() and not path.is_symlink()]
    # the photographs of opencv-doc are listed
    return [path for path in found if path.stat().st_size >= 4000 and not (name == "opencv-doc" and "/html/" not in str(path))]


def opened(path):
    """A picture over white, at most MOST pixels on each side; none if it is too small or cannot be read."""
    try:
        image = Image.open(path)
        image.draft("RGB", (2 * MOST, 2 * MOST))
        if image.mode in {"RGBA", "LA", "P"}:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if min(image.size) < LEAST_SIDE:
        return None
    image.thumbnail((2 * MOST, 2 * MOST), Image.Resampling.BILINEAR)
    return image


def crop(random, image, least):
    """A part of the picture, of any proportions, with sides of that share at least."""
    width, height = (max(LEAST_SIDE, round(share * side)) for share, side in zip(random.uniform(least, 1, 2), image.size))
    width, height = min(width, image.width), min(height, image.height)
    x, y = int(random.integers(image.width - width + 1)), int(random.integers(image.height - height + 1))
    return image.crop([x, y, x + width, y + height])


def framed(random, image):
    ways = [screens.viewer, screens.desktop, edits.phone_light, edits.phone_dark, edits.letterbox, edits.pillarbox, edits.uneven_border,
            edits.blurred_bars, edits.caption_beside]
    result = ways[random.integers(len(ways))](random, image)
    return result[0] if isinstance(result, tuple) else result


def make(task):
    """Writes one picture; returns its row, or none."""
    directory, path, kind, package, source, seed, number = task
    if (directory / path).is_file():
        entry = drawn.KINDS[number % len(drawn.KINDS)].__name__ if kind == "drawn" else str(source.relative_to(directory))
        return [path, kind, package, entry]
    random = np.random.default_rng([seed, number])
    if kind == "drawn":
        entry, image = drawn.draw(seed, number)
        if number // len(drawn.KINDS) % 2:
            image = crop(random, image, 0.5)
    else:
        image = opened(source)
        entry = str(source.relative_to(directory))
        if image is None:
            return None
        if kind in {"photograph", "framed"}:
            image = crop(random, image, 0.25)
        elif kind == "package" and number % 3:
            image = crop(random, image, 0.35)
        if kind == "framed":
            image = framed(random, image)
    image.thumbnail((MOST, MOST), Image.Resampling.BILINEAR)
    image.convert("RGB").save(directory / path, quality=90)
    return [path, kind, package, entry]


def spread(random, pictures, count):
    """So many of the pictures: each as often as any other, but for the rest."""
    order = random.permutation(len(pictures))
    return [pictures[order[i % len(order)]] for i in range(count)] if pictures else []


def main(directory, seed, jobs):
    with open(directory / "photographs.csv", newline="") as file:
        photographs = list(csv.DictReader(file))
    half = lambda which: [directory / "photographs" / row["name"] for row in photographs if row["half"] == which]
    random = np.random.default_rng(seed)
    wanted = {"benign": [], "sources": []}
    wanted["benign"] += [("photograph", "", path) for path in spread(random, half("held-out"), PHOTOGRAPH_CROPS)]
    wanted["benign"] += [("framed", "", path) for path in spread(random, half("held-out"), FRAMED)]
    wanted["sources"] += [("whole", "", path) for path in half("training")]
    for name, count in LOOKED_UP.items():
        wanted["benign"] += [("package", name, path) for path in spread(random, extracted(directory, name), count)]
    for name, count in LISTED.items():
        found = extracted(directory, name)
        wanted["sources"] += [("whole", name, path) for path in spread(random, found, min(count, len(found)))]
    wanted["benign"] += [("drawn", "", None)] * DRAWN
    wanted["sources"] += [("drawn", "", None)] * DRAWN_SOURCES
    with multiprocessing.Pool(jobs) as pool:
        for which, pictures in wanted.items():
            (directory / which).mkdir(exist_ok=True)
            own = seed if which == "benign" else seed + 1_000_000
            tasks = [(directory, pathlib.Path(which, f"{number:05}.jpg"), *picture, own, number) for number, picture in enumerate(pictures)]
            with open(directory / f"{which}.csv", "w", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["path", "kind", "package", "entry"])
                rows = [row for row in pool.imap(make, tasks, chunksize=16) if row is not None]
                writer.writerows(rows)
            print(f"{which}: {len(rows)} pictures")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    main(arguments.directory, arguments.seed, arguments.jobs)
