"""Chooses the framings of the sets, one after the other, by what each adds to the recall on the training half.

    python benches/quality/select_views.py DIRECTORY [--standard 42] [--thorough 150] [--least 0.0002] [--again]

DIRECTORY holds the edited pictures (`edited.py`) and the hashes of their photographs (`peers.py`). The value of a picture is 1 if the nearest needle so far lies within
27 bits of the listed hash, 0 from 36 on, and falls evenly between, so that a choice does not hang on single bits at the radius of 31; families of
edits count the same, and in each family the edits. Chosen is what adds the most; the end is where the next would add less than `--least`.
The held-out half is not looked at. Writes `selected.csv`: number, framing, value, recall at 31 on the training half.
"""
import argparse
import csv
import pathlib

import numpy as np

from tables import Edited, framings, markdown

RADIUS = 31
SURE, HOPELESS = 27, 36


def main(directory, standard, thorough, least, again):
    edited = Edited(directory, "training")
    table, _ = edited.distances("candidates", again)
    names = framings("candidates")
    weights = edited.weights()
    plain, table = table[:, 1], table[:, 2:]
    value = lambda distances: ((HOPELESS - distances) / (HOPELESS - SURE)).clip(0, 1).astype(np.float32)
    values, best, nearest = value(table), value(plain), plain.copy()
    chosen = []
    print(f"{len(names)} candidates, {len(plain)} pictures; plain: value {best @ weights:.4f}, recall {(nearest <= RADIUS) @ weights:.4f}")
    while len(chosen) < thorough:
        gains = np.maximum(values - best[:, None], 0).T @ weights
        at = int(gains.argmax())
        if gains[at] < least:
            break
        best, nearest = np.maximum(best, values[:, at]), np.minimum(nearest, table[:, at])
        chosen.append([len(chosen) + 1, names[at], f"{gains[at]:.5f}", f"{best @ weights:.4f}", f"{(nearest <= RADIUS) @ weights:.4f}"])
        if len(chosen) in {standard, thorough}:
            by_edit(edited, nearest, len(chosen))
    head = ["number", "framing", "gain", "value", "recall"]
    with open(directory / "selected.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(chosen)
    print(markdown(head, chosen))
    by_edit(edited, nearest, len(chosen))


def by_edit(edited, nearest, count):
    shares = [[edit, f"{(nearest[edited.edit == edit] <= RADIUS).mean():.1%}"] for edit in dict.fromkeys(edited.edit)]
    print(f"\n{count} framings, training half\n\n{markdown(['edit', 'recall'], shares)}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--standard", type=int, default=42)
    parser.add_argument("--thorough", type=int, default=150)
    parser.add_argument("--least", type=float, default=0.0002)
    parser.add_argument("--again", action="store_true", help="with the distances of the last time")
    arguments = parser.parse_args()
    main(arguments.directory, arguments.standard, arguments.thorough, arguments.least, arguments.again)
