"""`export`: a candidate of a zoo from a PyTorch classifier and its own preprocessing, compared with it on pictures."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from . import _locate, _network, _program
from ._compare import APART, NEAR, TELLING, Comparison, Sample, compare, picture, pictures, shown
from ._errors import BadInputError, UsageError
from ._program import CheckFailed
from ._transforms import Reading, read

_LABELS = "labels.txt"
_PLACEHOLDER = re.compile(r"LABEL_\d+")  # what transformers calls classes that have no name

Labels = Union[str, "os.PathLike[str]", Sequence[str]]


@dataclass(frozen=True)
class Exported:
    """A candidate that was written, and how near it comes to its framework.

    Attributes
    ----------
    path : Path
        Its folder, with ``card.json`` and ``1/model.onnx``.
    card : dict
        Its card (``card/1``).
    sample : str
        Which images were compared; empty where none were (``check=False``).
    images : int
        Number of images compared.
    decided : int
        Of these, those whose first two classes lie more than 0.02 apart (probability, by the framework).
    same_top1 : int
        Of the decided, those that have the same first class by both pipelines.
    largest_difference : float or None
        Of a probability (0..1), over all images and classes.
    median_top : float or None
        Median over the images of the highest probability, by the framework.
    """

    path: Path
    card: dict[str, Any] = field(repr=False)
    sample: str = ""
    images: int = 0
    decided: int = 0
    same_top1: int = 0
    largest_difference: float | None = None
    median_top: float | None = None

    def __str__(self) -> str:
        size = self.card["input"]
        said = ", ".join(f"{key} {value}" for key, value in self.card["preprocess"].items())
        lines = [f"{self.path}: {size['channels']}, {size['height']} x {size['width']}, {said}"]
        if self.largest_difference is None or self.median_top is None:
            return "\n".join([*lines, "not compared with the framework"])
        lines.append(
            f"as in the framework on {self.images} images ({self.sample}): the same class on {self.same_top1} of the "
            f"{self.decided} whose first two lie more than {APART} apart; probabilities at most "
            f"{self.largest_difference:.4f} apart"
        )
        if self.median_top < TELLING:
            lines.append(
                f"but half of the images have no probability above {self.median_top:.2f}, and whoever is unsure agrees "
                "easily: give a sample that the DNN knows"
            )
        return "\n".join(lines)


def export(
    model: Any,
    transform: Any,
    path: str | os.PathLike[str],
    *,
    labels: Labels | None = None,
    sample: Sample | None = None,
    opset: int = 18,
    check: bool = True,
    license: str = "",
    source: str = "",
    overwrite: bool = False,
) -> Exported:
    """Makes a candidate of a PyTorch classifier: ``1/model.onnx`` and ``card.json`` below `path`, labels beside it.

    Then both pipelines answer the same pictures, from file to probabilities: the framework's (`transform`, `model`,
    softmax) and amsel's. Where they do not agree, nothing enters the zoo.

    Parameters
    ----------
    model : torch.nn.Module
        Takes float32 pictures of shape (batch, channels, height, width) and gives logits of shape (batch, classes), or
        an object with ``logits``: a classifier of torchvision, timm or transformers. It is put back as it was.
    transform : object
        The model's own preprocessing, for testing: a ``Compose`` (v1 or v2) or a ``weights.transforms()`` of
        torchvision, a ``timm.data.create_transform(...)``, or an image processor of transformers.
    path : path
        Of the candidate: ``zoo/name``.
    labels : path or sequence of str, optional
        Names of the classes, in the order of the outputs: a list, or a file with one a line. Default: those that the
        model's configuration names, else those of the zoo (``labels.txt`` beside `path`).
    sample : path or sequence of paths, optional
        Images to compare on: a folder or a list. Default: photos that installed packages bring, and synthetic ones.
    opset : int, optional
        Version of ONNX's operators.
    check : bool, optional
        Compare the two pipelines.
    license, source : str, optional
        For people: kept in the card and in bundles.
    overwrite : bool, optional
        Replace a candidate that is there.

    Returns
    -------
    Exported

    Raises
    ------
    UsageError
        A step that no card can say, by its name; labels that do not fit; a path that is taken.
    CheckFailed
        The first class differs on an image whose first two lie more than 0.02 apart, or a probability differs by more
        than 0.01. What was written is then ``zoo/.name.rejected``, a zoo of its own, which the zoo does not see.
    RuntimeFailure
        No exporter of the installed PyTorch could write the model.
    """
    _locate.program()  # else both exporters would seem to fail
    place = _Place(Path(path).absolute(), overwrite)
    processor = _is_processor(transform)
    reading = None if processor else read(transform)
    prepare = _preparing(transform, processor)
    shape = _input_shape(prepare)
    with _network.evaluating(model) as network, place.staging() as staging:
        first = network(np.zeros((2, *shape), np.float32))
        names, skip = _names(labels, model, place, first.shape[1])
        _write_labels(staging.parent / _LABELS, names)
        onnx = staging / "1" / "model.onnx"
        onnx.parent.mkdir(parents=True)
        _network.write(network, shape, first.shape[1], onnx, opset)
        card = _card(staging.name, reading or _processor_reading(transform, onnx, names), skip, license, source)
        if (size := [card["input"]["height"], card["input"]["width"]]) != list(shape[1:]):
            raise UsageError(f"transform: gives tensors of shape {shape}, and is read as {size}: no card can say it")
        (staging / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

        def answer(image: Any) -> NDArray[np.float64]:
            return _softmax(network(prepare(image)[None])[0, skip:])

        compared = _compared(answer, staging.parent, names, sample) if check else None
        if compared is not None and compared[0].faults:
            place.reject(staging.parent, *compared)
        place.take(staging)
    if compared is None:
        return Exported(place.path, card)
    result, told = compared
    return Exported(
        place.path, card, told, result.images, result.decided, result.same_top1, result.largest_difference,
        result.median_top,
    )  # fmt: skip


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    shares = np.exp(logits.astype(np.float64) - logits.max())
    return np.asarray(shares / shares.sum())


def _compared(
    answer: Callable[[Any], NDArray[np.float64]], zoo: Path, names: list[str], sample: Sample | None
) -> tuple[Comparison, str]:
    with tempfile.TemporaryDirectory() as scratch:
        shots = pictures(sample, Path(scratch))
        return compare(answer, zoo, names, shots), shots.told


class _Place:
    """Where the candidate goes: nothing is there before it is whole and has answered as it should."""

    def __init__(self, path: Path, overwrite: bool) -> None:
        self.path, self.zoo, self.overwrite = path, path.parent, overwrite
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", path.name):
            raise UsageError(f"path: `{path.name}` cannot be a candidate's name: expected letters, digits, - _ and .")
        if path.exists() and not overwrite:
            raise UsageError(f"path: {path} is there; overwrite=True replaces it")
        if path.exists() and not (path / "card.json").exists():
            raise UsageError(f"path: {path} is no candidate (it has no card.json), and is not replaced")

    def alone(self) -> bool:
        """Whether the zoo has no other candidate, whose labels would have to stay."""
        return not any(card.parent != self.path for card in self.zoo.glob("[!.]*/card.json"))

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder for the candidate in a zoo of its own, whose name hides it from the zoo around it."""
        new = not self.zoo.exists()
        around = self.zoo / f".{self.path.name}.partial"
        shutil.rmtree(around, ignore_errors=True)
        (around / self.path.name).mkdir(parents=True)
        try:
            yield around / self.path.name
        finally:
            shutil.rmtree(around, ignore_errors=True)
            if new and not any(self.zoo.iterdir()):
                self.zoo.rmdir()

    def take(self, staging: Path) -> None:
        if self.path.exists():
            self.path.rename(staging.parent / "replaced")
        labels, there = staging.parent / _LABELS, self.zoo / _LABELS
        if not there.exists() or _lines(there) != _lines(labels):
            labels.replace(there)
        staging.rename(self.path)

    def reject(self, around: Path, result: Comparison, told: str) -> None:
        kept = self.zoo / f".{self.path.name}.rejected"
        shutil.rmtree(kept, ignore_errors=True)
        around.rename(kept)
        figures = {name: getattr(result, name) for name in ("images", "decided", "same_top1", "largest_difference")}
        raise CheckFailed(
            f"{self.path.name} does not answer as its framework does: {len(result.faults)} of {result.images} images "
            f"({told}) have another class where the first two lie more than {APART} apart, or probabilities more than "
            f"{NEAR} apart, at most {result.largest_difference:.4f}. What was written is {kept}, a zoo of its own.\n"
            f"{shown(result.faults)}",
            figures,
        )


