"""The declarations for ctypes are those of the header."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

from amsel import _native

HEADER = Path(__file__).resolve().parents[2] / "include/amsel/amsel.h"

TYPES = {
    "size_t": ctypes.c_size_t,
    "int": ctypes.c_int,
    "int64_t": ctypes.c_int64,
    "double": ctypes.c_double,
    "const char*": ctypes.c_char_p,
    "const void*": ctypes.c_void_p,
}


@pytest.fixture(scope="module")
def header() -> str:
    text = re.sub(r"//.*", "", HEADER.read_text(encoding="utf-8"))
    return re.sub(r"\\\n", " ", text)


def test_structs_have_the_headers_fields_in_order(header: str) -> None:
    declared = dict(re.findall(r"typedef struct (\w+) \{(.*?)\} \1;", header, re.S)) or {}
    declared |= {name: body for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", header, re.S)}
    assert set(declared) == set(_native.STRUCTS)
    for name, body in declared.items():
        fields = re.findall(r"((?:const )?\w+\*?)\s+(\w+);", body)
        found = [(field[0], field[1]) for field in _native.STRUCTS[name]._fields_]
        assert [field for _, field in fields] == [field for field, _ in found], name
        for (kind, field), (_, ours) in zip(fields, found, strict=True):
            if kind in TYPES:
                assert ours is TYPES[kind], f"{name}.{field}"
            else:
                pointed = _native.STRUCTS[kind.removeprefix("const ").removesuffix("*")]
                assert ours is ctypes.POINTER(pointed), f"{name}.{field}"


def test_every_function_is_declared_with_as_many_arguments(header: str) -> None:
    declared = {
        name: 0 if arguments.strip() == "void" else arguments.count(",") + 1
        for name, arguments in re.findall(r"\b(amsel_\w+)\(([^()]*)\);", header)
    }
    assert declared == {name: len(arguments) for name, (_, arguments) in _native.FUNCTIONS.items()}


def test_the_version_is_the_headers(header: str) -> None:
    found = re.search(r"#define AMSEL_API_VERSION (\d+)", header)
    assert found is not None
    assert int(found[1]) == _native.API_VERSION
