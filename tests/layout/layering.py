#!/usr/bin/env python3
"""Lists every include that goes up the layers. Usage: layering.py [ROOT]

What a folder of src/ may include is what CMakeLists.txt says that its layer depends on, directly or through others:
one table, from which the build links too. include/amsel lies below all and includes only itself and the standard
library; src/cli stands above all. A folder that the table does not name is an error, so that a new layer is placed by a
decision; so is a dependency that nothing includes.
"""
import pathlib
import re
import sys

SUFFIXES = {".h", ".hpp", ".inc", ".c", ".cc", ".cpp"}
LAYER = re.compile(r"^\s*amsel_layer\((\w+)([^)]*)\)", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
STANDARD = re.compile(r"[a-z_0-9]+|(stddef|stdint|stdbool)\.h")  # <vector>; and what a C header needs


def direct_dependencies(root):
    """{layer: the layers that CMakeLists.txt names after DEPENDS}"""
    depends = {}
    for name, arguments in LAYER.findall((root / "CMakeLists.txt").read_text(encoding="utf-8")):
        words = arguments.split()
        after = words[words.index("DEPENDS") + 1:] if "DEPENDS" in words else []
        end = next((at for at, word in enumerate(after) if word.isupper()), len(after))
        depends[name] = after[:end]
    return depends


def closure(depends):
    """{layer: all that lie below it}; layers stand in the order of the file, the lowest first."""
    below = {}
    for name, direct in depends.items():
        below[name] = set(direct).union(*(below.get(one, set()) for one in direct))
    return below


def includes(path):
    """Yields (line number, quote, included name) of one file."""
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if hit := INCLUDE.match(line):
            yield number, hit[1], hit[2]


def sources(folder):
    return [path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]


def check_layer(folder, below):
    """Violations in one folder of src/; `below` says what lies below each layer."""
    own = folder.name
    for path in sources(folder):
        if path.stem.endswith("_test"):
            continue  # a test may borrow from above; its link line says from where
        for number, quote, name in includes(path):
            target = name.split("/")[0]
            if target in below and "/" in name:
                if target != own and target not in below[own]:
                    yield f"{path}:{number}: {own} may not include {target}"
            elif quote == '"' and target != "amsel":
                yield f'{path}:{number}: "{name}" names no layer (write "layer/file.h")'


def check_table(root, depends):
    """Faults of the table itself."""
    for name, direct in depends.items():
        if not (root / "src" / name).is_dir():
            yield f"CMakeLists.txt: the layer {name} has no folder"
            continue
        included = {target.split("/")[0] for path in sources(root / "src" / name) for _, _, target in includes(path)}
        for one in direct:
            if one not in list(depends)[:list(depends).index(name)]:
                yield f"CMakeLists.txt: {name} depends on {one}, which does not stand before it"
            elif one not in included:
                yield f"CMakeLists.txt: {name} depends on {one}, of which it includes nothing"


def check_public(folder):
    """Violations in include/amsel."""
    for path in sources(folder):
        for number, quote, name in includes(path):
            if not name.startswith("amsel/") and not (quote == "<" and STANDARD.fullmatch(name)):
                yield f"{path}:{number}: a public header may not include {name}"


def violations(root):
    root = pathlib.Path(root)
    depends = direct_dependencies(root)
    yield from check_table(root, depends)
    below = closure(depends)
    below["cli"] = set(below)
    for entry in sorted((root / "src").iterdir()):
        if entry.is_dir() and entry.name in below:
            yield from check_layer(entry, below)
        elif entry.is_dir() or entry.suffix in SUFFIXES:
            yield f"{entry}: no layer has this name"
    yield from check_public(root / "include" / "amsel")


if __name__ == "__main__":
    found = list(violations(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found))
    sys.exit(f"{len(found)} violations of the layers" if found else 0)
