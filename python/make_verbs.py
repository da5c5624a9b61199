"""make_verbs.py OPTIONS.json: src/amsel/verbs.py from `amsel --options`, on stdout. A test compares the two.

Each verb becomes a function that takes the verb's options: required ones first, paths as paths, several values as
sequences. What an option means, its limits and its default are told as the program's own help tells them.
"""

from __future__ import annotations

import json
import keyword
import sys
import textwrap
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "src/amsel"))  # that module alone: the package needs what is made here
from _wording import Function, in_python

# verb: name of the function, what it gives, and the expression that makes that of `printed`.
VERBS = {
    "init": ("init", "Cards", "Cards(printed)"),
    "check": ("check", "Cards", "Cards(printed)"),
    "profile": ("profile", "ProfileSummary", "ProfileSummary(printed, Path(out))"),
    "profile merge": ("merge", "ProfileSummary", "ProfileSummary(printed, Path(out))"),
    "doctor": ("doctor", "Findings", "Findings(printed)"),
    "train": ("train", "Bundle", "Bundle(printed, Path(out))"),
    "retarget": ("retarget", "Bundle", "Bundle(printed, Path(out))"),
    "evaluate": ("evaluate", "Evaluation", "Evaluation(printed)"),
    "study": ("study", "Study", "Study(printed, Path(out))"),
    "report": ("report", "Page", 'Page(printed, Path(out).read_text(encoding="utf-8"))'),
    "inspect": ("inspect", "dict[str, Any]", "printed"),
}
# `profile` without --out has nothing to give, whatever its declaration allows for the sake of `profile merge`.
REQUIRED = {
    ("profile", "--zoo"),
    ("profile", "--images"),
    ("profile", "--out"),
    ("study", "--out"),
    ("report", "--out"),
    ("inspect", "PATH"),
}
LEFT_OUT = {"--json", "--wide", "--meters"}
# Verbs that are asked to insist on what does not hold; the others tell it and go on.
INSISTING = {"doctor", "evaluate", "inspect", "study", "train"}
TYPES = {"path": "Path_", "text": "str", "integer": "int", "number": "float"}
WIDTH = 116

HEADER = '''"""The verbs of the program as functions. Made by make_verbs.py from the program's own declarations.

Each runs the verb and gives what it found. Paths may be strings or path objects. `progress` shows bars of tqdm on
stderr. All of them raise `UsageError`, `BadInputError` or `RuntimeFailure` as the program's exit codes say, and
`CheckFailed` where a check that was asked for did not hold; what a verb finds by itself is a `CheckWarning`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Union

from ._program import arguments, run
from .results import Bundle, Cards, Evaluation, Findings, Page, ProfileSummary, Study

Path_ = Union[str, "os.PathLike[str]"]
'''


def python_name(option: dict[str, Any]) -> str:
    names = {"DNN": "dnns", "SHARD": "shards"}
    name = names.get(option["name"], option["name"].removeprefix("--").lower().replace("-", "_"))
    return name + "_" if keyword.iskeyword(name) else name


def literal(choices: list[str]) -> str:
    numbers = all(choice.isdigit() for choice in choices)
    return f"Literal[{', '.join(choice if numbers else json.dumps(choice) for choice in choices)}]"


def annotation(option: dict[str, Any]) -> str:
    if option["kind"] == "flag":
        return "bool"
    base = TYPES[option["type"]]
    if option["choices"]:
        base = literal(option["choices"])
    elif option["type"] == "text" and option["value"].startswith(" SIZE"):
        base = "int | str"
    return f"Sequence[{base}] | {base}" if option["many"] else base


def wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()),
        WIDTH - len(indent),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def sentence(text: str) -> str:
    return text if text.endswith((".", "?", ")")) else text + "."


