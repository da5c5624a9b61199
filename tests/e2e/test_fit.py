"""Cards that take all of a picture, with inputs that are not square: from profile to a bundle that answers."""

import json
import random

from harness import EndToEnd, main

LABELS = ("red", "green", "blue")
HEIGHT, WIDTH = 12, 20
FITS = {
    "crop": {"center_crop_fraction": 0.4, "interpolation": "bilinear"},
    "letterbox": {"fit": "letterbox", "pad_color": [114, 114, 114], "interpolation": "area"},
    "side": {"resize_side": 13, "interpolation": "bicubic", "antialias": True},
    "squash": {"fit": "squash", "interpolation": "lanczos", "antialias": True},
}


def varint(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def message(*fields):
    """Protocol Buffers: (number, integer, text or bytes) …"""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def onnx_of_mean_colours():
    """Its logits are the means of the channels."""

    def node(op, source, result):
        return (1, message((1, source), (2, result), (4, op)))

    def tensor(name, *sizes):
        shape = message(*((1, message((1, size))) for size in sizes))
        return message((1, name), (2, message((1, message((1, 1), (2, shape))))))

    graph = message(node("GlobalAveragePool", "input", "means"), node("Flatten", "means", "logits"), (2, "means"),
                    (11, tensor("input", 1, 3, HEIGHT, WIDTH)), (12, tensor("logits", 1, 3)))
    return message((1, 8), (7, graph), (8, message((1, ""), (2, 13))))


def write_zoo(folder, names):
    folder.mkdir()
    (folder / "labels.txt").write_text("\n".join(LABELS) + "\n")
    for name in names:
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "1" / "model.onnx").write_bytes(onnx_of_mean_colours())
        card = {"schema": "card/1", "name": name, "labels": "../labels.txt",
                "input": {"name": "input", "layout": "NCHW", "height": HEIGHT, "width": WIDTH, "channels": "RGB",
                          "dtype": "float32"},
                "preprocess": FITS[name] | {"mean": [0, 0, 0], "std": [20, 20, 20]},
                "output": {"name": "logits", "kind": "logits"}}
        (folder / name / "card.json").write_text(json.dumps(card))
    return folder


def write_pictures(folder, count, middle=False):
    """Wide ones: the colour of the class at both sides, the next one in the middle, or the other way round. Blocks of
    chance brightness tell them apart."""
    folder.mkdir()
    chance = random.Random(1)
    rows = []
    for i in range(count):
        outer, inner = (i + 1, i) if middle else (i, i + 1)
        picture = b""
        for _ in range(5):
            blocks = b""
            for block in range(16):
                colour = inner if 5 <= block < 11 else outer
                light = chance.randrange(90, 250)
                blocks += bytes(light if c == colour % 3 else light // 8 for c in range(3)) * 10
            picture += blocks * 8
        (folder / f"{i}.ppm").write_bytes(b"P6 160 40 255\n" + picture)
        rows.append(f"{i}.ppm,{LABELS[i % 3]}\n")
    (folder / "images.csv").write_text("path,label\n" + "".join(rows))
    return folder / "images.csv"


class Fits(EndToEnd):
    def setUp(self):
        super().setUp()
        self.profile = self.folder / "profile.db"

    def profile_zoo(self, *names, middle=False):
        zoo = write_zoo(self.folder / "zoo", names)
        images = write_pictures(self.folder / "pictures", 120, middle)
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", self.profile)

    def test_what_is_taken_of_a_picture_decides(self):
        self.profile_zoo(*FITS)
        done = self.succeed("evaluate", "--profile", self.profile, "--policy", "single", "--folds", 3, "--json")
        top1 = {row["name"]: row["top1"] for row in json.loads(done.stdout)["rows"] if row["kind"] == "single"}
        self.assertEqual(top1, {"crop": 0, "letterbox": 1, "side": 0, "squash": 1})

    def check_bundle(self, right, wrong, middle=False):
        """A bundle of the one prepares pictures as the profile did, and conforms."""
        self.profile_zoo(right, wrong, middle=middle)
        bundle = self.folder / "bundle"
        self.succeed("train", "--profile", self.profile, "--policy", "single", "--out", bundle)
        card = json.loads(next(bundle.glob("candidates/*/card.json")).read_text())
        self.assertEqual(card["preprocess"], FITS[right] | {"mean": [0, 0, 0], "std": [20, 20, 20]})
        self.succeed("inspect", "--verify", bundle)
        files = [self.folder / "pictures" / f"{i}.ppm" for i in range(3)]
        answers = self.lines(self.succeed("run", "--bundle", bundle, "--json", *files))
        self.assertEqual([answer["label"] for answer in answers], list(LABELS))

    def test_bundles_keep_a_letterbox(self):
        self.check_bundle("letterbox", "crop")

    def test_bundles_keep_a_squash(self):
        self.check_bundle("squash", "side")

    def test_bundles_keep_a_resized_side(self):
        self.check_bundle("side", "squash", middle=True)


if __name__ == "__main__":
    main()
