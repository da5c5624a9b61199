"""Whether a candidate answers as its framework does: both pipelines, from files of pictures to probabilities."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import os
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from . import _program
from ._errors import BadInputError, UsageError
from ._locate import _of_package

NEAR = 0.01  # in probability: what roundings may make
APART = 0.02  # in probability: two classes nearer than this may change places
TELLING = 0.3  # a DNN whose highest probability is lower on half of the pictures would agree with much
_SHOWN = 3
_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
#: Photos that packages bring with them.
_BROUGHT = (
    ("skimage", "data", ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")),
    ("sklearn", "datasets/images", ("china.jpg", "flower.jpg")),
    ("matplotlib", "mpl-data/sample_data", ("grace_hopper.jpg",)),
)
#: (width, height) of synthetic pictures: wide, tall, square, odd, smaller and larger than usual inputs.
_SIZES = ((640, 480), (480, 640), (1024, 683), (333, 500), (257, 191), (800, 201), (224, 224), (97, 131), (1500, 1501))

Sample = Union[str, "os.PathLike[str]", Sequence[Union[str, "os.PathLike[str]"]]]


def needed(module: str, package: str) -> Any:
    """A module that amsel does without otherwise."""
    try:
        return importlib.import_module(module)
    except ImportError as failure:
        raise ImportError(f"amsel.export needs the package {package}: pip install {package} ({failure})") from failure


@dataclass(frozen=True)
class Pictures:
    """Image files, and in words which they are."""

    paths: list[Path]
    told: str


def pictures(sample: Sample | None, scratch: Path) -> Pictures:
    """Those of a folder, those of a list or, of None, photos that packages bring and synthetic ones below `scratch`."""
    if sample is None:
        found = (_of_package(package, folder, name) for package, folder, names in _BROUGHT for name in names)
        brought = [path for path in found if path is not None]
        made = synthetic(scratch)
        photos = f"{len(brought)} photos that installed packages bring and " if brought else ""
        return Pictures(brought + made, f"{photos}{len(made)} synthetic pictures, for want of a sample")
    if isinstance(sample, (str, os.PathLike)):
        folder = Path(sample)
        if not folder.is_dir():
            raise BadInputError(f"sample: {folder} is no folder; expected a folder of images, or a list of their paths")
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
        told = str(folder)
    else:
        paths, told = [Path(path) for path in sample], "a list"
    if not paths:
        raise UsageError(f"sample: {told} holds no image; expected files {', '.join(_SUFFIXES)}")
    return Pictures([path.absolute() for path in paths], told)


def synthetic(folder: Path) -> list[Path]:
    """Pictures with the spectrum of photos, edges and noise, as PNG and JPEG; the same each time."""
    paths = []
    for seed, size in enumerate(_SIZES):
        path = folder / f"synthetic_{size[0]}x{size[1]}{'.jpg' if seed % 2 else '.png'}"
        picture(seed, size).save(path, **({"quality": 92} if seed % 2 else {}))
        paths.append(path)
    return paths


def picture(seed: int, size: tuple[int, int]) -> Any:
    """A PIL picture of `size` (width, height): coarse to fine patches of colour, shapes before them, noise."""
    image = needed("PIL.Image", "pillow")
    draws = needed("PIL.ImageDraw", "pillow")
    random = np.random.default_rng(seed)
    width, height = size
    total = np.zeros((height, width, 3))
    cells = 2
    while cells < min(size):
        patches = random.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        total += np.asarray(image.fromarray(patches).resize(size, image.Resampling.BICUBIC), float) / cells
        cells *= 2
    total = 255 * (total - total.min()) / (total.max() - total.min())
    canvas = image.fromarray(total.round().astype(np.uint8))
    draw = draws.Draw(canvas)
    for shape in (draw.ellipse, draw.rectangle, draw.ellipse):
        left, top = random.integers(0, width * 3 // 4), random.integers(0, height * 3 // 4)
        box = [int(left), int(top), int(left + width // 5), int(top + height // 4)]
        shape(box, fill=tuple(int(v) for v in random.integers(0, 256, 3)))
    noisy = np.asarray(canvas, float) + random.normal(0, 4, (height, width, 3))
    return image.fromarray(noisy.round().clip(0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Comparison:
    """How near the two pipelines came.

    Attributes
    ----------
    images : int
        Compared.
    decided : int
        Of these, those whose first two classes lie more than 0.02 apart.
    same_top1 : int
        Of the decided, those with the same first class.
    largest_difference : float
        Of a probability, over all images and classes.
    median_top : float
        Median over the images of the highest probability.
    faults : list of str
        An entry for each image on which they do not agree.
    """

    images: int
    decided: int
    same_top1: int
    largest_difference: float
    median_top: float
    faults: list[str]


def compare(answer: Callable[[Any], NDArray[np.float64]], zoo: Path, labels: list[str], sample: Pictures) -> Comparison:
    """`answer` gives the framework's probabilities of a PIL picture; `zoo` holds the one candidate."""
    given = _profiled(zoo, sample.paths)
    rows = [_Row(path, answer(_opened(path)), given[index], labels) for index, path in enumerate(sample.paths)]
    decided = [row for row in rows if row.decided]
    return Comparison(
        len(rows),
        len(decided),
        sum(row.same for row in decided),
        max(row.difference for row in rows),
        statistics.median(float(row.wanted.max()) for row in rows),
        [row.fault() for row in rows if row.difference > NEAR or (row.decided and not row.same)],
    )