# Labels.


def _names(given: Labels | None, model: Any, place: _Place, classes: int) -> tuple[list[str], int]:
    """The classes' names, and how many outputs before the first stand for no class."""
    own = _own_names(model)
    there = _lines(place.zoo / _LABELS) if (place.zoo / _LABELS).exists() else []
    names, whose = own or there, "the model's configuration" if own else str(place.zoo / _LABELS)
    if isinstance(given, (str, os.PathLike)):
        names, whose = _lines(Path(given)), str(given)
    elif given is not None:
        names, whose = [str(name) for name in given], "the list"
    if not names:
        raise UsageError(f"labels: nothing names the {classes} classes; expected a list, or a file with one a line")
    background = len(own) == classes == len(names) + 1 and own[0].strip().lower() == "background"
    if len(names) + background != classes:
        raise UsageError(f"labels: {whose} has {len(names)} names, and the model gives {classes} values")
    for name in names:
        if not name or name != name.strip() or any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
            raise UsageError(f"labels: {whose} has `{name}`, which is no line of a labels file")
    if there and there != names and not (place.overwrite and place.alone()):
        pairs = zip([*there, "nothing"], [*names, "nothing"], strict=False)
        line, (old, new) = next((i, pair) for i, pair in enumerate(pairs, 1) if pair[0] != pair[1])
        raise UsageError(
            f"labels: {place.zoo / _LABELS}, line {line} is `{old}`, and {whose} has `{new}`; all of a zoo must name "
            f"the classes alike: give labels={str(place.zoo / _LABELS)!r} if the order is the same"
        )
    return names, int(background)


