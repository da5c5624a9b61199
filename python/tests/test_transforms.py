"""Cards derived from transforms of torchvision and timm, and what no card can say. Needs no DNN."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from frameworks import HALF, Transform, composed, ending, made_by_timm, mode, preset, tensors, timm, torch, tv, v2

from amsel import UsageError
from amsel._transforms import Reading, read


def card(**preprocess: Any) -> dict[str, Any]:
    return {"interpolation": "bilinear", "antialias": True, **preprocess}


USUAL = {"mean": [123.675, 116.28, 103.53], "std": [58.395, 57.12, 57.375]}
MIDDLE = {"mean": [127.5] * 3, "std": [127.5] * 3}
PLAIN = {"mean": [0.0] * 3, "std": [255.0] * 3}
BICUBIC = {"interpolation": "bicubic"}

READINGS: dict[str, tuple[Transform, Reading]] = {
    "shorter side and crop": (
        lambda: composed(tv().Resize(256), tv().CenterCrop(224)),
        Reading("RGB", 224, 224, card(resize_side=256, **USUAL)),
    ),
    "crop that is not square": (
        lambda: composed(tv().Resize([232], mode("BICUBIC")), tv().CenterCrop((192, 256))),
        Reading("RGB", 192, 256, card(resize_side=232, **USUAL) | BICUBIC),
    ),
    "squash": (
        lambda: composed(tv().Resize((192, 256))),
        Reading("RGB", 192, 256, card(fit="squash", **USUAL)),
    ),
    "squash with a crop that takes all": (
        lambda: composed(tv().Resize((224, 224)), tv().CenterCrop(224)),
        Reading("RGB", 224, 224, card(fit="squash", **USUAL)),
    ),
    "lanczos": (
        lambda: composed(tv().Resize((64, 64), mode("LANCZOS"))),
        Reading("RGB", 64, 64, card(fit="squash", **USUAL) | {"interpolation": "lanczos"}),
    ),
    "no Normalize": (
        lambda: tv().Compose([tv().Resize((64, 64)), tv().ToTensor()]),
        Reading("RGB", 64, 64, card(fit="squash", **PLAIN)),
    ),
    "Pillow antialiases whatever it is told": (
        lambda: composed(tv().Resize((64, 64), antialias=False)),
        Reading("RGB", 64, 64, card(fit="squash", **USUAL)),
    ),
    "pixels of 0 to 255": (
        lambda: v2().Compose(
            [v2().Resize((64, 64)), v2().PILToTensor(), v2().ToDtype(torch().float32), v2().Normalize([127], [128])]
        ),
        Reading("RGB", 64, 64, card(fit="squash", mean=[127.0] * 3, std=[128.0] * 3)),
    ),
    "pixels as numbers of v1": (
        lambda: tv().Compose([tv().Resize((64, 64)), tv().PILToTensor(), tv().ConvertImageDtype(torch().float32)]),
        Reading("RGB", 64, 64, card(fit="squash", **PLAIN)),
    ),
    "Normalize twice": (
        lambda: composed(tv().Resize((64, 64)), tv().ToTensor(), tv().Normalize(*HALF)),
        Reading("RGB", 64, 64, card(fit="squash", mean=[189.3375, 185.64, 179.265], std=[29.1975, 28.56, 28.6875])),
    ),
    "grey": (
        lambda: tv().Compose(
            [tv().Grayscale(), tv().Resize((28, 28)), tv().ToTensor(), tv().Normalize((0.286,), (0.353,))]
        ),
        Reading("GRAY", 28, 28, card(fit="squash", mean=[72.93], std=[90.015])),
    ),
    "nested": (
        lambda: tv().Compose(
            [tv().Compose([tv().Resize(40), tv().CenterCrop(32)]), torch().nn.Sequential(nothing()), *ending()]
        ),
        Reading("RGB", 32, 32, card(resize_side=40, **USUAL)),
    ),
    "v2 on tensors": (
        lambda: tensors(v2().RGB(), v2().Resize(256, "bicubic"), v2().CenterCrop(224)),
        Reading("RGB", 224, 224, card(resize_side=256, **MIDDLE) | BICUBIC),
    ),
    "v2 on tensors without antialias": (
        lambda: tensors(v2().Resize((224, 160), antialias=False)),
        Reading("RGB", 224, 160, card(fit="squash", **MIDDLE) | {"antialias": False}),
    ),
    "v2 nearest on tensors": (
        lambda: tensors(v2().Resize((64, 64), mode("NEAREST"))),
        Reading("RGB", 64, 64, card(fit="squash", **MIDDLE) | {"interpolation": "nearest", "antialias": False}),
    ),
    "weights' preset": (
        lambda: preset(crop_size=224, resize_size=232),
        Reading("RGB", 224, 224, card(resize_side=232, **USUAL)),
    ),
    "timm": (
        made_by_timm,
        Reading("RGB", 224, 224, card(resize_side=256, **MIDDLE) | BICUBIC),
    ),
    "timm's squash": (
        lambda: made_by_timm(crop_mode="squash", crop_pct=1.0),
        Reading("RGB", 224, 224, card(fit="squash", **MIDDLE) | BICUBIC),
    ),
    "timm's border": (
        lambda: made_by_timm(crop_mode="border", crop_pct=1.0, interpolation="bilinear"),
        Reading("RGB", 224, 224, card(fit="letterbox", pad_color=[128] * 3, **MIDDLE)),
    ),
    "timm's input that is not square": (
        lambda: made_by_timm(input_size=(3, 128, 256), crop_pct=0.5),
        Reading("RGB", 128, 256, card(center_crop_fraction=0.5, **MIDDLE) | BICUBIC),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READINGS)
def test_a_transform_becomes_the_words_of_a_card(name: str) -> None:
    make, expected = READINGS[name]
    assert read(make()) == expected


def nothing() -> Any:
    return torch().nn.Identity()


class Sharpened:
    def __call__(self, image: Any) -> Any:
        return image


REFUSED: dict[str, tuple[Transform, str]] = {
    "random": (lambda: composed(tv().RandomHorizontalFlip()), r"step 1 \(`RandomHorizontalFlip`\): draws at random"),
    "random crop": (lambda: composed(tv().RandomResizedCrop(224)), "`RandomResizedCrop`"),
    "jitter": (lambda: composed(tv().Resize((8, 8)), tv().ColorJitter(0.1)), r"step 2 \(`ColorJitter`\): draws"),
    "five crops": (lambda: tv().Compose([tv().Resize(256), tv().FiveCrop(224)]), "`FiveCrop`.*several inputs"),
    "code": (lambda: composed(tv().Resize((8, 8)), tv().Lambda(lambda image: image)), "`Lambda`.*is code"),
    "code of one's own": (lambda: composed(Sharpened()), "`Sharpened`.*not of torchvision or timm"),
    "padding": (lambda: composed(tv().Pad(4), tv().Resize((8, 8))), "`Pad`.*pads by a fixed width"),
    "unknown": (lambda: composed(v2().RandomInvert(1.0)), "`RandomInvert`"),
    "no step of a card": (lambda: composed(v2().Resize((8, 8)), v2().UniformTemporalSubsample(1)), "no card can say"),
    "squash and crop": (lambda: composed(tv().Resize((256, 256)), tv().CenterCrop(224)), r"crop after.*\(256, 256\)"),
    "no size": (lambda: composed(tv().Resize(256)), "has no CenterCrop after the resizing"),
    "no resizing": (lambda: composed(), r"has no Resize.*begin with Resize\(\(height, width\)\)"),
    "crop alone": (lambda: composed(tv().CenterCrop(224)), "cropped which were not resized"),
    "resized twice": (lambda: composed(tv().Resize(64), tv().CenterCrop(64), tv().Resize((8, 8))), "resized twice"),
    "longest side": (lambda: composed(tv().Resize(64, max_size=99), tv().CenterCrop(64)), "`max_size`"),
    "filter": (lambda: composed(tv().Resize((8, 8), mode("HAMMING"))), "interpolation `hamming`"),
    "nearest of Pillow": (lambda: composed(tv().Resize((8, 8), mode("NEAREST"))), "Pillow's `nearest`"),
    "three greys": (lambda: composed(tv().Grayscale(3), tv().Resize((8, 8))), "three equal channels"),
    "picture": (lambda: tv().Compose([tv().Resize((8, 8))]), "gives a PIL picture: expected a tensor of float32"),
    "whole numbers": (lambda: tv().Compose([tv().Resize((8, 8)), tv().PILToTensor()]), "gives whole numbers"),
    "halves": (lambda: tensors(v2().Resize((8, 8)), v2().ToDtype(torch().float16, scale=True)), "makes torch.float16"),
    "resized after Normalize": (lambda: tv().Compose([*ending(), tv().Resize((8, 8))]), "resized after Normalize"),
    "maker of a preset": (
        lambda: functools.partial(preset, crop_size=224),
        r"`partial`.*call it, as in weights\.transforms\(\)",
    ),
    "timm's squash and crop": (lambda: made_by_timm(crop_mode="squash"), r"`CenterCrop`.*\(256, 256\)"),
    "timm's border and crop": (lambda: made_by_timm(crop_mode="border"), r"`CenterCropOrPad`.*\(256, 256\)"),
    "timm's training": (
        lambda: timm().data.create_transform(224, is_training=True),
        "`RandomResizedCropAndInterpolation`.*draws at random",
    ),
    "timm's prefetcher": (lambda: made_by_timm(use_prefetcher=True), "gives whole numbers"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_card_can_say_is_refused_by_name(name: str) -> None:
    make, says = REFUSED[name]
    with pytest.raises(UsageError, match=says):
        read(make())
