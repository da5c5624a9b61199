"""What the verbs give: the program's JSON, with names for what people look for, tables, and pages in notebooks."""

from __future__ import annotations

import html
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from . import _program
from ._text import html_table, text_table, visible, wrong_in
from .engine import Engine

#: A row of a table: values by column; columns of nested objects are joined by dots (``latency_ms.mean``).
Record = dict[str, Any]


def _flat(value: Any, name: str = "") -> Record:
    if not isinstance(value, dict):
        return {name: value}
    record: Record = {}
    for key, inner in value.items():
        record |= _flat(inner, f"{name}.{key}" if name else key)
    return record


@dataclass(frozen=True, repr=False)
class Result:
    """What a verb printed.

    Attributes
    ----------
    data : dict
        The program's JSON; docs/formats says what is in it. Fractions are in 0..1, units in the names.
    """

    data: dict[str, Any]
    #: The columns that it shows of itself: texts, then numbers; without any, all.
    _texts: ClassVar[tuple[str, ...]] = ()
    _numbers: ClassVar[tuple[str, ...]] = ()

    @property
    def records(self) -> list[Record]:
        """The rows of its table."""
        return []

    def _heading(self) -> str:
        """What it says above the table."""
        return ""

    def _cells(self) -> tuple[tuple[str, ...], list[list[str]]]:
        records = self.records
        head = self._texts + self._numbers or tuple(dict.fromkeys(key for record in records for key in record))
        return head, [[_text(record.get(column)) for column in head] for record in records]

    def _rows(self) -> list[Record]:
        """The records, with the columns that it shows of itself first."""
        first = self._texts + self._numbers
        return [{column: record[column] for column in first if column in record} | record for record in self.records]

    def to_pandas(self) -> Any:
        """Its table as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(self._rows())

    def to_arrow(self) -> Any:
        """Its table as a pyarrow Table."""
        import pyarrow

        return pyarrow.Table.from_pylist(self._rows())

    def __repr__(self) -> str:
        head, rows = self._cells()
        table = text_table(head, rows, len(self._texts)) if rows else ""
        return "\n".join(filter(None, (self._heading(), table))) or f"<amsel.{type(self).__name__}>"

    def _repr_html_(self) -> str:
        heading = f"<p>{html.escape(self._heading())}</p>" if self._heading() else ""
        return heading + html_table(*self._cells())


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else visible(str(value))


@dataclass(frozen=True, repr=False)
class Cards(Result):
    """What `init` wrote, or `check` found: an entry a candidate."""

    _texts = ("candidate",)
    _numbers = ("images", "top1")

    @property
    def records(self) -> list[Record]:
        """A row a candidate."""
        return [_flat(entry) for entry in self.data["candidates"]]

    def _heading(self) -> str:
        found = [f"{entry['candidate']}: {what}" for entry in self.data["candidates"] for what in wrong_in(entry)]
        labels = [f"labels: {self.data['labels_from']}"] if "labels_from" in self.data else []
        return "\n".join(_program.worded(visible(line), "init") for line in found + labels)


@dataclass(frozen=True, repr=False)
class ProfileSummary(Result):
    """What a profile holds.

    Attributes
    ----------
    path : Path
        Of the profile, a SQLite file.
    """

    path: Path
    _texts = ("name",)
    _numbers = ("top1", "preprocess_ms", "inference_ms", "inference_p99_ms")

    def _heading(self) -> str:
        return visible(f"{self.path}: {self.data['images']} images")

    @property
    def records(self) -> list[Record]:
        """A row a candidate."""
        return [_flat(entry) for entry in self.data["candidates"]]


@dataclass(frozen=True, repr=False)
class Findings(Result):
    """What the doctor found (``amsel.doctor/1``)."""

    @property
    def selection(self) -> str:
        """Whether choosing before a candidate has run would help: ``go``, ``unclear``, ``no-go`` or ``unknown``."""
        return str(self.data["selection"]["verdict"])

    @property
    def stopping(self) -> str:
        """Whether stopping on what the candidates answer would help; likewise."""
        return str(self.data["stopping"]["verdict"])

    @property
    def records(self) -> list[Record]:
        """A row for each gain that was looked at, of ``selection`` and ``stopping``."""
        return [
            {"of": of, **_flat(gain)} for of in ("selection", "stopping") for gain in self.data[of].get("gains") or []
        ]

    def __repr__(self) -> str:
        return self._heading()

    def _heading(self) -> str:
        summary = self.data["summary"]
        return "\n".join(summary) if isinstance(summary, list) else str(summary)


@dataclass(frozen=True, repr=False)
class Bundle(Result):
    """A bundle that was written.

    Attributes
    ----------
    path : Path
        Of its folder.
    """

    path: Path
    _texts = ("name",)
    _numbers = ("top1", "over_single_best.gain", "latency_ms.mean", "latency_ms.p99")

    def _heading(self) -> str:
        return visible(f"{self.path}: policy {self.data['policy']['kind']}, single best {self.data['single_best']}")

    @property
    def records(self) -> list[Record]:
        """A row an operating point, with its planned figures."""
        kept = ("name", "top1", "top1_ci95", "over_single_best", "latency_ms", "energy_mj")
        return [_flat({key: point.get(key) for key in kept if key in point}) for point in self.data["operating_points"]]

    def open(self, **options: Any) -> Engine:
        """An `Engine` of it; `options` are the engine's."""
        return Engine(self.path, **options)


