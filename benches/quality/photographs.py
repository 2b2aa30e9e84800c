"""Fetches the listed photographs from packages, groups near-duplicates, and splits the groups into two halves.

    python benches/quality/photographs.py DIRECTORY [--record]

Photographs are those of `benches/peers/photos.py`, whose directory is DIRECTORY/packages, and those of Debian's gcompris-qt-data,
which packs WebP files into Qt resource files. Taken is what has 60,000 pixels, and PDQ quality 50 (Meta's code).

    photographs/NAME       the files, as they are in the packages
    photographs.csv        name, package, version, entry in the package, SHA-256, measures, group, half

Two photographs whose hashes, turned in any way, are within 90 bits are of one group, and so are their groups. A group belongs to the held-out
half if the SHA-256 of its first name is odd: nothing but names decides. `--record` overwrites the list in this folder;
without it the sums and halves are compared with that list, and a difference is an error.
"""
import argparse
import csv
import hashlib
import io
import pathlib
import sys
import tempfile

import numpy as np
import pdqhash
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "peers"))
import photos  # noqa: E402

Image.MAX_IMAGE_PIXELS = None
RECORD = HERE / "photographs.csv"
COLUMNS = ["name", "package", "version", "entry", "sha256", "width", "height", "quality", "group", "half"]
LEAST_QUALITY = 50
NEAR = 90
GCOMPRIS = "gcompris-qt-data", "3.1-2"
# Resource files of photographs; others hold drawings.
RESOURCES = ["explore_monuments", "explore_farm_animals", "explore_world_animals", "explore_world_music", "erase", "categorization"]


def gcompris(packages):
    """The pictures of GCompris: (entry, bytes). An entry is a resource file and the place of the picture in it."""
    name, version = GCOMPRIS
    if not list(packages.glob(f"{name}_*.deb")):
        photos.run("apt-get", "--quiet=2", "download", name, cwd=packages)
    package = max(packages.glob(f"{name}_*.deb"))
    found = photos.run("dpkg-deb", "--field", package, "Version", stdout=photos.subprocess.PIPE, text=True).stdout.strip()
    if found != version:
        sys.exit(f"{name}: found version {found}, the recorded photographs are of {version}")
    with tempfile.TemporaryDirectory(dir=packages) as folder:
        photos.run("dpkg", "--extract", package, folder)
        for resource in RESOURCES:
            data = (pathlib.Path(folder) / f"usr/share/gcompris-qt/rcc/{resource}.rcc").read_bytes()
            for number, picture in enumerate(webp_within(data)):
                yield f"{resource}-{number:03}.webp", picture


def webp_within(data):
    """WebP files that lie in others as they are, whatever is around them."""
    at = data.find(b"RIFF")
    while at >= 0:
        if data[at + 8:at + 12] == b"WEBP":
            yield data[at:at + 8 + int.from_bytes(data[at + 4:at + 8], "little")]
        at = data.find(b"RIFF", at + 4)


def candidates(directory):
    """Every picture: (name, package, version, entry, bytes)."""
    packages = directory / "packages"
    if not (packages / "photos.csv").is_file():
        packages.mkdir(parents=True, exist_ok=True)
        photos.main(packages)
    with open(packages / "photos.csv", newline="") as file:
        for row in csv.DictReader(file):
            path = pathlib.Path(row["path"])
            if path.parts[0] == "photos":
                yield f"{row['package']}-{path.name}", row["package"], row["version"], path.name, (packages / path).read_bytes()
    for entry, data in gcompris(packages / "packages"):
        yield f"gcompris-{entry}", *GCOMPRIS, entry, data


def measured(data):
    """Size, quality and eight hashes of a picture that is taken; none for another."""
    try:
        image = Image.open(io.BytesIO(data))
        if image.mode not in {"RGB", "L"} or image.width * image.height < photos.LEAST_PIXELS:
            return None
        pixels = np.asarray(image.convert("RGB"))
    except OSError:
        return None
    hashes, quality = pdqhash.compute_dihedral(pixels)
    return (*image.size, int(quality), np.array(hashes, bool)) if quality >= LEAST_QUALITY else None


def groups_of(hashes):
    """The number of each picture's group: the first of its pictures."""
    group = list(range(len(hashes)))

    def first(i):
        while group[i] != i:
            i = group[i]
        return i

    own = np.array([eight[0] for eight in hashes])
    for i, eight in enumerate(hashes):
        nearest = np.min([(own[i + 1:] != turned).sum(1) for turned in eight], axis=0) if i + 1 < len(own) else []
        for j in np.flatnonzero(np.asarray(nearest) <= NEAR):
            low, high = sorted([first(i), first(i + 1 + int(j))])
            group[high] = low
    return [first(i) for i in range(len(group))]


def half(name):
    """Which half a group belongs to, by the name of its first picture."""
    return "held-out" if hashlib.sha256(name.encode()).digest()[0] % 2 else "training"


def main(directory, record):
    folder = directory / "photographs"
    folder.mkdir(parents=True, exist_ok=True)
    rows, hashes, seen = [], [], set()
    for name, package, version, entry, data in candidates(directory):
        digest = hashlib.sha256(data).hexdigest()
        found = measured(data) if digest not in seen else None
        if found is None:
            continue
        seen.add(digest)
        (folder / name).write_bytes(data)
        width, height, quality, eight = found
        hashes.append(eight)
        rows.append(dict(zip(COLUMNS, [name, package, version, entry, digest, width, height, quality])))
    for row, group in zip(rows, groups_of(hashes)):
        row["group"], row["half"] = group, half(rows[group]["name"])
    for path in [directory / "photographs.csv", *([RECORD] if record else [])]:
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    for which in ["training", "held-out"]:
        found = [row["group"] for row in rows if row["half"] == which]
        print(f"{which}: {len(found)} photographs, {len(set(found))} distinct")
    if RECORD.read_bytes() != (directory / "photographs.csv").read_bytes():
        sys.exit(f"{directory / 'photographs.csv'} differs from {RECORD}: other packages, or other code that hashes them")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    main(arguments.directory, arguments.record)
