"""Writes what libjpeg-turbo, through Pillow, makes of the JPEGs in a folder: the table of tests/jpeg_libjpeg.rs.

    LOOKALIKE_DRAWN=drawn cargo test --features image --test jpeg_libjpeg -- --ignored
    python benches/peers/jpeg_pixels.py drawn > tests/jpeg/libjpeg-turbo.tsv

A line for each file: its name, the CRC-32 of its bytes, its measures, and the CRC-32 of its pixels, grey or RGB; or that it was
refused. CMYK is converted by Pillow. Files named damaged-* may end too early.
"""
import pathlib
import sys
import zlib

from PIL import Image, ImageFile, features


def described(path):
    # An end marker is fed to libjpeg where the file has none.
    ImageFile.LOAD_TRUNCATED_IMAGES = path.stem.startswith("damaged-")
    try:
        with Image.open(path) as picture:
            picture.load()
            pixels = picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
            return f"{picture.width}x{picture.height}\t{zlib.crc32(pixels.tobytes()):08x}"
    except (OSError, SyntaxError, ValueError):
        return "refused\t"


def main():
    print(f"# libjpeg-turbo {features.version('libjpeg_turbo')}, Pillow {features.version('pil')}; made by benches/peers/jpeg_pixels.py")
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.jpg"), key=lambda path: path.stem.encode()):
        print(f"{path.stem}\t{zlib.crc32(path.read_bytes()):08x}\t{described(path)}")


if __name__ == "__main__":
    main()
