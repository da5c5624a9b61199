"""What the end-to-end tests share: running amsel, small zoos and slices of images, and the content of profiles."""

import gzip
import hashlib
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

ROOT = Path(os.environ.get("AMSEL_ROOT", Path(__file__).resolve().parents[2]))
PROGRAM = os.environ.get("AMSEL", str(ROOT / "build/release/amsel"))
DATA = Path(os.environ.get("AMSEL_DATA") or "AMSEL_DATA")  # families of images and DNNs: docs/data.md
FASHION = Path("/usr/share/datasets/fashion-mnist")
FASHION_TEST = FASHION / "t10k-images-idx3-ubyte.gz"
SMALL = ("cnn_xs", "cnn_s", "cnn_m")
SIDE = 28

needs_fashion = unittest.skipUnless(FASHION_TEST.exists(), "the Debian package dataset-fashion-mnist is not installed")


needs_data = unittest.skipUnless(os.environ.get("AMSEL_DATA"), "AMSEL_DATA is not set")


class EndToEnd(unittest.TestCase):
    """A temporary folder per test, and assertions on runs of amsel."""

    maxDiff = 2000

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="amsel-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    @classmethod
    def maker(cls):
        """One for setUpClass: its folder lasts until all tests of the class have run."""
        maker = EndToEnd()
        maker.setUp()
        cls.addClassCleanup(maker.doCleanups)
        return maker

    def run_amsel(self, *arguments, stdin="", **options):
        command = [PROGRAM, *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, errors="replace", **options)

    def succeed(self, *arguments, **options):
        return self.expect(0, *arguments, **options)

    def expect(self, code, *arguments, says=(), **options):
        """Runs amsel, which must exit with `code` and mention each of `says` on stderr."""
        done = self.run_amsel(*arguments, **options)
        self.assertEqual(done.returncode, code, f"amsel {' '.join(map(str, arguments))}\n{done.stdout}\n{done.stderr}")
        for text in says:
            self.assertIn(str(text), done.stderr)
        return done

    def csv(self, text):
        """A file with this text."""
        file = self.folder / "outcomes.csv"
        file.write_text(text)
        return file

    def lines(self, done):
        return [json.loads(line) for line in done.stdout.splitlines()]


def table_of_outcomes(images, sure=True, confidences=True, worth="1", last_split=""):
    """A CSV of two candidates that err at random; where `sure`, they are surer where they are right. A right answer is worth
    `worth`; the last fifth is of split `last_split`; None: there is no such column."""
    draw = random.Random(5)
    has_split = last_split is not None
    columns = ["id"] + ["split"] * has_split
    for name in ("small", "large"):
        columns += [f"{name}:correct", f"{name}:ms"] + [f"{name}:confidence"] * confidences
    rows = [",".join(columns)]
    for image in range(images):
        cells = [str(image)] + [last_split if image >= images * 4 // 5 else ""] * has_split
        for skill, ms in ((0.75, 1), (0.85, 4)):
            right = draw.random() < skill
            confidence = draw.random() / 2 + (0.5 if sure and right else 0)
            cells += [worth if right else "0", str(ms)] + [f"{confidence:.3f}"] * confidences
        rows.append(",".join(cells))
    return "\n".join(rows) + "\n"


def main():
    """Runs the tests of the calling file; exits with 77, which ctest shows as skipped, when all were."""
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and len(result.skipped) >= result.testsRun else 0)


def make_zoo(folder, names=SMALL):
    """A copy of some candidates of zoo/fashion, so that tests may spoil it."""
    zoo = folder / "zoo"
    zoo.mkdir(parents=True)
    shutil.copy(ROOT / "zoo/fashion/labels.txt", zoo)
    for name in names:
        shutil.copytree(ROOT / "zoo/fashion" / name, zoo / name)
    return zoo


def edit_json(file, change):
    """Lets `change` alter the JSON in `file` in place."""
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content, indent=1))


def edit_manifest(bundle, change):
    """Lets `change` alter a bundle's manifest, as one who may also write its checksum."""
    manifest = bundle / "manifest.json"
    edit_json(manifest, change)
    digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
    sums = (bundle / "SHA256SUMS").read_text().splitlines()
    fresh = [f"{digest}  manifest.json" if line.endswith("  manifest.json") else line for line in sums]
    (bundle / "SHA256SUMS").write_text("\n".join(fresh) + "\n")


def read_idx(file, header):
    return gzip.decompress(file.read_bytes())[header:]


