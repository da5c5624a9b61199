"""The whole path on a slice of Fashion-MNIST: profile, train, evaluate, run, inspect."""

import json
import shutil
import sqlite3

from harness import (EndToEnd, edit_manifest, edit_profile, fashion_pixels, fashion_slice, main, make_zoo, needs_fashion, pgm, profile_content,
                     tiny_dnn, tiny_images, tiny_zoo, tree)

IMAGES = 200
SHOWN = 30


@needs_fashion
class Path(EndToEnd):
    """One profile and one bundle, made once, serve all tests."""

    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.base = maker.folder
        cls.zoo = make_zoo(cls.base)
        cls.images = fashion_slice(cls.base / "train", 0, IMAGES)
        cls.unseen = fashion_slice(cls.base / "unseen", 1000, 100)
        cls.profile = cls.base / "profile.db"
        cls.bundles = {}
        maker.succeed("profile", "--zoo", cls.zoo, "--images", cls.images, "--out", cls.profile)
        for policy in ("single", "p-right", "chain", "chain:tree-svm-knn", "multiclass:forest", "staged"):
            cls.bundles[policy] = cls.base / policy
            maker.succeed("train", "--profile", cls.profile, "--policy", policy, "--out", cls.bundles[policy])
        cls.bundle = cls.bundles["p-right"]

    def members(self, count=SHOWN):
        return [f"{self.unseen}#{i}" for i in range(count)]

    def choices(self, *arguments, bundle=None, **options):
        done = self.succeed("run", "--json", "--bundle", bundle or self.bundle, *arguments, **options)
        return [(line["class"], line["candidates"], line["probability"]) for line in self.lines(done)]

    def test_two_trainings_give_the_same_bundle_byte_for_byte(self):
        for policy, first in self.bundles.items():
            with self.subTest(policy):
                again = self.folder / policy
                self.succeed("train", "--profile", self.profile, "--policy", policy, "--out", again)
                self.assertEqual(tree(first), tree(again))

    def test_run_and_evaluate_choose_alike_on_every_image(self):
        for policy, bundle in self.bundles.items():
            with self.subTest(policy):
                answers = self.folder / f"{policy}.jsonl"
                self.succeed("evaluate", "--bundle", bundle, "--images", self.unseen, "--repetitions", 1, "--answers", answers)
                every_point = [json.loads(line) for line in answers.read_text().splitlines()]
                listed = [line for line in every_point if line["operating_point"] == every_point[0]["operating_point"]]
                self.assertEqual([line["path"] for line in listed], [f"{self.unseen.name}#{i}" for i in range(100)])
                run = self.choices(*self.members(100), bundle=bundle)
                self.assertEqual([(line["class"], line["candidates"]) for line in listed], [choice[:2] for choice in run])

    def test_files_folders_lists_and_idx_members_are_answered_alike(self):
        pictures = self.folder / "pictures"
        (pictures / "more").mkdir(parents=True)
        files = []
        for i, pixels in enumerate(fashion_pixels(1000, SHOWN)[0]):
            files.append(pictures / ("more" if i >= SHOWN // 2 else ".") / f"{i:03}.pgm")
            files[-1].write_bytes(pgm(pixels))
        members = self.choices(*self.members())
        self.assertEqual(self.choices(*files), members)
        self.assertEqual(self.choices(pictures), members)
        self.assertEqual(self.choices("-", stdin="\n".join(map(str, files)) + "\n"), members)

    def test_json_lines_have_the_documented_fields(self):
        done = self.succeed("run", "--json", "--bundle", self.bundle, *self.members(1))
        fields = {"path", "class", "label", "probability", "candidates", "operating_point", "abstained", "degraded", "certified",
                  "late", "decode_ms", "load_ms", "latency_ms"}
        [line] = self.lines(done)
        self.assertEqual(set(line), fields)
        self.assertEqual(line["path"], f"{self.unseen}#0")
        self.assertTrue(0 < line["probability"] <= 1)
        self.assertIs(line["degraded"], False)
        self.assertIs(line["late"], False)
        self.assertTrue(0 < line["load_ms"] < line["latency_ms"])

    def test_explain_tells_features_decisions_and_times(self):
        for policy, reason in (("p-right", "P(right)"), ("chain", "gate:"), ("chain:tree-svm-knn", "gate: leaf"),
                               ("multiclass:forest", "sum of 100 trees"), ("single", "always")):
            with self.subTest(policy):
                text = self.succeed("run", "--explain", "--bundle", self.bundles[policy], *self.members(1)).stdout
                for part in (reason, "decide", "decode", "preprocessing", "inference"):
                    self.assertIn(part, text)
                self.assertEqual("feature  contrast" in text, policy != "single")

    def test_explain_tells_the_stages_of_a_staged_policy(self):
        text = self.succeed("run", "--explain", "--bundle", self.bundles["staged"], *self.members(1)).stdout
        for part in ("decide", "pooled confidence", "inference", "balanced"):
            self.assertIn(part, text)

    def test_a_requirement_is_a_check_for_a_ci(self):
        evaluate = ("evaluate", "--profile", self.profile, "--policy", "staged", "--folds", 3, "--no-adapted")
        self.succeed(*evaluate, "--require", "accuracy>=0.1")
        self.expect(1, *evaluate, "--require", "accuracy>=1", says=["does NOT hold"])
        self.expect(2, *evaluate, "--require", "colour>=1", says=["expected accuracy, speedup or latency_ms"])

    def test_inspect_describes_zoo_profile_and_bundle(self):
        self.assertIn("a zoo of 3 candidates, 10 classes", self.succeed("inspect", "--verify", self.zoo).stdout)
        profile = self.succeed("inspect", self.profile).stdout
        self.assertIn("a profile", profile)
        self.assertIn(f"{3 * IMAGES} rows", profile)
        summary = json.loads(self.succeed("inspect", "--json", self.profile).stdout)
        self.assertEqual((summary["schema"], summary["complete"]), ("amsel.profile/2", True))
        self.assertEqual((len(summary["candidates"]), summary["rows"]["run"]), (3, 3 * IMAGES))
        self.assertIn("policy p-right", self.succeed("inspect", self.bundle).stdout)
        manifest = json.loads(self.succeed("inspect", "--json", self.bundle).stdout)
        self.assertEqual(manifest["schema"], "amsel.bundle/1")

    def test_inspect_shows_certificates_and_rounds_bounds_to_where_they_hold(self):
        level = {"claim_level": 0.025, "bound_level": 0.0125, "images": 1200}
        certificates = [
            {"kind": "accuracy", "outcome": "no-claim", "claim": None, "bound": 0.84088, "limit": 0.997, "note": "1034 right", **level},
            {"kind": "not-worse-than-single-best", "outcome": "holds", "claim": 0.02, "bound": 0.01102, "limit": 0.004,
             "note": "12 right by the single best alone", **level}]
        bundle = self.folder / "bundle"
        shutil.copytree(self.bundle, bundle)
        edit_manifest(bundle, lambda manifest: manifest["operating_points"][0].update(certificates=certificates))
        text = self.succeed("inspect", "--wide", bundle).stdout
        self.assertIn("certificate: accuracy, for all points at once: 84.08 % or more (1200 images: 1034 right)", text)
        self.assertIn("certificate: at most 2 points below the single best: holds; for all points at once: at most 1.11 points below", text)
        manifest = json.loads(self.succeed("inspect", "--json", bundle).stdout)
        self.assertEqual(manifest["operating_points"][0]["certificates"], certificates)
        self.succeed("run", "--bundle", bundle, *self.members(1))

    def test_a_bundle_conforms_where_it_was_made(self):
        for policy, bundle in self.bundles.items():
            with self.subTest(policy):
                result = json.loads(self.succeed("inspect", "--verify", "--json", bundle).stdout)
                self.assertIs(result["holds"], True)
                self.assertGreater(len(result["candidates"]), 0)
                self.assertTrue(all(c["tensors"] > 0 for c in result["candidates"]))

    def check_results(self, results, source):
        self.assertEqual(results["schema"], "amsel.evaluation/1")
        self.assertIn(source, results["source"])
        rows = {row["name"]: row for row in results["rows"]}
        self.assertEqual(rows[results["single_best"]]["kind"], "single")
        fields = {"name", "kind", "top1", "top1_ci95", "top5", "balanced_accuracy", "latency_ms", "energy_mj",
                  "macro_precision", "macro_recall", "macro_f1", "shares"}
        for row in results["rows"]:
            self.assertLessEqual(fields, set(row), row["name"])
            self.assertLessEqual({"mean", "p50", "p99", "worst_path"}, set(row["latency_ms"]))
            low, high = row["top1_ci95"]
            self.assertTrue(0 <= low <= row["top1"] <= high <= 1, row)
            self.assertGreaterEqual(row["top5"], row["top1"])
            self.assertTrue(all(0 < share <= 1 + 1e-9 for share in row["shares"].values()), row)
        self.assertLessEqual({"single", "oracle", "random-mix", "premodel"}, {row["kind"] for row in results["rows"]})
        fields = {"policy", "accuracy_gain_pp", "accuracy_gain_ci95_pp", "speedup", "speedup_ci95", "ceiling",
                  "headroom_recovered", "vs_adapted", "vs_efficient", "vs_derived"}
        self.assertLessEqual(fields, set(results["headline"]))
        self.assertIn(results["headline"]["policy"], rows)

    def test_results_from_a_profile_keep_the_contract(self):
        out = self.folder / "results.json"
        done = self.succeed("evaluate", "--profile", self.profile, "--folds", 5, "--policy", "p-right,chain", "--json", "--out", out)
        results = json.loads(done.stdout)
        self.assertEqual(results, json.loads(out.read_text()))
        self.check_results(results, "profile")
        self.assertEqual((results["images"], results["folds"]), (IMAGES, 5))
        self.succeed("report", out, "--out", self.folder / "report.html")

    def test_results_from_a_bundle_keep_the_contract(self):
        done = self.succeed("evaluate", "--bundle", self.bundle, "--images", self.unseen, "--repetitions", 1, "--json")
        results = json.loads(done.stdout)
        self.check_results(results, "bundle")
        self.assertEqual(results["images"], 100)

    def test_cross_validation_is_the_same_again(self):
        runs = [json.loads(self.succeed("evaluate", "--profile", self.profile, "--folds", 5, "--json").stdout) for _ in range(2)]
        for results in runs:
            for row in results["rows"]:
                row["latency_ms"] = {}  # deciding is clocked
            results["headline"] = {}
        self.assertEqual(runs[0], runs[1])

    def test_images_that_a_bundle_was_trained_on_are_left_out(self):
        half = self.folder / "half"
        self.succeed("train", "--profile", self.profile, "--policy", "p-right", "--test-fraction", 0.5, "--out", half)
        arguments = ("evaluate", "--bundle", half, "--images", self.images, "--repetitions", 1, "--json")
        done = self.succeed(*arguments)
        images = json.loads(done.stdout)["images"]
        self.assertTrue(0.4 * IMAGES <= images <= 0.6 * IMAGES, images)
        self.assertRegex(done.stderr, rf"\b{IMAGES - images} image\S* that the bundle was trained or certified on")
        self.assertEqual(json.loads(self.succeed(*arguments, "--include-training").stdout)["images"], IMAGES)

    def test_a_bundle_is_not_evaluated_on_its_training_images_alone(self):
        self.expect(3, "evaluate", "--bundle", self.bundle, "--images", self.images, says=["trained on every one"])

    def test_merged_shards_say_what_one_profile_says(self):
        shards = []
        for i in (1, 2, 3):
            shards.append(self.folder / f"shard{i}.db")
            self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", shards[-1], "--shard", f"{i}/3")
        merged = self.folder / "merged.db"
        self.succeed("profile", "merge", "--out", merged, *shards)
        self.assertEqual(profile_content(merged), profile_content(self.profile))
        self.succeed("train", "--profile", merged, "--out", self.folder / "bundle")
        self.expect(3, "profile", "merge", "--out", self.folder / "part.db", *shards[:2])
        self.assertFalse((self.folder / "part.db").exists())

    def test_what_the_back_end_needs_counts_for_no_dnn(self):
        dnns = {"first": tiny_dnn(0.5), "second": tiny_dnn(0.5)}  # of some bytes
        zoo, images, profile = tiny_zoo(self.folder, dnns), tiny_images(self.folder / "images", 4), self.folder / "memory.db"
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", profile)
        with sqlite3.connect(profile) as connection:
            first, second = (row[0] for row in connection.execute("SELECT resident_bytes FROM load ORDER BY candidate"))
        self.assertLess(first, second + 2 * 1024 * 1024)

    def test_each_view_is_a_candidate_of_its_own(self):
        views = self.folder / "views.db"
        few = fashion_slice(self.folder / "few", 0, 40)
        self.succeed("profile", "--zoo", self.zoo, "--images", few, "--out", views, "--views", "identity,hflip,denoise")
        with sqlite3.connect(views) as profile:
            counts = profile.execute("SELECT view, count(*) FROM run JOIN candidate c ON c.id = candidate GROUP BY view").fetchall()
        profile.close()
        self.assertEqual(counts, [("denoise", 120), ("hflip", 120), ("identity", 120)])
        # Views far cheaper than the DNNs as they came, whatever was measured: some are in every bundle then.
        edit_profile(views, "UPDATE run SET preprocess_ns = 1000, inference_ns = (SELECT CASE view WHEN 'identity' THEN 10000000 "
                            "ELSE 100000 END FROM candidate c WHERE c.id = candidate)")
        bundle = self.folder / "views"
        self.succeed("train", "--profile", views, "--policy", "staged", "--out", bundle)
        verified = json.loads(self.succeed("inspect", "--verify", "--json", bundle).stdout)["candidates"]
        self.assertTrue(any(candidate["candidate"].endswith(("@hflip", "@denoise")) for candidate in verified))
        self.assertLess(max(candidate["largest_difference"] for candidate in verified), 1e-3)


if __name__ == "__main__":
    main()
