"""Does the service say of each file what `lookalike scan --exact` says? Compares outcomes, entries, distances, turns, views, rules.

same_as_scan.py SERVICE LOOKALIKE INDEX [--policy FILE] PATH...; starts the service twice: with distances, which decodes every file, and with its defaults. `.ci/upload` runs it.
"""

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

service, lookalike, index, *rest = sys.argv[1:]
policy = rest[:2] if rest[:1] == ["--policy"] else []
paths = rest[len(policy) :]
LARGEST = 32 << 20


def scanned():
    command = [lookalike, "scan", "--index", index, *policy, "--exact", "--format", "jsonl", *paths]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    records = map(json.loads, output.splitlines())
    return [it for it in records if os.path.isfile(it["path"]) and os.path.getsize(it["path"]) <= LARGEST]


def entries(found, with_distances):
    keys = ["list", "entry", "transform", "view", "by", "action", "trust", "subject"] + ["distance"] * with_distances
    return sorted(json.dumps([it[key] for key in keys]) for it in found)


def compare(records, words, with_distances):
    log = tempfile.NamedTemporaryFile()
    command = [service, "--index", index, "--listen", "127.0.0.1:0", *policy, *words]
    process = subprocess.Popen(command, stderr=log)
    try:
        address = None
        while not address:
            time.sleep(0.05)
            assert process.poll() is None, open(log.name).read()
            address = re.search(r'"message":"listening".*"address":"([^"]*)"', open(log.name).read())
        outcomes, wrong, screened = collections.Counter(), 0, 0
        for record in records:
            with open(record["path"], "rb") as file:
                request = urllib.request.Request(f"http://{address[1]}/v1/check", data=file.read(), method="POST")
            request.add_header("content-type", "application/octet-stream")
            answer = json.load(urllib.request.urlopen(request))
            outcomes[answer["outcome"]] += 1
            screened += answer["hashed_from"] == "coefficients"
            same = answer["outcome"] == record["outcome"] and answer["checked"] == (record["outcome"] in ("match", "test", "no_match"))
            for what in "matches", "held":
                same &= entries(answer[what], with_distances) == entries(record[what], with_distances)
            if not same:
                wrong += 1
                print("differs:", record["path"], record["outcome"], answer["outcome"])
        print(f"{' '.join(words) or 'defaults'}: {len(records)} files, {screened} screened, {wrong} differ:", dict(outcomes))
        return wrong
    finally:
        process.terminate()
        process.wait()


records = scanned()
assert records, "there are no files"
sys.exit(1 if compare(records, ["--with-distances"], True) + compare(records, [], False) else 0)
