"""What a transform of torchvision or timm does to a picture, as a card says it (docs/formats/card.md).

The steps are followed one by one: how large pictures become, how they are resized, and what becomes of a pixel's value.
A step that no card can say is refused by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ._errors import UsageError

_LIBRARIES = ("torchvision", "timm", "torch")
_DRAWS = (
    "AugMix", "AutoAugment", "ColorJitter", "CutMix", "ElasticTransform", "GaussianBlur", "GaussianNoise", "JPEG",
    "MixUp", "RandAugment", "ScaleJitter", "TrivialAugmentWide",
)  # fmt: skip
_REASONS = {
    "FiveCrop": "makes several inputs of one picture, and a card says one",
    "TenCrop": "makes several inputs of one picture, and a card says one",
    "Lambda": "is code, which no card can say",
    "Pad": "pads by a fixed width, which no card can say",
    "partial": "is a function that makes the transform: call it, as in weights.transforms()",
}
#: By the names and the numbers that torchvision and Pillow have for them.
_INTERPOLATIONS = {
    "nearest": "nearest", "0": "nearest", "bilinear": "bilinear", "2": "bilinear", "bicubic": "bicubic",
    "3": "bicubic", "lanczos": "lanczos", "1": "lanczos",
}  # fmt: skip
_DIGITS = 7  # of float32, in which means come


@dataclass(frozen=True)
class Reading:
    """How pixels go in, as a card has it: parts of ``input``, and ``preprocess``.

    Attributes
    ----------
    channels : str
        ``RGB``, ``BGR`` or ``GRAY``.
    height, width : int
        Of the tensor, in pixels.
    preprocess : dict
        ``mean`` and ``std`` are for pixels in 0..255.
    """

    channels: str
    height: int
    width: int
    preprocess: dict[str, Any]


def read(transform: object) -> Reading:
    """The card's words for a transform that takes a PIL picture.

    Raises
    ------
    UsageError
        Naming the step, and why no card can say it.
    """
    walk = _Walk()
    for number, step in enumerate(_steps(transform), 1):
        walk.take(number, step)
    return walk.reading()


def _steps(transform: Any) -> list[Any]:
    name, known = type(transform).__name__, _library(transform) is not None
    if name == "Compose" and known:
        return [inner for step in transform.transforms for inner in _steps(step)]
    if name == "Sequential" and known:
        return [inner for step in transform for inner in _steps(step)]
    return [transform]


def _library(step: object) -> str | None:
    """Whose class it is; None: of nobody whose steps are known."""
    library = type(step).__module__.partition(".")[0]
    return library if library in _LIBRARIES else None


def _refusal(step: object) -> str:
    name = type(step).__name__
    if name in _REASONS:
        return _REASONS[name]
    if _library(step) is None:
        return "is not of torchvision or timm, so what it does is not known"
    if name.startswith("Random") or name in _DRAWS:
        return "draws at random, as for training: give the transform that is used for testing"
    return "is a step that no card can say"


def _sides(size: Any) -> tuple[int, ...]:
    """(shorter side,) or (height, width), in pixels."""
    return tuple(int(side) for side in size) if isinstance(size, Sequence) else (int(size),)


def _plain(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


@dataclass
class _Walk:
    """What the steps so far have made of a picture."""

    tensor: bool = False  # else it is a PIL picture
    floating: bool = False  # values, else 8-bit pixels
    normalized: bool = False
    gray: bool = False
    # How it was resized: to a shorter side, to both, inside both (letterbox), or around both.
    resized: Literal["", "shorter", "both", "inside", "around"] = ""
    size: tuple[int, ...] = ()
    crop: tuple[int, int] | None = None
    fill: list[int] | None = None
    interpolation: str = ""
    antialias: bool = True
    # A value is now (pixel in 0..255 - mean) / std.
    mean: list[float] = field(default_factory=lambda: [0.0] * 3)
    std: list[float] = field(default_factory=lambda: [1.0] * 3)
    where: str = "transform"

    def take(self, number: int, step: Any) -> None:
        self.where = f"transform, step {number} (`{type(step).__name__}`)"
        handler = _STEPS.get((_library(step) or "", type(step).__name__))
        if handler is None:
            raise self.fault(_refusal(step))
        handler(self, step)

    def fault(self, what: str) -> UsageError:
        return UsageError(f"{self.where}: {what}")

    def need(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise self.fault(otherwise)

    # Sizes.

    def resize(self, size: Any, interpolation: Any, antialias: bool | None, max_size: int | None = None) -> None:
        self.need(size is not None and max_size is None, "no card can say `max_size`")
        sides = _sides(size)
        self.resize_as("both" if len(sides) == 2 else "shorter", sides, interpolation, antialias)

    def resize_as(
        self, how: Literal["shorter", "both", "inside", "around"], sides: tuple[int, ...], interpolation: Any,
        antialias: bool | None,
    ) -> None:  # fmt: skip
        self.need(not self.resized, "no card can say that pictures are resized twice")
        self.need(self.crop is None, "no card can say that pictures are cropped, then resized")
        self.need(not self.normalized, "no card can say that pictures are resized after Normalize")
        self.resized, self.size = how, sides
        name = str(getattr(interpolation, "value", interpolation)).lower()
        self.need(name in _INTERPOLATIONS, f"no card can say the interpolation `{name}`")
        self.interpolation = _INTERPOLATIONS[name]
        if self.interpolation == "nearest":
            self.need(self.tensor, "no card can say Pillow's `nearest`, which takes the middle of what a pixel covers")
        # Pillow antialiases whatever it is told, and OpenCV's nearest is that of tensors.
        self.antialias = self.interpolation != "nearest" and (not self.tensor or bool(antialias))

    def center_crop(self, size: Any, fill: Any = None) -> None:
        self.need(bool(self.resized), "no card can say that pictures are cropped which were not resized before")
        self.need(self.crop is None, "no card can say that pictures are cropped twice")
        self.need(not self.normalized, "no card can say that pictures are cropped after Normalize")
        sides = _sides(size)
        self.crop = (sides[0], sides[-1])
        if self.resized in ("both", "inside"):
            self.need(self.crop == self.size, f"no card can say a crop after the resizing to {self.size}")
        if self.resized == "inside":
            self.fill = [int(v) for v in fill] if isinstance(fill, Sequence) else [int(fill or 0)] * 3
        elif fill is not None and any(_sides(fill)):
            whole = self.resized == "shorter" and self.size[0] >= max(self.crop)
            self.need(whole, "no card can say the colour of a border that is not black")

    def keep_ratio(self, step: Any) -> None:
        self.need(step.random_scale_prob == 0 and step.random_aspect_prob == 0, "draws sizes at random")
        self.need(step.longest in (0, 1), f"no card can say `longest` {step.longest}")
        self.resize_as("inside" if step.longest == 1 else "around", _sides(step.size), step.interpolation, True)

    # Types.

    def to_tensor(self, scales: bool) -> None:
        if self.tensor:
            return
        self.tensor = True
        if scales:
            self.to_float(True)

    def to_dtype(self, dtype: Any, scales: bool) -> None:
        self.need(self.tensor, "comes before the picture is a tensor")
        self.need(str(dtype) in ("torch.float32", "torch.uint8"), f"makes {dtype}: expected torch.float32")
        self.need(not (self.floating and str(dtype) == "torch.uint8"), "makes whole numbers of fractions")
        if str(dtype) == "torch.float32":
            self.to_float(scales)

    def to_float(self, scales: bool) -> None:
        if not self.floating and scales:
            self.std = [255 * v for v in self.std]
        self.floating = True

    # Values.

    def grayscale(self, step: Any) -> None:
        channels = getattr(step, "num_output_channels", 1)
        self.need(channels == 1, "no card can say grey pictures of three equal channels; Grayscale(1) is said")
        self.need(not self.normalized, "no card can say that pictures turn grey after Normalize")
        self.gray = True

    def normalize(self, mean: Any, std: Any) -> None:
        self.need(self.floating, "comes before the picture is a tensor of float32")
        channels = 1 if self.gray else 3
        means, stds = ([float(v) for v in values] for values in (mean, std))
        for name, values in (("mean", means), ("std", stds)):
            self.need(len(values) in (1, channels), f"`{name}` has {len(values)} numbers: expected {channels}")
            self.need(all(math.isfinite(v) for v in values), f"`{name}` has numbers that are not finite")
        self.need(min(stds) > 0, "`std`: expected numbers above 0")
        for channel in range(3):
            self.mean[channel] += self.std[channel] * means[channel % len(means)]
            self.std[channel] *= stds[channel % len(stds)]
        self.normalized = True

    # The whole.

    def preset(self, step: Any) -> None:
        """A `transforms()` of torchvision's weights."""
        self.resize(step.resize_size, step.interpolation, step.antialias)
        self.center_crop(step.crop_size)
        self.to_tensor(True)
        self.normalize(step.mean, step.std)

    def reading(self) -> Reading:
        self.where = "transform"
        given = "whole numbers" if self.tensor else "a PIL picture"
        self.need(self.floating, f"gives {given}: expected a tensor of float32, as ToTensor() makes it")
        height, width = self.sides()
        channels = 1 if self.gray else 3
        preprocess: dict[str, Any] = self.fit(height, width)
        preprocess["interpolation"] = self.interpolation
        preprocess["antialias"] = self.antialias
        preprocess["mean"] = [_plain(v) for v in self.mean[:channels]]
        preprocess["std"] = [_plain(v) for v in self.std[:channels]]
        return Reading("GRAY" if self.gray else "RGB", height, width, preprocess)

    def sides(self) -> tuple[int, int]:
        self.need(
            bool(self.resized),
            "has no Resize, and no card can say that pictures stay as large as they are: if all of yours have the "
            "DNN's size, begin with Resize((height, width)), which leaves them as they are",
        )
        if self.crop is not None:
            return self.crop
        self.need(
            self.resized == "both", f"has no CenterCrop after the resizing to {self.size}: inputs have no one size"
        )
        return self.size[0], self.size[1]

    def fit(self, height: int, width: int) -> dict[str, Any]:
        if self.resized == "both":
            return {"fit": "squash"}
        if self.resized == "inside":
            assert self.fill is not None
            return {"fit": "letterbox", "pad_color": self.fill[: 1 if self.gray else 3]}
        if self.resized == "shorter":
            return {"resize_side": self.size[0]}
        fractions = height / self.size[0], width / self.size[-1]
        near = abs(fractions[0] - fractions[1]) * max(self.size) < 2  # pixels, which roundings may make
        fits = near and max(fractions) <= 1
        self.need(fits, f"no card can say a crop of {height} x {width} after the resizing to {self.size}")
        return {"center_crop_fraction": _plain(sum(fractions) / 2)}


