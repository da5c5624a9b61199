"""Premodels that read what a feature DNN gives: profile, train, run, and each kind of bad input."""

import json
import shutil

from harness import ROOT, EndToEnd, edit_json, main, make_zoo, made_up_images, query

USAGE, BAD_INPUT = 2, 3
TINY = ROOT / "zoo/fashion/cnn_xs/1/model.onnx"


class FeatureDnn(EndToEnd):
    def setUp(self):
        super().setUp()
        self.zoo = make_zoo(self.folder)
        self.images = made_up_images(self.folder / "images", 200)
        self.profile = self.folder / "profile.db"

    def profile_with(self, file, *options):
        return self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", self.profile,
                            "--feature-dnn", file, *options)

    def test_a_bundle_decides_as_its_profile_says(self):
        self.profile_with(TINY)
        bundle = self.folder / "bundle"
        self.assertIn(str(TINY), self.succeed("inspect", self.profile).stdout)
        for policy in ("p-right@dnn", "multiclass:tree@dnn", "chain:knn@dnn"):
            self.succeed("train", "--profile", self.profile, "--policy", policy, "--out", bundle, "--force")
            self.assertIn("feature DNN: 10 values", self.succeed("inspect", bundle).stdout)
            verified = self.succeed("inspect", "--verify", bundle).stdout
            self.assertRegex(verified, "feature_dnn by onnxruntime.*: 3 of 3 answers the same, values .*: conforms")
            answers = {}
            for how, source in (("simulated", ("--profile", self.profile)), ("run", ("--images", self.images, "--repetitions", 1))):
                file = self.folder / f"{how}.jsonl"
                self.succeed("evaluate", "--bundle", bundle, *source, "--include-training", "--answers", file)
                answers[how] = file.read_text().splitlines()
            self.assertEqual(len(answers["run"]), 200)
            self.assertEqual(answers["simulated"], answers["run"], policy)
        pictures = [self.folder / f"images/{i:03}.pgm" for i in range(50)]
        ran = self.lines(self.succeed("run", "--bundle", bundle, "--json", "--explain", "--workers", 2, *pictures))
        recorded = dict(query(self.profile, "SELECT key, value FROM feature JOIN input ON id = input WHERE name = 'dnn.3'"))
        for line, told in zip(ran, answers["run"]):
            self.assertEqual(line["candidates"], json.loads(told)["candidates"])
            self.assertFalse(line["degraded"])
            read, = [step["features"] for step in line["steps"] if "features" in step]
            self.assertAlmostEqual(read["dnn.3"], recorded[line["path"].split("/")[-1]], places=4)

    def test_a_feature_dnn_that_cannot_run_leaves_the_most_capable_to_answer(self):
        self.profile_with(TINY)
        bundle = self.folder / "bundle"
        self.succeed("train", "--profile", self.profile, "--policy", "p-right@dnn", "--out", bundle)
        best = json.loads((bundle / "manifest.json").read_text())["single_best"]
        (bundle / "feature_dnn/model.onnx").write_bytes(b"no DNN")
        line, = self.lines(self.succeed("run", "--bundle", bundle, "--json", self.folder / "images/000.pgm"))
        self.assertTrue(line["degraded"])
        self.assertEqual(line["candidates"], [best])
        self.assertIn("feature_dnn: ", line["problems"][0])
        self.expect(BAD_INPUT, "inspect", "--verify", bundle, says=["feature_dnn/model.onnx"])

    def test_resume_adds_and_replaces_it(self):
        common = ("--zoo", self.zoo, "--images", self.images, "--out", self.profile)
        self.succeed("profile", *common)
        self.expect(BAD_INPUT, "evaluate", "--profile", self.profile, "--policy", "p-right@dnn", says=["--feature-dnn"])
        self.expect(BAD_INPUT, "train", "--profile", self.profile, "--policy", "p-right@dnn", "--out", self.folder / "b",
                    says=["--feature-dnn"])
        runs = query(self.profile, "SELECT * FROM run")
        self.profile_with(TINY, "--resume")
        self.assertEqual(query(self.profile, "SELECT * FROM run"), runs)
        self.succeed("profile", *common, "--resume")  # with the one on record
        self.assertEqual(query(self.profile, "SELECT * FROM run"), runs)
        values = "SELECT value FROM feature WHERE name = 'dnn.0' ORDER BY input"
        first = query(self.profile, values)
        self.profile_with(self.zoo / "cnn_s/1/model.onnx", "--resume")
        self.assertNotEqual(query(self.profile, values), first)
        self.succeed("evaluate", "--profile", self.profile, "--policy", "p-right@dnn", "--no-adapted", "--folds", 3)
        bundle = self.folder / "bundle"
        self.succeed("train", "--profile", self.profile, "--policy", "p-right@dnn", "--out", bundle)
        self.profile_with(TINY, "--resume")
        self.expect(BAD_INPUT, "evaluate", "--bundle", bundle, "--profile", self.profile, "--include-training",
                    says=["its feature DNN is another file"])

    def test_faults(self):
        common = ("--zoo", self.zoo, "--images", self.images, "--out", self.profile)
        lone = self.folder / "lone.onnx"
        shutil.copy(TINY, lone)
        self.expect(BAD_INPUT, "profile", *common, "--feature-dnn", lone, says=["lone.onnx: has no card.json", "card.md"])
        shutil.copy(TINY.parents[1] / "card.json", self.folder / "card.json")
        edit_json(self.folder / "card.json", lambda card: card["input"].update(height=29))
        self.expect(BAD_INPUT, "profile", *common, "--feature-dnn", lone, says=["lone.onnx", "height"])
        lone.write_bytes(b"no DNN")
        self.expect(BAD_INPUT, "profile", *common, "--feature-dnn", lone, says=["lone.onnx"])
        self.expect(BAD_INPUT, "profile", *common, "--feature-dnn", self.folder / "absent.onnx", says=["absent.onnx"])
        self.assertFalse(self.profile.exists())
        self.expect(USAGE, "profile", *common, "--features", "dnn", says=["--feature-dnn"])
        self.expect(USAGE, "evaluate", "--profile", "p.db", "--policy", "staged@dnn", says=["only premodels"])


if __name__ == "__main__":
    main()
