"""What the tests share: a zoo of the checkout, images, a profile and a bundle that they make themselves.

They run on the program and the library that AMSEL_PROGRAM and AMSEL_LIBRARY name, else on those of the installed wheel.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

import amsel

ROOT = Path(__file__).resolve().parents[2]
ZOO = ROOT / "zoo/fashion"
IDX = Path("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz")
TRAINED = 700
UNSEEN = 300


def _idx(path: Path, header: int) -> np.ndarray:
    return np.frombuffer(gzip.decompress(path.read_bytes())[header:], np.uint8)


@pytest.fixture(scope="session")
def pixels() -> np.ndarray:
    """The first grey pictures of Fashion-MNIST's test set, uint8, shape (1000, 28, 28)."""
    if not IDX.exists():
        pytest.skip("the Debian package dataset-fashion-mnist is not installed")
    return _idx(IDX, 16).reshape(-1, 28, 28)[: TRAINED + UNSEEN]


@pytest.fixture(scope="session")
def unseen(pixels: np.ndarray) -> np.ndarray:
    """Pictures that the bundle was not trained on."""
    return pixels[TRAINED:]


@pytest.fixture(scope="session")
def images(pixels: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of labelled images, the first `TRAINED`."""
    labels = _idx(Path(str(IDX).replace("images-idx3", "labels-idx1")), 8)
    file = tmp_path_factory.mktemp("images") / "images.csv"
    rows = [f"{IDX}#{at},{labels[at]}" for at in range(TRAINED)]
    file.write_text("path,label\n" + "\n".join(rows) + "\n")
    return file


@pytest.fixture(scope="session")
def profile(images: Path, tmp_path_factory: pytest.TempPathFactory) -> amsel.ProfileSummary:
    """Of the zoo on these images."""
    return amsel.profile(zoo=ZOO, images=images, out=tmp_path_factory.mktemp("profile") / "p.db", progress=False)


@pytest.fixture(scope="session")
def bundle(profile: amsel.ProfileSummary, tmp_path_factory: pytest.TempPathFactory) -> amsel.Bundle:
    """A staged policy of them."""
    out = tmp_path_factory.mktemp("bundle") / "bundle"
    return amsel.train(profile=profile.path, out=out, policy="staged", progress=False)


@pytest.fixture
def engine(bundle: amsel.Bundle) -> amsel.Engine:
    """An engine of the bundle."""
    return bundle.open()
