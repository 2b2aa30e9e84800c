"""What the scripts of this folder have in common: the program, the tables that they leave for each other, intervals, Markdown."""
import csv
import os
import pathlib
import subprocess

import numpy as np

from edits import EDITS

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target")).resolve()
PROGRAM = TARGET / "release" / "lookalike-quality"
NONE = 255


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def program(*arguments, **options):
    """Runs the Rust program, and returns what it writes."""
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def framings(name):
    return program("names", name).splitlines()


class Edited:
    """The edited pictures of one half, and how far each framing's hashes are from the listed one."""

    def __init__(self, directory, half):
        photographs = rows(directory / "photographs.csv")
        self.pictures = [row for row in rows(directory / "edited.csv") if photographs[int(row["photograph"])]["half"] == half]
        self.directory = directory
        self.edit = np.array([row["edit"] for row in self.pictures])
        self.family = np.array([EDITS[edit][0] for edit in self.edit])

    def distances(self, name, again=False):
        """A row for each picture: the hash, its eight versions, each framing's; and the same to other photographs, but for candidates."""
        listed, pictures, out = (self.directory / f"{part}-{name}.{ending}" for part, ending in [("listed", "tsv"), ("pictures", "tsv"), ("distances", "bin")])
        listed.write_text("".join(f"{row['pdq']}\t{row['group']}\n" for row in rows(self.directory / "listed.csv")))
        pictures.write_text("".join(f"{self.directory / row['path']}\t{row['photograph']}\n" for row in self.pictures))
        if not again:
            program("distances", name, listed, pictures, out)
        table = np.fromfile(out, np.uint8).reshape(len(self.pictures), -1).astype(np.int16)
        if name == "candidates":
            return table, None
        half = table.shape[1] // 2
        return table[:, :half], table[:, half:]

    def weights(self):
        """Each family counts the same, and in it each edit."""
        families = set(self.family)
        weights = np.zeros(len(self.pictures))
        for family in families:
            edits = set(self.edit[self.family == family])
            for edit in edits:
                is_one = self.edit == edit
                weights[is_one] = 1 / len(families) / len(edits) / is_one.sum()
        return weights


def wilson(found, count, z=1.96):
    """The 95 % interval of a share."""
    if count == 0:
        return 0.0, 1.0
    share = found / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def poisson(count):
    """The exact 95 % interval of a count (Garwood, 1936)."""
    from scipy.stats import chi2
    return (chi2.ppf(0.025, 2 * count) / 2 if count else 0.0), chi2.ppf(0.975, 2 * count + 2) / 2


def markdown(head, body):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(map(str, row)) + " |" for row in body)])