def fashion_pixels(first, count):
    """Pixels and labels of some of Fashion-MNIST's test images."""
    pixels = read_idx(FASHION_TEST, 16)
    labels = read_idx(FASHION / "t10k-labels-idx1-ubyte.gz", 8)
    area = SIDE * SIDE
    chosen = range(first, first + count)
    return [pixels[i * area:(i + 1) * area] for i in chosen], [labels[i] for i in chosen]


def fashion_slice(folder, first, count):
    """A gzipped IDX pair with some of the test images; gives the images file."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels, labels = fashion_pixels(first, count)
    images = folder / "slice-images-idx3-ubyte.gz"
    images.write_bytes(gzip.compress(struct.pack(">IIII", 0x803, count, SIDE, SIDE) + b"".join(pixels), 1))
    (folder / "slice-labels-idx1-ubyte.gz").write_bytes(gzip.compress(struct.pack(">II", 0x801, count) + bytes(labels), 1))
    return images


def pgm(pixels, width=SIDE, height=SIDE):
    return b"P5\n%d %d\n255\n" % (width, height) + pixels


def png(width, height, depth, color, rows):
    """A PNG of `rows`, each with its filter byte; the header may lie."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def made_up_images(folder, count, classes=10):
    """PGM images of stripes with labels in turn, for tests that need images but no truth in them; gives the CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["path,label"]
    for i in range(count):
        pixels = bytes((x * (i + 3) + y * (i % 7)) % 256 for y in range(SIDE) for x in range(SIDE))
        (folder / f"{i:03}.pgm").write_bytes(pgm(pixels))
        rows.append(f"{i:03}.pgm,{i % classes}")
    csv = folder / "images.csv"
    csv.write_text("\n".join(rows) + "\n")
    return csv


def varint(number):
    """As protocol buffers write it."""
    more, low = number >> 7, number & 0x7F
    return bytes([low]) if more == 0 else bytes([low | 0x80]) + varint(more)


def message(*fields):
    """A protocol buffer of (number, value): integers, texts, bytes or messages."""
    encoded = b""
    for number, value in fields:
        value = value.encode() if isinstance(value, str) else value
        is_integer = isinstance(value, int)
        encoded += varint(number << 3 | (0 if is_integer else 2)) + (varint(value) if is_integer else varint(len(value)) + value)
    return encoded


def tiny_dnn(threshold=0.5, nan_on_black=False):
    """An ONNX file that tells images darker than `threshold` (class 0) from brighter ones (class 1) by their mean. A black
    image gives what is no number where `nan_on_black`."""
    def floats(name, sizes, values):
        return message(*((1, size) for size in sizes), (2, 1), (8, name), (9, struct.pack(f"<{len(values)}f", *values)))
    def node(kind, inputs, output, *attributes):
        return message(*((1, name) for name in inputs), (2, output), (4, kind), *((5, one) for one in attributes))
    def port(name, sizes):
        shape = message(*((1, message((2, "N") if size is None else (1, size))) for size in sizes))
        return message((1, name), (2, message((1, message((1, 1), (2, shape))))))
    nodes = [node("GlobalAveragePool", ["input"], "mean"), node("Flatten", ["mean"], "flat", message((1, "axis"), (3, 1), (20, 2))),
             node("MatMul", ["flat", "weights"], "score"), node("Add", ["score", "bias"], "shifted" if nan_on_black else "output")]
    tensors = [floats("weights", [1, 2], [-8, 8]), floats("bias", [2], [8 * threshold, -8 * threshold])]
    if nan_on_black:  # 0 times the logarithm of 0 is no number
        nodes += [node("Log", ["flat"], "log"), node("Mul", ["log", "zero"], "nothing"), node("Add", ["shifted", "nothing"], "output")]
        tensors.append(floats("zero", [1], [0]))
    graph = message(*((1, one) for one in nodes), (2, "tiny"), *((5, one) for one in tensors),
                    (11, port("input", [None, 1, 8, 8])), (12, port("output", [None, 2])))
    return message((1, 8), (7, graph), (8, message((1, ""), (2, 17))))


def endless_dnn():
    """As tiny_dnn for its inputs and outputs; a loop that never ends stands between them."""
    def port(name, kind, sizes):
        shape = message(*((1, message((2, "N") if size is None else (1, size))) for size in sizes))
        return message((1, name), (2, message((1, message((1, kind), (2, shape))))))
    def node(kind, inputs, output, *attributes):
        return message(*((1, name) for name in inputs), (2, output), (4, kind), *((5, one) for one in attributes))
    floats, int64, boolean = 1, 7, 9
    body = message((1, node("Identity", ["go_on"], "goes_on")), (1, node("Add", ["state", "state"], "next")), (2, "body"),
                   (11, port("turn", int64, [])), (11, port("go_on", boolean, [])), (11, port("state", floats, [None, 2])),
                   (12, port("goes_on", boolean, [])), (12, port("next", floats, [None, 2])))
    weights = message((1, 1), (1, 2), (2, floats), (8, "weights"), (9, struct.pack("<2f", 1, -1)))
    turns = message((2, int64), (8, "turns"), (9, struct.pack("<q", 2**63 - 1)))
    always = message((2, boolean), (8, "always"), (9, b"\x01"))
    nodes = [node("GlobalAveragePool", ["input"], "mean"), node("Flatten", ["mean"], "flat", message((1, "axis"), (3, 1), (20, 2))),
             node("MatMul", ["flat", "weights"], "score"),
             node("Loop", ["turns", "always", "score"], "output", message((1, "body"), (6, body), (20, 5)))]
    graph = message(*((1, one) for one in nodes), (2, "endless"), (5, weights), (5, turns), (5, always),
                    (11, port("input", floats, [None, 1, 8, 8])), (12, port("output", floats, [None, 2])))
    return message((1, 8), (7, graph), (8, message((1, ""), (2, 17))))


def tiny_zoo(folder, candidates, labels=("dark", "bright")):
    """A zoo of `candidates`, name → bytes of the ONNX file, over 8 × 8 grey images."""
    zoo = folder / "zoo"
    for name, content in candidates.items():
        (zoo / name / "1").mkdir(parents=True)
        (zoo / name / "1/model.onnx").write_bytes(content)
        card = {"schema": "card/1", "name": name, "labels": "../labels.txt",
                "input": {"name": "input", "layout": "NCHW", "height": 8, "width": 8, "channels": "GRAY", "dtype": "float32"},
                "preprocess": {"center_crop_fraction": 1.0, "interpolation": "bilinear", "mean": [0], "std": [255]},
                "output": {"name": "output", "kind": "logits"}}
        (zoo / name / "card.json").write_text(json.dumps(card))
    (zoo / "labels.txt").write_text("\n".join(labels) + "\n")
    return zoo


def tiny_images(folder, count, black=()):
    """Noisy images for tiny_dnn, of many greys, those at `black` black; gives the CSV."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["path,label"]
    for i in range(count):
        grey = 0 if i in black else 35 + i * 89 % 190
        noise = random.Random(i)
        pixels = bytes(grey and grey + noise.randrange(-30, 31) for _ in range(64))
        (folder / f"{i:03}.pgm").write_bytes(pgm(pixels, 8, 8))
        rows.append(f"{i:03}.pgm,{1 if grey > 127 else 0}")
    csv = folder / "images.csv"
    csv.write_text("\n".join(rows) + "\n")
    return csv


