#!/usr/bin/env python3
"""Lists what the formatter cannot see: long files and functions, tabs, notes to self, #if, names that two sources of a layer share.

Usage: style.py [ROOT]
"""
import pathlib
import re
import sys

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
SUFFIXES = {".h", ".hpp", ".c", ".cc", ".cpp"}
# Comments, literals and preprocessor lines hide braces. A quote after a digit is a digit separator.
HIDDEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)
CONDITIONAL = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif|else)\b\s*(.*?)\s*$", re.MULTILINE)
BEFORE_SIGNATURE = re.compile(r"(\s|(public|private|protected)\s*:)*")
# Of one source alone, which unity builds put beside others: at the margin, between `namespace {` and its end.
OWN = re.compile(r"^namespace \{\n(.*?)^\}  // namespace\n", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"^(?:(?:class|struct|enum class|using) (\w+)|(?:constexpr|const) [^=(;{]*?\b(k\w+)\b|[A-Za-z_][\w:<>,&*\[\] ]* (\w+)\()", re.MULTILINE)
ALONE = {"cli"}  # layers whose sources are compiled each by itself
NOTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def opens_function(head):
    """Whether the text between the last statement and a brace is a function's signature."""
    head = head.strip()
    balanced = head.count("(") == head.count(")") and "(" in head
    return balanced and not head.endswith(("=", ",")) and not re.search(r"\b(namespace|enum|alignas)\b", head)


def functions(text):
    """Yields (first line, number of lines) of each outermost function body, signature included. A rough count of braces."""
    text = HIDDEN.sub(lambda hit: re.sub(r"[^\n]", " ", hit[0]), text)
    depth, start, inside = 0, 0, None  # `inside`: (position, depth) of the function that we are in
    for hit in re.finditer(r"[{};]", text):
        if hit[0] == "{":
            if inside is None and opens_function(text[start:hit.start()]):
                inside = (BEFORE_SIGNATURE.match(text, start).end(), depth)
            depth += 1
        elif hit[0] == "}":
            depth -= 1
            if inside and depth == inside[1]:
                first, last = line_of(text, inside[0]), line_of(text, hit.start())
                yield first, last - first + 1
                inside = None
        if inside is None:
            start = hit.end()


def check_file(path):
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > MAX_FILE_LINES:
        yield f"{path}: {lines} lines (at most {MAX_FILE_LINES})"
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line:
            yield f"{path}:{number}: a tab"
        if note := NOTE.search(line):
            yield f"{path}:{number}: {note[1]}"
    for hit in CONDITIONAL.finditer(text):
        if hit[2] != "__cplusplus":  # what makes a header readable to C
            yield f"{path}:{line_of(text, hit.start(1))}: #{hit[1]} (a variant is a file of its own, chosen by CMake)"
    if path.suffix in {".h", ".hpp"} and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield f"{path}: no #pragma once"
    for first, length in functions(text):
        if length > MAX_FUNCTION_LINES:
            yield f"{path}:{first}: a function of {length} lines (at most {MAX_FUNCTION_LINES})"


def check_names(folder):
    """Names in anonymous namespaces that two sources of a layer have: no unity build may hold both."""
    first = {}
    for path in sorted(folder.glob("*.cc")):
        if path.stem.endswith("_test"):
            continue
        for own in OWN.findall(path.read_text(encoding="utf-8")):
            own = HIDDEN.sub(lambda hit: re.sub(r"[^\n]", " ", hit[0]), own)
            for name in {hit[1] or hit[2] or hit[3] for hit in NAMED.finditer(own)}:
                other = first.setdefault(name, path)
                if other != path:
                    yield f"{path}: {name} is in {other.name}, too (names of one layer's sources are unique)"


def violations(root):
    for layer in sorted(pathlib.Path(root, "src").iterdir()):
        if layer.is_dir() and layer.name not in ALONE:
            yield from check_names(layer)
    for folder in ("include", "src"):
        for path in sorted(pathlib.Path(root, folder).rglob("*")):
            if path.suffix in SUFFIXES:
                yield from check_file(path)


if __name__ == "__main__":
    found = list(violations(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found))
    sys.exit(f"{len(found)} violations of the style" if found else 0)
