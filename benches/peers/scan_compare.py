"""Scans altered copies of listed photographs, and unlisted ones, with screening and without: is every match the same?

    cargo build --release -p lookalike-cli
    python benches/peers/scan_compare.py DIRECTORY [--radius 31] [--jobs 1] [--shown 20]

DIRECTORY is that of `photos.py` and `altered.py`. The listed pictures' exact hashes are compiled into an index; scanned are altered/,
photos/, others/, odd/, and variants/ where it is there; and photos/ once more against 100,000 hashes that nothing looks like, which
is what most scans find. Compared for every file, `scan` with `--exact` and without: outcome, and the
matches with hash, distance, transform and view. Each difference is printed; any, or a failure to check by one alone, makes the script
fail. The time of each scan is that of the whole process, twice each in turn, the smaller counted.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = TARGET / "release" / "lookalike"
FOLDERS = ["altered", "variants", "photos", "others", "odd"]
# 0: nothing matched, 1: something did, 3: nothing matched, but something could not be checked
FINE = {0, 1, 3}
UNRELATED = 100_000


def index_of(directory, folder):
    """Compiles the exact hashes of the listed pictures; their paths are the entries' names."""
    listed = (directory / "listed.txt").read_text().splitlines()
    hashes = subprocess.run([PROGRAM, "hash", "--no-progress", *listed], cwd=directory, check=True, stdout=subprocess.PIPE, text=True)
    rows = [line.split(",", 2) for line in hashes.stdout.splitlines()]
    if len(rows) != len(listed):
        sys.exit("not every listed picture was hashed")
    (folder / "listed.csv").write_text("hash,id\n" + "".join(f'{found},"{path}"\n' for found, _, path in rows))
    subprocess.run([PROGRAM, "index", "build", "--output", folder / "listed.idx", "--force", folder / "listed.csv,hash-column=hash,id-column=id"],
                   check=True)
    return folder / "listed.idx"


def unrelated(folder):
    """An index of random hashes, half of whose bits are ones, as PDQ's are."""
    random = np.random.default_rng(1)
    rows = np.packbits(random.permuted(np.tile(np.arange(256) % 2, (UNRELATED, 1)), axis=1), axis=1)
    (folder / "unrelated.txt").write_text("".join(f"{row.tobytes().hex()}\n" for row in rows))
    subprocess.run([PROGRAM, "index", "build", "--output", folder / "unrelated.idx", f"{folder / 'unrelated.txt'},kind=pdq"], check=True)
    return folder / "unrelated.idx"


