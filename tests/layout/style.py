#!/usr/bin/env python3
"""Lists what the formatter cannot see: long files and functions, large classes, tabs, notes to self, #if, names that two
sources of a layer share, tests that mirror no source and how many sources have none.

Usage: style.py [ROOT]
"""
import pathlib
import re
import sys

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_CLASS_LINES = 200  # with the functions that stand apart from it
MAX_CLASS_MEMBERS = 10
LARGE_CLASSES = {
    # Lines: one interface, of many small functions.
    "profile/ProfileStore": "reads and writes each table of a profile, one function each",
    "policy/StagedPolicy": "answers all that a policy is asked, one function each",
    "bundle/Bundle": "opens, checks and tells of a bundle, one function each",
    "describe/Trial": "one reading of a DNN and what is done with it",
    # Members: working memory that is made once, so that work allocates nothing.
    "image/Resizer": "tables and rows of a resize",
    "cli/Answering": "what a run of amsel run holds open",
    "card/ProtoSource": "a window over a file that is read by pieces",
    "learn/Selection": "what a greedy search knows of all pairs, kept from step to step",
    "runtime/Governor::Core": "what the governor has measured of points and candidates, kept from answer to answer",
    # Lines: one function for each kind of thing, over one state.
    "card/Parser": "each part of an ONNX file",
    "runtime/Call": "each thing that may come of a candidate's run",
}
MIN_TESTED_SHARE = 0.75  # of the sources outside UNTESTED
UNTESTED = {"cli"}       # layers that are tested through the program
CROSSING_TESTS = {       # of one subject through many sources of their layer
    "evaluate/calibrated": "images that judge nothing",
    "backend/card_kinds": "what cards may say of inputs and outputs",
    "backend/quantized_input": "inputs of 8 bits",
    "learn/failed_runs": "candidates without an answer",
    "learn/fit_only": "images that are learned from and judge nothing",
    "learn/own_answers": "tables that know no classes",
}
SUFFIXES = {".h", ".hpp", ".c", ".cc", ".cpp"}
# Comments, literals and preprocessor lines hide braces. A quote after a digit is a digit separator.
HIDDEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*", re.DOTALL | re.MULTILINE)
CONDITIONAL = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif|else)\b\s*(.*?)\s*$", re.MULTILINE)
BEFORE_SIGNATURE = re.compile(r"(\s|(public|private|protected)\s*:)*")
# Of one source alone, which unity builds put beside others: at the margin, between `namespace {` and its end.
OWN = re.compile(r"^namespace \{\n(.*?)^\}  // namespace\n", re.DOTALL | re.MULTILINE)
NAMED = re.compile(r"^(?:(?:class|struct|enum class|using) (\w+)|(?:constexpr|const) [^=(;{]*?\b(k\w+)\b|[A-Za-z_][\w:<>,&*\[\] ]* (\w+)\()", re.MULTILINE)
CLASS = re.compile(r"^[ \t]*(?:class|struct)\s+(?:AMSEL_\w+(?:\([^)]*\))?\s+)?(\w+(?:::\w+)*)(?:\s+final)?\s*(?::[^;{]*)?\{", re.MULTILINE)
APART = re.compile(r"^[^\s{}#][^;{}]*?\b(\w+(?:::\w+)*)::(?:~?\w+|operator[^(;{}]*)\([^;]*?\{", re.MULTILINE)
MEMBER = re.compile(r"\b(\w+_)\s*(?:=[^;]*)?(?:AMSEL_\w+\([^)]*\)\s*)?;")  # as the house names those of classes
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


def end_of_block(text, start):
    """Where the brace at `start` is closed."""
    depth = 0
    for hit in re.finditer(r"[{}]", text[start:]):
        depth += 1 if hit[0] == "{" else -1
        if depth == 0:
            return start + hit.end()
    return len(text)


def without_blocks(text):
    while (shorter := re.sub(r"\{[^{}]*\}", "", text)) != text:
        text = shorter
    return text