@dataclass(frozen=True, repr=False)
class Evaluation(Result):
    """Results of `evaluate` or `study` (``amsel.evaluation/1``)."""

    _texts = ("name", "kind")
    _numbers = ("top1", "latency_ms.mean", "latency_ms.p99")

    @property
    def images(self) -> int:
        """Number of images evaluated."""
        return int(self.data["images"])

    @property
    def headline(self) -> dict[str, Any] | None:
        """The policy against the yardsticks: gain, speed-up, their intervals; None when there is no policy."""
        headline = self.data["headline"]
        return None if headline is None else dict(headline)

    @property
    def records(self) -> list[Record]:
        """A row a single, bound, null and operating point."""
        return [_flat({key: value for key, value in row.items() if key != "shares"}) for row in self.data["rows"]]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes results.json, which `report` and other tools read."""
        Path(path).write_text(json.dumps(self.data, indent=2) + "\n", encoding="utf-8")

    def page(self) -> Page:
        """Its page with figures, as `report` makes it, without a file of it."""
        with tempfile.TemporaryDirectory() as folder:
            results, out = Path(folder, "results.json"), Path(folder, "report.html")
            self.save(results)
            _program.run("report", _program.arguments([results], [("--out", out)]), progress=False)
            return Page({}, out.read_text(encoding="utf-8"))

    def _heading(self) -> str:
        if (headline := self.headline) is None:
            return ""
        gain, faster = headline["accuracy_gain_pp"], headline["speedup"]
        return visible(
            f"{headline['policy']}: {gain:+.2f} points at {faster:.2f} times the speed of {self.data['single_best']}"
        )


@dataclass(frozen=True, repr=False)
class Page(Result):
    """A page with figures, which needs no network.

    Attributes
    ----------
    html : str
        The whole document.
    """

    html: str

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file, for any browser."""
        Path(path).write_text(self.html, encoding="utf-8")

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html, quote=True)}" sandbox="allow-scripts allow-downloads"'
            ' style="width:100%;height:40rem;border:0" title="amsel"></iframe>'
        )


@dataclass(frozen=True, repr=False)
class Study(Evaluation):
    """Results of `study`, with its page.

    Attributes
    ----------
    path : Path
        Of its folder: ``report.html``, ``results.json`` and ``tables/``.
    """

    path: Path

    def page(self) -> Page:
        """The study's own page."""
        return Page({}, (self.path / "report.html").read_text(encoding="utf-8"))
