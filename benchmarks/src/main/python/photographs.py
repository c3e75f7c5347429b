"""Cuts a set of photographs to measure with: the same files whenever the seed is the same.

    photographs.py SOURCE TARGET COUNT SEED

From each of the JPEG files under SOURCE by turns, a window of 1400x1050 pixels (or the largest one of
that shape) at a random place, scaled to 500x375, as JPEG of quality 90 with chroma halved both ways.
"""

import random
import shutil
import sys
from pathlib import Path

from PIL import Image

WINDOW = (1400, 1050)
SIZE = (500, 375)


def cut(photograph: Image.Image, chance: random.Random) -> Image.Image:
    """One window of a photograph, scaled."""
    share = min(1.0, photograph.width / WINDOW[0], photograph.height / WINDOW[1])
    width, height = (int(share * side) for side in WINDOW)
    left = chance.randint(0, photograph.width - width)
    top = chance.randint(0, photograph.height - height)
    window = (left, top, left + width, top + height)
    return photograph.resize(SIZE, Image.Resampling.LANCZOS, box=window)


def main(source: Path, target: Path, count: int, seed: int) -> None:
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
    if not files:
        raise SystemExit(f"no JPEG files under {source}")
    photographs = [Image.open(path).convert("RGB") for path in files]
    chance = random.Random(seed)
    unfinished = target.with_name(target.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    folder = unfinished / "photographs"  # the one class
    folder.mkdir(parents=True)
    for number in range(count):
        picture = cut(photographs[number % len(photographs)], chance)
        picture.save(folder / f"{number:04}.jpg", quality=90, subsampling="4:2:0")
    unfinished.rename(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
