"""The rule for occlusion: what a wide radius finds of copies under captions, logos and stickers, confirmed by little conflict.

    python benches/quality/occlusion.py DIRECTORY [--half held-out] [--again]

The needles are the picture's own eight hashes; what it finds beside `standard` at radius 31 is in the last column. What the rule finds wrongly is in
the table *wide* of `false_matches.py`. Needs what `edited.py` and `peers.py` wrote; with `--again` also the distances of `report.py`.
"""
import argparse
import pathlib

import numpy as np

from edits import EDITS
from tables import Edited, framings, markdown, program, rows, wilson

# radius and most conflict in thousandths; the last is the rule of the library
RULES = [(31, 1000), (40, 1000), (52, 1000), (68, 1000), (52, 200), (68, 150), (68, 200)]


def main(directory, half, again):
    edited = Edited(directory, half)
    own, _ = edited.distances("thorough", again)
    thorough = framings("thorough")
    standard = own[:, [1, *(2 + thorough.index(framing) for framing in framings("standard"))]].min(1) <= 31
    listed, pictures = directory / "listed-occlusion.tsv", directory / "pictures-occlusion.tsv"
    listed.write_text("".join(f"{row['pdq']}\t{row['group']}\n" for row in rows(directory / "listed.csv")))
    pictures.write_text("".join(f"{directory / row['path']}\t{row['photograph']}\n" for row in edited.pictures))
    found = np.array([line.split("\t") for line in program("occlusion", listed, pictures).splitlines()], int)
    body = []
    for edit, (family, _) in EDITS.items():
        if family not in {"caption", "logo"} and edit not in {"JPEG 10 to 50", "crop 2 to 5 %, centred", "border 2 to 10 %, logo"}:
            continue
        which = edited.edit == edit
        line = [edit, which.sum()]
        for radius, most in RULES:
            shares = (found[which, 0] <= radius) & ((found[which, 1] <= most) | (found[which, 0] <= 31))
            low, high = wilson(int(shares.sum()), len(shares))
            line.append(f"{100 * shares.mean():.0f}" if (radius, most) != RULES[-1] else f"**{100 * shares.mean():.0f}** ({100 * low:.0f}–{100 * high:.0f})")
        both = shares | standard[which]
        low, high = wilson(int(both.sum()), len(both))
        body.append([*line, f"{100 * standard[which].mean():.0f}", f"**{100 * both.mean():.0f}** ({100 * low:.0f}–{100 * high:.0f})"])
    head = [f"radius {radius}" + (f", conflict <= {most / 1000}" if most < 1000 else "") for radius, most in RULES]
    table = markdown([f"{half} half: recall, %", "pictures", *head, "`standard` at 31", "the rule and `standard`"], body)
    (directory / "occlusion.md").write_text(table + "\n")
    print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--half", default="held-out")
    parser.add_argument("--again", action="store_true", help="with the distances of the last time")
    arguments = parser.parse_args()
    main(arguments.directory, arguments.half, arguments.again)
