"""`amsel.export`: what it writes, what it refuses, and the pictures that it compares on. No DNN here knows anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frameworks import composed, needs_program, torch, tv

from amsel import RuntimeFailure, UsageError, _compare, _network
from amsel._compare import compare, pictures, synthetic
from amsel.export import Exported, export


def small(classes: int = 3, *more: Any) -> Any:
    """Random weights: for what does not depend on the answers."""
    nn = torch().nn
    torch().manual_seed(1)
    body = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(*body, nn.Linear(4, classes), *more)


def squash(side: int = 16) -> Any:
    return composed(tv().Resize((side, side)))


def put(path: Path, network: Any = None, **options: Any) -> Exported:
    needs_program()
    tv()
    return export(network or small(), squash(), path, **{"labels": ["a", "b", "c"], "check": False} | options)


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    return tmp_path / "zoo"


def test_a_candidate_is_a_folder_of_a_zoo_beside_its_labels(zoo: Path) -> None:
    exported = put(zoo / "small", license="MIT", source="here")
    assert sorted(path.name for path in zoo.iterdir()) == ["labels.txt", "small"]
    assert (zoo / "labels.txt").read_text() == "a\nb\nc\n"
    said = json.loads((zoo / "small/card.json").read_text())
    assert said == exported.card
    tensor = {"name": "input", "layout": "NCHW", "height": 16, "width": 16, "channels": "RGB", "dtype": "float32"}
    assert said["input"] == tensor
    assert said["output"] == {"name": "logits", "kind": "logits", "skip_leading_classes": 0}
    assert (said["schema"], said["name"], said["labels"]) == ("card/1", "small", "../labels.txt")
    assert (said["license"], said["source"]) == ("MIT", "here")
    assert "not compared with the framework" in str(exported)


def test_the_batch_is_free_and_the_file_holds_no_path_of_this_computer(zoo: Path) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    network = small()
    put(zoo / "small", network)
    given = np.random.default_rng(1).normal(size=(3, 3, 16, 16)).astype(np.float32)
    session = runtime.InferenceSession(zoo / "small/1/model.onnx", providers=["CPUExecutionProvider"])
    with torch().inference_mode():
        expected = network.eval()(torch().from_numpy(given)).numpy()
    np.testing.assert_allclose(session.run(["logits"], {"input": given})[0], expected, atol=1e-5)
    assert str(Path(__file__).parent).encode() not in (zoo / "small/1/model.onnx").read_bytes()


def test_the_other_exporter_serves_where_the_first_fails(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> None:
        raise ValueError("no graph")

    monkeypatch.setattr(_network, "_EXPORTERS", (("first", failing), _network._EXPORTERS[1]))
    put(zoo / "small")
    assert (zoo / "small/1/model.onnx").exists()
    monkeypatch.setattr(_network, "_EXPORTERS", (("first", failing), ("second", failing)))
    with pytest.raises(RuntimeFailure, match=r"no exporter.*\nfirst: ValueError: no graph\nsecond: ValueError"):
        put(zoo / "other")
    assert sorted(path.name for path in zoo.iterdir()) == ["labels.txt", "small"]


def test_the_model_is_put_back_as_it_was(zoo: Path) -> None:
    network = small()
    network.train()
    network[1].eval()
    put(zoo / "small", network)
    assert [module.training for module in network] == [True, False, True, True, True]


def test_a_path_that_is_taken_is_replaced_only_when_told(zoo: Path) -> None:
    put(zoo / "small")
    before = (zoo / "small/1/model.onnx").read_bytes()
    with pytest.raises(UsageError, match="is there; overwrite=True replaces it"):
        put(zoo / "small")
    put(zoo / "small", small(2), labels=["x", "y"], overwrite=True)
    assert (zoo / "small/1/model.onnx").read_bytes() != before
    assert (zoo / "labels.txt").read_text() == "x\ny\n"
    assert sorted(path.name for path in zoo.iterdir()) == ["labels.txt", "small"]
    (zoo / "folder").mkdir()
    with pytest.raises(UsageError, match="is no candidate"):
        put(zoo / "folder", overwrite=True)
    with pytest.raises(UsageError, match="cannot be a candidate's name"):
        put(zoo / ".hidden")


def test_all_of_a_zoo_name_the_classes_alike(zoo: Path) -> None:
    put(zoo / "small")
    with pytest.raises(UsageError, match=r"line 2 is `b`, and the list has `z`.*give labels="):
        put(zoo / "other", labels=["a", "z", "c"])
    put(zoo / "other", labels=None)
    put(zoo / "third", labels=zoo / "labels.txt")
    with pytest.raises(UsageError, match="line 1 is `a`, and the list has `x`"):
        put(zoo / "small", labels=["x", "y", "z"], overwrite=True)


def test_labels_that_do_not_fit_are_refused(zoo: Path) -> None:
    for labels, says in (
        (["a", "b"], "has 2 names, and the model gives 3 values"),
        (["a", "b", ""], "no line of a labels file"),
        (None, "nothing names the 3 classes"),
    ):
        with pytest.raises(UsageError, match=says):
            put(zoo / "small", labels=labels)
    assert not zoo.exists()


def test_models_that_are_no_classifiers_in_float32_are_refused(zoo: Path) -> None:
    nn = torch().nn
    for network, says in (
        (small().half(), "has numbers of torch.float16"),
        (small(3, nn.Softmax(1)), "gives probabilities: expected logits"),
        (small(1), r"gives shape \(2, 1\)"),
        (nn.Conv2d(3, 4, 3), r"gives shape \(2, 4, 14, 14\)"),
        (lambda given: given, "is no torch.nn.Module"),
    ):
        with pytest.raises(UsageError, match=says):
            put(zoo / "small", network)


# Pictures to compare on.


def test_synthetic_pictures_are_the_same_each_time_and_of_many_shapes(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    (tmp_path / "again").mkdir()
    paths, again = synthetic(tmp_path), synthetic(tmp_path / "again")
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]
    shapes = {image.open(path).size for path in paths}
    assert len(shapes) == len(paths) >= 8
    assert {True, False} == {width > height for width, height in shapes}
    assert all(np.asarray(image.open(path)).std() > 20 for path in paths)
    assert "synthetic pictures, for want of a sample" in pictures(None, tmp_path).told


def test_a_sample_is_a_folder_or_a_list(tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image", reason="pillow is not installed")
    paths = sorted(synthetic(tmp_path))
    (tmp_path / "notes.txt").write_text("")
    assert pictures(tmp_path, tmp_path).paths == paths
    assert pictures([str(paths[1])], tmp_path).paths == [paths[1]]
    for empty in ([], tmp_path / "again"):
        (tmp_path / "again").mkdir(exist_ok=True)
        with pytest.raises(UsageError, match="holds no image"):
            pictures(empty, tmp_path)


def test_classes_that_lie_near_each_other_may_change_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PIL.Image", reason="pillow is not installed")
    paths = synthetic(tmp_path)[:4]
    wanted = [[0.504, 0.496], [0.52, 0.48], [0.9, 0.1], [0.9, 0.1]]
    given = [[0.497, 0.503], [0.49, 0.51], [0.895, 0.105], [0.88, 0.12]]
    monkeypatch.setattr(_compare, "_profiled", lambda zoo, paths: [np.array(row) for row in given])
    answers = iter(np.array(row) for row in wanted)
    found = compare(lambda image: next(answers), tmp_path, ["cat", "dog"], _compare.Pictures(paths, ""))
    assert (found.images, found.decided, found.same_top1) == (4, 3, 2)
    assert found.largest_difference == pytest.approx(0.03)
    assert [fault.partition(":")[0] for fault in found.faults] == [paths[1].name, paths[3].name]
    assert "`cat` at 0.5200, and amsel has `dog` at 0.5100; furthest apart by 0.0300" in found.faults[0]
