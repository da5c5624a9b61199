"""The C API (``amsel.h``) as ctypes sees it; the tests compare this file with the header."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, Structure, c_char_p, c_double, c_float, c_int, c_int64, c_size_t, c_uint64, c_void_p
from functools import cache
from typing import Any, TypeVar

from . import _errors, _locate

API_VERSION = 1

PIXELS_BGR, PIXELS_RGB, PIXELS_GRAY = 1, 2, 3


class CandidateOptions(Structure):
    """``amsel_candidate_options``."""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("backend", c_char_p),
        ("provider", c_char_p),
        ("precision", c_char_p),
        ("graph", c_char_p),
        ("threads", c_int),
        ("reserved", c_int),
    ]


class Options(Structure):
    """``amsel_options``."""

    _fields_ = [
        ("size", c_size_t),
        ("point", c_char_p),
        ("max_mean_latency_ms", c_double),
        ("max_latency_ms", c_double),
        ("min_accuracy", c_double),
        ("max_energy_mj", c_double),
        ("as_single_best", c_int),
        ("threads", c_int),
        ("onnxruntime", c_char_p),
        ("max_pixels", c_int64),
        ("memory_budget", c_int64),
        ("backend", c_char_p),
        ("provider", c_char_p),
        ("engine_cache", c_char_p),
        ("precision", c_char_p),
        ("graph", c_char_p),
        ("candidates", POINTER(CandidateOptions)),
        ("candidate_count", c_size_t),
        ("public_key", c_char_p),
    ]


class Point(Structure):
    """``amsel_point``."""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("top1", c_double),
        ("top1_low", c_double),
        ("top1_high", c_double),
        ("mean_latency_ms", c_double),
        ("p50_latency_ms", c_double),
        ("p99_latency_ms", c_double),
        ("worst_path_ms", c_double),
        ("energy_mj", c_double),
        ("certificate_count", c_int),
        ("over_single_best", c_double),
    ]


class RunOptions(Structure):
    """``amsel_run_options``."""

    _fields_ = [("size", c_size_t), ("deadline_ms", c_double), ("explain", c_int)]


class Pixels(Structure):
    """``amsel_pixels``."""

    _fields_ = [
        ("size", c_size_t),
        ("data", c_void_p),
        ("width", c_int),
        ("height", c_int),
        ("stride", c_size_t),
        ("format", c_int),
        ("chroma", c_void_p),
        ("chroma_stride", c_size_t),
    ]


class Image(Structure):
    """``amsel_image``."""

    _fields_ = [
        ("size", c_size_t),
        ("bytes", c_void_p),
        ("length", c_size_t),
        ("pixels", POINTER(Pixels)),
        ("path", c_char_p),
    ]


class CandidateRun(Structure):
    """``amsel_candidate_run``."""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("load_ms", c_double),
        ("preprocess_ms", c_double),
        ("inference_ms", c_double),
    ]


class Times(Structure):
    """``amsel_times``."""

    _fields_ = [
        ("size", c_size_t),
        ("total_ms", c_double),
        ("decode_ms", c_double),
        ("features_ms", c_double),
        ("decision_ms", c_double),
    ]


class Step(Structure):
    """``amsel_step``."""

    _fields_ = [
        ("size", c_size_t),
        ("kind", c_int),
        ("candidate", c_int),
        ("price_ms", c_double),
        ("value", c_double),
    ]


class GovernorOptions(Structure):
    """``amsel_governor_options``."""

    _fields_ = [
        ("size", c_size_t),
        ("mean_latency_ms", c_double),
        ("frames_per_second", c_double),
        ("watts", c_double),
        ("min_accuracy", c_double),
        ("as_single_best", c_int),
        ("uncertified", c_int),
        ("savers", c_int),
    ]


STRUCTS: dict[str, type[Structure]] = {
    "amsel_candidate_options": CandidateOptions,
    "amsel_options": Options,
    "amsel_point": Point,
    "amsel_run_options": RunOptions,
    "amsel_pixels": Pixels,
    "amsel_image": Image,
    "amsel_candidate_run": CandidateRun,
    "amsel_times": Times,
    "amsel_step": Step,
    "amsel_governor_options": GovernorOptions,
}

_STATUS = c_int
_HANDLE = c_void_p

FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "amsel_api_version": (c_int, ()),
    "amsel_version": (c_char_p, ()),
    "amsel_last_error": (c_char_p, ()),
    "amsel_engine_open": (_STATUS, (c_char_p, POINTER(Options), POINTER(_HANDLE))),
    "amsel_engine_close": (None, (_HANDLE,)),
    "amsel_engine_preload": (_STATUS, (_HANDLE,)),
    "amsel_engine_class_count": (c_int, (_HANDLE,)),
    "amsel_engine_class_label": (c_char_p, (_HANDLE, c_int)),
    "amsel_engine_candidate_count": (c_int, (_HANDLE,)),
    "amsel_engine_candidate_name": (c_char_p, (_HANDLE, c_int)),
    "amsel_engine_point_count": (c_int, (_HANDLE,)),
    "amsel_engine_point": (_STATUS, (_HANDLE, c_int, POINTER(Point))),
    "amsel_engine_certificate": (c_char_p, (_HANDLE, c_int, c_int)),
    "amsel_engine_current_point": (c_int, (_HANDLE,)),
    "amsel_engine_set_point": (_STATUS, (_HANDLE, c_char_p)),
    "amsel_engine_feature_count": (c_int, (_HANDLE,)),
    "amsel_engine_feature_name": (c_char_p, (_HANDLE, c_int)),
    "amsel_run_encoded": (_STATUS, (_HANDLE, c_void_p, c_size_t, POINTER(RunOptions), POINTER(_HANDLE))),
    "amsel_run_file": (_STATUS, (_HANDLE, c_char_p, POINTER(RunOptions), POINTER(_HANDLE))),
    "amsel_run_pixels": (_STATUS, (_HANDLE, POINTER(Pixels), POINTER(RunOptions), POINTER(_HANDLE))),
    "amsel_answer_free": (None, (_HANDLE,)),
    "amsel_run_batch": (_STATUS, (_HANDLE, POINTER(Image), c_size_t, POINTER(RunOptions), POINTER(_HANDLE))),
    "amsel_batch_free": (None, (_HANDLE,)),
    "amsel_batch_count": (c_size_t, (_HANDLE,)),
    "amsel_batch_answer": (_HANDLE, (_HANDLE, c_size_t)),
    "amsel_batch_status": (_STATUS, (_HANDLE, c_size_t)),
    "amsel_batch_error": (c_char_p, (_HANDLE, c_size_t)),
    "amsel_answer_class": (c_int, (_HANDLE,)),
    "amsel_answer_label": (c_char_p, (_HANDLE,)),
    "amsel_answer_probability": (c_double, (_HANDLE,)),
    "amsel_answer_log_probs": (POINTER(c_float), (_HANDLE, POINTER(c_int))),
    "amsel_answer_whose": (c_int, (_HANDLE,)),
    "amsel_answer_point": (c_char_p, (_HANDLE,)),
    "amsel_answer_abstained": (c_int, (_HANDLE,)),
    "amsel_answer_degraded": (c_int, (_HANDLE,)),
    "amsel_answer_late": (c_int, (_HANDLE,)),
    "amsel_answer_features": (POINTER(c_float), (_HANDLE, POINTER(c_int))),
    "amsel_answer_certified": (c_int, (_HANDLE,)),
    "amsel_answer_problem_count": (c_int, (_HANDLE,)),
    "amsel_answer_problem": (c_char_p, (_HANDLE, c_int)),
    "amsel_answer_run_count": (c_int, (_HANDLE,)),
    "amsel_answer_run": (_STATUS, (_HANDLE, c_int, POINTER(CandidateRun))),
    "amsel_answer_times": (_STATUS, (_HANDLE, POINTER(Times))),
    "amsel_answer_explanation": (c_char_p, (_HANDLE,)),
    "amsel_decisions_create": (_STATUS, (_HANDLE, POINTER(_HANDLE))),
    "amsel_decisions_free": (None, (_HANDLE,)),
    "amsel_decisions_begin": (_STATUS, (_HANDLE, POINTER(RunOptions))),
    "amsel_decisions_next": (_STATUS, (_HANDLE, c_uint64, POINTER(Step))),
    "amsel_decisions_ran": (_STATUS, (_HANDLE, c_int, POINTER(c_float), c_size_t, c_double, c_double)),
    "amsel_decisions_ran_with_confidence": (_STATUS, (_HANDLE, c_int, c_double, c_double, c_double)),
    "amsel_decisions_failed": (_STATUS, (_HANDLE, c_int, c_char_p)),
    "amsel_decisions_extract": (_STATUS, (_HANDLE, POINTER(Pixels))),
    "amsel_decisions_features": (_STATUS, (_HANDLE, POINTER(c_float), c_size_t, c_double)),
    "amsel_decisions_no_features": (_STATUS, (_HANDLE, c_char_p)),
    "amsel_decisions_answer": (_STATUS, (_HANDLE, POINTER(_HANDLE))),
    "amsel_governor_start": (_STATUS, (_HANDLE, POINTER(GovernorOptions), POINTER(_HANDLE))),
    "amsel_governor_free": (None, (_HANDLE,)),
    "amsel_governor_observe": (_STATUS, (_HANDLE, _HANDLE)),
    "amsel_governor_observe_watts": (_STATUS, (_HANDLE, c_double)),
    "amsel_governor_overloaded": (c_int, (_HANDLE,)),
    "amsel_governor_moves": (c_size_t, (_HANDLE,)),
    "amsel_set_image_threads": (_STATUS, (c_int,)),
}


@cache
def api() -> Any:
    """The library, opened once, with the type of each of its functions set. Calls release the GIL."""
    path = _locate.library()
    library = ctypes.CDLL(str(path))
    for name, (result, arguments) in FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(f"{path} has no {name}: it is older than this package") from None
        function.restype, function.argtypes = result, arguments
    if library.amsel_api_version() != API_VERSION:
        raise ImportError(f"{path} has version {library.amsel_api_version()} of the C API, expected {API_VERSION}")
    return library


_S = TypeVar("_S", bound=Structure)


def sized(struct: type[_S], **fields: Any) -> _S:
    """A struct of the C API whose other fields are 0, which stands for the default."""
    return struct(size=ctypes.sizeof(struct), **fields)


def check(status: int) -> None:
    """Raises what the library says of the last call of this thread, where that failed."""
    if status != 0:
        raise _errors.error_of(status, text(api().amsel_last_error()))


def text(value: bytes | None) -> str:
    """A text of the library's."""
    return "" if value is None else value.decode("utf-8", "surrogateescape")


def path(value: str | os.PathLike[str]) -> bytes:
    """A path for the library."""
    raw = os.fsencode(value)
    if b"\0" in raw:
        raise _errors.UsageError(f"{value!r} is no path: it has a zero byte")
    return raw


def path_or_none(value: str | os.PathLike[str] | None) -> bytes | None:
    """The same where there may be none."""
    return None if value is None else path(value)


def encoded(value: str | None) -> bytes | None:
    """A text for the library."""
    return None if value is None else value.encode("utf-8", "surrogateescape")


def limit(name: str, value: float | None) -> float:
    """As the C API wants it, where 0 stands for none: so that 0 cannot be meant as a limit."""
    if value is None:
        return 0
    if not value > 0:
        raise _errors.UsageError(f"{name} is {value}: expected a number above 0")
    return value
