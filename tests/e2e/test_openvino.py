"""The OpenVINO plug-in, built outside of amsel: it answers as ONNX Runtime does, and retarget can choose it."""

import csv
import json
import os
import shutil
import struct
import subprocess
import unittest
from pathlib import Path

from harness import ROOT, DATA, EndToEnd, fashion_slice, main, make_zoo, needs_data, needs_fashion, query

OPENVINO = Path(os.environ.get("AMSEL_OPENVINO", ROOT / ".deps/openvino"))
BUILD = Path(os.environ.get("AMSEL_BUILD", ROOT / "build/release"))
TOLERANCE = 0.02  # in probability: that of the conformance check
IMAGES = 60


def probabilities(profile):
    """(image, candidate) -> natural log-probabilities."""
    rows = query(profile, "SELECT i.key, c.name, o.blob FROM output o JOIN input i ON i.id = o.input "
                          "JOIN candidate c ON c.id = o.candidate WHERE kind = 'log_prob'")
    return {(key, name): struct.unpack(f"<{len(blob) // 2}e", blob) for key, name, blob in rows}


@unittest.skipUnless((OPENVINO / "stamp").exists(),
                     f"no OpenVINO in {OPENVINO}: scripts/fetch_openvino.sh (or make openvino-plugin) fetches it")
class OpenVino(EndToEnd):
    @classmethod
    def setUpClass(cls):
        where = BUILD / "openvino"
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        for command in (["cmake", "-S", ROOT / "plugins/openvino", "-B", where,
                         f"-DOpenVINO_DIR={OPENVINO}/openvino/cmake", *launcher], ["cmake", "--build", where]):
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
            if done.returncode != 0:
                raise AssertionError(f"{command}\n{done.stdout}\n{done.stderr}")
        cls.plugin = where / "libamsel_openvino.so"

    def assert_answers_as_onnx_runtime(self, zoo, images):
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", self.folder / "ort.db")
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", self.folder / "ov.db", "--backend", self.plugin)
        self.assertEqual(query(self.folder / "ov.db", "SELECT DISTINCT backend FROM config"), [("openvino",)])
        ours, theirs = probabilities(self.folder / "ort.db"), probabilities(self.folder / "ov.db")
        self.assertEqual(ours.keys(), theirs.keys())
        worst = max(abs(2.718281828459045 ** a - 2.718281828459045 ** b)
                    for key in ours for a, b in zip(ours[key], theirs[key], strict=True))
        self.assertLess(worst, TOLERANCE)

    @needs_fashion
    def test_the_demo_zoo_answers_as_with_onnx_runtime(self):
        names = [path.name for path in (ROOT / "zoo/fashion").iterdir() if (path / "card.json").exists()]
        self.assert_answers_as_onnx_runtime(make_zoo(self.folder, names), fashion_slice(self.folder / "images", 0, IMAGES))

    @needs_data
    def test_a_zoo_of_imagenet_answers_as_with_onnx_runtime(self):
        family = DATA / "imagenet"
        with open(family / "images.csv", newline="") as file:
            rows = list(csv.DictReader(file))[:12]
        few = self.folder / "few.csv"
        few.write_text("path,label\n" + "".join(f"{family / row['path']},{row['label']}\n" for row in rows))
        self.assert_answers_as_onnx_runtime(family / "zoo", few)

    @needs_fashion
    def test_candidates_of_one_bundle_run_on_either_and_certificates_wait_for_a_check(self):
        images = fashion_slice(self.folder / "images", 0, 300)
        self.succeed("profile", "--zoo", make_zoo(self.folder), "--images", images, "--out", self.folder / "profile.db")
        bundle, here = self.folder / "bundle", self.folder / "here"
        self.succeed("train", "--profile", self.folder / "profile.db", "--out", bundle)
        verified = json.loads(self.succeed("inspect", "--verify", "--json", bundle, "--backend", self.plugin).stdout)
        self.assertEqual({candidate["backend"] for candidate in verified["candidates"]}, {"openvino"})
        self.succeed("retarget", "--bundle", bundle, "--out", here, "--backend", self.plugin, "--seconds", 1, "--threads", 1)
        manifest = json.loads((here / "manifest.json").read_text())
        for candidate in manifest["candidates"]:
            self.assertEqual([cost["backend"] for cost in candidate["costs"]], ["openvino", "onnxruntime"])
            self.assertTrue(candidate["costs"][0]["conformance"]["holds"])
        environment = {**os.environ, "AMSEL_BACKENDS": str(self.plugin.parent)}
        planned = self.lines(self.succeed("run", "--json", "--bundle", here, f"{images}#0", env=environment))
        asked = self.lines(self.succeed("run", "--json", "--bundle", here, f"{images}#0", "--backend", "onnxruntime"))
        self.assertEqual(planned[0]["class"], asked[0]["class"])
        self.expect(4, "run", "--bundle", here, f"{images}#0", says=["openvino", "AMSEL_BACKENDS"])


if __name__ == "__main__":
    main()
