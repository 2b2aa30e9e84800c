#!/usr/bin/env python3
"""What decoding in workers costs: `scan` and the upload service with and without, runs interleaved, processor time of all processes and time on the wall.

Usage: cost.py TARGET_DIRECTORY PICTURES [RUNS]
    cargo build --release -p lookalike-cli -p upload-service
    examples/decode_worker/benches/cost.py target/release ../shared/pdq-reference/images 7
"""

import ctypes
import http.client
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time

binaries, pictures = map(pathlib.Path, sys.argv[1:3])
runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def spent():
    """Processor time of all that have ended, workers that outlived their program included."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measured(work):
    before, begun = spent(), time.monotonic()
    result, wall = work(), time.monotonic() - begun
    return result, spent() - before, wall


def scan(index, decoder, *words):
    command = [binaries / "lookalike", "scan", "--no-progress", "--decoder", decoder, "--index", index, *words, pictures]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def uploads(index, decoder, bodies, rounds=6, connections=3):
    command = [binaries / "upload-service", "--listen", "127.0.0.1:0", "--decoder", decoder, "--index", index]
    service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in service.stderr:
        said = json.loads(line)
        if said["message"] == "listening":
            break
    threading.Thread(target=lambda: all(True for _ in service.stderr), daemon=True).start()
    work = bodies * rounds

    def send():
        connection = http.client.HTTPConnection(said["address"])
        while True:
            try:
                body = work.pop()
            except IndexError:
                return
            connection.request("POST", "/v1/check", body)
            answer = json.loads(connection.getresponse().read())
            assert answer["outcome"] in ("match", "no_match", "low_quality"), answer["outcome"]

    begun = time.monotonic()
    threads = [threading.Thread(target=send) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.monotonic() - begun
    service.terminate()
    service.wait()
    return wall


def report(name, count, run):
    cpu, wall = {}, {}
    for _ in range(runs):
        for decoder in ("in-process", "worker"):
            result, processor, whole = measured(lambda: run(decoder))
            cpu.setdefault(decoder, []).append(processor)
            wall.setdefault(decoder, []).append(result or whole)
    ratio = lambda times: statistics.median(b / a for a, b in zip(times["in-process"], times["worker"]))
    lists = {decoder: f"{statistics.median(cpu[decoder]):.2f} s, {statistics.median(wall[decoder]):.2f} s" for decoder in cpu}
    print(f"{name}, {count} pictures: processor and wall in-process {lists['in-process']}; worker {lists['worker']}; "
          f"ratios {ratio(cpu):.3f}, {ratio(wall):.3f} (medians of {runs}; ratios of neighbouring runs)", flush=True)


with tempfile.TemporaryDirectory() as directory:
    demo = pathlib.Path(directory) / "demo"
    subprocess.run([binaries / "lookalike", "demo", demo], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    index = demo / "known.idx"
    suffixes = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tiff"}
    files = sorted(path for path in pictures.rglob("*") if path.suffix.lower() in suffixes)
    report("scan --exact", len(files), lambda decoder: scan(index, decoder, "--exact"))
    report("scan", len(files), lambda decoder: scan(index, decoder))
    bodies = [path.read_bytes() for path in files if path.stat().st_size < 32 << 20]
    report("uploads", 6 * len(bodies), lambda decoder: uploads(index, decoder, list(bodies)))