def options_of(verb: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that a function takes, in its order: positional ones and required ones first."""
    options = [option for option in verb["options"] if option["name"] not in LEFT_OUT]
    for option in options:
        option["required"] |= (verb["name"], option["name"]) in REQUIRED
    return sorted(options, key=lambda option: (not option["required"], option["kind"] != "positional"))


def signature(name: str, gives: str, options: list[dict[str, Any]]) -> list[str]:
    lines = [f"def {name}("]
    starred = False
    for option in options:
        if option["kind"] == "positional" and option["many"]:
            lines.append(f"    *{python_name(option)}: {TYPES['path']},")
            starred = True
            continue
        if not starred and option["kind"] != "positional":
            lines.append("    *,")
            starred = True
        default = "" if option["required"] else " = False" if option["kind"] == "flag" else " = None"
        optional = "" if option["required"] or option["kind"] == "flag" else " | None"
        lines.append(f"    {python_name(option)}: {annotation(option)}{optional}{default},")
    return [*lines, "    progress: bool = True,", f") -> {gives}:"]


def parameter(option: dict[str, Any]) -> list[str]:
    kind = "paths" if option["kind"] == "positional" and option["many"] else annotation(option).replace("Path_", "path")
    limits = option["value"].strip()
    note = f" {limits[limits.index('(') :]}" if "(" in limits else ""
    note = note.replace("; required", "").replace(" (required)", "")
    optional = "" if option["required"] else ", optional"
    return [f"    {python_name(option)} : {kind}{optional}", *wrapped(sentence(option["help"]) + note, "        ")]


def docstring(verb: dict[str, Any], gives: str, options: list[dict[str, Any]]) -> list[str]:
    lines = wrapped(sentence(verb["about"]), "    ")
    lines[0] = '    """' + lines[0].strip()
    lines += ["", "    Parameters", "    ----------"]
    for option in options:
        lines += parameter(option)
    lines += [
        "    progress : bool, optional",
        "        Show how far it is.",
        "",
        "    Returns",
        "    -------",
        f"    {gives}",
    ]
    notes = verb["footer"].partition("Example")[0].split()  # which come last
    if notes:
        lines += ["", "    Notes", "    -----", *wrapped(" ".join(notes), "    ")]
    return [*lines, '    """']


def body(verb: dict[str, Any], make: str, options: list[dict[str, Any]]) -> list[str]:
    positional = [option for option in options if option["kind"] == "positional"]
    given = ", ".join(("*" if option["many"] else "") + python_name(option) for option in positional)
    lines = ["    args = arguments(", f"        [{given}],", "        ["]
    for option in options:
        if option["kind"] != "positional":
            lines.append(f'            ("{option["name"]}", {python_name(option)}),')
    if any(option["name"] == "--json" for option in verb["options"]):
        lines.append('            ("--json", True),')
    insists = "" if verb["name"] in INSISTING else ", insists=False"
    run = f'    printed = run("{verb["name"]}", args, progress=progress{insists})'
    return [*lines, "        ],", "    )", run, f"    return {make}"]


def function(verb: dict[str, Any]) -> str:
    name, gives, make = VERBS[verb["name"]]
    options = options_of(verb)
    lines = [*signature(name, gives, options), *docstring(verb, gives, options), *body(verb, make, options)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def reworded(verbs: dict[str, dict[str, Any]]) -> None:
    """Lets the texts of the verbs name arguments instead of options."""
    functions = {}
    for name, (function_name, _, _) in VERBS.items():
        arguments = {one["name"]: (python_name(one), one["kind"] == "flag") for one in options_of(verbs[name])}
        functions[name] = Function(function_name, arguments)
    for name, verb in verbs.items():
        for holder, text in [(verb, "about"), (verb, "footer"), *((option, "help") for option in verb["options"])]:
            notes, example, rest = holder[text].partition("Example")
            holder[text] = in_python(notes, name, functions) + example + rest


def main() -> None:
    verbs = {verb["name"]: verb for verb in json.loads(Path(sys.argv[1]).read_text())["verbs"]}
    reworded(verbs)
    by_verb = ["#: The functions, by the verb that each runs.", "BY_VERB: dict[str, Callable[..., Any]] = {"]
    by_verb += [f'    "{verb}": {name},' for verb, (name, _, _) in VERBS.items()]
    print("\n\n".join([HEADER, *(function(verbs[name]) for name in VERBS), "\n".join([*by_verb, "}\n"])]), end="")


if __name__ == "__main__":
    main()
