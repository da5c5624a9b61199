"""DNNs of Hugging Face's transformers, with the weights of AMSEL_DATA's zoo, and image processors built from configurations."""

import warnings

import torch
import transformers
from torch import nn

from common import NEAR, Zoo, convolutions, imagenet_labels, main, pixels

HALF = [0.5, 0.5, 0.5]
# As in preprocessor_config.json. `resample`: 2 is bilinear, 3 bicubic.
COMMON = {"do_resize": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": HALF, "image_std": HALF}
CROP = COMMON | {"size": {"shortest_edge": 256}, "do_center_crop": True, "crop_size": {"height": 224, "width": 224}, "resample": 2}
SQUASH = COMMON | {"size": {"height": 224, "width": 224}, "resample": 2}
CONVNEXT = COMMON | {"size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3}


class Logits(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, pixel_values):
        return self.net(pixel_values=pixel_values).logits


def fill(net, layers):
    """Weights and biases into the convolutions, their normalisations made to do nothing else, and into the classifier."""
    *layers, (head, head_bias) = layers
    homes = [module for module in net.modules() if hasattr(module, "convolution")]
    with torch.no_grad():
        for home, (weights, bias) in zip(homes, layers, strict=True):
            home.convolution.weight.copy_(torch.from_numpy(weights.copy()))
            normalization = home.normalization
            normalization.running_mean.zero_()
            normalization.running_var.fill_(1 - normalization.eps)
            normalization.weight.fill_(1)
            normalization.bias.copy_(torch.from_numpy(bias.copy()))
        net.classifier.weight.copy_(torch.from_numpy(head.reshape(net.classifier.weight.shape).copy()))
        net.classifier.bias.copy_(torch.from_numpy(head_bias.copy()))
    return net.eval()


def mobilenets(data):
    v1 = transformers.MobileNetV1ForImageClassification(transformers.MobileNetV1Config(depth_multiplier=0.75, image_size=192, num_labels=1001))
    v2 = transformers.MobileNetV2ForImageClassification(transformers.MobileNetV2Config(num_labels=1001))
    return fill(v1, convolutions(data, "mobilenet_v1_075_192")), fill(v2, convolutions(data, "mobilenet_v2_100_224"))


def card_of(config):
    """What a card says of such a configuration."""
    preprocess = {"interpolation": {2: "bilinear", 3: "bicubic"}[config["resample"]], "antialias": True,
                  "mean": pixels(config["image_mean"]), "std": pixels(config["image_std"])}
    size = config["size"]
    if "crop_pct" in config:
        return size["shortest_edge"], preprocess | {"resize_side": int(size["shortest_edge"] / config["crop_pct"]), "crop_rounding": "down"}
    if "crop_size" in config:
        return config["crop_size"]["height"], preprocess | {"resize_side": size["shortest_edge"], "crop_rounding": "down"}
    return size["height"], preprocess | {"fit": "squash"}


def classification(out, photos, data):
    """The processors ending in Pil resize with Pillow; the others, which are the default, with torchvision on tensors, whose rounding
    is off by one level in places."""
    zoo = Zoo(out, photos, imagenet_labels())
    v1, v2 = mobilenets(data)
    for name, net, kind, config in (("v2_crop", v2, "MobileNetV2ImageProcessorPil", CROP), ("v2_squash", v2, "ViTImageProcessorPil", SQUASH),
                                    ("v2_squash_tensors", v2, "ViTImageProcessor", SQUASH), ("v2_crop_tensors", v2, "MobileNetV2ImageProcessor", CROP),
                                    ("v1_convnext", v1, "ConvNextImageProcessorPil", CONVNEXT)):
        size, preprocess = card_of(config)
        processor = getattr(transformers, kind).from_dict(dict(config))
        wrapped, near = Logits(net).eval(), NEAR if kind.endswith("Pil") else 0.03

        def prepare(image, _, processor=processor):
            return processor(images=image, return_tensors="pt")["pixel_values"].numpy()

        def infer(given, wrapped=wrapped):
            with torch.inference_mode():
                return wrapped(torch.from_numpy(given)).numpy()

        def export(file, wrapped=wrapped, size=size):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.onnx.export(wrapped, (torch.zeros(1, 3, size, size),), file, dynamo=True, verbose=False, input_names=["pixel_values"],
                                  output_names=["logits"])
        zoo.add(name, prepare, infer, export, size, preprocess, names=("pixel_values", "logits"), skip=1, near_framework=near, near_runtime=near)
    zoo.finish()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main({"transformers": classification})
