"""Images as people have them in Python, for the C API."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from typing import Any, Literal, Union

import numpy as np
from numpy.typing import NDArray

from . import _native
from ._errors import BadInputError, UsageError

#: Order of the channels of three-channel arrays.
Channels = Literal["rgb", "bgr"]

#: A path, the bytes of an image's file, a PIL image, or 8-bit pixels: NumPy, or whatever speaks DLPack (CPU).
ImageLike = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, NDArray[np.uint8], Any]

_THREE = {"rgb": _native.PIXELS_RGB, "bgr": _native.PIXELS_BGR}


@dataclass(slots=True)
class Encoded:
    """Bytes of an image's file."""

    data: bytes


@dataclass(slots=True)
class Raw:
    """Pixels, and the array that keeps their memory."""

    pixels: _native.Pixels
    array: NDArray[np.uint8]


#: Modes of PIL images that have 8 bits a channel or less.
_MODES = frozenset({"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"})


def is_pil(image: object) -> bool:
    """Whether it is an image of PIL, which is not imported for that."""
    return hasattr(image, "mode") and hasattr(image, "convert")


def is_one_image(images: object) -> bool:
    """Whether it is one image where several are expected."""
    if isinstance(images, (str, bytes, bytearray, memoryview, os.PathLike)) or is_pil(images):
        return True
    shape = getattr(images, "shape", None)
    return shape is not None and (len(shape) < 3 or (len(shape) == 3 and shape[2] in (1, 3)))


def prepare(image: ImageLike, channels: Channels) -> bytes | Encoded | Raw:
    """A path as the library takes it, or an image's bytes, or pixels without copying them where their layout allows."""
    if isinstance(image, np.ndarray):  # first: what follows takes a while when the caches are cold
        return pixels_of(image, channels)
    if isinstance(image, (str, os.PathLike)):
        return _native.path(image)
    if isinstance(image, bytes):
        return Encoded(image)
    if isinstance(image, (bytearray, memoryview)):
        return Encoded(bytes(image))
    if is_pil(image):
        return pixels_of(_pil_pixels(image), "rgb")
    if hasattr(image, "__dlpack__"):
        try:
            return pixels_of(np.from_dlpack(image), channels)
        except (BufferError, RuntimeError, TypeError) as failure:
            raise UsageError(f"the array cannot be read where it is ({failure}): bring it to the CPU") from failure
    raise UsageError(
        f"{type(image).__name__} is no image: expected a path, the bytes of an image's file, a PIL image, or an array "
        "of 8-bit pixels"
    )


def _pil_pixels(image: Any) -> NDArray[Any]:
    if image.mode not in _MODES:
        raise UsageError(f"the PIL image has mode {image.mode}, which is not of 8 bits: bring it to L or RGB first")
    try:
        return np.asarray(image if image.mode in ("RGB", "L") else image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as failure:  # it is decoded now
        raise BadInputError(f"{getattr(image, 'filename', '') or 'the PIL image'}: {failure}") from failure


def pixels_of(array: NDArray[Any], channels: Channels) -> Raw:
    """8-bit pixels of shape (height, width), (height, width, 1) or (height, width, 3)."""
    shape = array.shape
    if len(shape) == 3 and shape[2] == 3 and array.dtype is _UINT8 and array.flags.c_contiguous and 0 not in shape:
        three = _THREE.get(channels)  # as most come: whatever is not looked at here takes no time from cold caches
        if three is not None:
            # What an array's `ctypes` says takes four times as long.
            data = ctypes.addressof(_Byte.from_buffer(array.data)) if array.flags.writeable else array.ctypes.data
            return Raw(_native.Pixels(_PIXELS_SIZE, data, shape[1], shape[0], 0, three), array)
    if channels not in _THREE:
        raise UsageError(f"channels is {channels!r}: expected 'rgb' or 'bgr'")
    if array.dtype != np.uint8:
        raise UsageError(f"the array has type {array.dtype}: expected uint8, values in 0..255 as decoders give them")
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


_Byte = ctypes.c_char
_PIXELS_SIZE = ctypes.sizeof(_native.Pixels)
_UINT8 = np.dtype(np.uint8)
