"""A check that takes less than a minute, on drawn pictures alone: does `standard` still find what was framed?

    python benches/quality/quick.py DIRECTORY [--pictures 24]

Draws pictures into DIRECTORY, edits them in some of the ways, and fails where fewer than the stated share are found within radius 31.
Photographs decide what is stated in README.md; this only notices when views are broken.
"""
import argparse
import csv
import pathlib
import sys

import numpy as np

import drawn
import edited
import peers
from tables import Edited, markdown

RADIUS = 31
# What is found of 24 drawn pictures of seed 1, less two or three of them.
BOUNDS = {
    "JPEG 10 to 50": 1.0, "border 1 to 4 %": 0.9, "border 4 to 12 %": 0.9, "letterbox 5 to 35 %": 0.9, "pillarbox 5 to 35 %": 0.9,
    "screenshot, picture viewer": 0.75, "crop 2 to 5 %, centred": 0.85, "cut bottom 2 to 12 %": 0.65, "tilt 1 to 3, filled": 0.8,
    "mirrored": 1.0, "border 2 to 12 %, quarter turn": 0.9,
}


def main(directory, count):
    (directory / "photographs").mkdir(parents=True, exist_ok=True)
    with open(directory / "photographs.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, ["name", "group", "half"], lineterminator="\n")
        writer.writeheader()
        for number in range(count):
            name = f"drawn-{number:02}.png"
            drawn.picture(np.random.default_rng([1, number])).save(directory / "photographs" / name)
            writer.writerow({"name": name, "group": number, "half": "held-out"})
    edited.main(directory, 1, 2, tuple(BOUNDS))
    peers.main(directory, True, "held-out", 2)
    pictures = Edited(directory, "held-out")
    own, _ = pictures.distances("standard")
    plain, nearest = own[:, 1], own[:, 1:].min(1)
    body, failed = [], []
    for edit, bound in BOUNDS.items():
        which = pictures.edit == edit
        share = (nearest[which] <= RADIUS).mean()
        body.append([edit, which.sum(), f"{(plain[which] <= RADIUS).mean():.0%}", f"{share:.0%}", f"{bound:.0%}"])
        if share < bound:
            failed.append(edit)
    print(markdown(["edit of drawn pictures", "pictures", "plain", "standard", "bound"], body))
    if failed:
        sys.exit(f"standard finds fewer than it did of: {', '.join(failed)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=24)
    arguments = parser.parse_args()
    main(arguments.directory, arguments.pictures)
