"""Makes the 60 photos: photos.py FOLDER DEBS. They come from Debian's wallpapers (unpacked below DEBS) and from samples inside
Python packages; some are kept as they are, the others are made smaller and stored as JPEG and PNG of many kinds."""

import shutil
import sys
import sysconfig
from pathlib import Path

from PIL import Image

COUNT = 60
SAMPLES = ["skimage/data/" + name for name in
           ("chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg", "camera.png", "logo.png")]
SAMPLES += ["sklearn/datasets/images/china.jpg", "matplotlib/mpl-data/sample_data/grace_hopper.jpg"]
# Those of which ImageNet's DNNs are sure, so that something is to be seen; the others lie in between.
TELLING = ("Picture_1A", "coffee", "life", "picosdeeuropa", "aitzgorri", "greentock", "motorcycle", "Fossa", "Wine")
# Long side in pixels and how it is stored, in turn. Odd sizes, since roundings differ there.
VARIANTS = [(1999, ".png", {}), (1201, ".jpg", {"quality": 90}), (777, ".png", {}), (1600, ".jpg", {"quality": 75, "progressive": True}),
            (500, ".png", {}), (640, ".jpg", {"quality": 95, "subsampling": "4:4:4"}), (1333, ".png", {}),
            (901, ".jpg", {"quality": 85, "subsampling": "4:2:2"})]


def sources(debs):
    site = Path(sysconfig.get_paths()["purelib"])
    wallpapers = [file for file in Path(debs).rglob("*") if file.suffix in (".jpg", ".png") and not file.is_symlink()]
    return sorted(wallpapers, key=lambda file: file.name) + [site / sample for sample in SAMPLES]


def main(folder, debs):
    folder = Path(folder)
    folder.mkdir(parents=True)
    files = sources(debs)
    for file in files:
        shutil.copy(file, folder / file.name)
    files = [file for file in files if file.name.startswith(TELLING)]
    i = 0
    while len(list(folder.iterdir())) < COUNT:
        file, (side, suffix, options) = files[i % len(files)], VARIANTS[i % len(VARIANTS)]
        i += 1
        image = Image.open(file).convert("RGB")
        if max(image.size) > side:
            image.thumbnail((side, side), Image.Resampling.LANCZOS)
            image.save(folder / f"{file.stem}_{side}{suffix}", **options)


if __name__ == "__main__":
    main(*sys.argv[1:])
