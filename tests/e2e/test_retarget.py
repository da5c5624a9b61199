"""amsel retarget, and the options that choose back ends, from outside."""

import json
import os
import unittest

from harness import ROOT, EndToEnd, fashion_slice, main, make_zoo, needs_fashion, query, tree

BUILD = os.environ.get("AMSEL_BUILD", str(ROOT / "build/release"))
PLUGIN = f"{BUILD}/tests/plugins/libamsel_fake-plugin.so"


@needs_fashion
class Retarget(EndToEnd):
    """One bundle serves all tests."""

    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.base = maker.folder
        cls.images = fashion_slice(cls.base / "train", 0, 400)
        cls.zoo = make_zoo(cls.base)
        maker.succeed("profile", "--zoo", cls.zoo, "--images", cls.images, "--out", cls.base / "profile.db")
        cls.bundle = cls.base / "bundle"
        maker.succeed("train", "--profile", cls.base / "profile.db", "--policy", "staged", "--out", cls.bundle)

    def retarget(self, *options):
        out = self.folder / "here"
        self.succeed("retarget", "--bundle", self.bundle, "--out", out, "--seconds", 1, *options)
        return out, json.loads((out / "manifest.json").read_text())

    def test_measures_every_candidate_and_changes_nothing_but_plan_and_names(self):
        out, manifest = self.retarget()
        before = json.loads((self.bundle / "manifest.json").read_text())
        for old, new in zip(before["candidates"], manifest["candidates"], strict=True):
            self.assertEqual(new["costs"][1:], old["costs"])
            cost = new["costs"][0]
            self.assertEqual((cost["backend"], cost["provider"], cost["precision"]), ("onnxruntime", "cpu", "full"))
            self.assertGreater(cost["inference_ms"]["mean"], 0)
            self.assertGreaterEqual(cost["inference_ms"]["p99"], cost["inference_ms"]["p50"])
            self.assertTrue(cost["conformance"]["holds"])
            self.assertIsNone(cost["energy_mj"])
        ours, theirs = tree(self.bundle), tree(out)
        changed = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
        self.assertEqual(changed, {"manifest.json", "policy.safetensors", "SHA256SUMS"})
        names = [point["name"] for point in manifest["operating_points"]]
        self.assertEqual(names[:4], ["balanced", "fast", "accurate", "steady"])
        for point in manifest["operating_points"]:
            latency = point["latency_ms"]
            self.assertLessEqual(latency["p50"], latency["p99"])
            self.assertLessEqual(latency["mean"], latency["worst_path"] * 1.000001)
        self.succeed("inspect", "--verify", out)
        self.succeed("run", "--bundle", out, f"{self.images}#3")

    def test_only_what_is_asked_for_is_tried(self):
        _, manifest = self.retarget("--threads", 1, "--graph", "basic", "--provider", "cpu")
        for candidate in manifest["candidates"]:
            self.assertEqual((candidate["costs"][0]["threads"], candidate["costs"][0]["graph"]), (1, "basic"))

    def test_named_points_keep_their_promises_here(self):
        _, manifest = self.retarget("--threads", 1)
        best = next(c for c in manifest["candidates"] if c["name"] == manifest["single_best"])
        best_ms = best["costs"][0]["preprocess_ms"] + best["costs"][0]["inference_ms"]["mean"]
        points = {point["name"]: point["latency_ms"] for point in manifest["operating_points"]}
        one = 1.000001
        self.assertLessEqual(points["fast"]["mean"], best_ms * one)
        self.assertLessEqual(points["accurate"]["mean"], best_ms * one)
        self.assertLessEqual(points["balanced"]["mean"], max(best_ms / 1.8, points["fast"]["mean"]) * one)
        # As means go: single images, and so p99, spread beyond them.
        costs = {c["name"]: c["costs"][0] for c in manifest["candidates"]}
        steady = next(point for point in manifest["operating_points"] if point["name"] == "steady")
        within = 0
        for path in steady["paths"]:
            several = len(path["sequence"]) > 1
            ms = max(costs[name]["preprocess_ms"] for name in path["sequence"])  # all read one input
            for name in path["sequence"]:
                mean = costs[name]["inference_ms"]["mean"]
                ms += costs[name].get("inference_after_ms", mean) if several else mean
            within += path["share"] if ms <= best_ms * one else 0
        self.assertGreaterEqual(within, 0.99 - 1e-9)

    def test_what_cannot_be_is_told(self):
        self.expect(2, "retarget", "--bundle", self.bundle, "--out", self.bundle, says=["--force"])
        for options, code, says in ((("--provider", "warp"), 2, "has no provider `warp`; it has: cpu"),
                                    (("--backend", "warp"), 4, "libamsel_warp.so"),
                                    (("--backend", PLUGIN), 4, "runs in no way that was tried"),
                                    (("--precision", "half"), 4, "no precision `half`")):
            with self.subTest(options=options):
                self.expect(code, "retarget", "--bundle", self.bundle, "--out", self.folder / "x", "--seconds", 0.1, *options,
                            says=[says])
                self.assertFalse((self.folder / "x").exists())

    def test_each_verb_takes_back_ends_and_providers_for_all_or_for_one(self):
        image = f"{self.images}#3"
        for options in (("--provider", "cpu"), ("--provider", "cnn_s=cpu", "--provider", "cnn_m=cpu"),
                        ("--backend", "onnxruntime"), ("--threads", 2, "--graph", "basic")):
            with self.subTest(options=options):
                self.succeed("run", "--bundle", self.bundle, image, *options)
                self.succeed("inspect", "--verify", self.bundle, *options)
        for options, code, says in ((("--provider", "cuda"), 2, "has no provider `cuda`; it has: cpu"),
                                    (("--provider", "cnn_s=cuda"), 2, "candidate cnn_s"),
                                    (("--provider", "cnn_q=cpu"), 2, "`cnn_q`"),
                                    (("--backend", "/no/such.so"), 4, "/no/such.so"),
                                    (("--ort", "/no/such/libonnxruntime.so"), 4, "/no/such/libonnxruntime.so")):
            for verb in (("run", "--bundle", self.bundle, image), ("inspect", "--verify", self.bundle)):
                with self.subTest(options=options, verb=verb[0]):
                    self.expect(code, *verb, *options, says=[says])
        failed = self.expect(4, "run", "--bundle", self.bundle, image, "--backend", PLUGIN)
        self.assertIn("cannot be loaded by fake-plugin: is no fake DNN", failed.stderr)

    def test_profiles_record_who_ran_where(self):
        profile = self.folder / "profile.db"
        self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", profile, "--threads", 2,
                     "--provider", "cnn_s=cpu")
        self.assertEqual(query(profile, "SELECT DISTINCT backend, threads FROM config"), [("onnxruntime", 2)])

    def test_a_library_of_a_vendor_is_taken(self):
        library = ROOT / ".deps/onnxruntime/lib/libonnxruntime.so.1"
        if not library.exists():
            raise unittest.SkipTest("no ONNX Runtime in .deps")
        vendors = self.folder / "libvendor.so"
        vendors.symlink_to(library)
        told = self.succeed("run", "--bundle", self.bundle, "--ort", vendors, f"{self.images}#3",
                            env={**os.environ, "LD_DEBUG": "files"})
        self.assertIn(f"calling init: {vendors}", told.stderr)


if __name__ == "__main__":
    main()
