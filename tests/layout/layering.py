#!/usr/bin/env python3
"""Lists every include that goes up the layers. Usage: layering.py [ROOT]

A folder of src/ includes only itself and lower ones; include/amsel lies below all and includes only itself and the
standard library. A folder that ORDER does not name is an error, so that a new layer is placed by a decision.
"""
import pathlib
import re
import sys

# docs/architecture.md says why this order. "<" separates tiers, "," the folders within one, which may not see each other.
ORDER = ("base<stats<image,card,meter<features,backend,policy<bundle,outcomes<runtime<capi,profile<learn,describe<evaluate<study"
         "<report,serve<cli")
RANK = {folder: tier for tier, names in enumerate(ORDER.split("<")) for folder in names.split(",")}
SUFFIXES = {".h", ".hpp", ".inc", ".c", ".cc", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
STANDARD = re.compile(r"[a-z_0-9]+|(stddef|stdint|stdbool)\.h")  # <vector>; and what a C header needs


def includes(path):
    """Yields (line number, quote, included name) of one file."""
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if hit := INCLUDE.match(line):
            yield number, hit[1], hit[2]


def sources(folder):
    return [path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]


def check_layer(folder):
    """Violations in one folder of src/."""
    own = folder.name
    for path in sources(folder):
        if path.stem.endswith("_test"):
            continue  # a test may borrow from above; its link line says from where
        for number, quote, name in includes(path):
            target = name.split("/")[0]
            if target in RANK and "/" in name:
                if target != own and RANK[target] >= RANK[own]:
                    yield f"{path}:{number}: {own} may not include {target}"
            elif quote == '"' and target != "amsel":
                yield f'{path}:{number}: "{name}" names no layer (write "layer/file.h")'


def check_public(folder):
    """Violations in include/amsel."""
    for path in sources(folder):
        for number, quote, name in includes(path):
            if not name.startswith("amsel/") and not (quote == "<" and STANDARD.fullmatch(name)):
                yield f"{path}:{number}: a public header may not include {name}"


def violations(root):
    root = pathlib.Path(root)
    for entry in sorted((root / "src").iterdir()):
        if entry.is_dir() and entry.name in RANK:
            yield from check_layer(entry)
        elif entry.is_dir() or entry.suffix in SUFFIXES:
            yield f"{entry}: no layer has this name"
    yield from check_public(root / "include" / "amsel")


if __name__ == "__main__":
    found = list(violations(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found))
    sys.exit(f"{len(found)} violations of the layers" if found else 0)
