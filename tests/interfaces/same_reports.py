"""Does everybody say the same of a file? The library, the command line, the C library and the HTTP service, asked for each file in turn.

    same_reports.py LOOKALIKE SERVICE LOOK_UP LIBRARY PATH...

The first three are programs (`look_up` is the example of the library), LIBRARY the shared library. Their reports must be equal, field by field:
against an index, under a policy, and against a store that is published to, emptied, rolled back, and whose signed list expires meanwhile.
`.ci/upload` runs it. Needs cffi and cryptography.
"""

import base64
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

lookalike, service, look_up, library, *paths = sys.argv[1:]
os.environ["LOOKALIKE_LIBRARY"] = library
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "capi" / "python"))
import check  # noqa: E402

# A file that is sent is refused before it is read where it is larger.
LARGEST = 32 << 20
# Of the command line: where the file is, and what checking it took.
OF_A_SCAN = {"path", "millis"}
# Of the service: which request it was, and the option by which its operator raises a limit that was exceeded.
OF_A_REQUEST = {"lookup", "raised_by"}
REFUSED = "refused"


class Program:
    """A program that reads names of files and prints a report for each, in JSON."""

    def __init__(self, *command):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)

    def ask(self, path):
        try:
            self.process.stdin.write(os.fsencode(path) + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return REFUSED
        line = self.process.stdout.readline()
        return {key: value for key, value in json.loads(line).items() if key not in OF_A_SCAN} if line else REFUSED

    def words(self):
        self.errors.seek(0)
        return self.errors.read().decode()

    def end(self):
        self.process.kill()
        self.process.wait()


class Service:
    def __init__(self, *command):
        self.log = tempfile.NamedTemporaryFile()
        self.process = subprocess.Popen(command, stderr=self.log)
        self.address = None
        while not self.address:
            time.sleep(0.05)
            assert self.process.poll() is None, self.words()
            self.address = re.search(r'"message":"listening".*"address":"([^"]*)"', self.words())

    def ask(self, path):
        with open(path, "rb") as file:
            request = urllib.request.Request(f"http://{self.address[1]}/v1/check", data=file.read(), method="POST")
        request.add_header("content-type", "application/octet-stream")
        try:
            answer = json.load(urllib.request.urlopen(request))
        except urllib.error.HTTPError as error:
            assert error.code == 503, (error.code, error.read())
            return REFUSED
        return {key: value for key, value in answer.items() if key not in OF_A_REQUEST}

    def words(self):
        return open(self.log.name).read()

    def end(self):
        self.process.terminate()
        self.process.wait()


class C:
    def __init__(self, lists, policy):
        self.checker = check.Library().open(lists, policy)

    def ask(self, path):
        report = self.checker.check(pathlib.Path(path).read_bytes())
        # No outcome of a picture, but an error: nothing is known of it.
        return report if "profile" in report else REFUSED

    def words(self):
        return self.checker.library.last_error()

    def end(self):
        pass


def everybody(option, lists, policy=None):
    """All four, the service as it discloses little and much, on an index or a store. The example of the library takes no policy."""
    of_policy = ["--policy", policy] if policy else []
    asked = {
        "command line": Program(lookalike, "scan", option, lists, *of_policy, "--format", "jsonl", "--jobs", "1", "-"),
        "C": C(lists, policy),
        "HTTP": Service(service, option, lists, *of_policy, "--listen", "127.0.0.1:0"),
        "HTTP with distances": Service(service, option, lists, *of_policy, "--listen", "127.0.0.1:0", "--with-distances"),
    }
    return asked if policy else {"library": Program(look_up, "--json", lists, "-"), **asked}


def disclosed(name, report):
    """What an interface discloses of a report at most."""
    if report is REFUSED or not name.startswith("HTTP"):
        return report
    hidden = {"hash"} if name == "HTTP with distances" else {"hash", "distance"}
    of_entries = lambda found: [{key: value for key, value in one.items() if key not in hidden} for one in found]
    rules = report["rules"] and {**report["rules"], "allowed_by": of_entries(report["rules"]["allowed_by"])}
    report = {key: value for key, value in report.items() if key != "hash"}
    return {**report, "matches": of_entries(report["matches"]), "held": of_entries(report["held"]), "rules": rules}


def unscreened(report):
    """A service that tells distances decodes every file, so it tells what of a screened one is not known elsewhere."""
    return {key: value for key, value in report.items() if key not in ("hashed_from", "quality")}


def ask(asked, path):
    """The one report of all, or none where they differ."""
    reports = {name: one.ask(path) for name, one in asked.items()}
    first_name, first = next(iter(reports.items()))
    for name, report in list(reports.items())[1:]:
        this, that = disclosed(name, first), disclosed(name, report)
        if name == "HTTP with distances" and REFUSED not in (this, that) and first["hashed_from"] == "coefficients":
            this, that = unscreened(this), unscreened(that)
        if this == that:
            continue
        print(f"differs: {path}")
        if REFUSED in (this, that):
            print(f"  {first_name}: {this}\n  {name}: {that}\n  {asked[name].words()[-400:]}")
            return None
        for key in sorted(this.keys() | that.keys()):
            if this.get(key) != that.get(key):
                print(f"  {key}: {first_name} {this.get(key)!r}, {name} {that.get(key)!r}")
        return None
    return first


def over_files(what, files, *lists, allowed=None):
    asked = everybody(*lists)
    try:
        reports = [ask(asked, path) for path in files]
        outcomes = collections.Counter(report["outcome"] for report in reports if report)
        differ = reports.count(None)
        print(f"{what}, {len(asked)} interfaces: {len(files)} files, {differ} differ: {dict(outcomes)}", flush=True)
        if allowed:
            return differ + sum(count for outcome, count in outcomes.items() if outcome not in allowed)
        assert outcomes["match"] and outcomes["no_match"], "nothing matches, or everything"
        return differ
    finally:
        for one in asked.values():
            one.end()


def run(*command):
    done = subprocess.run([lookalike, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


class Signer:
    """Signs as minisign does: https://jedisct1.github.io/minisign/#signature-format."""

    def __init__(self):
        self.key, self.number = Ed25519PrivateKey.generate(), os.urandom(8)

    def public(self):
        return base64.b64encode(b"Ed" + self.number + self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, path):
        signature = self.key.sign(hashlib.blake2b(path.read_bytes()).digest())
        comment = b"a test"
        lines = [
            b"untrusted comment: a test",
            base64.b64encode(b"ED" + self.number + signature),
            b"trusted comment: " + comment,
            base64.b64encode(self.key.sign(signature + comment)),
        ]
        path.with_name(path.name + ".minisig").write_bytes(b"\n".join(lines) + b"\n")


def over_generations(folder, picture, other):
    """A store that changes while all of them work on it: each change, and what all must say of a picture then."""
    wrong = 0

    def expect(what, path, outcome, generation):
        nonlocal wrong
        # Stores are looked at a few times a second; no picture is compared with an old generation for longer.
        time.sleep(1.5)
        report = ask(asked, path)
        said = report if report in (None, REFUSED) else (report["outcome"], report["generation"])
        expected = REFUSED if outcome is REFUSED else (outcome, generation)
        verdict = "as expected" if said == expected else f"WRONG, expected {expected}"
        print(f"{what}: {said}, {verdict}", flush=True)
        wrong += said != expected

    store, kept = folder / "store", folder / "kept"
    listed = folder / "listed.txt"
    listed.write_text(run("hash", picture).split()[0] + "\n")
    both = folder / "both.txt"
    both.write_text(listed.read_text() + run("hash", other).split()[0] + "\n")
    run("store", "init", str(store))
    run("store", "publish", str(store), f"text:{listed},list=known")
    asked = everybody("--store", str(store))
    try:
        first = json.loads(run("store", "status", "--format", "json", str(store)))["generation"]
        expect("listed", picture, "match", first)
        expect("not listed yet", other, "no_match", first)
        shutil.copytree(store, kept)
        run("store", "publish", str(store), f"text:{both},list=known")
        expect("published to", other, "match", first + 1)
        for path in sorted(store.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        shutil.copytree(kept, store, dirs_exist_ok=True)
        expect("an older copy put back", other, "match", first + 1)
        # Numbers go on behind those of the copy, so the second of them is newer than what is in use.
        run("store", "publish", str(store), f"text:{listed},list=known")
        run("store", "publish", str(store), f"text:{listed},list=known")
        expect("published to after that", other, "no_match", first + 2)
        entry = json.loads(subprocess.run([lookalike, "scan", "--store", str(store), "--format", "jsonl", picture], capture_output=True, text=True, check=False).stdout)["matches"][0]["entry"]
        run("store", "remove", str(store), "--list", "known", entry)
        expect("emptied", picture, "match", first + 2)
    finally:
        for one in asked.values():
            one.end()

    signer, keys, manifest = Signer(), folder / "keys.toml", folder / "both.json"
    keys.write_text(f'version = 1\n[[list]]\nname = "both"\nepoch = 1\nthreshold = 1\non-stale = "refuse"\nkeys = [{{ name = "desk", key = "{signer.public()}" }}]\n')
    run("list", "manifest", "-o", str(manifest), "--publisher", "The Hotline", "--jurisdiction", "EU", f"text:{both},list=both")
    expires = time.gmtime(time.time() + 12)
    manifest.write_text(re.sub(r'("expires": ?)"[^"]*"', rf'\1"{time.strftime("%Y-%m-%dT%H:%M:%SZ", expires)}"', manifest.read_text()))
    signer.sign(manifest)
    signed = folder / "signed"
    run("store", "init", str(signed))
    run("store", "publish", str(signed), f"text:{both},list=both", "--keys", str(keys), "--manifest", str(manifest))
    asked = everybody("--store", str(signed))
    try:
        generation = json.loads(run("store", "status", "--format", "json", str(signed)))["generation"]
        expect("signed and fresh", picture, "match", generation)
        time.sleep(12)
        expect("expired", picture, REFUSED, None)
        expect("expired, of another picture", other, REFUSED, None)
    finally:
        for one in asked.values():
            one.end()
    return wrong


def main():
    names = (path for named in paths for path in sorted(pathlib.Path(named).rglob("*")) + [pathlib.Path(named)])
    files = [str(path) for path in names if path.is_file() and path.stat().st_size <= LARGEST and "\n" not in str(path)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        run("demo", str(folder / "demo"))
        drawn = sorted(str(path) for path in (folder / "demo").rglob("*") if path.suffix in (".jpg", ".png", ".txt", ".mp4"))
        index, media = str(folder / "demo/known.idx"), folder / "demo/media"
        wrong = over_files("by an index", drawn + files, "--index", index)
        wrong += over_files("under a policy", drawn + files, "--index", str(folder / "demo/policy.idx"), str(folder / "demo/policy.toml"))
        planted = pathlib.Path(os.environ["LOOKALIKE_PLANTED"])
        run("index", "build", "-o", str(folder / "planted.idx"), str(planted / "listed.txt"))
        hiding = sorted(str(path) for path in planted.iterdir() if path.name != "listed.txt")
        wrong += over_files("a listed picture hidden in each", hiding, "--index", str(folder / "planted.idx"), allowed={"match", "partly_checked"})
        wrong += over_generations(folder, str(media / "altered/hills-copied.png"), str(media / "unrelated/town-1.jpg"))
    return 1 if wrong else 0


sys.exit(main())
