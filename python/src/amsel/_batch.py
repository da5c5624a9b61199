"""Several images in one call of the library."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Union

from . import _native
from ._errors import AmselError, error_of
from ._handle import Handle
from ._images import Channels, Encoded, ImageLike, Raw, prepare
from .answer import Answer

#: An image of a batch, or why it is none.
Source = Union[bytes, Raw, Encoded, AmselError]


def source_of(image: ImageLike, channels: Channels) -> Source:
    """What the library takes of an image; what is wrong with it is its result."""
    try:
        return prepare(image, channels)
    except AmselError as failure:
        return failure


def answers_of(
    engine: Handle, sources: Sequence[Source], explain: bool, features: tuple[str, ...]
) -> list[Answer | AmselError]:
    """One result a source; those that are errors already stay so."""
    good = [source for source in sources if not isinstance(source, AmselError)]
    images = (_native.Image * len(good))()
    for at, source in enumerate(good):
        if isinstance(source, Raw):
            images[at] = _native.sized(_native.Image, pixels=ctypes.pointer(source.pixels))
        elif isinstance(source, Encoded):
            data = ctypes.cast(ctypes.c_char_p(source.data), ctypes.c_void_p)
            images[at] = _native.sized(_native.Image, bytes=data, length=len(source.data))
        else:
            images[at] = _native.sized(_native.Image, path=source)
    options = _native.sized(_native.RunOptions, explain=int(explain))
    given = ctypes.c_void_p()
    with engine as handle:
        _native.check(
            _native.api().amsel_run_batch(handle, images, len(good), ctypes.byref(options), ctypes.byref(given))
        )
    assert given.value is not None
    batch = _Batch(given.value)
    answered = iter(range(len(good)))
    return [source if isinstance(source, AmselError) else batch.result(next(answered), features) for source in sources]


class _Batch:
    """The results of one call; its answers keep it."""

    def __init__(self, value: int) -> None:
        self._api = _native.api()
        self._handle = Handle("batch", value, self._api.amsel_batch_free)

    def result(self, index: int, features: tuple[str, ...]) -> Answer | AmselError:
        with self._handle as handle:
            status = self._api.amsel_batch_status(handle, index)
            if status != 0:
                return error_of(status, _native.text(self._api.amsel_batch_error(handle, index)))
            return Answer(self._api.amsel_batch_answer(handle, index), features, owner=self)
