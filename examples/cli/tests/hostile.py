#!/usr/bin/env python3
"""Scans folders of hostile files, and checks that each has an outcome, that no process took more memory than allowed, and that none hung.

Usage: hostile.py LOOKALIKE INDEX MEGABYTES FOLDER...

Needs Linux. The most memory is that of whichever process took most: scan, or one of the workers that it decodes in.
"""

import collections
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import time


# What a file may take, in milliseconds on the wall; generous, since machines are busy: the goal is 2000.
SLOWEST = 10_000


def main():
    program, index, megabytes, *folders = sys.argv[1:]
    files = {str(path) for folder in folders for path in pathlib.Path(folder).rglob("*") if path.is_file()}
    if not files:
        sys.exit("no files to scan")
    failures = []
    for options in ([], ["--exact"], ["--exact", "--views", "thorough"]):
        begun = time.monotonic()
        scan = subprocess.run(
            [program, "scan", "--index", index, "--format", "jsonl", "--no-progress", *options, *folders],
            capture_output=True,
            check=False,
        )
        seconds = time.monotonic() - begun
        # the largest child that there was so far, and the largest of its own
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        records = [json.loads(line) for line in scan.stdout.splitlines()]
        outcomes = {record["path"]: record for record in records if "path" in record}
        missing = files - {os.path.normpath(path) for path in outcomes} - set(outcomes)
        words = collections.Counter(word(record) for record in outcomes.values())
        name = " ".join(["scan", *options])
        if not outcomes:
            sys.exit(f"{name}: no outcome of any file, exit code {scan.returncode}: {scan.stderr.decode(errors='replace')}")
        took = sorted(record["millis"] for record in outcomes.values())
        rank = took[min(len(took) - 1, int(len(took) * 0.999))]
        print(f"{name}: {len(outcomes)} files in {seconds:.1f} s, exit code {scan.returncode}, the largest process so far {most:.0f} MiB")
        print(f"  a file takes {took[len(took) // 2]:.1f} ms at the median, {rank:.0f} at 99.9 %, {took[-1]:.0f} at most")
        for what, count in words.most_common():
            print(f"  {count:6} {what}")
        if missing:
            failures.append(f"{name}: {len(missing)} files without an outcome, one is {sorted(missing)[0]}")
        if scan.returncode not in (0, 1, 2, 3):
            failures.append(f"{name}: exit code {scan.returncode}: {scan.stderr.decode(errors='replace')[-500:]}")
        if b"panicked at" in scan.stderr:
            failures.append(f"{name}: a panic on standard error")
        if took[-1] > SLOWEST:
            failures.append(f"{name}: a file took {took[-1]:.0f} ms, more than {SLOWEST}")
        if most > float(megabytes):
            failures.append(f"{name}: a process took {most:.0f} MiB, more than {megabytes}")
    for failure in failures:
        print(f"FAILED: {failure}")
    sys.exit(bool(failures))


def word(record):
    detail = re.sub(r"[0-9][0-9,.]*", "N", record.get("detail") or "")
    return f"{record['outcome']}{': ' + detail if detail else ''}"


if __name__ == "__main__":
    main()
