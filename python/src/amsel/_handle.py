"""Handles of the library's objects."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn, TypeVar

from ._errors import UsageError

_Self = TypeVar("_Self", bound="Closing")


class Closing(ABC):
    """What a ``with`` statement closes at its end."""

    @abstractmethod
    def close(self) -> None:
        """Frees it."""

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Handle:
    """An object of the library: freed once, never copied, and never while a call uses it.

    A context manager that gives the handle for the time of a call. Any number of threads may hold it at once.

    Parameters
    ----------
    what : str
        For messages.
    value : int
        The handle.
    free : callable
        What gives it back.
    """

    def __init__(self, what: str, value: int | None, free: Callable[[int], Any]) -> None:
        self._what = what
        self._value = value
        self._free = free
        self._lock = threading.Lock()
        self._calls = 0

    def __enter__(self) -> int:
        with self._lock:
            if self._value is None:
                raise UsageError(f"the {self._what} is closed")
            self._calls += 1
            return self._value

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._calls -= 1

    @property
    def closed(self) -> bool:
        """Whether it was freed."""
        return self._value is None

    def close(self) -> None:
        """Frees it; nothing where that was done. `UsageError` while a call is under way in another thread."""
        with self._lock:
            if self._calls > 0:
                raise UsageError(f"the {self._what} is in use by a call in another thread")
            value, self._value = self._value, None
        if value is not None:
            self._free(value)

    def __del__(self) -> None:
        if getattr(self, "_value", None) is not None:
            self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {self._what} can be neither copied nor pickled")
