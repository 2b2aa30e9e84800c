"""The same pictures by Meta's code (PyPI pdqhash) and ImageHash: how far each edited one is from its photograph.

    python benches/quality/peers.py DIRECTORY [--listed] [--half held-out] [--jobs 2]

    listed.csv    line of the photograph, group, pdq, phash, dhash (hex): of the files as they are; with --listed only this
    peers.csv     path, pdq (least quality 50, else 255), pdq with its eight turned versions, phash, dhash: distances
"""
import argparse
import csv
import multiprocessing
import pathlib

import imagehash
import numpy as np
import pdqhash
from PIL import Image

from tables import NONE, rows

Image.MAX_IMAGE_PIXELS = None
LEAST_QUALITY = 50


def bits(hash):
    return np.asarray(hash, bool).reshape(-1)


def hex_of(hash):
    return np.packbits(bits(hash)).tobytes().hex()


def of_hex(text):
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8)).astype(bool)


def classic(image):
    return imagehash.phash(image).hash, imagehash.dhash(image).hash


def listed(task):
    number, group, path = task
    image = Image.open(path).convert("RGB")
    return [number, group, *map(hex_of, [pdqhash.compute(np.asarray(image))[0], *classic(image)])]


def compared(task):
    path, name, hashes = task
    pdq, phash, dhash = map(of_hex, hashes)
    image = Image.open(path).convert("RGB")
    eight, quality = pdqhash.compute_dihedral(np.asarray(image))
    distances = [int((bits(one) != pdq).sum()) for one in eight] if quality >= LEAST_QUALITY else [NONE]
    return [name, distances[0], min(distances), *(int((bits(own) != other).sum()) for own, other in zip(classic(image), [phash, dhash]))]


def write(path, head, body):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(body)


def main(directory, only_listed, half, jobs):
    with multiprocessing.Pool(jobs) as pool:
        photographs = rows(directory / "photographs.csv")
        tasks = [(number, row["group"], directory / "photographs" / row["name"]) for number, row in enumerate(photographs)]
        write(directory / "listed.csv", ["photograph", "group", "pdq", "phash", "dhash"], pool.imap(listed, tasks, chunksize=4))
        if only_listed:
            return
        hashes = [[row["pdq"], row["phash"], row["dhash"]] for row in rows(directory / "listed.csv")]
        tasks = [(directory / row["path"], row["path"], hashes[int(row["photograph"])]) for row in rows(directory / "edited.csv") if photographs[int(row["photograph"])]["half"] == half]
        write(directory / "peers.csv", ["path", "pdq", "dihedral", "phash", "dhash"], pool.imap(compared, tasks, chunksize=32))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--listed", action="store_true")
    parser.add_argument("--half", default="held-out")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    main(arguments.directory, arguments.listed, arguments.half, arguments.jobs)
