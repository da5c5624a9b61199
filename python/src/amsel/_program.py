"""Runs the ``amsel`` program: every verb of the package is one of the program's."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from tqdm import TqdmWarning

from . import _locate
from ._errors import AmselError, error_of
from ._text import visible, wrong_in
from ._wording import Function, in_python

with warnings.catch_warnings():
    warnings.simplefilter("ignore", TqdmWarning)  # in a notebook without ipywidgets its bars are text
    from tqdm.auto import tqdm

_PREFIX = "amsel: "


class CheckFailed(AmselError):
    """A check that was asked for did not hold (exit code 1), such as ``require`` of `evaluate`.

    Attributes
    ----------
    output : dict or None
        What the verb printed all the same.
    """

    def __init__(self, message: str, output: dict[str, Any] | None) -> None:
        super().__init__(message)
        self.output = output


class CheckWarning(UserWarning):
    """What a verb found does not hold, and it was not asked to insist: a wrong card, say (exit code 1)."""


class _Bars:
    """The program's progress as tqdm shows it, one bar after another."""

    def __init__(self, show: bool) -> None:
        self._show = show
        self._label = ""
        self._bar: Any = None

    def update(self, label: str, done: int, total: int) -> None:
        if self._bar is None or label != self._label or total != self._bar.total:
            self.close()
            self._label = label
            self._bar = tqdm(
                total=total, initial=done, desc=label, disable=not self._show, leave=False, dynamic_ncols=True
            )
        self._bar.update(done - self._bar.n)

    def write(self, text: str) -> None:
        tqdm.write(text, file=sys.stderr)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar = None


def _text(value: object) -> str:
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def arguments(positional: Sequence[object], options: Iterable[tuple[str, object]]) -> list[str]:
    """The program's arguments: flags that are set, options that are not None, several values one by one."""
    result: list[str] = []
    for name, value in options:
        if value is None:
            continue
        if type(value).__name__ in ("bool", "bool_"):  # NumPy's, too
            result += [name] if value else []
        elif isinstance(value, Iterable) and not isinstance(value, (str, os.PathLike)):
            for one in value:
                result += [name, _text(one)]
        else:
            result += [name, _text(value)]
    if positional:
        result += ["--", *map(_text, positional)]
    return result


@cache
def _functions() -> dict[str, Function]:
    """The verbs that are functions."""
    from . import verbs

    return {
        verb: Function(
            function.__name__,
            {
                "--" + one.name.rstrip("_").replace("_", "-"): (one.name, one.annotation == "bool")
                for one in inspect.signature(function).parameters.values()
            },
        )
        for verb, function in verbs.BY_VERB.items()
    }


def worded(text: str, verb: str) -> str:
    """What a verb says, in the words of who calls it as a function."""
    return in_python(text, verb, _functions()) if "--" in text or "amsel " in text else text


def run(
    verb: str, args: Sequence[str], *, progress: bool, insists: bool = True, warns: bool = True
) -> dict[str, Any]:
    """Runs a verb with ``--json`` and gives what it printed. Where it `warns`, what it says goes to stderr as it comes.

    Exit code 1 is `CheckFailed` where the verb `insists` on what it was asked to check, else a `CheckWarning`.

    An interrupt (Ctrl-C) is passed on and waited for, so that what can be resumed stays so.
    """
    environment = _locate.environment() | {"AMSEL_PROGRESS": "json"}
    command = [str(_locate.program()), *verb.split(), *args]
    messages: list[str] = []
    bars = _Bars(progress)
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # the interrupt of a terminal comes by us, once
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        reader = _Reader(process.stdout)
        try:
            for raw in process.stderr:
                line = raw.decode("utf-8", "replace").rstrip("\n")
                if line.startswith("{") and (told := _progress(line)):
                    bars.update(*told)
                    continue
                line = worded(line, verb)
                messages.append(line.removeprefix(_PREFIX))
                if warns:
                    bars.write(line)
            output = reader.result()
            code = process.wait()
        except BaseException:
            _end(process)
            raise
        finally:
            bars.close()
    try:
        printed = json.loads(output) if output.strip() else None
    except ValueError:
        printed = None
    if code == 1:
        found = (f"{entry['candidate']}: {what}" for entry in _entries(printed) for what in wrong_in(entry))
        message = "\n".join([*messages, *(worded(visible(line), verb) for line in found)])
        message = message or f"{worded(f'amsel {verb}', verb)}: a check did not hold"
        if insists or printed is None:
            raise CheckFailed(message, printed)
        warnings.warn(message, CheckWarning, stacklevel=3)
    elif code != 0:
        raise error_of(code, "\n".join(messages) or f"amsel {verb} ended with {code}")
    return printed or {}


def _entries(printed: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Those of the candidates whose cards were looked at."""
    return [entry for entry in (printed or {}).get("candidates", []) if "faults" in entry]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupts the program and waits for it; one that does not hear is ended."""
    if process.stderr is not None:
        process.stderr.close()  # nobody reads it any more, and it must not wait for that
    for ask, seconds in ((signal.SIGINT, 60), (signal.SIGTERM, 5), (signal.SIGKILL, None)):
        process.send_signal(ask)
        try:
            process.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            continue


def _progress(line: str) -> tuple[str, int, int] | None:
    """What a line of progress tells: of what, done, in all."""
    try:
        told = json.loads(line)
        return told["progress"], told["done"], told["total"]
    except (ValueError, KeyError):
        return None


class _Reader:
    """Reads stdout beside stderr, so that neither pipe fills up."""

    def __init__(self, stream: Any) -> None:
        self._parts: list[bytes] = []
        self._thread = threading.Thread(target=lambda: self._parts.append(stream.read()), daemon=True)
        self._thread.start()

    def result(self) -> str:
        self._thread.join()
        return b"".join(self._parts).decode("utf-8")


def main() -> None:
    """The ``amsel`` of the package: ``app`` and ``derive`` are its own, all else is the program's."""
    if sys.argv[1:2] == ["app"]:
        from .app import main as app_main

        raise SystemExit(app_main(sys.argv[2:]))
    if sys.argv[1:2] == ["derive"]:
        from .derive import main as derive_main

        raise SystemExit(derive_main(sys.argv[2:]))
    try:
        program = str(_locate.program())
    except ImportError as failure:
        raise SystemExit(f"amsel: {failure}") from failure
    if os.path.realpath(program) == os.path.realpath(sys.argv[0]):
        raise SystemExit(f"amsel: AMSEL_PROGRAM is {program}, which is this script and not the program that it starts")
    os.execve(program, [sys.argv[0], *sys.argv[1:]], _locate.environment())
