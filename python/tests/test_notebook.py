"""The tutorial runs from its first cell to its last."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import IDX, ROOT

NOTEBOOK = ROOT / "docs/tutorial.ipynb"


@pytest.mark.skipif(not IDX.exists(), reason="the Debian package dataset-fashion-mnist is not installed")
def test_the_tutorial_runs_headless(monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    pytest.importorskip("pandas")
    matplotlib.use("Agg")
    monkeypatch.chdir(NOTEBOOK.parent)
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    work = names["work"]
    assert isinstance(work, Path)
    assert (work / "figure.png").stat().st_size > 10_000
    assert os.listdir(work / "zoo")
    assert all(not cell.get("outputs") for cell in cells)  # it is kept without what a machine made of it
