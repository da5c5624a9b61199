"""A bundle simulated on a profile decides as the same bundle really run, on every image and at every operating point."""

import csv
import json
import unittest

from harness import ROOT, DATA, EndToEnd, fashion_slice, main, make_zoo, needs_fashion, needs_data


class Simulation(EndToEnd):
    def slice_of(self, family, step):
        """Every step-th image of a family, with absolute paths."""
        with (DATA / family / "images.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))[::step]
        out = self.folder / "images.csv"
        with out.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["path", "label"])
            writer.writerows([DATA / family / row["path"], row["label"]] for row in rows)
        return out, len(rows)

    def check(self, zoo, images, count, *options):
        profile, bundle = self.folder / "profile.db", self.folder / "bundle"
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", profile)
        self.succeed("train", "--profile", profile, "--policy", "staged", "--out", bundle, "--test-fraction", 0.3, *options)
        answers = {}
        for how, source in (("simulated", ("--profile", profile)), ("run", ("--images", images, "--repetitions", 1))):
            file = self.folder / f"{how}.jsonl"
            self.succeed("evaluate", "--bundle", bundle, *source, "--include-training", "--answers", file)
            answers[how] = file.read_text().splitlines()
        points = {json.loads(line)["operating_point"] for line in answers["run"]}
        self.assertIn("balanced", points)
        self.assertEqual(len(answers["run"]), count * len(points))
        self.assertEqual(answers["simulated"], answers["run"])
        self.agree(profile)
        return profile, bundle

    def agree(self, profile):
        """What the doctor says of a profile and what train makes of it do not contradict each other."""
        findings = json.loads(self.succeed("doctor", "--profile", profile, "--json").stdout)
        verdicts = {findings[question]["verdict"] for question in ("selection", "stopping")}
        told = self.succeed("train", "--profile", profile, "--out", self.folder / "chosen", "--force").stdout
        manifest = json.loads((self.folder / "chosen/manifest.json").read_text())
        best = next(c for c in manifest["candidates"] if c["name"] == manifest["single_best"])["training_top1"]
        single = all(path["sequence"] == [manifest["single_best"]] for path in manifest["operating_points"][0]["paths"])
        if single:
            self.assertNotIn("go", verdicts)
            by_json = self.succeed("train", "--profile", profile, "--out", self.folder / "chosen", "--force", "--json")
            self.assertIn("The bundle runs the single best alone", by_json.stderr)
        else:
            self.assertTrue(verdicts & {"go", "unclear"}, findings["summary"] + told)
        self.assertEqual(single, "The bundle runs the single best alone" in told, told)
        points = {point["name"]: point for point in manifest["operating_points"]}
        named = [points[name] for name in ("fast", "balanced", "accurate") if name in points]
        for name in ("fast", "balanced", "accurate", "steady"):
            self.assertGreaterEqual(points.get(name, {"top1": 1})["top1"], best, name)
        for one, next_one in zip(named, named[1:]):
            self.assertLessEqual(one["top1"], next_one["top1"])
            self.assertLessEqual(one["latency_ms"]["mean"], 1.000001 * next_one["latency_ms"]["mean"])

    @needs_data
    def test_four_dnns_of_imagenet_are_judged_alike(self):
        zoo = self.folder / "four"
        zoo.mkdir()
        (zoo / "labels.txt").symlink_to(DATA / "imagenet/zoo/labels.txt")
        for name in ("efficientnet_lite2", "mobilenet_v1_025_128", "mobilenet_v1_075_192", "mobilenet_v2_100_224"):
            (zoo / name).symlink_to(DATA / "imagenet/zoo" / name)
        images, _ = self.slice_of("imagenet", 3)
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", self.folder / "profile.db")
        self.agree(self.folder / "profile.db")

    @needs_data
    def test_cifar10(self):
        self.check(DATA / "cifar10/zoo", *self.slice_of("cifar10", 20))

    @needs_data
    def test_conditions_with_gates_on_features(self):
        self.check(DATA / "conditions/zoo", *self.slice_of("conditions", 20))

    @needs_data
    def test_imagenet(self):
        self.check(DATA / "imagenet/zoo", *self.slice_of("imagenet", 15))

    @needs_data
    def test_imagenet_int8(self):
        self.check(DATA / "imagenet/zoo_int8", *self.slice_of("imagenet", 15))

    @needs_fashion
    def test_the_demo_zoo_with_abstention_and_unseen_images_alone(self):
        images = fashion_slice(self.folder / "some", 0, 400)
        profile, bundle = self.check(make_zoo(self.folder / "small"), images, 400, "--abstain-price", 0.3)
        done = self.succeed("evaluate", "--bundle", bundle, "--profile", profile, "--json")
        results = json.loads(done.stdout)
        clocked = json.loads(self.succeed("evaluate", "--bundle", bundle, "--images", images, "--json").stdout)
        self.assertIn("left out", done.stderr)
        self.assertLess(results["images"], 200)
        self.assertEqual(results["images"], clocked["images"])
        mine = {row["name"]: row for row in results["rows"]}
        for row in clocked["rows"]:
            if row["kind"] in ("single", "staged"):
                self.assertEqual(row["top1"], mine[row["name"]]["top1"], row["name"])
        self.assertIn("random stop of staged balanced", mine)
        self.assertEqual(results["headline"]["policy"], "staged balanced")

    @needs_fashion
    def test_a_profile_of_other_candidates_is_refused(self):
        images = fashion_slice(self.folder / "some", 0, 200)
        zoo = make_zoo(self.folder / "small")
        _, bundle = self.check(zoo, images, 200)
        two, other = self.folder / "two.db", self.folder / "other.db"
        self.succeed("profile", "--zoo", make_zoo(self.folder / "two", ("cnn_xs", "cnn_s")), "--images", images, "--out", two)
        self.expect(3, "evaluate", "--bundle", bundle, "--profile", two, says=[two, "cnn_m"])
        model = zoo / "cnn_m/1/model.onnx"
        model.write_bytes((ROOT / "zoo/fashion/cnn_l/1/model.onnx").read_bytes())
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", other)
        self.expect(3, "evaluate", "--bundle", bundle, "--profile", other, says=[other, "cnn_m", "another file"])


if __name__ == "__main__":
    main()
