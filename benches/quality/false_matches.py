"""Looks up pictures that are on no list, with all views, in a large list and in that of photographs: every match is a false one.

    python benches/quality/false_matches.py DIRECTORY

Needs what `benign.py` and `peers.py` wrote. Look-ups:

    large    1e6 hashes of crops of the training half's photographs, of packages' pictures and of drawn ones; radius 31, `standard`
    wide     the same, every sixteenth picture, its own eight hashes, radius 70, with what the rule for occlusion says
    small    the plain hashes of the training half's photographs; every 24th picture, radius 52, `thorough`

Writes `false-matches.md`, the hits as TSV (those that are there are taken as they are; remove them to look up again), and `false-NUMBER.png`: contact sheets of the matches within 31, each looked-up picture beside the listed one.
"""
import argparse
import collections
import pathlib
import struct
import subprocess

import numpy as np
from PIL import Image, ImageDraw

from tables import PROGRAM, framings, markdown, poisson, program, rows

RADII = [15, 23, 31, 40, 52]
WIDE = [31, 40, 52, 60, 68, 70]
# thousandths; 200 is that of the rule
CONFLICTS = [1000, 300, 200, 150]
# of 441 photographs' hashes the most is 0.48
MOST_ONENESS = 0.5
Hit = collections.namedtuple("Hit", "path view transform distance number conflict")
RECORD = struct.Struct("<32sIHHHH")
# crops of each picture of a kind, for a million of the quality that lists have
CROPS = {"photograph": 3050, "package": 95, "drawn": 60}
SEED = 1


def oneness(hash):
    """How near the bits, 16 rows of 16 signs, are to one pattern repeated: the share of the largest singular value.

    A picture that varies along one axis alone has coefficients of zero, and bits of rounding that repeat: above 0.6. Photographs: 0.48 at most.
    """
    signs = 2.0 * np.unpackbits(np.frombuffer(hash, np.uint8)).reshape(16, 16) - 1
    return float(np.linalg.svd(signs, compute_uv=False)[0] ** 2 / 256)


def write_list(path, records):
    path.write_bytes(b"".join(RECORD.pack(*record) for record in records))


def make_lists(directory):
    sources = rows(directory / "sources.csv")
    kind = lambda row: "package" if row["package"] else "drawn" if row["kind"] == "drawn" else "photograph"
    lines = [f"{directory / row['path']}\t{CROPS[kind(row)]}\n" for row in sources]
    (directory / "sources.tsv").write_text("".join(lines))
    if not (directory / "large.bin").is_file():
        program("list", directory / "sources.tsv", SEED, directory / "large.bin")
    records = list(RECORD.iter_unpack((directory / "large.bin").read_bytes()))
    photographs = rows(directory / "photographs.csv")
    small = [(bytes.fromhex(row["pdq"]), int(row["photograph"]), 0, 0, 0, 0) for row in rows(directory / "listed.csv")]
    write_list(directory / "small.bin", [record for record in small if photographs[record[1]]["half"] == "training"])
    counts = collections.Counter(kind(sources[record[1]]) for record in records)
    return records, f"large list: {len(records):,} hashes, of crops of " + ", ".join(
        f"{sum(kind(row) == name for row in sources):,} {name}s {count:,}" for name, count in counts.items())


def look_up(directory, name, framings, listed, radius, pictures):
    """Hits, and how many pictures had a hash to be looked up."""
    paths, out = directory / f"pictures-{name}.tsv", directory / f"hits-{name}.tsv"
    paths.write_text("".join(f"{directory / picture}\n" for picture in pictures))
    if not out.is_file() or not out.stat().st_size:
        with open(out, "w") as file:
            subprocess.run([PROGRAM, "look_up", framings, listed, str(radius), paths], check=True, stdout=file)
    hits, looked_up = [], 0
    for line in out.read_text().splitlines():
        path, view, transform, distance, number, conflict = line.split("\t")
        if view:
            hits.append(Hit(path, view, transform, int(distance), int(number), int(conflict)))
        else:
            looked_up += number != "0"
    return hits, looked_up


def counted(hits, looked_up, views, radius):
    """Pictures with a match, and per million with the interval."""
    count = len({hit.path for hit in hits if hit.view in views and hit.distance <= radius})
    low, high = poisson(count)
    million = 1e6 / looked_up
    return f"{count}: {count * million:,.0f} ({low * million:,.0f}–{high * million:,.0f})"


def table(hits, looked_up, sets, radii):
    return markdown(["radius", *sets], [[radius, *(counted(hits, looked_up, views, radius) for views in sets.values())] for radius in radii])


