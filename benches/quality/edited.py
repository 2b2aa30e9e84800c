"""Edits the photographs: each edit once on every one, as a file, so that every tool hashes the same bytes.

    python benches/quality/edited.py DIRECTORY [--seed 1] [--jobs 2]

DIRECTORY is that of `photographs.py`. The first photograph of each group is taken, reduced to 1,000 pixels at most (which is no edit that
is counted: the listed hash is that of the photograph as it is).

    edited/NUMBER-EDIT.jpg|png    the pictures, NUMBER being the photograph's line
    edited.csv                    path, line of the photograph, edit
"""
import argparse
import csv
import multiprocessing
import pathlib
import zlib

import numpy as np
from PIL import Image

from edits import EDITS, encoded

Image.MAX_IMAGE_PIXELS = None
MOST = 1000


def edit_all(task):
    """The wanted edits of one photograph; returns the rows of the table."""
    directory, number, name, seed, wanted = task
    image = Image.open(directory / "photographs" / name)
    image.draft("RGB", (MOST, MOST))
    image = image.convert("RGB")
    image.thumbnail((MOST, MOST), Image.Resampling.LANCZOS)
    rows = []
    for which, (edit, (_, function)) in enumerate(EDITS.items()):
        if edit not in wanted:
            continue
        random = np.random.default_rng([seed, zlib.crc32(name.encode()), zlib.crc32(edit.encode())])
        data, ending = encoded(function(random, image))
        path = pathlib.Path("edited", f"{number:03}-{which:02}.{ending}")
        (directory / path).write_bytes(data)
        rows.append([path, number, edit])
    return rows


def main(directory, seed, jobs, wanted=tuple(EDITS)):
    (directory / "edited").mkdir(exist_ok=True)
    with open(directory / "photographs.csv", newline="") as file:
        photographs = list(csv.DictReader(file))
    tasks = [(directory, number, row["name"], seed, wanted) for number, row in enumerate(photographs) if int(row["group"]) == number]
    with multiprocessing.Pool(jobs) as pool, open(directory / "edited.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "photograph", "edit"])
        for rows in pool.imap(edit_all, tasks, chunksize=4):
            writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    main(arguments.directory, arguments.seed, arguments.jobs)
