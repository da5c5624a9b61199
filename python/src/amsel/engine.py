"""The engine: opens a bundle and answers images."""

from __future__ import annotations

import ctypes
import math
import os
import re
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict, overload

import numpy as np
from numpy.typing import NDArray

from . import _locate, _native
from ._batch import Source, answers_of, source_of
from ._errors import AmselError, UsageError
from ._handle import Closing, Handle
from ._images import Channels, Encoded, ImageLike, Raw, is_one_image, pixels_of, prepare
from ._native import limit
from .answer import Answer
from .points import OperatingPoint, OperatingPoints


class CandidateOptions(TypedDict, total=False):
    """What one candidate runs with; what is not named is as for all."""

    backend: str
    provider: str
    precision: str
    graph: str
    threads: int


class Engine(Closing):
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
        public_key: str | os.PathLike[str] | None = None,
        onnxruntime: str | os.PathLike[str] | None = None,
        preload: bool = False,
    ) -> None:
        self._api = _native.api()
        library = onnxruntime if onnxruntime is not None else _locate.onnxruntime()
        own = [_candidate_options(name, dict(wanted)) for name, wanted in (candidates or {}).items()]
        options = _native.sized(
            _native.Options,
            point=_native.encoded(point),
            max_mean_latency_ms=limit("mean_latency_ms", mean_latency_ms),
            max_latency_ms=limit("latency_ms", latency_ms),
            min_accuracy=limit("min_accuracy", min_accuracy),
            max_energy_mj=limit("energy_mj", energy_mj),
            as_single_best=int(as_single_best),
            threads=int(limit("threads", threads)),
            onnxruntime=_native.path_or_none(library),
            max_pixels=int(limit("max_pixels", max_pixels)),
            memory_budget=int(limit("memory_budget", memory_budget)),
            backend=_native.encoded(backend),
            provider=_native.encoded(provider),
            engine_cache=_native.path_or_none(engine_cache),
            precision=_native.encoded(precision),
            graph=_native.encoded(graph),
            candidates=(_native.CandidateOptions * len(own))(*own) if own else None,
            candidate_count=len(own),
            public_key=_native.path_or_none(public_key),
        )
        opened = ctypes.c_void_p()
        try:
            _native.check(
                self._api.amsel_engine_open(_native.path(bundle), ctypes.byref(options), ctypes.byref(opened))
            )
        except AmselError as failure:
            raise type(failure)(re.sub(r"(?<![\w/.-])--ort(?![\w-])", "onnxruntime=", str(failure))) from None
        self._handle = Handle("engine", opened.value, self._api.amsel_engine_close)
        self._governors: weakref.WeakSet[Any] = weakref.WeakSet()  # which must be freed before it
        self._features = self._texts("feature")
        self._plain = ctypes.byref(_native.sized(_native.RunOptions))
        if preload:
            self.preload()

    def close(self) -> None:
        """Frees the engine and ends its governors. Its answers live on.

        Raises
        ------
        UsageError
            A call in another thread is under way.
        """
        for governor in list(self._governors):
            governor.close()
        self._handle.close()

    def __repr__(self) -> str:
        if self._handle.closed:
            return "<amsel.Engine, closed>"
        return (
            f"<amsel.Engine of {len(self.candidates)} candidates, {len(self.labels)} classes, at {self.point.name!r}>"
        )

    def _texts(self, what: str) -> tuple[str, ...]:
        name = getattr(self._api, f"amsel_engine_{what}_{'label' if what == 'class' else 'name'}")
        count = getattr(self._api, f"amsel_engine_{what}_count")
        with self._handle as handle:
            return tuple(_native.text(name(handle, at)) for at in range(count(handle)))

    def preload(self) -> None:
        """Loads all candidates now; under a memory budget the most useful that fit together."""
        with self._handle as handle:
            _native.check(self._api.amsel_engine_preload(handle))

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
        with self._handle as handle:
            return OperatingPoints(self._point(handle, at) for at in range(self._api.amsel_engine_point_count(handle)))

    @property
    def point(self) -> OperatingPoint:
        """The operating point that answers now; may be set by its name."""
        with self._handle as handle:
            return self._point(handle, self._api.amsel_engine_current_point(handle))

    @point.setter
    def point(self, name: str | OperatingPoint) -> None:
        wanted = name.name if isinstance(name, OperatingPoint) else name
        with self._handle as handle:
            _native.check(self._api.amsel_engine_set_point(handle, _native.encoded(wanted)))

    def _point(self, handle: int, index: int) -> OperatingPoint:
        found = _native.sized(_native.Point)
        _native.check(self._api.amsel_engine_point(handle, index, ctypes.byref(found)))
        certificates = (
            _native.text(self._api.amsel_engine_certificate(handle, index, at)) for at in range(found.certificate_count)
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
        options = self._plain
        if explain or deadline_ms is not None:
            options = ctypes.byref(
                _native.sized(_native.RunOptions, deadline_ms=limit("deadline_ms", deadline_ms), explain=int(explain))
            )
        source = pixels_of(image, channels) if isinstance(image, np.ndarray) else prepare(image, channels)
        answer = ctypes.c_void_p()
        given = ctypes.byref(answer)
        calls = self._handle.calls  # see Handle
        calls.append(None)
        handle = self._handle.value or self._handle.settled()
        try:
            if isinstance(source, Raw):
                status = self._api.amsel_run_pixels(handle, ctypes.byref(source.pixels), options, given)
            elif isinstance(source, Encoded):
                status = self._api.amsel_run_encoded(handle, source.data, len(source.data), options, given)
            else:
                status = self._api.amsel_run_file(handle, source, options, given)
        finally:
            calls.pop()
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
        if is_one_image(images):
            raise UsageError("predict takes several images: a list of them; call the engine itself for one")
        results: list[Answer | AmselError] = []
        few: list[Source] = []

        def answer() -> None:
            for result in answers_of(self._handle, few, explain, self._features):
                if isinstance(result, AmselError) and errors == "raise":
                    raise result
                results.append(result)
            few.clear()

        for image in images:
            few.append(source_of(image, channels))
            if len(few) == batch_size:
                answer()
        if few:
            answer()
        return results

    def predict_proba(
        self, images: Iterable[ImageLike], *, channels: Channels = "rgb", batch_size: int = 64
    ) -> NDArray[np.float32]:
        """Probabilities by class.

        Returns
        -------
        array, float32, shape ``(images, classes)``
            A row of NaN where the policy abstained.
        """
        answers = self.predict(images, channels=channels, batch_size=batch_size)
        with self._handle as handle:
            classes = self._api.amsel_engine_class_count(handle)
        table = np.full((len(answers), classes), np.nan, np.float32)
        for row, answer in zip(table, answers, strict=True):
            if not answer.abstained:
                row[:] = answer.probabilities
        return table


def _candidate_options(name: str, wanted: dict[str, Any]) -> _native.CandidateOptions:
    known = CandidateOptions.__annotations__.keys()
    for key in wanted:
        if key not in known:
            raise UsageError(f"candidates[{name!r}] has {key!r}: expected {', '.join(known)}")
    threads = int(limit(f"candidates[{name!r}]['threads']", wanted.pop("threads", None)))
    texts = {key: _native.encoded(value) for key, value in wanted.items()}
    return _native.sized(_native.CandidateOptions, name=_native.encoded(name), threads=threads, **texts)
