"""What can go wrong, by kind: the kinds of ``amsel_status`` and of the program's exit codes."""

from __future__ import annotations


class AmselError(Exception):
    """Whatever amsel could not do; its text names the file, the field and what was expected."""


class UsageError(AmselError, ValueError):
    """An argument that cannot be, or limits that no operating point keeps (exit code 2)."""


class BadInputError(AmselError, ValueError):
    """A bundle, an image or another file that is missing, malformed or refused (exit code 3)."""


class RuntimeFailure(AmselError, RuntimeError):
    """A device, ONNX Runtime, memory, or a deadline too short for any candidate (exit code 4)."""


BY_STATUS: dict[int, type[AmselError]] = {2: UsageError, 3: BadInputError, 4: RuntimeFailure}


def exit_code_of(failure: AmselError) -> int:
    """The program's exit code for it."""
    return next((status for status, kind in BY_STATUS.items() if isinstance(failure, kind)), 4)


def error_of(status: int, message: str) -> AmselError:
    """The exception of a status or an exit code other than 0."""
    return BY_STATUS.get(status, AmselError)(message)
