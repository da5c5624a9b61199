"""`derive`: a zoo with cheaper twins of its DNNs, judged against the originals on images that they have not seen."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from . import _program, _quantize, _twin_table
from ._errors import AmselError, BadInputError, UsageError, exit_code_of
from .results import Record, Result

_LABELS = "labels.txt"
_SCHEMA = "amsel.derived/1"
_LONGEST_NAME = 240  # bytes, of a candidate


@dataclass(frozen=True)
class Derived(Result):
    """A zoo that was written: the originals, and of their twins those that hold.

    Attributes
    ----------
    path : Path
        Of its folder.
    """

    path: Path

    @property
    def records(self) -> list[Record]:
        """A row a twin, those that were left out too; docs/derive.md says what is in it."""
        return list(self.data["twins"])

    @property
    def kept(self) -> list[str]:
        """Names of the twins in the zoo."""
        return [str(twin["name"]) for twin in self.data["twins"] if twin["why_not"] is None]

    def __str__(self) -> str:
        return "\n".join(_twin_table.lines(self.data, self.path))


def derive(
    *,
    zoo: str | os.PathLike[str],
    images: str | os.PathLike[str],
    out: str | os.PathLike[str],
    candidates: Sequence[str] | None = None,
    calibrate: int = 200,
    judge: int = 1000,
    most_loss: float = 0.02,
    float16: bool = False,
    provider: str | None = None,
    seed: int = 1,
    force: bool = False,
    progress: bool = True,
) -> Derived:
    """Makes int8 twins of a zoo's DNNs: `out` is a zoo of the originals and of the twins that hold.

    Parameters
    ----------
    zoo : path
        Of the originals.
    images : path
        Labelled images like those to come: CSV, a folder per class, or an IDX file. Of those of no split, or of split
        ``fit``, some calibrate; others, none of split ``test`` or ``certify``, judge.
    out : path
        The zoo to write.
    candidates : sequence of str, optional
        Names of those that get twins. Default: all.
    calibrate : int, optional
        Images to calibrate on, at most, and at most a quarter of those that may.
    judge : int, optional
        Images to judge by, about, at most; 0: all.
    most_loss : float, optional
        Share of the judging images that a twin may lose against its original.
    float16 : bool, optional
        Make float16 twins, too: for providers that compute in 16 bits, which the CPU does not.
    provider : str, optional
        What the candidates run on while they are judged, as of `profile`.
    seed : int, optional
        Of the draws.
    force : bool, optional
        Replace a zoo that is there.
    progress : bool, optional
        Show bars on stderr.

    Returns
    -------
    Derived

    Raises
    ------
    UsageError
        `out` is there, or an argument cannot be.
    BadInputError
        Zoo or images are missing or malformed, or too few.
    RuntimeFailure
        The packages onnx and onnxruntime are missing, or candidates cannot run.
    """
    names = [candidates] if isinstance(candidates, str) else list(dict.fromkeys(candidates or ()))
    place = _Place(Path(out).absolute(), Path(zoo).absolute(), force)
    if not 0 <= most_loss <= 1:
        raise UsageError(f"most_loss: {most_loss}: expected a share, 0 to 1")
    _quantize.needed("onnx"), _quantize.needed("onnxruntime.quantization")
    with place.staging() as (staged, scratch):
        told = _program.run(
            "tensors",
            _program.arguments([], [("--zoo", zoo), ("--images", images), ("--out", scratch / "tensors"),
                                    ("--calibrate", calibrate), ("--judge", judge), ("--seed", seed),
                                    ("--json", True)]),
            progress=False,
        )  # fmt: skip
        originals = {str(entry["name"]): _Original(entry, told, scratch / "tensors") for entry in told["candidates"]}
        if strangers := [name for name in names if name not in originals]:
            raise UsageError(f"candidates: {zoo} has no {', '.join(strangers)}; there are: {', '.join(originals)}")
        (staged / _LABELS).write_text("".join(f"{label}\n" for label in told["labels"]), encoding="utf-8")
        for original in originals.values():
            original.copy_to(staged)
        kinds = ["int8", "float16"] if float16 else ["int8"]
        chosen = [(originals[name], kind) for name in names or originals for kind in kinds]
        bar = tqdm(chosen, desc="derive", disable=not progress, leave=False, dynamic_ncols=True)
        twins = [_twin(original, kind, originals, staged) for original, kind in bar]
        disturbed = _judge(twins, staged, scratch, provider, progress)
        for twin in twins:
            loss = -(twin["difference"] or 0)
            if twin["why_not"] is None and loss > most_loss:
                twin["why_not"] = f"loses {100 * loss:.1f} points, more than {100 * most_loss:g}"
            if twin["why_not"] is not None and twin["name"] not in originals:
                shutil.rmtree(staged / twin["name"], ignore_errors=True)
        data = {
            "schema": _SCHEMA, "zoo": str(zoo), "images": str(images), "seed": seed, "most_loss": most_loss,
            "calibration_images": len(told["calibration_images"]), "judging_images": int(told["judging_images"]),
            "disturbed_share": disturbed, "twins": twins,
        }  # fmt: skip
        place.take(staged)
    return Derived(data, place.path)


class _Original:
    """A candidate of the zoo, as the program tells of it."""

    def __init__(self, entry: dict[str, Any], told: dict[str, Any], tensors: Path) -> None:
        self.name = str(entry["name"])
        self.card: dict[str, Any] = entry["card"]
        self.model = Path(entry["model_file"])
        self.data_files = [str(name) for name in entry["data_files"]]
        self.keys = sorted(str(key) for key in told["calibration_images"])
        self.calibration = f"{len(self.keys)} images of {Path(told['images']).name}, seed {told['seed']}"
        self._entry, self._tensors = entry, tensors
        self.bytes = self.model.stat().st_size + sum(self.data_file(name).stat().st_size for name in self.data_files)

    def data_file(self, name: str) -> Path:
        """Beside the file or, where that is a link, beside what it leads to."""
        beside = self.model.parent / name
        return beside if beside.exists() else Path(os.path.realpath(self.model)).parent / name

    def tensors(self) -> NDArray[Any]:
        """What it takes of the calibration images."""
        file = self._tensors / str(self._entry["tensor"])
        return np.memmap(file, np.dtype(self._entry["dtype"]), "r", shape=tuple(self._entry["shape"]))

    def copy_to(self, staged: Path) -> None:
        """Its card and files; from then on `model` is the copy.

        Copies, and no links: onnx reads no data file that has a second name.
        """
        folder = staged / self.name
        version = folder / self.model.parent.name
        version.mkdir(parents=True)
        card = json.loads((self.model.parent.parent / "card.json").read_text(encoding="utf-8-sig"))
        _write_card(folder, card | {"labels": f"../{_LABELS}"})
        shutil.copyfile(self.model, version / self.model.name)
        for name in self.data_files:
            (version / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.data_file(name), version / name)
        self.model = version / self.model.name


def _write_card(folder: Path, card: dict[str, Any]) -> None:
    (folder / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _twin(original: _Original, kind: str, originals: dict[str, _Original], staged: Path) -> Record:
    """Makes a twin, or says why there is none."""
    name = f"{original.name}-{kind}"
    twin: Record = {
        "name": name, "derived_from": original.name, "kind": kind, "why_not": None, "method": None,
        "top1": None, "top1_of_original": None, "difference": None, "standard_error": None,
        "inference_ms": None, "inference_ms_of_original": None, "bytes": None, "bytes_of_original": original.bytes,
    }  # fmt: skip
    folder = staged / name
    try:
        if len(name.encode()) > _LONGEST_NAME:
            raise _quantize.Refused("would have too long a name")
        if name in originals:
            raise _quantize.Refused("is in the zoo already")
        if original.card.get("derived_from"):
            raise _quantize.Refused(f"{original.name} is derived itself, from {original.card['derived_from']}")
        target = folder / "1" / "model.onnx"
        target.parent.mkdir(parents=True)
        derivation: dict[str, Any] = {}
        inputs, own = original.tensors(), str(original.card["input"]["name"])
        if kind == "int8":
            derivation["method"] = _quantize.int8(original.model, own, inputs, target)
            derivation |= {"calibration": original.calibration, "calibration_images": original.keys}
        else:
            derivation["method"] = _quantize.float16(original.model, target)
        _quantize.try_out(target, own, inputs)
    except _quantize.Refused as refusal:
        twin["why_not"] = str(refusal)
        if name not in originals:
            shutil.rmtree(folder, ignore_errors=True)
        return twin
    card = original.card | {"name": name, "labels": f"../{_LABELS}"}
    _write_card(folder, card | {"derived_from": original.name, "derivation": derivation})
    return twin | {"method": derivation["method"], "bytes": target.stat().st_size}


def _judge(
    twins: list[Record], staged: Path, scratch: Path, provider: str | None, progress: bool
) -> float | None:
    """Fills in what twins and originals do with the judging images; gives the share of disturbed runs, where known."""
    made = [twin for twin in twins if twin["why_not"] is None]
    if not made:
        return None
    zoo, file = scratch / "judged", scratch / "profile.db"
    zoo.mkdir()
    (zoo / _LABELS).symlink_to(staged / _LABELS)
    for name in sorted({str(twin[key]) for twin in made for key in ("name", "derived_from")}):
        (zoo / name).symlink_to(staged / name)
    options = [("--zoo", zoo), ("--images", scratch / "tensors" / "judge.csv"), ("--out", file),
               ("--features", "image_aspect_ratio"), ("--provider", provider), ("--json", True)]  # fmt: skip
    summary = _program.run("profile", _program.arguments([], options), progress=progress, warns=False)
    times = {entry["name"]: float(entry["inference_ms"]) for entry in summary["candidates"]}
    right, weights, groups = _answers(file)
    for twin in made:
        name, original = str(twin["name"]), str(twin["derived_from"])
        mean = np.average(right[name] - right[original], weights=weights)
        twin |= {
            "top1": float(np.average(right[name], weights=weights)),
            "top1_of_original": float(np.average(right[original], weights=weights)),
            "difference": float(mean),
            "standard_error": _standard_error(right[name] - right[original] - mean, weights, groups),
            "inference_ms": times[name],
            "inference_ms_of_original": times[original],
        }
    share = summary.get("disturbed_share")
    return None if share is None else float(share)


def _answers(file: Path) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64], NDArray[np.intp]]:
    """By candidate, 1 where its answer is right; then by image, what it counts for and its group."""
    with contextlib.closing(sqlite3.connect(file)) as profile:
        listed = profile.execute('SELECT id, label, weight, coalesce("group", "image " || id) FROM input').fetchall()
        names = dict(profile.execute("SELECT id, name FROM candidate").fetchall())
        position = {row[0]: at for at, row in enumerate(listed)}
        labels = [row[1] for row in listed]
        right: dict[str, NDArray[np.float64]] = {str(name): np.zeros(len(listed)) for name in names.values()}
        query = "SELECT input, candidate, blob FROM output WHERE kind = 'log_prob'"
        for image, candidate, blob in profile.execute(query):
            at = position[image]
            right[str(names[candidate])][at] = int(np.frombuffer(blob, "<f2").argmax()) == labels[at]
    groups = np.unique([str(row[3]) for row in listed], return_inverse=True)[1]
    return right, np.array([float(row[2]) for row in listed]), groups


def _standard_error(
    residuals: NDArray[np.float64], weights: NDArray[np.float64], groups: NDArray[np.intp]
) -> float | None:
    """Of a weighted mean, groups as clusters; None of a single one."""
    sums = np.bincount(groups, weights * residuals)
    if len(sums) < 2:
        return None
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / weights.sum())


class _Place:
    """Where the zoo goes: nothing is there before it is whole."""

    def __init__(self, path: Path, zoo: Path, force: bool) -> None:
        self.path = path
        if not path.exists() and not path.is_symlink():
            return
        if not force:
            raise UsageError(f"out: {path} is there; force replaces it")
        if zoo.exists() and path.resolve() in (zoo.resolve(), *zoo.resolve().parents):
            raise UsageError(f"out: {path} is, or holds, the zoo that is read")
        entries = sorted(path.iterdir()) if path.is_dir() and not path.is_symlink() else [path]
        foreign = [one for one in entries if one.name != _LABELS and not (one / "card.json").is_file()]
        if foreign:
            raise UsageError(f"out: {path} is not replaced, since {foreign[0]} is no part of a zoo")

    @contextmanager
    def staging(self) -> Iterator[tuple[Path, Path]]:
        """A folder for the zoo, and one for what is needed on the way, beside where it goes."""
        around = self.path.parent / f".{self.path.name}.partial"
        shutil.rmtree(around, ignore_errors=True)
        try:
            (around / "zoo").mkdir(parents=True)
            (around / "scratch").mkdir()
        except OSError as failure:
            raise BadInputError(f"out: {self.path} cannot be written: {failure}") from failure
        try:
            yield around / "zoo", around / "scratch"
        finally:
            shutil.rmtree(around, ignore_errors=True)

    def take(self, staged: Path) -> None:
        if self.path.exists():
            self.path.rename(staged.parent / "replaced")
        staged.rename(self.path)


# The program.


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amsel derive",
        description="Int8 twins of a zoo's DNNs: a zoo of the originals and of the twins that hold.",
        epilog="Example: amsel derive --zoo zoo --images images.csv --out zoo2",
    )
    parser.add_argument("--zoo", required=True, metavar="DIR", help="Zoo of the originals")
    parser.add_argument("--images", required=True, metavar="PATH", help="Labelled images, as for amsel profile")
    parser.add_argument("--out", required=True, metavar="DIR", help="Zoo to write")
    parser.add_argument("--candidates", nargs="+", metavar="NAME", help="Those that get twins (default: all)")
    parser.add_argument("--calibrate", type=int, default=200, metavar="N",
                        help="Images to calibrate on, at most (default %(default)s); at most a quarter")  # fmt: skip
    parser.add_argument("--judge", type=int, default=1000, metavar="N",
                        help="Other images to judge by, at most (default %(default)s; 0: all)")  # fmt: skip
    parser.add_argument("--most-loss", type=float, default=0.02, metavar="SHARE",
                        help="Of the judging images, that a twin may lose (default %(default)s)")  # fmt: skip
    parser.add_argument("--float16", action="store_true", help="Float16 twins, too, for providers that gain by them")
    parser.add_argument("--provider", metavar="NAME", help="What candidates run on while they are judged")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="Seed of the draws (default %(default)s)")
    parser.add_argument("--force", action="store_true", help="Replace a zoo that is there")
    parser.add_argument("--json", action="store_true", help=f"Print JSON ({_SCHEMA})")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `derive` with the program's options; gives the exit code, as the program's are."""
    asked = vars(_parser().parse_args(argv))
    as_json = asked.pop("json")
    try:
        derived = derive(**asked, progress=sys.stderr.isatty())
    except AmselError as failure:
        print(f"amsel: {failure}", file=sys.stderr)
        return exit_code_of(failure)
    except ImportError as failure:  # the program, or ONNX Runtime's package
        print(f"amsel: {failure}", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        return 130
    print(json.dumps(derived.data, indent=2) if as_json else derived)
    return 0
