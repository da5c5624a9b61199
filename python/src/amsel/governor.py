"""Holding a target: the governor."""

from __future__ import annotations

import ctypes

from . import _native
from ._handle import Closing, Handle
from ._native import limit
from .answer import Answer
from .engine import Engine


class Governor(Closing):
    """Holds a target by moving an engine among its operating points while it answers.

    Parameters
    ----------
    engine : Engine
        Whose point it sets from now on, until it is closed.
    mean_latency_ms, frames_per_second, watts : float, optional
        What to hold; targets combine. Times leave decoding out. Power is told by `observe_watts`.
    min_accuracy : float, optional
        Points with a lower planned top-1 accuracy, in 0..1, are never used.
    as_single_best, uncertified, savers : bool, optional
        Never use points below the single best in training; use points without a certificate, too; use points named
        ``saver-...``, too.

    Raises
    ------
    UsageError
        There is no target, or no point may be used.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        mean_latency_ms: float | None = None,
        frames_per_second: float | None = None,
        watts: float | None = None,
        min_accuracy: float | None = None,
        as_single_best: bool = False,
        uncertified: bool = False,
        savers: bool = False,
    ) -> None:
        self._engine = engine  # outlives the governor
        self._api = _native.api()
        options = _native.sized(
            _native.GovernorOptions,
            mean_latency_ms=limit("mean_latency_ms", mean_latency_ms),
            frames_per_second=limit("frames_per_second", frames_per_second),
            watts=limit("watts", watts),
            min_accuracy=limit("min_accuracy", min_accuracy),
            as_single_best=int(as_single_best),
            uncertified=int(uncertified),
            savers=int(savers),
        )
        started = ctypes.c_void_p()
        with engine._handle as handle:
            _native.check(self._api.amsel_governor_start(handle, ctypes.byref(options), ctypes.byref(started)))
        self._handle = Handle("governor", started.value, self._api.amsel_governor_free)
        engine._governors.add(self)

    def observe(self, answer: Answer) -> None:
        """Tells of an answer that the engine has just given, and moves the engine where that calls for it."""
        with self._handle as handle:
            _native.check(self._api.amsel_governor_observe(handle, answer._handle))

    def observe_watts(self, watts: float) -> None:
        """Tells the mean power, in watts, since it was last told; otherwise the same."""
        with self._handle as handle:
            _native.check(self._api.amsel_governor_observe_watts(handle, watts))

    @property
    def overloaded(self) -> bool:
        """Whether no point that may be used is thought to keep the targets."""
        with self._handle as handle:
            return bool(self._api.amsel_governor_overloaded(handle))

    @property
    def moves(self) -> int:
        """How often it has moved."""
        with self._handle as handle:
            return int(self._api.amsel_governor_moves(handle))

    def close(self) -> None:
        """The engine stays at its present point."""
        self._handle.close()
