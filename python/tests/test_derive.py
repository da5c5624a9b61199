"""`derive`: which images calibrate, what cards say of twins, what is left out and why, and what is replaced."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, ZOO

import amsel
from amsel import _quantize

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

NAMES = ("cnn_s", "cnn_m")


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two candidates of the checkout's zoo."""
    folder = tmp_path_factory.mktemp("derive") / "zoo"
    folder.mkdir()
    shutil.copy(ZOO / "labels.txt", folder)
    for name in NAMES:
        shutil.copytree(ZOO / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def derived(zoo: Path, images: Path) -> amsel.Derived:
    return amsel.derive(zoo=zoo, images=images, out=zoo.parent / "zoo2", calibrate=60, judge=300, progress=False)


def card(zoo: Path, name: str) -> dict:
    return json.loads((zoo / name / "card.json").read_text())


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_derived_zoo_is_whole(derived: amsel.Derived, zoo: Path) -> None:
    assert derived.kept == ["cnn_m-int8", "cnn_s-int8"]
    inspected = amsel.inspect(derived.path, progress=False)
    assert {entry["name"] for entry in inspected["cards"]} == {*NAMES, *(f"{name}-int8" for name in NAMES)}
    for name in NAMES:
        assert (derived.path / name / "1/model.onnx").read_bytes() == (zoo / name / "1/model.onnx").read_bytes()
        kinds = {node.op_type for node in onnx.load(derived.path / f"{name}-int8/1/model.onnx").graph.node}
        assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    for twin in derived.records:
        assert twin["bytes"] == (derived.path / twin["name"] / "1/model.onnx").stat().st_size
        assert abs(twin["difference"] - (twin["top1"] - twin["top1_of_original"])) < 1e-9
        assert abs(twin["difference"]) <= 0.02
        assert 0 <= twin["standard_error"] < 0.02
    assert "cnn_s-int8" in str(derived)
    assert not list(derived.path.parent.glob(".*"))


def test_a_card_names_what_its_twin_was_made_from_and_saw(derived: amsel.Derived, zoo: Path) -> None:
    one, other = card(derived.path, "cnn_s-int8"), card(derived.path, "cnn_m-int8")
    assert one["derived_from"] == "cnn_s"
    assert one["preprocess"] == card(zoo, "cnn_s")["preprocess"]
    assert "per channel" in one["derivation"]["method"]
    keys = one["derivation"]["calibration_images"]
    assert 40 <= len(keys) <= 60 and keys == sorted(keys) == other["derivation"]["calibration_images"]
    assert "images.csv" in one["derivation"]["calibration"]


def test_calibration_images_judge_nothing(derived: amsel.Derived, images: Path, tmp_path: Path) -> None:
    table = amsel.profile(zoo=derived.path, images=images, out=tmp_path / "p.db", progress=False)
    seen = len(card(derived.path, "cnn_s-int8")["derivation"]["calibration_images"])
    evaluation = amsel.evaluate(
        profile=table.path, folds=3, policy="single", no_adapted=True, keep_near_duplicates=True, progress=False
    )
    assert evaluation.images == table.data["images"] - seen
    assert "int8" not in evaluation.data["single_best"]
    rows = list(csv.DictReader(images.open()))
    tested = tmp_path / "tested.csv"
    with tested.open("w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "label", "split"])
        writer.writeheader()
        writer.writerows(row | {"split": "test"} for row in rows)
    with pytest.raises(amsel.BadInputError, match=r"split `test`: expected fit or nothing, since candidate cnn_m-int8"):
        amsel.profile(zoo=derived.path, images=tested, out=tmp_path / "q.db", progress=False)
    assert not (tmp_path / "q.db").exists()


def test_the_same_again_is_the_same_bytes(derived: amsel.Derived, zoo: Path, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT / "python/src")}
    command = [sys.executable, "-m", "amsel", "derive", "--zoo", zoo, "--images", images, "--out", out, "--json",
               "--calibrate", "60", "--judge", "300"]  # fmt: skip
    printed = subprocess.run(command, env=environment, check=True, capture_output=True).stdout
    assert json.loads(printed)["schema"] == "amsel.derived/1"
    assert contents(out) == contents(derived.path)


def test_nothing_is_replaced_unasked(derived: amsel.Derived, zoo: Path, images: Path, tmp_path: Path) -> None:
    before = contents(derived.path)
    with pytest.raises(amsel.UsageError, match="is there"):
        amsel.derive(zoo=zoo, images=images, out=derived.path, progress=False)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep")
    with pytest.raises(amsel.UsageError, match=r"notes\.txt is no part of a zoo"):
        amsel.derive(zoo=zoo, images=images, out=mine, force=True, progress=False)
    with pytest.raises(amsel.UsageError, match="is, or holds, the zoo that is read"):
        amsel.derive(zoo=zoo, images=images, out=zoo, force=True, progress=False)
    assert contents(derived.path) == before
    assert (mine / "notes.txt").read_text() == "keep"


def test_a_twin_that_loses_too_much_or_is_one_already_is_left_out(
    derived: amsel.Derived, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _quantize.int8

    def spoilt(source: Path, name: str, tensors: np.ndarray, target: Path) -> str:
        return made(source, name, np.zeros_like(tensors), target)  # every activation's range is wrong

    monkeypatch.setattr(_quantize, "int8", spoilt)
    again = amsel.derive(zoo=derived.path, images=images, out=tmp_path / "z", candidates=["cnn_s", "cnn_m-int8"],
                         judge=100, progress=False)  # fmt: skip
    why = {twin["name"]: twin["why_not"] for twin in again.records}
    assert why["cnn_s-int8"] == "is in the zoo already"
    assert why["cnn_m-int8-int8"] == "cnn_m-int8 is derived itself, from cnn_m"
    assert again.kept == []
    assert (again.path / "cnn_s-int8/card.json").exists(), "what was in the zoo stays"
    plain = tmp_path / "plain"
    shutil.copytree(derived.path, plain, ignore=shutil.ignore_patterns("*-int8"))
    lost = amsel.derive(zoo=plain, images=images, out=tmp_path / "y", candidates=["cnn_s"], judge=100, progress=False)
    assert "points, more than 2" in lost.records[0]["why_not"]
    assert not (lost.path / "cnn_s-int8").exists()
    assert "left out: cnn_s-int8: loses" in str(lost)
    with pytest.raises(amsel.UsageError, match="has no cnn_q; there are: cnn_m, cnn_s"):
        amsel.derive(zoo=plain, images=images, out=tmp_path / "x", candidates=["cnn_q"], progress=False)
    assert not (tmp_path / "x").exists() and not list(tmp_path.glob(".*"))


def tiny(opset: int, element: int = 1, kind: str = "Conv") -> object:
    """One layer over an input of shape (n, 1, 4, 4)."""
    helper = onnx.helper
    weights = np.ones((2, 1, 3, 3), np.float16 if element == 10 else np.float32)
    node = helper.make_node(kind, ["x", "w"] if kind == "Conv" else ["x"], ["y"])
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info("x", element, ["n", 1, 4, 4])],
        [helper.make_tensor_value_info("y", element, None)],
        [onnx.numpy_helper.from_array(weights, "w")] if kind == "Conv" else [],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def refusal(tmp_path: Path, model: object, name: str = "model.onnx") -> str:
    file = tmp_path / name
    onnx.save(model, file)
    try:
        _quantize.int8(file, "x", np.ones((4, 1, 4, 4), np.float32), tmp_path / "twin.onnx")
    except _quantize.Refused as refused:
        return str(refused)
    return ""


def test_dnns_that_get_no_twin_are_told_why(tmp_path: Path) -> None:
    assert refusal(tmp_path, tiny(17)) == ""
    assert refusal(tmp_path, tiny(11)) == "", "converted to opset 13"
    assert "float16 weights" in refusal(tmp_path, tiny(17, 10))
    assert "none of the operators that gain" in refusal(tmp_path, tiny(17, kind="Relu"))
    assert "own format" in refusal(tmp_path, tiny(17), "model.ort")
    assert "is quantised already" in refusal(tmp_path, onnx.load(tmp_path / "twin.onnx"))
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(_quantize.Refused, match="cannot be read"):
        _quantize.int8(broken, "x", np.ones((4, 1, 4, 4), np.float32), tmp_path / "twin.onnx")


def test_weights_in_files_of_their_own_come_into_the_twin(zoo: Path, images: Path, tmp_path: Path) -> None:
    apart = tmp_path / "apart"
    shutil.copytree(zoo, apart, ignore=shutil.ignore_patterns("cnn_m", "model.onnx"))
    model = onnx.load(zoo / "cnn_s/1/model.onnx")
    onnx.save(model, apart / "cnn_s/1/model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    os.link(apart / "cnn_s/1/weights.bin", tmp_path / "second_name")  # which onnx itself does not read
    done = amsel.derive(zoo=apart, images=images, out=tmp_path / "out", calibrate=20, judge=100, progress=False)
    assert done.kept == ["cnn_s-int8"]
    assert (done.path / "cnn_s/1/weights.bin").exists()
    assert sorted(path.name for path in (done.path / "cnn_s-int8/1").iterdir()) == ["model.onnx"]
    assert done.records[0]["bytes_of_original"] > (apart / "cnn_s/1/weights.bin").stat().st_size


def test_float16_twins_take_and_give_float32(zoo: Path, images: Path, tmp_path: Path) -> None:
    done = amsel.derive(zoo=zoo, images=images, out=tmp_path / "out", candidates=["cnn_s"], calibrate=20, judge=100,
                        float16=True, progress=False)  # fmt: skip
    assert done.kept == ["cnn_s-int8", "cnn_s-float16"]
    model = onnx.load(done.path / "cnn_s-float16/1/model.onnx")
    assert {tensor.data_type for tensor in model.graph.initializer} >= {onnx.TensorProto.FLOAT16}
    assert model.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    assert card(done.path, "cnn_s-float16")["derivation"].keys() == {"method"}


def test_the_program_of_the_package_knows_derive(zoo: Path, images: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "python/src")}
    main = [sys.executable, "-m", "amsel", "derive"]
    helped = subprocess.run([*main, "--help"], env=environment, capture_output=True, text=True)
    assert helped.returncode == 0 and "--most-loss" in helped.stdout
    absent = [*main, "--zoo", tmp_path / "absent", "--images", images, "--out", tmp_path / "out"]
    failed = subprocess.run(absent, env=environment, capture_output=True, text=True)
    assert failed.returncode == 3 and "absent" in failed.stderr
    bare = subprocess.run([amsel._locate.program(), "derive"], capture_output=True, text=True)
    assert bare.returncode == 2 and "Python package" in bare.stderr