def shown(faults: list[str]) -> str:
    """The first of them, and how many there are besides."""
    more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    return "\n".join(faults[:_SHOWN] + more)


class _Row:
    """A picture's probabilities: those of the framework are `wanted`, amsel's `given`."""

    def __init__(self, path: Path, wanted: NDArray[np.float64], given: NDArray[np.float64], labels: list[str]) -> None:
        self.path, self.wanted, self.given, self.labels = path, wanted, given, labels
        second, highest = np.sort(wanted)[-2:]
        self.decided = bool(highest - second > APART)
        self.same = bool(wanted.argmax() == given.argmax())
        difference = float(np.abs(wanted - given).max())
        self.difference = difference if np.isfinite(difference) else 1.0

    def fault(self) -> str:
        theirs, ours = int(self.wanted.argmax()), int(self.given.argmax())
        return (
            f"{self.path.name}: `{self.labels[theirs]}` at {self.wanted[theirs]:.4f}, and amsel has "
            f"`{self.labels[ours]}` at {self.given[ours]:.4f}; furthest apart by {self.difference:.4f}"
        )


def _opened(path: Path) -> Any:
    """Upright, as amsel decodes."""
    image, ops = needed("PIL.Image", "pillow"), needed("PIL.ImageOps", "pillow")
    try:
        with image.open(path) as opened:
            return ops.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError) as failure:
        raise BadInputError(f"sample: {path} cannot be read: {failure}") from failure


def _profiled(zoo: Path, paths: list[Path]) -> list[NDArray[np.float64]]:
    """Amsel's probabilities, one array of shape (classes,) a picture."""
    with tempfile.TemporaryDirectory() as folder:
        listed, out = Path(folder, "images.csv"), Path(folder, "profile.db")
        with listed.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("path", "label"), *((str(path), 0) for path in paths)])
        options = [("--zoo", zoo), ("--images", listed), ("--out", out), ("--decode-min-side", 0),
                   ("--features", "image_aspect_ratio"), ("--strict", True), ("--json", True)]  # fmt: skip
        with contextlib.redirect_stderr(io.StringIO()):  # warnings of times and duplicates, which are not looked at
            _program.run("profile", _program.arguments([], options), progress=False)
        with contextlib.closing(sqlite3.connect(out)) as profile:
            query = "SELECT input, blob FROM output WHERE kind = 'log_prob'"
            found = {row: np.exp(np.frombuffer(blob, "<f2").astype(np.float64)) for row, blob in profile.execute(query)}
    missing = [str(path) for index, path in enumerate(paths) if index not in found]
    if missing:
        raise BadInputError(f"sample: amsel has no answer for {', '.join(missing[:_SHOWN])}")
    return [found[index] for index in range(len(paths))]
