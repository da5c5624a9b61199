"""The operating points of a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._text import html_table, text_table, visible


@dataclass(frozen=True)
class OperatingPoint:
    """One trade-off of a bundle, with its planned figures: from cross-validation on the training images.

    Attributes
    ----------
    name : str
        Such as ``balanced``.
    top1, top1_low, top1_high : float
        Accuracy in 0..1, and its 95 % interval.
    over_single_best : float or None
        Accuracy less the single best's, in 0..1; None where an older bundle does not tell.
    mean_latency_ms, p50_latency_ms, p99_latency_ms, worst_path_ms : float
        Time of an answer, decoding left out.
    energy_mj : float or None
        Mean of the candidates that run; None where nothing measured it.
    certificates : tuple of str
        Those that hold with the back ends in use, in words.
    """

    name: str
    top1: float
    top1_low: float
    top1_high: float
    over_single_best: float | None
    mean_latency_ms: float
    p50_latency_ms: float
    p99_latency_ms: float
    worst_path_ms: float
    energy_mj: float | None
    certificates: tuple[str, ...]


class OperatingPoints(tuple[OperatingPoint, ...]):
    """The points of a bundle, in its order; a table in notebooks and by `to_pandas`."""

    def __getitem__(self, key: Any) -> Any:
        """The point at an index, or of a name."""
        if isinstance(key, str):
            for point in self:
                if point.name == key:
                    return point
            raise KeyError(f"{key!r}; there are {', '.join(point.name for point in self)}")
        return super().__getitem__(key)

    @staticmethod
    def _cells(point: OperatingPoint) -> tuple[str, ...]:
        over = "" if point.over_single_best is None else f"{100 * point.over_single_best:+.2f}"
        times = (point.mean_latency_ms, point.p99_latency_ms, point.worst_path_ms)
        return (
            visible(point.name),
            f"{100 * point.top1:.2f}",
            over,
            *(f"{time:.3f}" for time in times),
            str(len(point.certificates)),
        )

    _HEAD = ("point", "top-1 %", "over single best", "mean ms", "p99 ms", "worst path ms", "certificates")

    def __repr__(self) -> str:
        return text_table(self._HEAD, list(map(self._cells, self)))

    def _repr_html_(self) -> str:
        return html_table(self._HEAD, map(self._cells, self))

    def to_pandas(self) -> Any:
        """A pandas DataFrame, a row a point, with the fields of `OperatingPoint` as columns."""
        import pandas

        return pandas.DataFrame([vars(point) for point in self])
