"""Where the compiled parts are: amsel's own library and program, and the libraries that other packages bring.

``AMSEL_LIBRARY`` and ``AMSEL_PROGRAM`` name other ones than those inside the package, for example of a build tree.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def _inside(variable: str, name: str) -> Path:
    named = os.environ.get(variable)
    path = Path(named) if named else _HERE / name
    if not path.exists():
        raise ImportError(f"{path} is missing: set {variable}, or install the wheel again")
    return path


def library() -> Path:
    """Path of the shared library libamsel_runtime."""
    return _inside("AMSEL_LIBRARY", "lib/libamsel_runtime.so.1")


def program() -> Path:
    """Path of the ``amsel`` program."""
    return _inside("AMSEL_PROGRAM", "bin/amsel")


def _of_package(package: str, folder: str, pattern: str) -> Path | None:
    """A file that an installed package brings, found without importing it."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    for place in (spec.submodule_search_locations or []) if spec else []:
        found = sorted(Path(place, folder).glob(pattern))
        if found:
            return found[-1]
    return None


def onnxruntime() -> Path | None:
    """ONNX Runtime's library: ``$AMSEL_ONNXRUNTIME``, else that of ``onnxruntime`` (or ``onnxruntime-gpu``)."""
    named = os.environ.get("AMSEL_ONNXRUNTIME")
    return Path(named) if named else _of_package("onnxruntime", "capi", "libonnxruntime.so*")


def lightgbm() -> Path | None:
    """LightGBM's library: ``$AMSEL_LIGHTGBM``, else that of the package ``lightgbm``."""
    named = os.environ.get("AMSEL_LIGHTGBM")
    return Path(named) if named else _of_package("lightgbm", "lib", "lib_lightgbm.so")


def environment() -> dict[str, str]:
    """The environment in which the program finds what other packages bring."""
    found = dict(os.environ)
    for variable, path in (("AMSEL_ONNXRUNTIME", onnxruntime()), ("AMSEL_LIGHTGBM", lightgbm())):
        if path is not None and not found.get(variable):
            found[variable] = str(path)
    return found
