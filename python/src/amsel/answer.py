"""What the engine gives for one image, and how it came about."""

from __future__ import annotations

import ctypes
import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._text import visible


@dataclass(frozen=True)
class CandidateRun:
    """A candidate that ran, and what it took.

    Attributes
    ----------
    name : str
        Of the candidate.
    load_ms : float
        0 where it was loaded already; waiting for another thread to load it counts.
    preprocess_ms : float
        0 where an earlier candidate had prepared the same input.
    inference_ms : float
        Of its DNN.
    """

    name: str
    load_ms: float
    preprocess_ms: float
    inference_ms: float


@dataclass(frozen=True)
class Timings:
    """Where the time of an answer went, in milliseconds.

    Attributes
    ----------
    total_ms : float
        All but reading and decoding.
    decode_ms : float
        Decoding, or converting pixels.
    features_ms, decision_ms : float
        Parts of the total: image features; deciding and book-keeping.
    runs : tuple of CandidateRun
        The candidates that ran, in order; their times are parts of the total, too.
    """

    total_ms: float
    decode_ms: float
    features_ms: float
    decision_ms: float
    runs: tuple[CandidateRun, ...]


class Answer:
    """The answer to one image. Immutable; any number of threads may read it, and it outlives its engine.

    Nothing of it is fetched before it is asked for.
    """

    def __init__(self, handle: int, feature_names: tuple[str, ...], owner: object | None = None) -> None:
        self._handle = handle
        self._feature_names = feature_names
        self._owner = owner  # a batch that it belongs to; None: it is its own
        self._api = _native.api()

    def __copy__(self) -> Answer:
        return self  # it never changes

    def __deepcopy__(self, memo: object) -> Answer:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("an answer cannot be pickled: take what you need of it")

    def __del__(self) -> None:
        if getattr(self, "_owner", self) is None:
            self._api.amsel_answer_free(self._handle)

    @cached_property
    def class_id(self) -> int | None:
        """Index of the class; None where the policy abstained."""
        index = int(self._api.amsel_answer_class(self._handle))
        return None if index < 0 else index

    @cached_property
    def label(self) -> str | None:
        """Its label; None where the policy abstained."""
        label = self._api.amsel_answer_label(self._handle)
        return None if label is None else _native.text(label)

    @cached_property
    def probability(self) -> float:
        """Of that class, in 0..1; 0 where the policy abstained."""
        return float(self._api.amsel_answer_probability(self._handle))

    @cached_property
    def log_probabilities(self) -> NDArray[np.float32]:
        """Natural logarithms of `probabilities`, float32, shape ``(classes,)``; ``(0,)`` where the policy abstained."""
        return self._floats(self._api.amsel_answer_log_probs)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Probabilities by class, float32, shape ``(classes,)``; ``(0,)`` where the policy abstained."""
        return np.exp(self.log_probabilities)

    @cached_property
    def candidates(self) -> tuple[str, ...]:
        """Names of the candidates that ran, in order."""
        return tuple(run.name for run in self.timings.runs)

    @cached_property
    def operating_point(self) -> str:
        """Name of the operating point that answered."""
        return _native.text(self._api.amsel_answer_point(self._handle))

    @cached_property
    def degraded(self) -> bool:
        """Whether a step that the policy wanted failed, or did not fit the deadline or the memory budget."""
        return bool(self._api.amsel_answer_degraded(self._handle))

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What failed or did not fit, where `degraded`."""
        count = self._api.amsel_answer_problem_count(self._handle)
        return tuple(_native.text(self._api.amsel_answer_problem(self._handle, at)) for at in range(count))

    @cached_property
    def certified(self) -> bool:
        """Whether a certificate of the operating point covers this answer; never with a deadline."""
        return bool(self._api.amsel_answer_certified(self._handle))

    @cached_property
    def late(self) -> bool:
        """Whether it came after the deadline of the call."""
        return bool(self._api.amsel_answer_late(self._handle))

    @cached_property
    def abstained(self) -> bool:
        """Whether the policy looked at what had run and chose to give no answer."""
        return bool(self._api.amsel_answer_abstained(self._handle))

    @cached_property
    def features(self) -> dict[str, float]:
        """The image's features by name; empty where the policy read none."""
        values = self._floats(self._api.amsel_answer_features)
        return dict(zip(self._feature_names, map(float, values), strict=False))

    @cached_property
    def timings(self) -> Timings:
        """Where the time went."""
        times = _native.sized(_native.Times)
        _native.check(self._api.amsel_answer_times(self._handle, ctypes.byref(times)))
        runs = []
        for at in range(self._api.amsel_answer_run_count(self._handle)):
            run = _native.sized(_native.CandidateRun)
            _native.check(self._api.amsel_answer_run(self._handle, at, ctypes.byref(run)))
            runs.append(CandidateRun(_native.text(run.name), run.load_ms, run.preprocess_ms, run.inference_ms))
        return Timings(times.total_ms, times.decode_ms, times.features_ms, times.decision_ms, tuple(runs))

    @cached_property
    def explanation(self) -> Explanation | None:
        """Why it came about; None unless asked for (``explain=True``)."""
        line = self._api.amsel_answer_explanation(self._handle)
        return None if line is None else Explanation(json.loads(line), self.timings)

    def top(self, k: int = 5) -> list[tuple[int, float]]:
        """The `k` most probable classes as ``(class_id, probability)``, most probable first; equals by class."""
        order = np.argsort(-self.log_probabilities, kind="stable")[:k]
        return [(int(at), float(np.exp(self.log_probabilities[at]))) for at in order]

    def _floats(self, function: Any) -> NDArray[np.float32]:
        count = ctypes.c_int(0)
        values = function(self._handle, ctypes.byref(count))
        if not values:
            return np.empty(0, np.float32)
        copy: NDArray[np.float32] = np.ctypeslib.as_array(values, (count.value,)).copy()
        copy.flags.writeable = False
        return copy

    def __repr__(self) -> str:
        marks = [name for name in ("degraded", "late", "certified") if getattr(self, name)]
        what = "abstained" if self.abstained else f"{visible(self.label or '')} ({100 * self.probability:.1f} %)"
        path = visible(" > ".join(self.candidates))
        return f"<amsel.Answer {what} by {path} in {self.timings.total_ms:.3f} ms{''.join(', ' + m for m in marks)}>"

    def _repr_html_(self) -> str:
        if self.explanation is not None:
            return self.explanation._repr_html_()
        return f"<code>{html.escape(repr(self))}</code>"


