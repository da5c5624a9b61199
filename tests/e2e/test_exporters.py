"""DNNs from real exporters answer as in their frameworks: same photos, the framework's own preprocessing, cards written by hand.

Runs where scripts/fetch_exporters.sh has been run (gigabytes). Prints a table of how near each DNN came."""

import array
import json
import math
import os
import shutil
import statistics
import struct
import subprocess
import sys
import unittest
from pathlib import Path

from harness import ROOT, DATA, EndToEnd, main, query, needs_data

EXPORTERS = Path(os.environ.get("AMSEL_EXPORTERS", ROOT / ".cache/exporters"))
PYTHON = EXPORTERS / "venv/bin/python"
PHOTOS = EXPORTERS / "photos"
COUNT = 60
TELLING = 0.3  # a DNN whose highest probability is lower on half of the photos would agree with anything
TABLE = []

needs_exporters = unittest.skipUnless((EXPORTERS / "stamp").exists(), f"no exporters in {EXPORTERS}: scripts/fetch_exporters.sh fetches them")


def tearDownModule():
    """How near each DNN came, with whole JPEGs and with those decoded at a fraction of their size (as is the default)."""
    if not TABLE:
        return
    head = ("group", "DNN", "median top p", "top-1, PNG", "top-1, JPEG", "|dp| PNG", "|dp| JPEG", "to ONNX Runtime",
            "reduced: top-1", "reduced: |dp|")
    rows = [head, *TABLE]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), file=sys.stderr)


def first(row):
    return max(range(len(row)), key=row.__getitem__)


class Photo:
    """What is `wanted` and what amsel gives of one photo."""

    def __init__(self, path, wanted, given):
        self.path, self.wanted, self.given = path, wanted, given
        self.same = first(wanted) == first(given)
        self.distance = max(abs(a - b) for a, b in zip(wanted, given, strict=True))

    def fault(self, near):
        """Why they do not agree; empty where they do. The first class must be the same where the first two lie clearly apart."""
        second, highest = sorted(self.wanted)[-2:]
        if self.distance <= near and (self.same or highest - second <= 2 * near):
            return ""
        ours, theirs = first(self.given), first(self.wanted)
        return (f"{Path(self.path).name}: class {theirs} at {self.wanted[theirs]:.4f}, amsel {ours} at {self.given[ours]:.4f}; "
                f"furthest apart by {self.distance:.4f}")


def same(photos):
    return f"{sum(photo.same for photo in photos)} of {len(photos)}"


def furthest(photos):
    return f"{max(photo.distance for photo in photos):.4f}" if photos else ""


