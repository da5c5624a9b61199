#!/usr/bin/env python3
"""Answers images with a bundle's staged policy, in ordinary Python: onnxruntime, OpenCV and numpy, one thread.

Usage: staged.py BUNDLE POINT < list of files. Prints what `amsel run --json` would of class, probability and candidates,
an image a line. Written from docs/formats alone, as one who has no amsel would; policies whose slots have gates are
refused, since those need amsel's image features.
"""
import json
import pathlib
import sys

import cv2
import numpy as np
import onnxruntime

INTERPOLATIONS = {"nearest": cv2.INTER_NEAREST, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA}
REDUCED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
FLOOR = np.float32(-24)


def read_policy(path):
    """(config, tensors by name) of a safetensors file of float32."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    config = json.loads(header.pop("__metadata__")["config"])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[8 + length + begin:8 + length + end], np.float32).reshape(entry["shape"])
    return config, tensors


class Candidate:
    def __init__(self, bundle, entry, sessions):
        folder = bundle / "candidates" / entry["folder"]
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        self.name, self.view = entry["name"], entry["view"]
        if self.view not in ("identity", "hflip", "denoise"):
            raise SystemExit(f"{self.name}: unknown view {self.view}")
        unknown = set(card["preprocess"]) - {"center_crop_fraction", "interpolation", "mean", "std"}
        if unknown or card["input"]["height"] != card["input"]["width"] or "dtype" in card["output"]:
            raise SystemExit(f"{self.name}: its card asks for more than this knows: {sorted(unknown) or 'shape or type'}")
        self.input, self.output, self.crop = card["input"], card["output"], card["preprocess"]["center_crop_fraction"]
        self.interpolation = INTERPOLATIONS[card["preprocess"]["interpolation"]]
        self.mean = np.array(card["preprocess"]["mean"], np.float32)
        self.std = np.array(card["preprocess"]["std"], np.float32)
        self.file, self.sessions = str(folder / "model.onnx"), sessions

    def session(self):  # views of one DNN share it
        if self.file not in self.sessions:
            options = onnxruntime.SessionOptions()
            options.add_session_config_entry("session.x64quantprecision", "1")
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            self.sessions[self.file] = onnxruntime.InferenceSession(self.file, options, providers=["CPUExecutionProvider"])
        return self.sessions[self.file]

    def prepare(self, image):
        height, width = image.shape[:2]
        side = max(1, int(self.crop * min(height, width) + 0.5))
        left, top = (width - side + 1) // 2, (height - side + 1) // 2
        image = image[top:top + side, left:left + side]
        if self.input["channels"] == "GRAY":
            image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        image = cv2.resize(image, (self.input["width"], self.input["height"]), interpolation=self.interpolation)
        if self.view == "denoise":
            image = cv2.bilateralFilter(image, 5, 30, 1.5)
        if self.view == "hflip":
            image = image[:, ::-1]
        if self.input["channels"] == "RGB":
            image = image[..., ::-1]
        if image.ndim == 2:
            image = image[..., None]
        tensor = (image.astype(np.float32) - self.mean) / self.std
        if self.input["dtype"] != "float32":
            limits = np.iinfo(self.input["dtype"])
            tensor = np.clip(np.rint(tensor / self.input["scale"]) + self.input["zero_point"], limits.min, limits.max)
        if self.input["layout"] == "NCHW":
            tensor = tensor.transpose(2, 0, 1)
        return np.ascontiguousarray(tensor[None], dtype=self.input["dtype"])

    def run(self, image):
        raw = self.session().run([self.output["name"]], {self.input["name"]: self.prepare(image)})[0]
        values = raw.reshape(-1)[self.output["skip_leading_classes"]:].astype(np.float64)
        if self.output["kind"] == "probabilities":
            with np.errstate(divide="ignore"):
                values = np.log(np.maximum(values, 0))
        values = values - np.max(values)
        log_probs = values - np.log(np.sum(np.exp(values)))
        return np.clip(log_probs.astype(np.float32), FLOOR, 0).astype(np.float16).astype(np.float32)


class Peer:
    def __init__(self, path, point):
        bundle = pathlib.Path(path)
        manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
        self.config, self.tensors = read_policy(bundle / "policy.safetensors")
        if self.config["kind"] != "staged" or any(len(slot["members"]) > 1 for slot in self.config["slots"]):
            sys.exit("staged.py: not a staged policy without gates")
        sessions = {}
        self.candidates = [Candidate(bundle, entry, sessions) for entry in manifest["candidates"]]
        self.min_side = manifest.get("decode_min_side", 0)
        points = self.config["operating_points"]
        self.root = self.config["roots"][points.index(point) if point else 0]

    def decode(self, path):
        data = np.fromfile(path, np.uint8)
        flags = cv2.IMREAD_COLOR
        if self.min_side > 0 and data[:3].tobytes() == b"\xff\xd8\xff":
            shorter = min(jpeg_size(data.tobytes()))
            flags = next((REDUCED[by] for by in (8, 4, 2) if (shorter + by - 1) // by >= self.min_side), flags)
        return cv2.imdecode(data, flags)

    def pool(self, head, outputs):
        total = np.float32(0)
        form = self.config["heads"][head]
        for j, (slot, kind) in enumerate(zip(form["slots"], form["maps"])):
            weights = self.tensors[f"head{head}.map{j}"]
            total = total + (outputs[slot] @ weights if kind == "full" else weights * outputs[slot])
        total = total + self.tensors.get(f"head{head}.bias", np.float32(0))
        total = total - np.max(total)
        return total - np.log(np.sum(np.exp(total)))

    def answer(self, path):
        image = self.decode(path)
        outputs, own, ran, node = {}, {}, [], self.root
        while True:
            stage = self.config["nodes"][node]
            candidate = self.config["slots"][stage["slot"]]["members"][0]
            if candidate not in own:
                own[candidate] = self.candidates[candidate].run(image)
                ran.append(candidate)
            outputs[stage["slot"]] = own[candidate]
            pooled = self.pool(stage["head"], outputs)
            best = int(np.argmax(pooled))
            signal = float(np.exp(pooled[best]))
            if self.config["signal"] == "agreement":
                votes = [int(np.argmax(output)) == best for output in outputs.values()]
                signal = sum(votes) / len(votes) if len(votes) > 1 else 0.0
            onward = next((branch for branch in stage["branches"] if signal < branch["below"]), None)
            if onward is None:
                break
            node = onward["node"]
        probability = float(np.exp(pooled[best]))
        held_back = probability < self.config["abstain_below"]
        return {"class": None if held_back else best, "probability": probability,
                "candidates": [self.candidates[c].name for c in ran]}


def jpeg_size(data):
    """(width, height) from the frame header."""
    at = 2
    while at + 9 < len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2:at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7:at + 9], "big"), int.from_bytes(data[at + 5:at + 7], "big")
        at += 2 + length
    return 0, 0


def main():
    cv2.setNumThreads(1)
    peer = Peer(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    for line in sys.stdin:
        print(json.dumps(peer.answer(line.rstrip("\n"))))


if __name__ == "__main__":
    main()
