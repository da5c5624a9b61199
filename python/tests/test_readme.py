"""The example of python/README.md runs as it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import IDX, ROOT, ZOO

README = ROOT / "python/README.md"


def test_the_example_runs_on_ones_own_dnns_and_images(
    images: Path, unseen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    image = pytest.importorskip("PIL.Image")
    assert IDX.exists()
    shutil.copy(ZOO / "cnn_xs/1/model.onnx", tmp_path / "small.onnx")
    shutil.copy(ZOO / "cnn_l/1/model.onnx", tmp_path / "large.onnx")
    shutil.copy(ZOO / "labels.txt", tmp_path)
    shutil.copy(images, tmp_path / "images.csv")
    image.fromarray(unseen[0]).save(tmp_path / "photo.jpg", quality=95)
    code = README.read_text().split("```python\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code, str(README), "exec"), names)
    shown = capsys.readouterr().out
    assert names["answer"].label in shown
    assert "latency_ms.mean" in shown
    assert len(names["evaluation"].records) > 2
