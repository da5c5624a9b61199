"""The program's texts in the words of the package: ``--resume`` is ``resume=True`` here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """A function that stands for a verb: its name, and of each option the argument's name and whether it is a flag."""

    name: str
    arguments: Mapping[str, tuple[str, bool]]


_OPTION = re.compile(r"(?<![\w/.-])(--[a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?![\w-])(?: ([A-Z]{2,})\b)?")
#: What may follow an option in a command: a placeholder, or what no word of a sentence looks like.
_VALUE = re.compile(r" ([A-Z]{2,}\b|[^\s,;()`-][^\s,;()`]*[./:,=\d][^\s;()`]*(?<![,.:]))")
_FLAG = re.compile(r" (--[a-z][a-z0-9-]*)")


def in_python(text: str, verb: str, functions: Mapping[str, Function]) -> str:
    """`text` of a verb, with options and commands as those write them who call `functions`, by verb, instead.

    What names an option that no function has is left as it is.
    """
    if verb in functions:
        text = text.replace("Run with --help for more information.", f"help(amsel.{functions[verb].name}) says more.")
    others = {name: argument for function in functions.values() for name, argument in function.arguments.items()}
    known = others | dict(functions[verb].arguments if verb in functions else {})

    def lone(found: re.Match[str]) -> str:
        if found[1] not in known:
            return found[0]
        name, is_flag = known[found[1]]
        value = f" {found[2]}" if found[2] else ""
        return f"{name}=True{value}" if is_flag else f"{name}={found[2]}" if found[2] else name

    verbs = "|".join(sorted(functions, key=len, reverse=True))
    parts: list[str] = []
    at = 0
    for begin in re.finditer(rf"(?<![\w/.-])amsel ({verbs})\b(?!\.)(?= --|[\s`;,:)]|$)", text):
        command, end = _command(text, begin.end(), functions[begin[1]])
        if _FLAG.match(text, end):  # the program's alone
            continue
        parts += [_OPTION.sub(lone, text[at : begin.start()]), command]
        at = end
    return "".join([*parts, _OPTION.sub(lone, text[at:])])


def _command(text: str, at: int, function: Function) -> tuple[str, int]:
    """The call that a command is whose options begin at `at`, and where the command ends."""
    if text.startswith(" --help", at):
        return f"help(amsel.{function.name})", at + len(" --help")
    given: list[str] = []
    while (flag := _FLAG.match(text, at)) and flag[1] in function.arguments:
        name, is_flag = function.arguments[flag[1]]
        at = flag.end()
        value = None if is_flag else _VALUE.match(text, at)
        if value:
            at = value.end()
        quoted = value[1] if value and value[1].isupper() else repr(value[1]) if value else "..."
        given.append(f"{name}={True if is_flag else quoted}")
    return f"amsel.{function.name}" + (f"({', '.join(given)})" if given else ""), at
