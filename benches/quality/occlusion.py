"""Occlusion: how a wide radius may be confirmed by the needle's own coefficients.

    python benches/quality/occlusion.py DIRECTORY [--half training]

A caption or a logo moves all coefficients a little; the bits that change are those whose coefficients lie near the median. An unrelated
picture differs in weak and strong bits alike. So the bits of the needle are ranked by the distance of their coefficients from the median, 0 the weakest, 1 the strongest, and
the mean rank of the bits in which needle and listed hash differ is looked at: 0.5 for unrelated ones, give or take 0.29 over the root of their number.

Needs what `edited.py`, `peers.py` and `false_matches.py` wrote. Coefficients are those of PyPI pdqhash; the picture as it is, not turned.
"""
import argparse
import multiprocessing
import pathlib

import numpy as np
import pdqhash
from PIL import Image

from edits import EDITS
from peers import of_hex
from tables import Edited, markdown, rows

RADII = [31, 40, 52, 60, 70]
BOUNDS = [1, 0.4, 0.35, 0.3]
QUALITY = 50


def ranked(path):
    """Bits of a picture, the rank of each, and the quality."""
    values, quality = pdqhash.compute_float(np.asarray(Image.open(path).convert("RGB")))
    values = np.asarray(values, float)
    low, high = np.sort(values)[127:129]
    rank = np.abs(values - (low + high) / 2).argsort().argsort() / 255
    return values > low, rank, quality


def compared(task):
    path, hash = task
    bits, rank, quality = ranked(path)
    differ = bits != of_hex(hash)
    return int(differ.sum()) if quality >= QUALITY else 255, float(rank[differ].mean()) if differ.any() else 0.0


def main(directory, half, jobs):
    edited = Edited(directory, half)
    listed = rows(directory / "listed.csv")
    wanted = [edit for edit, (family, _) in EDITS.items() if family in {"caption", "logo"} or edit in {"JPEG 10 to 50", "crop 2 to 5 %, centred"}]
    body = []
    with multiprocessing.Pool(jobs) as pool:
        for edit in wanted:
            tasks = [(directory / row["path"], listed[int(row["photograph"])]["pdq"]) for row in edited.pictures if row["edit"] == edit]
            found = np.array(pool.map(compared, tasks, chunksize=8))
            for bound in BOUNDS:
                within = [(found[:, 0] <= radius) & ((found[:, 1] <= bound) | (found[:, 0] <= 31)) for radius in RADII]
                body.append([edit, len(found), "any" if bound == 1 else f"<= {bound}", *(f"{100 * it.mean():.0f}" for it in within)])
    print(markdown([f"{half} half: recall, %", "pictures", "mean rank", *(f"radius {radius}" for radius in RADII)], body))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--half", default="training")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    main(arguments.directory, arguments.half, arguments.jobs)