def _own_names(model: Any) -> list[str]:
    """By transformers' configuration, or timm's; empty: it names none."""
    by_index = getattr(getattr(model, "config", None), "id2label", None)
    if isinstance(by_index, dict):
        names = [str(name) for _, name in sorted(by_index.items(), key=lambda item: int(item[0]))]
        return [] if all(_PLACEHOLDER.fullmatch(name) for name in names) else [name.strip() for name in names]
    config = getattr(model, "pretrained_cfg", None)
    named = config.get("label_names") if isinstance(config, dict) else None
    return [str(name) for name in named or []]


def _lines(file: Path) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").split("\n")]
    except (OSError, UnicodeError) as failure:
        raise BadInputError(f"labels: {file} cannot be read: {failure}") from failure
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _write_labels(file: Path, names: list[str]) -> None:
    file.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


# The card.


def _card(name: str, reading: Reading, skip: int, license_: str, source: str) -> dict[str, Any]:
    return {
        "schema": "card/1",
        "name": name,
        "task": "image-classification",
        "input": {
            "name": _network.INPUT, "layout": "NCHW", "height": reading.height, "width": reading.width,
            "channels": reading.channels, "dtype": "float32",
        },
        "preprocess": reading.preprocess,
        "output": {"name": _network.OUTPUT, "kind": "logits", "skip_leading_classes": skip},
        "labels": f"../{_LABELS}",
        **({"license": license_} if license_ else {}),
        **({"source": source} if source else {}),
    }  # fmt: skip


# Preprocessing.


def _is_processor(transform: object) -> bool:
    """Whether it is an image processor of transformers, or a processor that holds one."""
    return any(base.__module__.partition(".")[0] == "transformers" for base in type(transform).__mro__)


def _preparing(transform: Any, processor: bool) -> Callable[[Any], NDArray[np.float32]]:
    """From a PIL picture to an array of shape (channels, height, width)."""
    if not processor:
        return lambda image: np.asarray(transform(image), np.float32)
    images = getattr(transform, "image_processor", transform)
    return lambda image: np.asarray(images(images=image, return_tensors="pt")["pixel_values"], np.float32)[0]


def _input_shape(prepare: Callable[[Any], NDArray[np.float32]]) -> tuple[int, int, int]:
    """(channels, height, width), the same for pictures of any shape."""
    wide, tall = (prepare(picture(0, size)).shape for size in ((320, 240), (200, 290)))
    if wide != tall or len(wide) != 3:
        told = f"makes tensors of shapes {wide} and {tall} of two pictures"
        raise UsageError(f"transform: {told}: expected one shape, of channels, height and width")
    return (int(wide[0]), int(wide[1]), int(wide[2]))


def _processor_reading(transform: Any, onnx: Path, names: list[str]) -> Reading:
    """What the program reads in an image processor's configuration."""
    images = getattr(transform, "image_processor", transform)
    config = {key: value for key, value in json.loads(images.to_json_string()).items() if value is not None}
    for step in ("do_resize", "do_center_crop", "do_rescale", "do_normalize"):
        config[step] = bool(config.get(step))
    whose = f"transform: {type(images).__name__}"
    if config.get("do_pad"):
        raise UsageError(f"{whose}: no card can say `do_pad`")
    size = config.get("size")
    if isinstance(size, dict) and size.get("shortest_edge") and size.get("longest_edge"):
        raise UsageError(f"{whose}: no card can say a `size` of shortest_edge and longest_edge")
    with tempfile.TemporaryDirectory() as folder:
        file, labels, out = Path(folder, "preprocessor_config.json"), Path(folder, _LABELS), Path(folder, "zoo")
        file.write_text(json.dumps(config), encoding="utf-8")
        _write_labels(labels, names)
        options = [("--from", file), ("--labels", labels), ("--out", out), ("--json", True)]
        try:
            _program.run("init", _program.arguments([f"candidate={onnx}"], options), progress=False)
        except BadInputError as failure:
            raise UsageError(f"{whose}: {str(failure).replace(f'{file}: ', '')}") from failure
        card = json.loads((out / "candidate" / "card.json").read_text(encoding="utf-8"))
    size = card["input"]
    return Reading(size["channels"], size["height"], size["width"], card["preprocess"])