def by_kind(hits, pictures, sets, directory):
    kinds = {str(directory / row["path"]): row["package"] or row["kind"] for row in pictures}
    total = collections.Counter(kinds.values())
    body = []
    for kind, count in total.items():
        found = [len({hit.path for hit in hits if kinds[hit.path] == kind and hit.view in views}) for views in sets.values()]
        if any(found):
            body.append([kind, count, *found])
    return markdown(["looked up", "pictures", *sets], body)


def sheets(directory, hits, records):
    """Draws each matching pair of pictures, the nearest of each; 40 on a sheet."""
    sources = rows(directory / "sources.csv")
    nearest = {}
    for hit in hits:
        key = hit.path, records[hit.number][1]
        # the picture's own hash first
        if key not in nearest or (hit.view != "original", hit.distance) < (nearest[key].view != "original", nearest[key].distance):
            nearest[key] = hit
    pairs = sorted(nearest.values(), key=lambda hit: (hit.view != "original", hit.distance))
    size, columns, each = 150, 4, 40
    for number in range(0, len(pairs), each):
        part = pairs[number:number + each]
        sheet = Image.new("RGB", (columns * (2 * size + 16), -(-len(part) // columns) * (size + 26)), "white")
        draw = ImageDraw.Draw(sheet)
        for at, (path, view, transform, distance, listed, _) in enumerate(part):
            _, source, left, top, width, height = records[listed]
            x, y = at % columns * (2 * size + 16), at // columns * (size + 26)
            for image, shift in [(Image.open(path), 0), (Image.open(directory / sources[source]["path"]).crop([left, top, left + width, top + height]), size)]:
                image.thumbnail((size - 6, size - 6))
                sheet.paste(image.convert("RGB"), (x + shift, y))
            draw.text((x, y + size - 4), f"{distance} {view[:26]} {transform[:6]}", fill="red")
            draw.text((x, y + size + 8), f"{pathlib.Path(path).stem} / {source}", fill="black")
        sheet.save(directory / f"false-{number // each}.png")
    return pairs


def confirmed(directory, hits, looked_up):
    """Matches of the picture's own hashes at wide radii, and of these what the rule for occlusion leaves."""
    body = []
    for radius in WIDE:
        line = [radius]
        for most in CONFLICTS:
            count = len({hit.path for hit in hits if hit.distance <= radius and hit.conflict <= most})
            low, high = poisson(count)
            line.append(f"{count}: {count * 1e6 / looked_up:,.0f} ({low * 1e6 / looked_up:,.0f}–{high * 1e6 / looked_up:,.0f})")
        body.append(line)
    return markdown(["radius", "any conflict", *(f"conflict <= {most / 1000}" for most in CONFLICTS[1:])], body)


def main(directory):
    records, told = make_lists(directory)
    pictures = rows(directory / "benign.csv")
    paths = [row["path"] for row in pictures]
    sets = {"plain": {"original"}, **{name: {"original", *framings(name)} for name in ["standard", "thorough"]}}
    two = {name: sets[name] for name in ["plain", "standard"]}
    hits, looked_up = look_up(directory, "large", "standard", directory / "large.bin", 31, paths)
    ordinary = {number: oneness(records[number][0]) < MOST_ONENESS for number in {hit.number for hit in hits}}
    kept = [hit for hit in hits if ordinary[hit.number]]
    parts = [told, f"{len(paths):,} pictures, {looked_up:,} of them with a hash of quality 50 and above: pictures with a match, and per million look-ups",
             table(hits, looked_up, two, RADII[:3]), by_kind(hits, pictures, two, directory),
             f"the same without listed hashes of a oneness of {MOST_ONENESS} and above", table(kept, looked_up, two, RADII[:3]), by_kind(kept, pictures, two, directory)]
    pairs = sheets(directory, hits, records)
    parts.append(f"{len(pairs)} pairs of a picture and a source within 31")
    hits, looked_up = look_up(directory, "wide", "none", directory / "large.bin", WIDE[-1], paths[4::16])
    parts += [f"{looked_up:,} pictures, large list, the picture's own hashes", confirmed(directory, hits, looked_up)]
    hits, looked_up = look_up(directory, "small", "thorough", directory / "small.bin", 52, paths[6::24])
    parts += [f"{looked_up:,} pictures, the plain hashes of the training half's photographs", table(hits, looked_up, sets, RADII)]
    (directory / "false-matches.md").write_text("\n\n".join(parts) + "\n")
    print("\n\n".join(parts))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    main(parser.parse_args().directory)
