"""Images as people have them in Python, for the C API."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from typing import Any, Literal, Union

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._errors import UsageError

#: Order of the channels of three-channel arrays.
Channels = Literal["rgb", "bgr"]

#: A path, the bytes of an image's file, a PIL image, or 8-bit pixels: NumPy, or whatever speaks DLPack (CPU).
ImageLike = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, NDArray[np.uint8], Any]

_THREE = {"rgb": _native.PIXELS_RGB, "bgr": _native.PIXELS_BGR}


@dataclass
class Encoded:
    """Bytes of an image's file."""

    data: bytes


@dataclass
class Raw:
    """Pixels, and the array that keeps their memory."""

    pixels: _native.Pixels
    array: NDArray[np.uint8]


def prepare(image: ImageLike, channels: Channels) -> str | Encoded | Raw:
    """A path as text, or bytes, or pixels without copying them where their layout allows."""
    if isinstance(image, (str, os.PathLike)):
        return os.fspath(image)
    if isinstance(image, bytes):
        return Encoded(image)
    if isinstance(image, (bytearray, memoryview)):
        return Encoded(bytes(image))
    if isinstance(image, np.ndarray):
        return pixels_of(image, channels)
    if hasattr(image, "mode") and hasattr(image, "convert"):  # PIL.Image.Image
        plain = image if image.mode in ("RGB", "L") else image.convert("RGB")
        return pixels_of(np.asarray(plain), "rgb")
    if hasattr(image, "__dlpack__"):
        try:
            return pixels_of(np.from_dlpack(image), channels)
        except (BufferError, RuntimeError, TypeError) as failure:
            raise UsageError(f"the array cannot be read where it is ({failure}): bring it to the CPU") from failure
    raise UsageError(
        f"{type(image).__name__} is no image: expected a path, the bytes of an image's file, a PIL image, or an array "
        "of 8-bit pixels"
    )


def pixels_of(array: NDArray[Any], channels: Channels) -> Raw:
    """8-bit pixels of shape (height, width), (height, width, 1) or (height, width, 3)."""
    if channels not in _THREE:
        raise UsageError(f"channels is {channels!r}: expected 'rgb' or 'bgr'")
    if array.dtype != np.uint8:
        raise UsageError(f"the array has type {array.dtype}: expected uint8, values in 0..255 as decoders give them")
    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3) or 0 in shape:
        hint = "; bring channels last: array.transpose(1, 2, 0)" if array.ndim == 3 and shape[0] in (1, 3) else ""
        hint = "; give images one by one, or a list of them" if array.ndim == 4 else hint
        raise UsageError(
            f"the array has shape {shape}: expected (height, width, 3), or (height, width) for grey pixels{hint}"
        )
    step = array.strides
    rows_are_plain = step[1] == (3 if array.ndim == 3 else 1) and (array.ndim == 2 or step[2] == 1)
    if not rows_are_plain or step[0] < step[1] * array.shape[1]:
        array = np.ascontiguousarray(array)
    raw = _native.Pixels(
        _PIXELS_SIZE,
        array.ctypes.data,
        array.shape[1],
        array.shape[0],
        array.strides[0] if array.shape[0] > 1 else 0,
        _THREE[channels] if array.ndim == 3 else _native.PIXELS_GRAY,
        None,
        0,
    )
    return Raw(raw, array)


_PIXELS_SIZE = ctypes.sizeof(_native.Pixels)