def scanned(directory, index, name, options):
    """Of one folder: the records by path, seconds elapsed, and of CPU."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [PROGRAM, "scan", "--index", index, "--format", "jsonl", "--no-progress", *options, name]
    run = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    elapsed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode not in FINE:
        sys.exit(f"scan failed: {run.stderr[-2000:]}")
    records = {record["path"]: record for record in map(json.loads, run.stdout.splitlines())}
    return records, elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def said(record):
    """What must be the same: the outcome and, sorted, the matches."""
    keys = ["entry", "hash", "distance", "transform", "view"]
    return record["outcome"], sorted([match[key] for key in keys] for match in record["matches"])


def compare(name, exact, screened, title=None):
    """A row of the table, and the differences."""
    paths = [path for path in exact if path.split("/")[0] == name]
    differences = collections.defaultdict(list)
    counts = collections.Counter()
    for path in paths:
        mine, other = screened.get(path), exact[path]
        counts[other["outcome"]] += 1
        counts["matches"] += len(other["matches"])
        counts["by coefficients"] += mine is not None and mine["hashed_from"] == "coefficients"
        if mine is None:
            differences["missing"].append(path)
        elif said(mine) != said(other):
            (outcome, matches), (expected, expected_matches) = said(mine), said(other)
            lost = [match for match in expected_matches if match not in matches]
            more = [match for match in matches if match not in expected_matches]
            kind = "lost matches" if lost else "further matches" if more else f"{outcome} instead of {expected}"
            differences[kind].append(f"{path}: {outcome}, exactly {expected}; lost {lost}, further {more}")
    total = sum(map(len, differences.values()))
    print(f"| {title or name} | {len(paths):,} | {counts['by coefficients']:,} | {counts['match']:,} | {counts['matches']:,} "
          f"| {counts['no_match']:,} | {counts['low_quality']:,} | {len(paths) - counts['match'] - counts['no_match'] - counts['low_quality']:,} "
          f"| {len(differences['lost matches'])} | {total - len(differences['lost matches'])} |")
    return [f"{kind}: {line}" for kind, lines in sorted(differences.items()) for line in lines]


def main(directory, radius, jobs, shown):
    folders = [name for name in FOLDERS if (directory / name).is_dir()]
    options = ["--radius", str(radius), "--jobs", str(jobs)]
    cpu = re.search("model name\\s*: (.+)", pathlib.Path("/proc/cpuinfo").read_text())
    with tempfile.TemporaryDirectory() as temporary:
        index = index_of(directory, pathlib.Path(temporary))
        found = {kind: {name: [] for name in folders} for kind in ["exact", "screened"]}
        for name in folders * 2:
            found["exact"][name].append(scanned(directory, index, name, [*options, "--exact"]))
            found["screened"][name].append(scanned(directory, index, name, options))
        other = unrelated(pathlib.Path(temporary))
        apart = {"exact": [], "screened": []}
        for _ in range(3):
            apart["exact"].append(scanned(directory, other, "photos", [*options, "--exact"]))
            apart["screened"].append(scanned(directory, other, "photos", options))
    exact, screened = ({path: record for runs in kind.values() for path, record in runs[0][0].items()} for kind in found.values())
    nothing, nothing_screened = (runs[0][0] for runs in apart.values())
    print(f"radius {radius}, {jobs} threads, {cpu[1] if cpu else ''}, load {os.getloadavg()[0]:.1f}\n")
    print("| folder | files | by coefficients alone | match | matches | no match | low quality | not checked | **lost matches** | other differences |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    differences = [line for name in folders for line in compare(name, exact, screened)]
    differences += compare("photos", nothing, nothing_screened, f"photos, {UNRELATED:,} unrelated")
    differences += [f"only screened: {path}" for path in screened.keys() - exact.keys()]
    least = {kind: np.array([np.min([run[1:] for run in runs], axis=0) for runs in by_name.values()]) for kind, by_name in found.items()}
    print("\n| folder | exact, CPU s | screened, CPU s | times as fast | elapsed s | elapsed s | times as fast |\n|---|---|---|---|---|---|---|")
    rows = {kind: np.vstack([times, times.sum(axis=0)]) for kind, times in least.items()}
    for name, (elapsed, cpu), (our_elapsed, our_cpu) in zip([*folders, "**all**"], rows["exact"], rows["screened"]):
        print(f"| {name} | {cpu:.2f} | {our_cpu:.2f} | {cpu / our_cpu:.1f} | {elapsed:.2f} | {our_elapsed:.2f} | {elapsed / our_elapsed:.1f} |")
    (elapsed, cpu), (our_elapsed, our_cpu) = (np.min([run[1:] for run in runs], axis=0) for runs in apart.values())
    print(f"| photos, {UNRELATED:,} unrelated | {cpu:.2f} | {our_cpu:.2f} | {cpu / our_cpu:.1f} | {elapsed:.2f} | {our_elapsed:.2f} "
          f"| {elapsed / our_elapsed:.1f} |")
    print(f"\n{len(exact):,} files, {len(differences)} differences")
    for line in differences[:shown]:
        print(f"  DIFFERENT: {line}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--radius", type=int, default=31)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--shown", type=int, default=20)
    arguments = parser.parse_args()
    main(arguments.directory.resolve(), arguments.radius, arguments.jobs, arguments.shown)