class Explanation:
    """Why an answer came about: the path that was taken, what was weighed, and what each part took.

    Prints as lines of text, and in a notebook as a table.

    Attributes
    ----------
    data : dict
        The fields of ``amsel run --json --explain`` but ``path`` (docs/formats/results.md).
    timings : Timings
        Of the answer.
    """

    def __init__(self, data: dict[str, Any], timings: Timings) -> None:
        self.data = data
        self.timings = timings

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The decisions in order: ``decision``, ``candidate``, ``notes``, ``confidence``, ``price_ms`` and ``ran``."""
        return list(self.data["steps"])

    @property
    def planned(self) -> dict[str, Any]:
        """What the operating point that answered is planned with."""
        return dict(self.data["planned"])

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        runs = {run.name: run for run in self.timings.runs}
        for step in self.steps:
            run = runs.get(step["candidate"])
            took = f"{run.load_ms + run.preprocess_ms + run.inference_ms:.3f} ms" if run else ""
            if step["decision"] == "extract":
                took = f"{self.timings.features_ms:.3f} ms"
            notes = [f"{note['subject']} {note['figure']:.4g}: {note['outcome']}" for note in step["notes"]]
            yield (" ".join(filter(None, (step["decision"], step["candidate"]))), "; ".join(notes), took)

    def _conclusion(self) -> str:
        what = (
            "abstained" if self.data["abstained"] else f"{self.data['label']} ({100 * self.data['probability']:.1f} %)"
        )
        return (
            f"{what} at {self.data['operating_point']} in {self.timings.total_ms:.3f} ms"
            f" (planned {self.planned['latency_ms']['mean']:.3f})"
        )

    def __str__(self) -> str:
        rows = list(self._rows())
        width = max((len(what) for what, _, _ in rows), default=0)
        lines = [f"{what:<{width}}  {took:>12}  {notes}".rstrip() for what, notes, took in rows]
        return "\n".join(map(visible, [self._conclusion(), *lines]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(what)}</td><td style='text-align:left'>{html.escape(notes)}</td><td>{took}</td></tr>"
            for what, notes, took in self._rows()
        )
        head = "<tr><th>step</th><th style='text-align:left'>what was weighed</th><th>took</th></tr>"
        return (
            f"<p><b>{html.escape(self._conclusion())}</b></p><table><thead>{head}</thead><tbody>{rows}</tbody></table>"
        )
