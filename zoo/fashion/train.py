#!/usr/bin/env python3
"""Trains the Fashion-MNIST zoo: six CNNs, from thousands to tens of millions of multiply-adds.

Every candidate is trained on the first 55,000 training images. The last 5,000 are the validation
images, on which all choices were made; no candidate is fitted to them. The test images are read
only by the final report, on all candidates found: expected.csv, and the table in README.md.
"""

import argparse
import gzip
import json
import logging
import platform
import re
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

SIDE = 28
CLASSES = 10
VALIDATION_IMAGES = 5000
BATCH = 128
PEAK_RATE = 0.1  # of the learning rate
WARM_UP = 0.15  # share of the steps; then the rate falls linearly to zero
WEIGHT_DECAY = 5e-4


@dataclass(frozen=True)
class Candidate:
    """One CNN: a stem, stages of one 3x3 convolution and some residual blocks, a linear layer."""

    name: str
    stem: tuple  # (channels, kernel, stride)
    stages: tuple  # of (channels, stride, residual blocks)
    epochs: int
    shift: int  # largest random shift, in pixels
    erased: int  # largest side of the randomly erased rectangle, in pixels


CANDIDATES = (
    Candidate("cnn_xs", (3, 5, 4), ((4, 2, 0),), 12, 0, 0),
    Candidate("cnn_s", (4, 3, 2), ((8, 2, 0), (8, 2, 0)), 14, 0, 0),
    Candidate("cnn_m", (8, 3, 2), ((16, 2, 0), (24, 2, 0)), 14, 0, 0),
    Candidate("cnn_l", (16, 3, 2), ((32, 2, 1),), 20, 1, 4),
    Candidate("cnn_xl", (12, 3, 1), ((24, 2, 1), (48, 2, 1)), 20, 2, 10),
    Candidate("cnn_xxl", (24, 3, 1), ((48, 2, 1), (96, 2, 1)), 30, 2, 14),
)


class Residual(nn.Sequential):
    """relu(x + layers of x)."""

    def forward(self, x):
        return torch.relu(x + super().forward(x))


def convolution(inputs, outputs, kernel=3, stride=1):
    """A convolution and its batch normalisation, as two layers that `fold` joins."""
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
    return layer, nn.BatchNorm2d(outputs)


def build(candidate):
    """The untrained network of a candidate."""
    channels, kernel, stride = candidate.stem
    layers = [*convolution(1, channels, kernel, stride), nn.ReLU()]
    for outputs, stride, blocks in candidate.stages:
        layers += [*convolution(channels, outputs, 3, stride), nn.ReLU()]
        for _ in range(blocks):
            pair = convolution(outputs, outputs), convolution(outputs, outputs)
            layers.append(Residual(*pair[0], nn.ReLU(), *pair[1]))
        channels = outputs
    network = nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(CLASSES))
    network.eval()(torch.zeros(1, 1, SIDE, SIDE))  # tells the last layer its number of inputs
    return network


def fold(module):
    """The same network for inference, with each batch normalisation folded into its convolution."""
    if not isinstance(module, nn.Sequential):
        return module
    folded = []
    for layer in module.eval():
        if isinstance(layer, nn.BatchNorm2d):
            folded[-1] = fuse_conv_bn_eval(folded[-1], layer)
        else:
            folded.append(fold(layer))
    return type(module)(*folded)


def count_multiply_adds(network):
    """Multiply-adds of all convolutions and linear layers for one image."""
    counts = []

    def count(layer, _, output):
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            counts.append(output[0].numel() * layer.weight[0].numel())

    with nn.modules.module.register_module_forward_hook(count), torch.no_grad():
        network(torch.zeros(1, 1, SIDE, SIDE))
    return sum(counts)


