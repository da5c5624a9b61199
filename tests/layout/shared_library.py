#!/usr/bin/env python3
"""Checks libamsel_runtime as a device gets it: its size when stripped, what it needs, what it exports.

Usage: shared_library.py LIBRARY [PREFIX [static]], PREFIX as in aarch64-linux-gnu-, of the programs strip, readelf and nm;
static: with OpenCV in it.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_BYTES = 2_000_000
MAX_BYTES_WITH_OPENCV = 12_000_000
# Without the numbers after ".so": those are the distribution's. ONNX Runtime and OpenCV's codecs are opened, not needed.
ALLOWED = {"libopencv_core", "libopencv_imgproc", "libopencv_features2d", "libturbojpeg", "libz",
           "libstdc++", "libm", "libgcc_s", "libc", "ld-linux-x86-64", "ld-linux-aarch64"}
DECLARATION = re.compile(r"^[a-z][\w ]*[ *]+(amsel_\w+)\(", re.MULTILINE)
CXX_NAMES = ("Engine", "Decisions", "Governor", "Backend", "Session", "PreprocessKey")
CXX = re.compile(rf"((vtable|typeinfo|typeinfo name) for )?amsel::({'|'.join(CXX_NAMES)})\b")


def stripped_size(library, prefix):
    with tempfile.NamedTemporaryFile() as copy:
        subprocess.run([prefix + "strip", "-o", copy.name, library], check=True)
        return pathlib.Path(copy.name).stat().st_size


def needed(library, prefix):
    text = subprocess.run([prefix + "readelf", "-dW", library], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", text)


def exported(library, prefix):
    """(name without its version, whether it is a plain C name) of each symbol that others can see."""
    command = [prefix + "nm", "-D", "--defined-only", "-C", library]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    symbols = [line.split(" ", 2) for line in text.splitlines()]
    return [name.split("@@")[0] for _, kind, name in symbols if kind != "A"]  # A: the versions themselves


def check_size(size, most=MAX_BYTES):
    if size > most:
        yield f"{size} bytes when stripped (at most {most})"


def check_needed(names):
    for name in names:
        if name.split(".so")[0] not in ALLOWED:
            yield f"needs {name}, which a device may not have"


def check_exported(symbols, header):
    declared = set(DECLARATION.findall(header))
    of_c = {name for name in symbols if re.fullmatch(r"amsel_\w+", name)}
    for name in sorted(declared - of_c):
        yield f"does not export {name}, which amsel.h declares"
    for name in sorted(of_c - declared):
        yield f"exports {name}, which amsel.h does not declare"
    for name in sorted(set(symbols) - of_c):
        if not CXX.match(name):
            yield f"exports {name}, which is of no public API"
    for name in CXX_NAMES:
        if not any(re.search(rf"amsel::{name}\b", symbol) for symbol in symbols):
            yield f"exports nothing of amsel::{name}, which is public"


def violations(library, prefix="", opencv=""):
    static = opencv == "static"
    yield from check_size(stripped_size(library, prefix), MAX_BYTES_WITH_OPENCV if static else MAX_BYTES)
    names = needed(library, prefix)
    yield from check_needed(names)
    yield from (f"needs {name}, which should be in it" for name in names if static and name.startswith("libopencv"))
    yield from check_exported(exported(library, prefix), (ROOT / "include/amsel/amsel.h").read_text(encoding="utf-8"))


if __name__ == "__main__":
    found = list(violations(*sys.argv[1:]))
    print("\n".join(found))
    sys.exit(f"{len(found)} faults of {sys.argv[1]}" if found else 0)