class Agreement:
    """The tests of each group of DNNs, which its class makes once by a script of exporters/."""

    script = ""
    group = ""

    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.made = maker.folder / "made"
        done = subprocess.run([PYTHON, "-B", ROOT / "tests/e2e/exporters" / cls.script, cls.group, cls.made, PHOTOS, DATA],
                              capture_output=True, text=True, errors="replace", cwd=maker.folder, env=os.environ | {"OMP_NUM_THREADS": "1"})
        if done.returncode != 0:
            raise AssertionError(f"{cls.script} {cls.group}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        cls.zoo, cls.images = cls.made / "zoo", cls.made / "images.csv"

    def profiled(self, profile):
        """(DNN, path) -> probability of each label."""
        rows = query(profile, "SELECT c.name, i.key, o.blob FROM output o JOIN input i ON i.id = o.input "
                              "JOIN candidate c ON c.id = o.candidate WHERE kind = 'log_prob'")
        return {(dnn, key): [math.exp(v) for v in struct.unpack(f"<{len(blob) // 2}e", blob)] for dnn, key, blob in rows}

    def answers(self, name, *options):
        profile = self.folder / name
        self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", profile, *options)
        return self.profiled(profile)

    def paths(self):
        paths = [line.rsplit(",", 1)[0] for line in self.images.read_text().splitlines()[1:]]
        self.assertEqual(len(paths), COUNT)
        return paths

    def photos(self, dnn, by, answers):
        """Beside what `by` answered, "framework" or "runtime"."""
        wanted = array.array("f", (self.made / by / f"{dnn}.f32").read_bytes())
        classes = len(wanted) // COUNT
        return [Photo(path, wanted[i * classes:(i + 1) * classes].tolist(), answers[dnn, path]) for i, path in enumerate(self.paths())]

    def tell(self, dnn, framework, runtime, reduced):
        png, jpeg = ([photo for photo in framework if photo.path.endswith(suffix)] for suffix in (".png", ".jpg"))
        TABLE.append((self.group, dnn, f"{statistics.median(max(photo.wanted) for photo in framework):.2f}", same(png), same(jpeg),
                      furthest(png), furthest(jpeg), furthest(runtime), same(reduced), furthest(reduced)))

    def test_every_dnn_answers_as_in_its_framework(self):
        whole, reduced = self.answers("whole.db", "--decode-min-side", 0), self.answers("reduced.db")
        for dnn, notes in json.loads((self.made / "dnns.json").read_text()).items():
            with self.subTest(dnn):
                photos = {by: self.photos(dnn, by, whole) for by in ("framework", "runtime")}
                self.tell(dnn, *photos.values(), self.photos(dnn, "framework", reduced))
                self.assertGreaterEqual(statistics.median(max(photo.wanted) for photo in photos["framework"]), TELLING)
                for by, compared in photos.items():
                    faults = [fault for photo in compared if (fault := photo.fault(notes[by]))]
                    self.assertFalse(faults, "\n".join([f"{dnn} and its {by}: {len(faults)} of {COUNT} photos", *faults]))


@needs_exporters
class TorchDynamo(Agreement, EndToEnd):
    """torch.onnx.export as it is by default: the weights lie in a file beside model.onnx."""

    script, group = "dnns_torch.py", "dynamo"

    def test_a_bundle_takes_the_data_file_along_and_answers_alike(self):
        zoo = self.folder / "zoo"
        shutil.copytree(self.zoo, zoo)
        self.assertTrue(all((folder / "1/model.onnx.data").exists() for folder in zoo.iterdir() if folder.is_dir()))
        profile, bundle = self.folder / "profile.db", self.folder / "bundle"
        self.succeed("profile", "--zoo", zoo, "--images", self.images, "--out", profile, "--decode-min-side", 0)
        profiled = self.profiled(profile)
        self.succeed("train", "--profile", profile, "--policy", "single", "--out", bundle)
        shutil.rmtree(zoo)
        paths = self.paths()
        for path, line in zip(paths, self.lines(self.succeed("run", "--json", "--bundle", bundle, *paths)), strict=True):
            self.assertEqual(line["class"], first(profiled[line["candidates"][0], path]), path)


# Class, its script and group, whether the script reads DNNs of AMSEL_DATA, and what is in the group.
GROUPS = (
    ("TorchLegacy", "dnns_torch.py", "legacy", False, "torch.onnx.export(dynamo=False), torchvision's transforms."),
    ("Timm", "dnns_torch.py", "timm", False, "timm's networks and transforms, by its data configuration."),
    ("Float16", "dnns_torch.py", "half", False, "model.half(), and a file converted with all its inputs and outputs."),
    ("Letterbox", "dnns_torch.py", "letterbox", False, "The whole picture on grey, as Ultralytics does it."),
    ("Onnx2Torch", "dnns_torch.py", "reexport", True, "From ONNX to PyTorch and back."),
    ("HuggingFace", "dnns_transformers.py", "transformers", True, "transformers' networks and image processors, by their preprocessor_config."),
    ("Keras", "dnns_keras.py", "keras", True, "Keras by tf2onnx: NHWC."),
    ("KerasSigmoid", "dnns_keras.py", "binary", True, "A binary network with one sigmoid output."),
    ("TfLite", "dnns_keras.py", "tflite", True, "TFLite in whole numbers, by tf2onnx: uint8 in and out."),
)

for name, script, group, reads_zoo, doc in GROUPS:
    tests = type(name, (Agreement, EndToEnd), {"__doc__": doc, "__module__": __name__, "script": script, "group": group})
    globals()[name] = needs_exporters(needs_data(tests) if reads_zoo else tests)
del tests  # the last one has its name


if __name__ == "__main__":
    main()
