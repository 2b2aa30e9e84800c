"""The tables of the time that views take, from what the Rust program measured and from scans of a directory.

    python benches/quality/cost.py DIRECTORY [--count 120] [--scan LOOKALIKE]

Takes every so-manieth photograph by name. CPU time of one thread, in a list of the large list's hashes (`false_matches.py`), by the plain multi-index
hashing of this folder. With `--scan`, the path of the command line, also scans the photographs' directory with `--views none` and `standard`.
"""
import argparse
import csv
import io
import pathlib
import resource
import statistics
import subprocess
import time

from tables import markdown, program, rows

STEPS = ["decode", "plain hash", "plain look-up", "grid", "views", "look-up of views"]


def steps(directory, count):
    photographs = [directory / "photographs" / row["name"] for row in rows(directory / "photographs.csv")]
    chosen = sorted(photographs)[::max(1, len(photographs) // count)]
    listed = directory / "cost.tsv"
    listed.write_text("".join(f"{path}\n" for path in chosen))
    measured = {}
    for name in ["standard", "thorough"]:
        measured[name] = list(csv.DictReader(io.StringIO(program("cost", name, directory / "large.bin", listed)), delimiter="\t"))
    body = []
    for name, table in measured.items():
        total = {step: sum(float(row[step]) for row in table) / len(table) for step in STEPS}
        median = {step: statistics.median(float(row[step]) for row in table) for step in STEPS}
        beyond = [sum(float(row[step]) for step in STEPS[3:]) for row in table]
        views = statistics.median(int(row["count"]) for row in table)
        for what, of in [("mean", total), ("median", median)]:
            body.append([name, views, what, *(f"{of[step] / 1000:.3f}" for step in STEPS),
                         f"{(sum(beyond) / len(beyond) if what == 'mean' else statistics.median(beyond)) / 1000:.3f}"])
    return f"{len(chosen)} photographs; milliseconds\n\n" + markdown(["set", "views looked up", "", *STEPS, "grid to look-up"], body)


def scan(directory, lookalike):
    """CPU and elapsed seconds of scans, two of each, alternating."""
    hashes = directory / "listed-plain.txt"
    hashes.write_text("".join(f"{row['pdq']}\n" for row in rows(directory / "listed.csv")[:1]))
    index = directory / "cost.index"
    index.unlink(missing_ok=True)
    subprocess.run([lookalike, "index", "build", "--output", index, f"text:{hashes},kind=pdq"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    times = {}
    for _ in range(2):
        for exact in [[], ["--exact"]]:
            for views in ["none", "standard"]:
                before, start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, time.monotonic()
                found = subprocess.run([lookalike, "scan", "--index", index, "--views", views, "--jobs", "1", *exact, "--format", "jsonl", directory / "photographs"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                if found.returncode not in {0, 1, 3}:
                    raise SystemExit(f"the scan failed with {found.returncode}")
                key = (" ".join(exact), views)
                times.setdefault(key, []).append((resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, time.monotonic() - start))
    body = []
    for (exact, views), found in times.items():
        least, none = min(it[0] for it in found), min(it[0] for it in times[exact, "none"])
        body.append([f"scan {exact}", views, f"{least:.2f}", f"{100 * (least - none) / least:.0f} %"])
    return markdown(["command", "views", "CPU seconds, less of two", "share of views"], body)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--scan", type=pathlib.Path)
    arguments = parser.parse_args()
    print(steps(arguments.directory, arguments.count))
    if arguments.scan:
        print("\n" + scan(arguments.directory, arguments.scan))