_Handler = Callable[[_Walk, Any], None]


def _pass(walk: _Walk, step: Any) -> None:
    """Steps that change nothing here."""


def _to_pil(walk: _Walk, step: Any) -> None:
    walk.need(not walk.tensor, "makes a PIL picture of a tensor, which no card can say")


def _to_rgb(walk: _Walk, step: Any) -> None:
    walk.need(not walk.gray, "makes three equal channels of a grey one, which no card can say")


def _crop_or_pad(walk: _Walk, step: Any) -> None:
    walk.need(step.padding_mode == "constant", f"no card can say the padding mode `{step.padding_mode}`")
    walk.center_crop(step.size, step.fill)


def _to_values(walk: _Walk, step: Any) -> None:
    walk.to_tensor(False)
    walk.to_dtype(step.dtype, False)


#: (library, class) -> what it does.
_STEPS: dict[tuple[str, str], _Handler] = {
    ("torchvision", "Resize"): lambda walk, step: walk.resize(
        step.size, step.interpolation, step.antialias, step.max_size
    ),
    ("torchvision", "CenterCrop"): lambda walk, step: walk.center_crop(step.size),
    ("torchvision", "ToTensor"): lambda walk, step: walk.to_tensor(True),
    ("torchvision", "PILToTensor"): lambda walk, step: walk.to_tensor(False),
    ("torchvision", "ToImage"): lambda walk, step: walk.to_tensor(False),
    ("torchvision", "ConvertImageDtype"): lambda walk, step: walk.to_dtype(step.dtype, True),
    ("torchvision", "ToDtype"): lambda walk, step: walk.to_dtype(step.dtype, step.scale),
    ("torchvision", "Grayscale"): _Walk.grayscale,
    ("torchvision", "Normalize"): lambda walk, step: walk.normalize(step.mean, step.std),
    ("torchvision", "ImageClassification"): _Walk.preset,
    ("torchvision", "ToPILImage"): _to_pil,
    ("torchvision", "ToPureTensor"): _pass,
    ("torchvision", "RGB"): _to_rgb,
    ("torchvision", "Identity"): _pass,
    ("torch", "Identity"): _pass,
    ("timm", "ResizeKeepRatio"): _Walk.keep_ratio,
    ("timm", "CenterCropOrPad"): _crop_or_pad,
    ("timm", "MaybeToTensor"): lambda walk, step: walk.to_tensor(True),
    ("timm", "MaybePILToTensor"): lambda walk, step: walk.to_tensor(False),
    ("timm", "ToTensor"): _to_values,
}
