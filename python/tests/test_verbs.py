"""The verbs as functions: the program's options, progress, results and failures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import IDX, ROOT, TRAINED, ZOO

import amsel
from amsel import _locate, _program


def test_functions_are_made_from_the_programs_own_declarations(tmp_path: Path) -> None:
    options = tmp_path / "options.json"
    options.write_bytes(subprocess.run([_locate.program(), "--options"], check=True, capture_output=True).stdout)
    made = subprocess.run([sys.executable, ROOT / "python/make_verbs.py", options], check=True, capture_output=True)
    written = Path(amsel.verbs.__file__).read_text(encoding="utf-8")
    assert made.stdout.decode() == written, "python/make_verbs.py makes src/amsel/verbs.py: run it again"


def test_the_usual_path(profile: amsel.ProfileSummary, bundle: amsel.Bundle, tmp_path: Path) -> None:
    assert {record["name"] for record in profile.records} >= {"cnn_s", "cnn_xxl"}
    assert profile.data["images"] == TRAINED
    findings = amsel.doctor(profile=profile.path, progress=False)
    assert findings.stopping in ("go", "unclear", "no-go", "unknown")
    assert str(findings)
    assert "balanced" in [record["name"] for record in bundle.records]
    out = tmp_path / "results.json"
    evaluation = amsel.evaluate(
        profile=profile.path, folds=3, policy=["single", "staged"], no_adapted=True, out=out, progress=False
    )
    assert evaluation.data == json.loads(out.read_text())
    assert evaluation.images == TRAINED
    assert evaluation.headline is not None
    assert {"name", "top1", "latency_ms.mean"} <= evaluation.records[0].keys()
    page = amsel.report(out, out=tmp_path / "page.html", progress=False)
    assert page.html == (tmp_path / "page.html").read_text()
    assert "srcdoc" in page._repr_html_()
    assert evaluation.page().html.startswith("<!")
    assert "<table>" in evaluation._repr_html_()


def test_what_verbs_give_shows_itself_where_it_is_printed(
    profile: amsel.ProfileSummary, bundle: amsel.Bundle, images: Path
) -> None:
    assert str(profile).splitlines()[0] == f"{profile.path}: {TRAINED} images"
    assert str(profile).splitlines()[1].split() == ["name", "top1", "preprocess_ms", "inference_ms", "inference_p99_ms"]
    assert [line.split()[0] for line in str(profile).splitlines()[2:]] == [one["name"] for one in profile.records]
    assert "policy staged, single best cnn_" in str(bundle)
    head, *rows = [line.split() for line in str(bundle).splitlines()[1:]]
    assert [len(row) for row in rows] == [len(head)] * len(bundle.records), "a column is empty"
    checked = amsel.check(zoo=ZOO, images=images, progress=False)
    assert [line.split()[:2] for line in str(checked).splitlines()[1:]] == [
        [one["candidate"], "200"] for one in checked.records
    ]
    wrong = amsel.Cards({"candidates": [{"candidate": "a", "images": 0, "top1": None, "faults": ["no output `y`"]}]})
    assert str(wrong).splitlines() == ["a: no output `y`", "candidate  images  top1", "a               0"]


def test_tables_for_pandas_and_arrow(bundle: amsel.Bundle) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = bundle.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["name"]) == [record["name"] for record in bundle.records]
    assert list(frame.columns[:2]) == ["name", "top1"]
    assert bundle.to_arrow().num_rows == len(bundle.records)
    assert list(bundle.open().points.to_pandas()["name"]) == [point.name for point in bundle.open().points]


def test_checks_and_cards(images: Path, tmp_path: Path) -> None:
    checked = amsel.check(zoo=ZOO, images=images, sample=50, progress=False)
    assert len(checked.records) == 6
    dnn = ZOO / "cnn_s/1/model.onnx"
    cards = amsel.init(dnn, out=tmp_path / "zoo", labels=ZOO / "labels.txt", images=images, sample=100, progress=False)
    assert len(cards.records) == 1
    assert amsel.inspect(tmp_path / "zoo", progress=False)["schema"] == "amsel.zoo/1"


def test_failures_are_exceptions_by_kind(profile: amsel.ProfileSummary, tmp_path: Path) -> None:
    with pytest.raises(amsel.BadInputError, match="absent"):
        amsel.doctor(profile=tmp_path / "absent.db", progress=False)
    with pytest.raises(amsel.UsageError, match="never"):
        amsel.train(profile=profile.path, out=tmp_path / "b", policy="never", progress=False)
    with pytest.raises(amsel.CheckFailed) as failed:
        amsel.evaluate(
            profile=profile.path, folds=3, policy="single", no_adapted=True, require="accuracy>=1", progress=False
        )
    assert failed.value.output is not None
    assert failed.value.output["images"] == TRAINED


def test_options_are_the_programs(tmp_path: Path) -> None:
    options = [
        ("--a", None),
        ("--b", True),
        ("--c", False),
        ("--d", np.True_),
        ("--e", ["x", tmp_path]),
        ("--f", 0.5),
        ("--g", {"k"}),
    ]
    expected = ["--b", "--d", "--e", "x", "--e", str(tmp_path), "--f", "0.5", "--g", "k", "--", "one"]
    assert _program.arguments(["one"], options) == expected


def test_what_insists_raises_and_what_finds_by_itself_warns(tmp_path: Path) -> None:
    with pytest.warns(amsel.CheckWarning, match="cnn_s: only assumed: preprocess.mean"):
        cards = amsel.init(ZOO / "cnn_s/1/model.onnx", out=tmp_path / "zoo", progress=False)
    assert len(cards.records) == 1


def test_progress_is_shown_by_tqdm(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int, int]] = []
    update = _program._Bars.update
    monkeypatch.setattr(_program._Bars, "update", lambda bars, *args: (told.append(args), update(bars, *args))[0])
    amsel.profile(zoo=ZOO, images=images, out=tmp_path / "p.db")
    assert (TRAINED, TRAINED) in [(done, total) for label, done, total in told if label == "profile"]


def test_an_interrupt_leaves_a_profile_that_resumes(pixels: np.ndarray, tmp_path: Path) -> None:
    images, out = tmp_path / "images.csv", tmp_path / "p.db"
    images.write_text("path,label\n" + "".join(f"{IDX}#{at},{at % 10}\n" for at in range(5000)))
    code = f"import amsel; amsel.profile(zoo={str(ZOO)!r}, images={str(images)!r}, out={str(out)!r}, progress=False)"
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which a shell's background jobs ignore
    )
    wait = threading.Event()
    while not out.exists() and child.poll() is None:
        wait.wait(0.02)
    wait.wait(0.3)
    child.send_signal(signal.SIGINT)
    _, complaint = child.communicate(timeout=120)
    assert child.returncode != 0
    assert b"KeyboardInterrupt" in complaint
    resumed = amsel.profile(zoo=ZOO, images=images, out=out, resume=True, progress=False)
    assert resumed.data["images"] == 5000


def test_the_command_is_the_program() -> None:
    code = "import sys; from amsel._program import main; sys.argv = ['amsel', '--version']; main()"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == amsel.__version__


def test_the_command_does_not_start_itself(tmp_path: Path) -> None:
    script = tmp_path / "amsel"
    script.write_text("from amsel._program import main; main()\n")
    environment = {**os.environ, "AMSEL_PROGRAM": str(script)}
    command = [sys.executable, str(script), "--version"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "AMSEL_PROGRAM" in done.stderr