def read_idx(path):
    """The array in a gzipped IDX file of bytes."""
    data = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(data, ">i4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def read_split(folder, prefix):
    """(images as N,1,28,28 floats in 0..255, labels) of `train` or `t10k`."""
    images = torch.tensor(read_idx(folder / f"{prefix}-images-idx3-ubyte.gz"))
    labels = torch.tensor(read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz"))
    return images[:, None].float(), labels.long()


def augment(images, shift, erased):
    """Each image shifted, perhaps mirrored, and with a rectangle of it erased (set to the mean)."""
    count = len(images)
    steps = torch.arange(SIDE)
    rows = steps + torch.randint(2 * shift + 1, (count, 1))
    columns = torch.where(torch.rand(count, 1) < 0.5, SIDE - 1 - steps, steps)
    columns = columns + torch.randint(2 * shift + 1, (count, 1))
    padded = nn.functional.pad(images[:, 0], (shift,) * 4, value=images.min().item())
    result = padded[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]]
    if erased:
        centre = torch.randint(SIDE, (2, count, 1))
        size = torch.randint(erased + 1, (2, count, 1))
        inside = 2 * (steps - centre).abs() < size
        result[inside[0][:, :, None] & inside[1][:, None, :]] = 0
    return result[:, None]


def validate(network, images, labels):
    """(accuracy, mean cross-entropy)."""
    with torch.no_grad():
        logits = torch.cat([network.eval()(batch) for batch in images.split(500)])
    loss = nn.functional.cross_entropy(logits, labels).item()
    return (logits.argmax(1) == labels).float().mean().item(), loss


def train(candidate, training, validation, bf16):
    """The trained network; `training` and `validation` are (normalised images, labels)."""
    network = build(candidate)
    options = {"momentum": 0.9, "nesterov": True, "weight_decay": WEIGHT_DECAY}
    optimizer = torch.optim.SGD(network.parameters(), 0.0, **options)
    images, labels = training
    steps = len(images) // BATCH
    wall, cpu = time.monotonic(), time.process_time()
    for epoch in range(candidate.epochs):
        network.train()
        order = torch.randperm(len(images))
        total = 0.0
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            progress = (epoch + step / steps) / candidate.epochs
            ramp = min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP))
            optimizer.param_groups[0]["lr"] = PEAK_RATE * ramp
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                logits = network(augment(images[chosen], candidate.shift, candidate.erased))
            loss = nn.functional.cross_entropy(logits.float(), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        accuracy, validation_loss = validate(network, *validation)
        logging.info(
            f"{candidate.name} epoch {epoch + 1}/{candidate.epochs}: loss {total / steps:.4f},"
            f" validation accuracy {accuracy:.4f}, validation loss {validation_loss:.4f},"
            f" {time.monotonic() - wall:.0f} s, {time.process_time() - cpu:.0f} CPU s"
        )
    return network


def run_onnx(path, images):
    """The logits that ONNX Runtime computes."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"input": b.numpy()})[0] for b in images.split(500)])


def write_card(name, network, mean, std, path):
    """Writes the card that says how to feed the ONNX file and what it costs."""
    pixels = {"layout": "NCHW", "height": SIDE, "width": SIDE, "channels": "GRAY"}
    square = {"center_crop_fraction": 1.0, "interpolation": "bilinear"}
    card = {
        "schema": "card/1",
        "name": name,
        "task": "image-classification",
        "input": {"name": "input", **pixels, "dtype": "float32"},
        "preprocess": {**square, "mean": [mean], "std": [std]},
        "output": {"name": "logits", "kind": "logits", "skip_leading_classes": 0},
        "labels": "../labels.txt",
        "parameters": sum(p.numel() for p in network.parameters()),
        "multiply_adds": count_multiply_adds(network),
        "license": "Apache-2.0",
        "source": "zoo/fashion/train.py",
    }
    path.write_text(json.dumps(card, indent=2) + "\n")


def export(name, trained, inputs, mean, std, folder):
    """Writes ONNX file and card; returns by how much ONNX Runtime's logits differ at most."""
    path = folder / "1" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        expected = trained.eval()(inputs).numpy()
    network = fold(trained)
    write_card(name, network, mean, std, folder / "card.json")
    names = {"input_names": ["input"], "output_names": ["logits"]}
    axes = {"input": {0: "batch"}, "logits": {0: "batch"}}
    options = {"opset_version": 17, "dynamo": False, "dynamic_axes": axes}
    torch.onnx.export(network, (inputs[:1],), str(path), **names, **options)
    onnx.checker.check_model(str(path), full_check=True)
    return np.abs(run_onnx(path, inputs) - expected).max()


def report(out, data):
    """Writes expected.csv and the table, for all candidates in `out`, from the test images."""
    images, labels = read_split(data, "t10k")
    expected = ["zoo,candidate,images,top1,top5"]
    table = ["| candidate | multiply-adds | parameters | file bytes | test top-1 |"]
    table += ["|---|--:|--:|--:|--:|"]
    for name in (c.name for c in CANDIDATES if (out / c.name / "card.json").exists()):
        card = json.loads((out / name / "card.json").read_text())
        mean, std = card["preprocess"]["mean"][0], card["preprocess"]["std"][0]
        path = out / name / "1" / "model.onnx"
        logits = run_onnx(path, (images - mean) / std)
        ranked = np.argsort(-logits, axis=1, kind="stable")  # ties: the lowest class first
        hits = ranked == labels.numpy()[:, None]
        top1, top5 = hits[:, 0].mean(), hits[:, :5].any(axis=1).mean()
        expected.append(f"zoo,{name},{len(images)},{top1:.4f},{top5:.4f}")
        counts = (card["multiply_adds"], card["parameters"], path.stat().st_size)
        table.append(f"| {name} | {' | '.join(f'{n:,}' for n in counts)} | {100 * top1:.2f} % |")
    (out / "expected.csv").write_text("\n".join([*expected, ""]))
    logging.info("\n".join(table))
    if (readme := out / "README.md").exists():
        head, _, tail = re.split("(?<=begin -->)|(?=<!-- table: end)", readme.read_text())
        readme.write_text("\n".join([head, *table, tail]))


def make_zoo(arguments):
    """Trains and exports the candidates asked for, then reports on all."""
    versions = [f"{m.__name__} {m.__version__}" for m in (torch, onnx, onnxruntime, np)]
    logging.info(f"# Python {platform.python_version()}, {', '.join(versions)}")
    precision = "float32" if arguments.fp32 else "bfloat16"
    logging.info(f"# seed {arguments.seed}, {arguments.threads} threads, {precision}")
    images, labels = read_split(arguments.data, "train")
    kept = len(images) - VALIDATION_IMAGES
    mean, std = (round(f(images[:kept]).item(), 3) for f in (torch.mean, torch.std))
    images = (images - mean) / std
    training, validation = (images[:kept], labels[:kept]), (images[kept:], labels[kept:])
    wall, cpu = time.monotonic(), time.process_time()
    for candidate in (c for c in CANDIDATES if c.name in arguments.only):
        torch.manual_seed(arguments.seed)
        network = train(candidate, training, validation, not arguments.fp32)
        folder = arguments.out / candidate.name
        difference = export(candidate.name, network, validation[0], mean, std, folder)
        logging.info(f"{candidate.name}: ONNX Runtime's logits differ by {difference:.1e} at most")
        if not difference < 1e-3:
            raise RuntimeError(f"{candidate.name}: the exported file computes something else")
    wall, cpu = (time.monotonic() - wall) / 60, (time.process_time() - cpu) / 60
    logging.info(f"# {' '.join(arguments.only)}: {wall:.1f} minutes, {cpu:.1f} CPU minutes")
    report(arguments.out, arguments.data)


def main():
    """Reads the command line, opens the log, and makes the zoo."""
    names = [c.name for c in CANDIDATES]
    data, out = Path("/usr/share/datasets/fashion-mnist"), Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--data", type=Path, default=data, help="folder of the gzipped IDX files (%(default)s)")
    add("--out", type=Path, default=out, help="folder of the zoo (default: this script's)")
    only = {"nargs": "+", "choices": names, "default": names, "metavar": "NAME"}
    add("--only", **only, help="train only these, and append to the log")
    add("--threads", type=int, default=2, help="to train with (%(default)s)")
    add("--seed", type=int, default=1, help="of weights, order and augmentation (%(default)s)")
    add("--fp32", action="store_true", help="train without bfloat16: slower where that is native")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    mode = "w" if arguments.only == names else "a"
    both = [logging.StreamHandler(), logging.FileHandler(arguments.out / "training_log.txt", mode)]
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=both)
    make_zoo(arguments)


if __name__ == "__main__":
    main()
