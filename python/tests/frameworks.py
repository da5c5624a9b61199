"""What the tests of `amsel.export` share: frameworks, or a skip that names the one that is missing, and transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from amsel import _locate

Transform = Callable[[], Any]

HALF = (0.5,) * 3, (0.5,) * 3


def needs_program() -> None:
    """Skips where the compiled program, or ONNX Runtime for it, is not there."""
    try:
        _locate.program()
    except ImportError as failure:
        pytest.skip(str(failure))
    if _locate.onnxruntime() is None:
        pytest.skip("onnxruntime is not installed, and AMSEL_ONNXRUNTIME is not set")


def tv() -> Any:
    return pytest.importorskip("torchvision.transforms", reason="torchvision is not installed")


def v2() -> Any:
    return pytest.importorskip("torchvision.transforms.v2", reason="torchvision is not installed")


def torch() -> Any:
    return pytest.importorskip("torch", reason="torch is not installed")


def timm() -> Any:
    return pytest.importorskip("timm", reason="timm is not installed")


def mode(name: str) -> Any:
    return tv().InterpolationMode[name]


def ending() -> list[Any]:
    return [tv().ToTensor(), tv().Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]


def composed(*steps: Any) -> Any:
    return tv().Compose([*steps, *ending()])


def tensors(*steps: Any) -> Any:
    """As torchvision advises for v2: on tensors."""
    return v2().Compose([v2().ToImage(), *steps, v2().ToDtype(torch().float32, scale=True), v2().Normalize(*HALF)])


def made_by_timm(**config: Any) -> Any:
    wanted = {"input_size": (3, 224, 224), "crop_pct": 0.875, "interpolation": "bicubic", "mean": HALF[0]}
    return timm().data.create_transform(**wanted | {"std": HALF[1]} | config, is_training=False)


def preset(**options: Any) -> Any:
    presets = pytest.importorskip("torchvision.transforms._presets", reason="torchvision is not installed")
    return presets.ImageClassification(**options)
