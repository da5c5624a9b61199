"""What the scripts share that make DNNs with a framework: a zoo of them, and what is to be answered on the photos.

Each script is called SCRIPT GROUP OUT PHOTOS DATA by test_exporters.py, in the Python of scripts/fetch_exporters.sh, and leaves
OUT/zoo, OUT/images.csv (the photos in the order of their names), OUT/dnns.json (how near amsel must come) and, as a probability per
photo and label, OUT/framework/DNN.f32 (all done by the framework) and OUT/runtime/DNN.f32 (its preprocessing, the file that it
exported, and ONNX Runtime)."""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import onnxruntime
from PIL import Image

IMAGENET_CLASSES = 1000
NEAR = 0.01  # in probability


def softmax(logits):
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


class Dnn:
    """A card, and how the framework makes its input (`prepare`: an image of Pillow's and the photo's path) and its output (`infer`)."""

    def __init__(self, card, file, prepare, infer):
        self.card, self.file, self.prepare, self.infer = card, file, prepare, infer
        self.session = None

    def run(self, given):
        """The output of ONNX Runtime."""
        if self.session is None:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            self.session = onnxruntime.InferenceSession(self.file, options, providers=["CPUExecutionProvider"])
        return self.session.run([self.card["output"]["name"]], {self.card["input"]["name"]: given})[0]

    def probabilities(self, output):
        """Of an output as the file gives it."""
        said = self.card["output"]
        values = np.asarray(output, np.float64).reshape(-1)
        values = (values - said.get("zero_point", 0)) * said.get("scale", 1)
        if said["kind"] == "sigmoid":
            return np.array([1 - values[0], values[0]])
        values = values[said["skip_leading_classes"]:]
        return softmax(values) if said["kind"] == "logits" else values / values.sum()


class Zoo:
    """DNNs with hand-written cards."""

    def __init__(self, out, photos, labels):
        self.out = Path(out)
        self.photos = sorted(Path(photos).iterdir())
        self.dnns, self.notes = {}, {}
        for folder in ("zoo", "framework", "runtime"):
            (self.out / folder).mkdir(parents=True)
        (self.out / "zoo/labels.txt").write_text("".join(f"{label}\n" for label in labels))
        (self.out / "images.csv").write_text("path,label\n" + "".join(f"{photo},{i % 2}\n" for i, photo in enumerate(self.photos)))

    def add(self, name, prepare, infer, export, size, preprocess, layout="NCHW", names=("input", "output"), kind="logits", skip=0,
            input_type=None, output_type=None, near_framework=NEAR, near_runtime=NEAR):
        """`export` writes an ONNX file. `size`: a side or (height, width). `near_`: how near amsel must come, where the framework's
        numbers or pixels are others by their nature."""
        height, width = (size, size) if isinstance(size, int) else size
        card = {"schema": "card/1", "name": name, "labels": "../labels.txt",
                "input": {"name": names[0], "layout": layout, "height": height, "width": width, "channels": "RGB",
                          **(input_type or {"dtype": "float32"})},
                "preprocess": preprocess,
                "output": {"name": names[1], "kind": kind, "skip_leading_classes": skip, **(output_type or {})}}
        version = self.out / "zoo" / name / "1"
        version.mkdir(parents=True)
        file = str(version / "model.onnx")
        card["input"]["name"], card["output"]["name"] = export(file) or names
        (version.parent / "card.json").write_text(json.dumps(card, indent=1) + "\n")
        self.dnns[name] = Dnn(card, file, prepare, infer)
        self.notes[name] = {"framework": near_framework, "runtime": near_runtime}

    def finish(self):
        """Asks the frameworks and ONNX Runtime about every photo."""
        (self.out / "dnns.json").write_text(json.dumps(self.notes, indent=1) + "\n")
        rows = {(by, name): [] for by in ("framework", "runtime") for name in self.dnns}
        for photo in self.photos:
            image = Image.open(photo).convert("RGB")
            for name, dnn in self.dnns.items():
                given = dnn.prepare(image, photo)
                rows["framework", name].append(dnn.probabilities(dnn.infer(given)))
                rows["runtime", name].append(dnn.probabilities(dnn.run(given)))
        for (by, name), answers in rows.items():
            np.stack(answers).astype("<f4").tofile(self.out / by / f"{name}.f32")


def pixels(value, channels=3):
    """A mean or standard deviation for pixels in 0..1, for pixels in 0..255."""
    values = value if isinstance(value, (list, tuple)) else [value] * channels
    return [float(v) * 255 for v in values]


def convolutions(data, name):
    """(weights, bias) of every convolution of a DNN of AMSEL_DATA's zoo, in the order in which they run; the last gives the logits
    of a background class and of ImageNet's 1,000."""
    import onnx
    graph = onnx.load(str(data / "imagenet/zoo" / name / "1/model.onnx")).graph
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    return [(tensors[node.input[1]], tensors[node.input[2]]) for node in graph.node if node.op_type == "Conv"]


def imagenet_labels():
    return [f"class {i}" for i in range(IMAGENET_CLASSES)]


def main(groups):
    """Runs the script's group named on the command line."""
    name, out, photos, data = sys.argv[1:]
    groups[name](out, photos, Path(data))