def small_study(test, out, *options):
    """Studies three candidates of zoo/fashion on few images, in seconds; gives results.json."""
    images = fashion_slice(test.folder / "images", 0, 240) if FASHION_TEST.exists() else made_up_images(test.folder / "images", 240)
    profile = test.folder / "profile.db"
    if not profile.exists():
        test.succeed("profile", "--zoo", make_zoo(test.folder), "--images", images, "--out", profile)
    test.succeed("study", "--profile", profile, "--out", out, "--policy", "staged,p-right,chain,multiclass:tree", "--folds", "3",
                 "--curve-images", "120", "--curve-folds", "2", *options)
    return out / "results.json"


def tree(folder):
    """Every file below `folder` with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def edit_profile(profile, sql):
    """Lets `sql` alter a profile in place."""
    with sqlite3.connect(profile) as connection:
        connection.execute(sql)
    connection.close()


def query(profile, sql):
    connection = sqlite3.connect(f"file:{profile}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def profile_content(profile):
    """All that a profile says, except times."""
    named = 'JOIN input i ON i.id = input JOIN candidate c ON c.id = candidate ORDER BY i.key, c.name, c.view'
    parts = {
        "inputs": 'SELECT key, path, sha256, width, height, label, "group", weight, split, thumbnail FROM input ORDER BY key',
        "candidates": "SELECT name, view, card, file_sha256 FROM candidate ORDER BY name, view",
        "runs": f"SELECT i.key, c.name, c.view FROM run {named}",
        "outputs": f"SELECT i.key, c.name, c.view, kind, blob FROM output {named}, kind",
        "features": "SELECT i.key, name, value FROM feature JOIN input i ON i.id = input ORDER BY i.key, name",
        "failures": "SELECT reason FROM failure ORDER BY reason",
        "complete": "SELECT value FROM meta WHERE key = 'complete'",
    }
    return {part: query(profile, sql) for part, sql in parts.items()}
