"""What the program says, in the words of the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ZOO

import amsel
from amsel import _program


@pytest.mark.parametrize(
    ("verb", "said", "worded"),
    [
        ("profile", "p.db: exists; give --resume to continue it", "p.db: exists; give resume=True to continue it"),
        ("init", "choose another --out, or --labels FILE", "choose another out, or labels=FILE"),
        ("init", "--from a.json: there is no DNN", "from_ a.json: there is no DNN"),
        ("train", "add it with amsel profile --resume.", "add it with amsel.profile(resume=True)."),
        (
            "profile",
            "go on with: amsel profile --resume --out a/p.db",
            "go on with: amsel.profile(resume=True, out='a/p.db')",
        ),
        (
            "train",
            "(amsel profile --views hflip,crop:1); amsel profile --feature-dnn FILE",
            "(amsel.profile(views='hflip,crop:1')); amsel.profile(feature_dnn=FILE)",
        ),
        ("train", "amsel profile --resume --features gives", "amsel.profile(resume=True, features=...) gives"),
        ("train", "parts of amsel profile merge", "parts of amsel.merge"),
        ("train", "`amsel train --help` lists them", "`help(amsel.train)` lists them"),
        ("train", "Run with --help for more information.", "help(amsel.train) says more."),
        ("train", "amsel inspect --meters, amsel run --workers 2", "amsel inspect --meters, amsel run --workers 2"),
        ("check", "a/amsel train/x--fix: not there", "a/amsel train/x--fix: not there"),
    ],
)
def test_options_are_arguments_and_commands_are_calls(verb: str, said: str, worded: str) -> None:
    assert _program.worded(said, verb) == worded


def test_failures_name_arguments(profile: amsel.ProfileSummary, images: Path, tmp_path: Path) -> None:
    with pytest.raises(amsel.UsageError, match=r"give resume=True to continue"):
        amsel.profile(zoo=ZOO, images=images, out=profile.path, progress=False)
    (tmp_path / "bundle").mkdir()
    with pytest.raises(amsel.UsageError, match=r"give force=True to replace"):
        amsel.train(profile=profile.path, out=tmp_path / "bundle", progress=False)


def test_labels_in_another_order_are_told(images: Path, tmp_path: Path) -> None:
    names = (ZOO / "labels.txt").read_text().splitlines()
    rows = [row.split(",") for row in images.read_text().splitlines()[1:]]
    named = tmp_path / "images.csv"
    named.write_text("path,label\n" + "".join(f"{path},{names[int(label)]}\n" for path, label in rows))
    with pytest.warns(amsel.CheckWarning, match="in another order than the labels"):
        cards = amsel.init(ZOO / "cnn_s/1/model.onnx", out=tmp_path / "zoo", images=named, progress=False)
    assert "labels=FILE gives another" in str(cards)