def class_sizes(folder):
    """By name of each class of a layer: lines, those of its functions that stand apart included, and members."""
    texts = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and not path.stem.endswith("_test"):
            texts.append(HIDDEN.sub(lambda hit: re.sub(r"[^\n]", " ", hit[0]), path.read_text(encoding="utf-8")))
    sizes = {}
    for text in texts:
        for hit in CLASS.finditer(text):
            end = end_of_block(text, hit.end() - 1)
            members = set(MEMBER.findall(without_blocks(text[hit.end():end - 1])))
            sizes[hit[1]] = (text.count("\n", hit.start(), end) + 1, len(members))
    for text in texts:
        for hit in APART.finditer(text):
            if hit[1] in sizes:
                lines, members = sizes[hit[1]]
                sizes[hit[1]] = (lines + text.count("\n", hit.start(), end_of_block(text, hit.end() - 1)) + 1, members)
    return sizes


def check_classes(folder):
    large = {name.partition("/")[2] for name in LARGE_CLASSES if name.startswith(folder.name + "/")}
    for name, (lines, members) in class_sizes(folder).items():
        if lines <= MAX_CLASS_LINES and members <= MAX_CLASS_MEMBERS:
            continue
        if name in large:
            large.remove(name)
            continue
        if lines > MAX_CLASS_LINES:
            yield f"{folder}: {name} has {lines} lines (at most {MAX_CLASS_LINES})"
        if members > MAX_CLASS_MEMBERS:
            yield f"{folder}: {name} has {members} members (at most {MAX_CLASS_MEMBERS})"
    for name in sorted(large):
        yield f"{folder}: {name} is an exception that nothing needs"


def mirrors(test, stem):
    """Whether the test is that of the source: zoo_test of zoo, and so is zoo_views_test."""
    return test == stem or test.startswith(stem + "_")


def mirror(folder):
    """The tests of a layer that mirror no source or header; its sources; those of these that have a test. A test that
    is named after its layer is of all of it: through the one function that it offers."""
    stems = {path.stem for path in folder.iterdir() if path.suffix in SUFFIXES}
    tests = {stem[:-len("_test")] for stem in stems if stem.endswith("_test")}
    stems = {stem for stem in stems if not stem.endswith("_test")}
    headers = {path.stem for path in folder.glob("*.h")}
    sources = {path.stem for path in folder.glob("*.cc")} & stems
    odd = {test for test in tests if not any(mirrors(test, stem) for stem in stems | {folder.name})}
    odd -= {test for test in tests if f"{folder.name}/{test}" in CROSSING_TESTS}

    def has_test(source):  # a source without a header of its own is part of that whose name begins its own
        wholes = {source, folder.name}
        if source not in headers:
            wholes |= {one for one in headers if source.startswith(one + "_")}
        return any(mirrors(test, whole) for test in tests for whole in wholes)

    return sorted(odd), sorted(sources), sorted(filter(has_test, sources))


def check_mirror(layers):
    sources = tested = 0
    for folder in layers:
        odd, own, with_test = mirror(folder)
        for test in odd:
            yield f"{folder}/{test}_test.cc: mirrors no source of its layer"
        sources += len(own)
        tested += len(with_test)
    if tested < MIN_TESTED_SHARE * sources:
        yield f"{tested} of {sources} sources have a test beside them (at least {MIN_TESTED_SHARE:.0%})"


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
    layers = [folder for folder in sorted(pathlib.Path(root, "src").iterdir()) if folder.is_dir()]
    for layer in layers:
        yield from check_classes(layer)
        if layer.name not in ALONE:
            yield from check_names(layer)
    yield from check_mirror([layer for layer in layers if layer.name not in UNTESTED])
    for folder in ("include", "src"):
        for path in sorted(pathlib.Path(root, folder).rglob("*")):
            if path.suffix in SUFFIXES:
                yield from check_file(path)


if __name__ == "__main__":
    found = list(violations(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found))
    sys.exit(f"{len(found)} violations of the style" if found else 0)
