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

    A context manager that gives the handle for the time of a call. Any number of threads may hold it at once. Whoever
    calls often does by itself what the context manager does: ``calls.append``, `settled` where `value` is None, and
    ``calls.pop`` at the end, which are no functions of Python's and so take no time from cold caches.

    Invariant: whoever uses the handle has appended before he read `value`, and who closes has taken `value` away before
    he looks whether anybody has; both steps are atomic, so that one of them sees the other.

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
        self._free = free
        self._lock = threading.Lock()  # of those who close
        self.value = value
        self.calls: list[None] = []  # one entry a call that is under way

    def __enter__(self) -> int:
        self.calls.append(None)
        return self.value or self.settled()

    def __exit__(self, *exception: object) -> None:
        self.calls.pop()

    def settled(self) -> int:
        """The handle for one who has appended to `calls` and found no `value`; ends that call where it is closed."""
        with self._lock:  # who tries to close it in vain gives the value back before he lets go of this
            if self.value is not None:
                return self.value
        self.calls.pop()
        raise UsageError(f"the {self._what} is closed")

    @property
    def closed(self) -> bool:
        """Whether it was freed."""
        return self.value is None

    def close(self) -> None:
        """Frees it; nothing where that was done. `UsageError` while a call is under way in another thread."""
        with self._lock:
            value, self.value = self.value, None
            if value is not None and self.calls:
                self.value = value
                raise UsageError(f"the {self._what} is in use by a call in another thread")
        if value is not None:
            self._free(value)

    def __del__(self) -> None:
        if getattr(self, "value", None) is not None:
            self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"a {self._what} can be neither copied nor pickled")
