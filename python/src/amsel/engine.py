"""The engine: opens a bundle and answers images."""

from __future__ import annotations

import ctypes
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, TypedDict, overload

import numpy as np
from numpy.typing import NDArray

from . import _locate, _native
from ._errors import AmselError, UsageError, error_of
from ._images import Channels, Encoded, ImageLike, Raw, prepare
from .answer import Answer


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
        return (point.name, f"{100 * point.top1:.2f}", over, *(f"{time:.3f}" for time in times), str(len(point.certificates)))

    _HEAD = ("point", "top-1 %", "over single best", "mean ms", "p99 ms", "worst path ms", "certificates")

    def __repr__(self) -> str:
        rows = [self._HEAD, *map(self._cells, self)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(self._HEAD))]
        return "\n".join(
            "  ".join(f"{cell:<{width}}" if at == 0 else f"{cell:>{width}}" for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
            for row in rows
        )

    def _repr_html_(self) -> str:
        def row(cells: Iterable[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"

        body = "".join(row(self._cells(point), "td") for point in self)
        return f"<table><thead>{row(self._HEAD, 'th')}</thead><tbody>{body}</tbody></table>"

    def to_pandas(self) -> Any:
        """A pandas DataFrame, a row a point, with the fields of `OperatingPoint` as columns."""
        import pandas

        return pandas.DataFrame([vars(point) for point in self])


class CandidateOptions(TypedDict, total=False):
    """What one candidate runs with; what is not named is as for all."""

    backend: str
    provider: str
    precision: str
    graph: str
    threads: int


class Engine:
    """Answers images with a bundle. Candidates are loaded when first needed.

    Any number of threads may answer at once: the GIL is released while an image is answered.

    Parameters
    ----------
    bundle : path
        The folder that ``amsel train`` wrote.
    point : str, optional
        Name of an operating point; else by limits, else the bundle's first.
    mean_latency_ms, latency_ms, min_accuracy, energy_mj : float, optional
        Limits on what is planned: the mean time, the worst path, top-1 accuracy in 0..1 from below, the mean energy.
        They combine; among the points that keep them the fastest is taken when accuracy is limited and time is not,
        else the most accurate. `UsageError`, naming the nearest point, when none keeps them.
    as_single_best : bool, optional
        Top-1 accuracy is at least that of the single best in training.
    threads : int, optional
        That one candidate may use; else as the bundle plans it.
    backend, provider, precision, graph : str, optional
        What candidates run with, where that shall not be as planned: ``"onnxruntime"`` or a plug-in; ``"cpu"``,
        ``"cuda"`` ...; ``"full"`` or ``"half"``; ``"none"``, ``"basic"``, ``"extended"`` or ``"all"``.
    candidates : mapping, optional
        The same for candidates by name: ``{"resnet20": {"threads": 1}}``.
    memory_budget : int, optional
        Bytes of resident memory that loading candidates may bring the process to.
    max_pixels : int, optional
        Images with more are refused.
    engine_cache : path, optional
        Folder for what providers compile.
    public_key : str, optional
        Of minisign, itself or a file's path: the bundle must be signed by it.
    onnxruntime : path, optional
        ONNX Runtime's library; else ``$AMSEL_ONNXRUNTIME``, else that of the package ``onnxruntime``.
    preload : bool, optional
        Load all candidates now, so that no answer waits for it.

    Raises
    ------
    BadInputError
        The bundle is missing, damaged, of another version or not signed.
    UsageError
        There is no such point, or an argument cannot be.
    RuntimeFailure
        ONNX Runtime cannot be opened.

    Examples
    --------
    >>> engine = amsel.Engine("bundle", point="fast")  # doctest: +SKIP
    >>> engine("photo.jpg").label  # doctest: +SKIP
    'tabby'
    """

    def __init__(
        self,
        bundle: str | os.PathLike[str],
        *,
        point: str | None = None,
        mean_latency_ms: float | None = None,
        latency_ms: float | None = None,
        min_accuracy: float | None = None,
        energy_mj: float | None = None,
        as_single_best: bool = False,
        threads: int | None = None,
        backend: str | None = None,
        provider: str | None = None,
        precision: str | None = None,
        graph: str | None = None,
        candidates: Mapping[str, CandidateOptions] | None = None,
        memory_budget: int | None = None,
        max_pixels: int | None = None,
        engine_cache: str | os.PathLike[str] | None = None,
        public_key: str | None = None,
        onnxruntime: str | os.PathLike[str] | None = None,
        preload: bool = False,
    ) -> None:
        self._handle: int | None = None
        self._api = _native.api()
        library = onnxruntime if onnxruntime is not None else _locate.onnxruntime()
        own = [_candidate_options(name, dict(wanted)) for name, wanted in (candidates or {}).items()]
        options = _native.sized(
            _native.Options,
            point=_native.encoded(point),
            max_mean_latency_ms=_limit("mean_latency_ms", mean_latency_ms),
            max_latency_ms=_limit("latency_ms", latency_ms),
            min_accuracy=_limit("min_accuracy", min_accuracy),
            max_energy_mj=_limit("energy_mj", energy_mj),
            as_single_best=int(as_single_best),
            threads=int(_limit("threads", threads)),
            onnxruntime=None if library is None else os.fsencode(library),
            max_pixels=int(_limit("max_pixels", max_pixels)),
            memory_budget=int(_limit("memory_budget", memory_budget)),
            backend=_native.encoded(backend),
            provider=_native.encoded(provider),
            engine_cache=None if engine_cache is None else os.fsencode(engine_cache),
            precision=_native.encoded(precision),
            graph=_native.encoded(graph),
            candidates=(_native.CandidateOptions * len(own))(*own) if own else None,
            candidate_count=len(own),
            public_key=_native.encoded(public_key),
        )
        handle = ctypes.c_void_p()
        _native.check(self._api.amsel_engine_open(os.fsencode(bundle), ctypes.byref(options), ctypes.byref(handle)))
        self._handle = handle.value
        self._features = self._texts("feature")
        self._plain = ctypes.byref(_native.sized(_native.RunOptions))
        if preload:
            self.preload()

    def close(self) -> None:
        """Frees the engine. Its answers live on; no call may be under way."""
        if self._handle is not None:
            self._api.amsel_engine_close(self._handle)
            self._handle = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()

    def __repr__(self) -> str:
        if self._handle is None:
            return "<amsel.Engine, closed>"
        return f"<amsel.Engine of {len(self.candidates)} candidates, {len(self.labels)} classes, at {self.point.name!r}>"

    @property
    def _open(self) -> int:
        if self._handle is None:
            raise UsageError("the engine is closed")
        return self._handle

    def _texts(self, what: str) -> tuple[str, ...]:
        name = getattr(self._api, f"amsel_engine_{what}_{'label' if what == 'class' else 'name'}")
        count = getattr(self._api, f"amsel_engine_{what}_count")(self._open)
        return tuple(_native.text(name(self._open, at)) for at in range(count))

    def preload(self) -> None:
        """Loads all candidates now; under a memory budget the most useful that fit together."""
        _native.check(self._api.amsel_engine_preload(self._open))

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the classes, by ``class_id``."""
        return self._texts("class")

    @property
    def candidates(self) -> tuple[str, ...]:
        """Names of the bundle's candidates."""
        return self._texts("candidate")

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the image features that the policy may read."""
        return self._features

    @property
    def points(self) -> OperatingPoints:
        """The bundle's operating points, in its order."""
        return OperatingPoints(self._point(at) for at in range(self._api.amsel_engine_point_count(self._open)))

    @property
    def point(self) -> OperatingPoint:
        """The operating point that answers now; may be set by its name."""
        return self._point(self._api.amsel_engine_current_point(self._open))

    @point.setter
    def point(self, name: str | OperatingPoint) -> None:
        wanted = name.name if isinstance(name, OperatingPoint) else name
        _native.check(self._api.amsel_engine_set_point(self._open, _native.encoded(wanted)))

    def _point(self, index: int) -> OperatingPoint:
        found = _native.sized(_native.Point)
        _native.check(self._api.amsel_engine_point(self._open, index, ctypes.byref(found)))
        certificates = (
            _native.text(self._api.amsel_engine_certificate(self._open, index, at)) for at in range(found.certificate_count)
        )
        return OperatingPoint(
            _native.text(found.name),
            found.top1,
            found.top1_low,
            found.top1_high,
            None if math.isnan(found.over_single_best) else found.over_single_best,
            found.mean_latency_ms,
            found.p50_latency_ms,
            found.p99_latency_ms,
            found.worst_path_ms,
            None if found.energy_mj < 0 else found.energy_mj,
            tuple(certificates),
        )

    def __call__(
        self,
        image: ImageLike,
        *,
        channels: Channels = "rgb",
        deadline_ms: float | None = None,
        explain: bool = False,
    ) -> Answer:
        """Answers one image.

        Parameters
        ----------
        image
            A path; the bytes of an image's file; a PIL image; or pixels, uint8, of shape ``(height, width, 3)`` or, for
            grey ones, ``(height, width)``: a NumPy array, or one on the CPU that speaks DLPack (such as a tensor of
            PyTorch). Files are turned upright as their Exif says; pixels are taken as they are.
        channels : {"rgb", "bgr"}, optional
            Order of the channels of arrays. OpenCV's are ``"bgr"``.
        deadline_ms : float, optional
            Time that the answer may take, decoding included: candidates that do not fit are left out.
        explain : bool, optional
            Whether the answer shall have an `Answer.explanation`.

        Returns
        -------
        Answer

        Raises
        ------
        BadInputError
            The image cannot be read. There is never a default answer.
        UsageError
            What was given is no image.
        RuntimeFailure
            No candidate could run, or none fits the deadline.
        """
        handle = self._open
        options = self._plain
        if explain or deadline_ms is not None:
            options = ctypes.byref(
                _native.sized(_native.RunOptions, deadline_ms=_limit("deadline_ms", deadline_ms), explain=int(explain))
            )
        source = prepare(image, channels)
        answer = ctypes.c_void_p()
        if isinstance(source, Raw):
            status = self._api.amsel_run_pixels(handle, ctypes.byref(source.pixels), options, ctypes.byref(answer))
        elif isinstance(source, Encoded):
            status = self._api.amsel_run_encoded(handle, source.data, len(source.data), options, ctypes.byref(answer))
        else:
            status = self._api.amsel_run_file(handle, os.fsencode(source), options, ctypes.byref(answer))
        if status != 0:
            _native.check(status)
        assert answer.value is not None
        return Answer(answer.value, self._features)

    @overload
    def predict(
        self,
        images: Iterable[ImageLike],
        *,
        channels: Channels = ...,
        batch_size: int = ...,
        explain: bool = ...,
        errors: Literal["raise"] = ...,
    ) -> list[Answer]: ...

    @overload
    def predict(
        self,
        images: Iterable[ImageLike],
        *,
        channels: Channels = ...,
        batch_size: int = ...,
        explain: bool = ...,
        errors: Literal["return"],
    ) -> list[Answer | AmselError]: ...

    def predict(
        self,
        images: Iterable[ImageLike],
        *,
        channels: Channels = "rgb",
        batch_size: int = 64,
        explain: bool = False,
        errors: Literal["raise", "return"] = "raise",
    ) -> Sequence[Answer | AmselError]:
        """Answers images side by side: those that go on to the same candidate share one run of it.

        Parameters
        ----------
        images : iterable
            Images as `__call__` takes them; an array of shape ``(n, height, width, 3)`` is n images.
        channels : {"rgb", "bgr"}, optional
            Order of the channels of arrays.
        batch_size : int, optional
            How many are in work at once.
        explain : bool, optional
            Whether each answer shall have an explanation.
        errors : {"raise", "return"}, optional
            What becomes of an image without an answer: raise its exception, or put it in the answer's place, so that
            one image never ends a run.

        Returns
        -------
        list of Answer
            One an image, in order; with ``errors="return"`` also exceptions.
        """
        if batch_size < 1:
            raise UsageError(f"batch_size is {batch_size}: expected at least 1")
        if errors not in ("raise", "return"):
            raise UsageError(f"errors is {errors!r}: expected 'raise' or 'return'")
        if isinstance(images, (str, bytes, os.PathLike)):
            raise UsageError("predict takes several images: a list of them; call the engine itself for one")
        results: list[Answer | AmselError] = []
        few: list[Raw | Encoded | AmselError] = []

        def answer() -> None:
            for result in self._batch(few, explain):
                if isinstance(result, AmselError) and errors == "raise":
                    raise result
                results.append(result)
            few.clear()

        for image in images:
            few.append(_for_batch(image, channels))
            if len(few) == batch_size:
                answer()
        if few:
            answer()
        return results

    def _batch(self, sources: Sequence[Raw | Encoded | AmselError], explain: bool) -> list[Answer | AmselError]:
        """One result a source; those that are errors already stay so."""
        good = [source for source in sources if not isinstance(source, AmselError)]
        images = (_native.Image * len(good))()
        for at, source in enumerate(good):
            if isinstance(source, Raw):
                images[at] = _native.sized(_native.Image, pixels=ctypes.pointer(source.pixels))
            else:
                data = ctypes.cast(ctypes.c_char_p(source.data), ctypes.c_void_p)
                images[at] = _native.sized(_native.Image, bytes=data, length=len(source.data))
        options = _native.sized(_native.RunOptions, explain=int(explain))
        handle = ctypes.c_void_p()
        _native.check(
            self._api.amsel_run_batch(self._open, images, len(good), ctypes.byref(options), ctypes.byref(handle))
        )
        assert handle.value is not None
        batch = _Batch(handle.value)
        answered = iter(range(len(good)))
        return [
            source if isinstance(source, AmselError) else batch.result(next(answered), self._features) for source in sources
        ]

    def predict_proba(self, images: Iterable[ImageLike], *, channels: Channels = "rgb", batch_size: int = 64) -> NDArray[np.float32]:
        """Probabilities by class.

        Returns
        -------
        array, float32, shape ``(images, classes)``
            A row of NaN where the policy abstained.
        """
        answers = self.predict(images, channels=channels, batch_size=batch_size)
        table = np.full((len(answers), self._api.amsel_engine_class_count(self._open)), np.nan, np.float32)
        for row, answer in zip(table, answers, strict=True):
            if not answer.abstained:
                row[:] = answer.probabilities
        return table


class _Batch:
    """The results of one call; its answers keep it."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._api = _native.api()

    def __del__(self) -> None:
        self._api.amsel_batch_free(self._handle)

    def result(self, index: int, features: tuple[str, ...]) -> Answer | AmselError:
        status = self._api.amsel_batch_status(self._handle, index)
        if status != 0:
            return error_of(status, _native.text(self._api.amsel_batch_error(self._handle, index)))
        return Answer(self._api.amsel_batch_answer(self._handle, index), features, owner=self)


class Governor:
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
        self._handle: int | None = None
        self._engine = engine  # outlives the governor
        self._api = _native.api()
        options = _native.sized(
            _native.GovernorOptions,
            mean_latency_ms=_limit("mean_latency_ms", mean_latency_ms),
            frames_per_second=_limit("frames_per_second", frames_per_second),
            watts=_limit("watts", watts),
            min_accuracy=_limit("min_accuracy", min_accuracy),
            as_single_best=int(as_single_best),
            uncertified=int(uncertified),
            savers=int(savers),
        )
        handle = ctypes.c_void_p()
        _native.check(self._api.amsel_governor_start(engine._open, ctypes.byref(options), ctypes.byref(handle)))
        self._handle = handle.value

    def observe(self, answer: Answer) -> None:
        """Tells of an answer that the engine has just given, and moves the engine where that calls for it."""
        _native.check(self._api.amsel_governor_observe(self._open, answer._handle))

    def observe_watts(self, watts: float) -> None:
        """Tells the mean power, in watts, since it was last told; otherwise the same."""
        _native.check(self._api.amsel_governor_observe_watts(self._open, watts))

    @property
    def overloaded(self) -> bool:
        """Whether no point that may be used is thought to keep the targets."""
        return bool(self._api.amsel_governor_overloaded(self._open))

    @property
    def moves(self) -> int:
        """How often it has moved."""
        return int(self._api.amsel_governor_moves(self._open))

    def close(self) -> None:
        """The engine stays at its present point."""
        if self._handle is not None:
            self._api.amsel_governor_free(self._handle)
            self._handle = None

    def __enter__(self) -> Governor:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()

    @property
    def _open(self) -> int:
        if self._handle is None:
            raise UsageError("the governor is closed")
        return self._handle


def _for_batch(image: ImageLike, channels: Channels) -> Raw | Encoded | AmselError:
    try:
        source = prepare(image, channels)
        if not isinstance(source, str):
            return source
        with open(source, "rb") as file:
            return Encoded(file.read())
    except AmselError as failure:
        return failure
    except OSError as failure:
        return error_of(3, f"{failure.filename}: cannot be read: {failure.strerror}")


def _limit(name: str, value: float | None) -> float:
    """As the C API wants it, where 0 stands for none: so that 0 cannot be meant as a limit."""
    if value is None:
        return 0
    if not value > 0:
        raise UsageError(f"{name} is {value}: expected a number above 0")
    return value


def _candidate_options(name: str, wanted: dict[str, Any]) -> _native.CandidateOptions:
    known = CandidateOptions.__annotations__.keys()
    for key in wanted:
        if key not in known:
            raise UsageError(f"candidates[{name!r}] has {key!r}: expected {', '.join(known)}")
    threads = int(_limit(f"candidates[{name!r}]['threads']", wanted.pop("threads", None)))
    texts = {key: _native.encoded(value) for key, value in wanted.items()}
    return _native.sized(_native.CandidateOptions, name=_native.encoded(name), threads=threads, **texts)
