"""Looks up in lists of hashes beside faiss-cpu and the crates bk-tree and mih-rs: the same hashes, one run, tools in turn.

    cargo build --release --manifest-path benches/peers/Cargo.toml --features search --bin search
    cargo build --release -p lookalike-cli
    python benches/peers/search.py --n 1e5,1e6 [--bits 64,256] [--data uniform,pictures] [--rounds 5]
    python benches/peers/search.py --quick

Every round runs every tool on the same needles, so that a busy moment of the machine hits all alike. Single look-ups are timed one
by one by the clock (of faiss some 10 us are Python's); eight needles a query, and batches, in CPU time, which other programs disturb
less. All run on one thread. Hits are compared: of every tool in our program by number and sum for each needle; of all our kinds and
of faiss the pairs of needle and hash, with their distance, as sets. Any difference ends the run.

faiss searches as python-threatexchange 1.2.17 has it search PDQ: `IndexBinaryMultiHash(256, 16, 16)`, `nflip = radius // 16`, and
`range_search(needles, radius + 1)`, which reports what lies below; for 64 bits 4 tables of 16 bits, `nflip = radius // 4`.
`match` is our program on the command line, with an index file and needles from a file: its time per needle is that of the whole
process less that of one without needles.
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import faiss
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "benches/peers/target")) / "release/search"
CLI = pathlib.Path(os.environ.get("CLI_TARGET_DIR", ROOT / "target")) / "release/lookalike"
PROFILES = {64: "phash", 256: "pdq"}
FLAT, MULTI = "faiss Flat", "faiss MultiHash"
TREE, MIH_RS = "bk-tree crate", "mih-rs"
OURS_IN_PROGRAM = {TREE: "bk-tree-crate"}
GOALS = []


class Program:
    """Our program, which also runs the crates."""

    def __init__(self, folder, bits):
        command, pipe = [PROGRAM, "serve", folder, str(bits)], subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)

    def __call__(self, command, tool, *rest):
        words = [command, OURS_IN_PROGRAM.get(tool, tool), *map(str, rest)]
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{PROGRAM} ended at {' '.join(words)!r}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Faiss:
    """Both indexes of faiss over the same hashes."""

    def __init__(self, bits, hashes):
        tables = bits // 16
        self.tables, self.indexes, self.seconds = tables, {}, {}
        for name, index in [(FLAT, faiss.IndexBinaryFlat(bits)), (MULTI, faiss.IndexBinaryMultiHash(bits, tables, 16))]:
            start = time.perf_counter()
            index.add(hashes)
            self.indexes[name], self.seconds[name] = index, time.perf_counter() - start

    def search(self, name, needles, radius):
        index = self.indexes[name]
        if name == MULTI:
            index.nflip = radius // self.tables
        return index.range_search(needles, radius + 1)

    def single(self, name, needles, radius, seconds, least):
        times, begin, cpu = [], time.perf_counter(), time.thread_time()
        for number in range(len(needles)):
            if len(times) >= least and time.perf_counter() - begin >= seconds:
                break
            start = time.perf_counter()
            self.search(name, needles[number:number + 1], radius)
            times.append(time.perf_counter() - start)
        return {"times": times, "cpu": time.thread_time() - cpu}

    def batch(self, name, needles, radius, size):
        begin, cpu, hits = time.perf_counter(), time.thread_time(), 0
        for start in range(0, len(needles), size):
            limits, _, _ = self.search(name, needles[start:start + size], radius)
            hits += int(limits[-1])
        return {"seconds": time.perf_counter() - begin, "cpu": time.thread_time() - cpu, "hits": hits}

    def pairs(self, name, needles, hashes, radius):
        limits, distances, numbers = self.search(name, needles, radius)
        needle = np.repeat(np.arange(len(needles)), np.diff(limits.astype(np.int64)))
        return {(int(n), int(d), hashes[i].tobytes()) for n, d, i in zip(needle, distances, numbers)}


def check_boundary():
    """That faiss reports what lies below the radius it is given, not at it."""
    index = faiss.IndexBinaryFlat(256)
    hashes = np.zeros((3, 32), np.uint8)
    hashes[:, :4] = [[255, 255, 255, 63], [255, 255, 255, 127], [255, 255, 255, 255]]  # 30, 31, 32 bits set
    index.add(hashes)
    _, distances, _ = index.range_search(np.zeros((1, 32), np.uint8), 32)
    assert sorted(distances.tolist()) == [30, 31], distances


def read_pairs(path, width):
    record = np.dtype([("needle", "<u4"), ("distance", "<u4"), ("hash", "u1", width)])
    return {(int(pair["needle"]), int(pair["distance"]), pair["hash"].tobytes()) for pair in np.fromfile(path, record)}


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {len(found - expected)} pairs too many, {len(expected - found)} missing, of {len(expected)}")


def length(value):
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} us"


def ratio(value):
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def goal(what, bound, value):
    """A lower bound of a ratio, in the medians."""
    GOALS.append(f"| {what} | >= {bound:g} times | {ratio(value)} | {'yes' if value >= bound else '**no**'} |")


def prepare(options, folder, bits, data, n):
    """Hashes, needles, and our index files, built from text by the command line."""
    subprocess.run([PROGRAM, "data", folder, str(bits), data, str(n), str(options.needles), str(options.seed)], check=True)
    width = bits // 8
    hashes, needles = (np.fromfile(folder / f"{name}.bin", np.uint8).reshape(-1, width) for name in ("hashes", "needles"))
    kinds = subprocess.run([PROGRAM, "kinds"], check=True, capture_output=True, text=True).stdout.split()
    rows = []
    for kind in kinds:
        file, start = folder / f"{kind}.idx", time.perf_counter()
        command = [CLI, "index", "build", "--kind", kind, "--profile", PROFILES[bits], "-o", file, f"{folder / 'hashes.txt'}{',kind=pdq' if PROFILES[bits] == 'pdq' else ''}"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        rows.append((kind, time.perf_counter() - start, file.stat().st_size / n))
    return hashes, needles, kinds, rows


def search(options, folder, bits, data, n):
    """The tables of one list."""
    hashes, needles, kinds, built = prepare(options, folder, bits, data, n)
    peers = Faiss(bits, hashes)
    program = Program(folder, bits)
    crates = [name for name in [TREE, *[MIH_RS] * (bits == 64)] if n <= options.crates_up_to]
    seconds = {name: program("open", name)["seconds"] for name in [*kinds, *crates]}
    print(f"\n### {bits} bits, {data}, {n:,} hashes\n")
    print("| built by | seconds | bytes a hash in the file |\n|---|---|---|")
    for kind, build, size in built:
        print(f"| **{kind}**, from text to file (open: {length(seconds[kind])}) | {build:.2f} | {size:.1f} |")
    for name, build in [*((name, seconds[name]) for name in crates), *peers.seconds.items()]:
        print(f"| {name}, in memory | {build:.2f} | |")

    for radius in options.radius.get(bits, []):
        names = [*kinds, *crates, *peers.indexes]
        # pairs first: they also say how long a needle takes, hence how many fit
        count = min(len(needles), options.check)
        lists = {}
        for name in kinds:
            file = folder / "pairs.bin"
            program("pairs", name, radius, count, file)
            lists[name] = read_pairs(file, bits // 8)
        for name in peers.indexes:
            lists[name] = peers.pairs(name, needles[:count], hashes, radius)
        for name, found in lists.items():
            same(f"{bits} bits, {data}, {n:,} hashes, radius {radius}, {name}", found, lists[kinds[0]])

        single, eight, batch = ({name: [] for name in names} for _ in range(3))
        speed = {}

        def batch_of(name, some, size):
            if name in peers.indexes:
                return peers.batch(name, needles[:some], radius, size)
            return program("batch", name, radius, some, size)

        for _ in range(options.rounds):
            for name in names:
                own = name not in peers.indexes
                limit = [options.seconds, options.least]
                one = program("single", name, radius, *limit) if own else peers.single(name, needles, radius, *limit)
                single[name].append(one["times"])
                # as many needles as take about as long again, eight at least
                speed.setdefault(name, statistics.median(one["times"]))
                some = max(8, min(len(needles), int(options.seconds / speed[name])) // 8 * 8)
                for sizes, size in [(eight, 8), (batch, some)]:
                    sizes[name].append(batch_of(name, some, size)["cpu"] / some)

        middle = {name: statistics.median(time for times in single[name] for time in times) for name in names}
        print(f"\n**{bits} bits, {data}, {n:,} hashes, radius {radius}** "
              f"({count:,} needles, {len(lists[kinds[0]]):,} pairs, equal in all)\n")
        compared = [name for name in names if name not in kinds]
        print("| tool | single p50 | of rounds, least | p99 | eight a query, per needle | batch, per needle (needles) |",
              " | ".join(f"{name} / this" for name in compared), "|", f"batch: {MULTI} / this |")
        print("|---" * (7 + len(compared)) + "|")
        for name in names:
            times = sorted(time for times in single[name] for time in times)
            tail = length(times[len(times) * 99 // 100]) if len(times) >= 500 else "-"
            least = min(statistics.median(times) for times in single[name])
            some = max(8, min(len(needles), int(options.seconds / speed[name])) // 8 * 8)
            cells = [f"**{name}**" if name in kinds else name, length(middle[name]), length(least), tail,
                     length(statistics.median(eight[name])), f"{length(statistics.median(batch[name]))} ({some:,})",
                     *(ratio(middle[peer] / middle[name]) for peer in compared),
                     ratio(statistics.median(batch[MULTI]) / statistics.median(batch[name]))]
            print("|", " | ".join(cells), "|")
        sys.stdout.flush()

        bound = {(64, 2): 2, (64, 4): 8, (64, 8): 20, (256, 31): 40}.get((bits, radius))
        if bound and TREE in crates and n == 1_000_000:
            what = f"kind bk-tree against the crate, {bits} bits, radius {radius}, {data}, {n:,} hashes"
            goal(what, bound, middle[TREE] / middle["bk-tree"])
    program.close()
    if bits == 256 and 31 in options.radius.get(bits, []) and data in options.cli_data:
        command_line(options, folder, data, hashes, needles, kinds, peers)


def run_match(folder, kind, needles, radius):
    """Seconds by the clock and of CPU time of the whole process; its output is in `matches.csv`."""
    command = [CLI, "match", "--index", folder / f"{kind}.idx", "--radius", str(radius), "--format", "csv", "-"]
    with open(needles) as stdin, open(folder / "matches.csv", "wb") as stdout:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    # 1: matched; 0: nothing matched; 3: there was nothing to look up
    if process.returncode not in (0, 1, 3):
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime


def command_line(options, folder, data, hashes, needles, kinds, peers, radius=31):
    """`match` with every needle, beside faiss in batches of all of them."""
    n, count = len(hashes), len(needles)
    for_faiss = min(count, options.faiss_needles or (count if n <= 1_000_000 else 1000))
    # a tree of 256 bits is scanned as a list is at this radius: the same figures, for as much time again
    kinds = [kind for kind in kinds if kind != "bk-tree"]
    none = folder / "none.txt"
    none.write_text("")
    lines = {bytes(needle): number for number, needle in enumerate(needles)}
    whole, empty = ({kind: [] for kind in kinds} for _ in range(2))
    theirs = {name: [] for name in peers.indexes}
    expected = peers.pairs(FLAT, needles[:for_faiss], hashes, radius)
    same(MULTI, peers.pairs(MULTI, needles[:for_faiss], hashes, radius), expected)
    found = {}
    for kind in kinds:
        run_match(folder, kind, folder / "needles.txt", radius)  # warms the cache, and is compared
        rows = [line.split(",") for line in (folder / "matches.csv").read_text().splitlines()[1:]]
        found[kind] = {(lines[bytes.fromhex(row[0])], int(row[1]), bytes.fromhex(row[2])) for row in rows}
        assert len(rows) == len(found[kind]), "an entry came twice"
        same(f"match, {kind}", {pair for pair in found[kind] if pair[0] < for_faiss}, expected)
        same(f"match, {kind}, all needles", found[kind], found[kinds[0]])
    for _ in range(options.cli_rounds):
        for kind in kinds:
            empty[kind].append(run_match(folder, kind, none, radius))
            whole[kind].append(run_match(folder, kind, folder / "needles.txt", radius))
        for name in peers.indexes:
            took = peers.batch(name, needles[:for_faiss], radius, for_faiss)
            theirs[name].append((took["seconds"] / for_faiss, took["cpu"] / for_faiss))

    def median(values, of):
        return statistics.median(value[of] for value in values)

    print(f"\n**`match` on the command line, 256 bits, {data}, {n:,} hashes, {count:,} needles, radius {radius}** "
          f"({len(expected):,} pairs of {for_faiss:,} needles equal to faiss's, medians of {options.cli_rounds} rounds)\n")
    print("| tool | whole process | without needles | per needle | CPU time per needle | whole process per needle "
          f"| {MULTI} / per needle, clock | CPU time | / whole process |\n|---|---|---|---|---|---|---|---|---|")
    base = [median(theirs[MULTI], of) for of in (0, 1)]
    for kind in kinds:
        per = [(median(whole[kind], of) - median(empty[kind], of)) / count for of in (0, 1)]
        all_of_it = median(whole[kind], 0)
        print(f"| **{kind}** | {length(all_of_it)} | {length(median(empty[kind], 0))} | {length(per[0])} | {length(per[1])} "
              f"| {length(all_of_it / count)} "
              f"| {ratio(base[0] / per[0])} | {ratio(base[1] / per[1])} | {ratio(base[0] / (all_of_it / count))} |")
        bound = {1_000_000: 100, 10_000_000: 300}.get(n)
        if kind == "mih" and bound:
            slower = min(base[of] / per[of] for of in (0, 1))  # by the clock or in CPU time
            goal(f"`match`, {kind}, per needle, against {MULTI}, {data}, {n:,} hashes", bound, slower)
    for name in peers.indexes:
        clock, cpu = (median(theirs[name], of) for of in (0, 1))
        ratios = f"{ratio(base[0] / clock)} | {ratio(base[1] / cpu)}"
        print(f"| {name}, one batch | | | {length(clock)} | {length(cpu)} | | {ratios} | |")
    sys.stdout.flush()


def main(options):
    faiss.omp_set_num_threads(1)
    check_boundary()
    cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    log = ["git", "-C", ROOT, "log", "-1", "--format=%s"]
    commit = subprocess.run(log, capture_output=True, text=True).stdout.strip()
    print(f"{datetime.date.today()}, {cpu}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start; "
          f"faiss-cpu {faiss.__version__}, "
          f"numpy {np.__version__}; seed {options.seed}, {options.rounds} rounds; at the commit \"{commit}\"", flush=True)
    for n in options.n:
        for bits in options.bits:
            for data in options.data:
                folder = pathlib.Path(tempfile.mkdtemp(prefix="search-", dir=options.folder))
                try:
                    search(options, folder, bits, data, n)
                finally:
                    shutil.rmtree(folder)
    if GOALS:
        print("\n| goal | bound | found | met |\n|---|---|---|---|")
        print("\n".join(GOALS))


def numbers(text):
    return [int(float(number)) for number in text.split(",")]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=numbers, default=[100_000, 1_000_000], help="hashes: 1e5,1e6")
    parser.add_argument("--bits", type=numbers, default=[256, 64])
    parser.add_argument("--data", type=lambda text: text.split(","), default=["uniform", "pictures"], help="uniform, pictures")
    parser.add_argument("--radius", type=numbers, help="for all lengths [default: 31 of 256 bits, 2,4,8 of 64]")
    parser.add_argument("--needles", type=lambda text: int(float(text)), default=10_000)
    parser.add_argument("--check", type=int, default=1000, help="needles whose pairs are compared with faiss's at every radius")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="of every measurement of a round")
    parser.add_argument("--least", type=int, default=8, help="single look-ups of every tool in a round, at least")
    parser.add_argument("--cli-rounds", type=int, default=3, help="of `match`")
    parser.add_argument("--cli-data", type=lambda text: text.split(","), default=["uniform"], help="data for `match`")
    parser.add_argument("--faiss-needles", type=int, help="for faiss beside `match` [default: all, of 1e7 hashes 1000]")
    parser.add_argument("--crates-up-to", type=lambda text: int(float(text)), default=1_000_000, help="hashes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="for lists and indexes [default: the system's]")
    parser.add_argument("--quick", action="store_true", help="20,000 hashes: does everything agree?")
    options = parser.parse_args()
    options.radius = {256: options.radius, 64: options.radius} if options.radius else {256: [31], 64: [2, 4, 8]}
    if options.quick:
        options.n, options.needles, options.check, options.rounds = [20_000], 1000, 500, 1
        options.seconds, options.cli_rounds, options.radius = 0.05, 1, {256: [0, 31, 40], 64: [0, 2, 8, 12]}
    main(options)
