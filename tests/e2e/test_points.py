"""Choosing among a bundle's operating points, deadlines, and abstentions."""

import json
import shutil

from harness import EndToEnd, edit_manifest, fashion_slice, main, make_zoo, needs_fashion

USAGE, RUNTIME = 2, 4
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


@needs_fashion
class Points(EndToEnd):
    """One profile and two bundles, made once; each test plans its own copy."""

    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        base = maker.folder
        cls.unseen = fashion_slice(base / "unseen", 1000, 40)
        cls.profile = base / "profile.db"
        maker.succeed("profile", "--zoo", make_zoo(base), "--images", fashion_slice(base / "train", 0, 300), "--out", cls.profile)
        cls.bundles = {policy: base / policy for policy in ("p-right", "staged")}
        for policy, bundle in cls.bundles.items():
            maker.succeed("train", "--profile", cls.profile, "--policy", policy, "--out", bundle)

    def planned(self, policy="staged", energy=None, p99={}):
        """A copy whose points are planned with 1, 2, 3 … ms and 0.801, 0.802, 0.803 …, whatever was measured."""
        bundle = self.folder / "bundle"
        shutil.rmtree(bundle, ignore_errors=True)
        shutil.copytree(self.bundles[policy], bundle)

        def plan(manifest):
            for number, point in enumerate(manifest["operating_points"], start=1):
                point.pop("same_as", None)
                point["top1"] = 0.8 + number / 1000
                point["latency_ms"] = {"mean": number, "p50": number, "p99": number, "worst_path": 2 * number}
            for candidate in manifest["candidates"]:
                candidate["training_top1"] = 0.802
                candidate["costs"][0]["energy_mj"] = energy
                candidate["costs"][0]["inference_ms"]["p99"] = p99.get(candidate["name"], 0)
                candidate["costs"][0]["load_ms"] = 0
        edit_manifest(bundle, plan)
        self.names = [point["name"] for point in json.loads((bundle / "manifest.json").read_text())["operating_points"]]
        return bundle

    def answer(self, bundle, *arguments, image=0):
        [line] = self.lines(self.succeed("run", "--json", "--bundle", bundle, f"{self.unseen}#{image}", *arguments))
        return line

    def refused(self, code, bundle, *arguments, says):
        done = self.expect(code, "run", "--bundle", bundle, f"{self.unseen}#0", *arguments, says=says)
        self.assertEqual(done.stdout, "")

    def test_limits_choose_a_point_and_combine(self):
        bundle = self.planned(energy=5)
        self.assertGreater(len(self.names), 3)
        cases = [((), 0),
                 (("--point", self.names[1]), 1),
                 (("--mean-latency-ms", 2), 1),
                 (("--max-latency-ms", 5), 1),
                 (("--mean-latency-ms", 3, "--max-latency-ms", 2), 0),
                 (("--min-accuracy", 0.8025), 2),
                 (("--min-accuracy", "single-best"), 1),
                 (("--min-accuracy", 0.8, "--mean-latency-ms", 3), 2),
                 (("--max-energy-mj", 1e6), -1)]
        for arguments, index in cases:
            with self.subTest(arguments):
                self.assertEqual(self.answer(bundle, *arguments)["operating_point"], self.names[index])

    def test_limits_that_no_point_keeps_name_the_nearest(self):
        bundle = self.planned()
        first, last = self.names[0], self.names[-1]
        cases = ((("--mean-latency-ms", 0.5), f"`{first}`, with a mean latency of 1.0000 ms"),
                 (("--max-latency-ms", 1.5), f"`{first}`, with a worst path of 2.0000 ms"),
                 (("--min-accuracy", 1), f"`{last}`, with a top-1 accuracy of {0.8 + len(self.names) / 1000:.4f}"))
        for arguments, nearest in cases:
            with self.subTest(arguments):
                self.refused(USAGE, bundle, *arguments, says=["no operating point", nearest])

    def test_a_bundle_of_one_point_keeps_limits_too(self):
        bundle = self.planned("p-right")
        self.assertEqual(self.names, ["default"])
        for arguments in (("--mean-latency-ms", 1), ("--max-latency-ms", 2), ("--min-accuracy", 0.801)):
            self.assertEqual(self.answer(bundle, *arguments)["operating_point"], "default")
        self.refused(USAGE, bundle, "--min-accuracy", "single-best", says=["single best", "`default`"])

    def test_limits_that_make_no_sense_are_wrong_usage(self):
        bundle = self.planned()
        self.refused(USAGE, bundle, "--point", self.names[0], "--mean-latency-ms", 5, says=["not by both"])
        self.refused(USAGE, bundle, "--max-energy-mj", 5, says=["no energy figures"])
        for option in ("--mean-latency-ms", "--max-latency-ms", "--max-energy-mj", "--deadline-ms"):
            for value in ("0", "-1", "nan", "inf", "soon"):
                self.refused(USAGE, bundle, option, value, says=[option, "above 0"])
        for value in ("85", "-0.1", "nan", "best"):
            self.refused(USAGE, bundle, "--min-accuracy", value, says=["--min-accuracy", "single-best"])

    def test_a_deadline_leaves_out_what_does_not_fit(self):
        [wanted] = self.answer(self.planned("p-right"))["candidates"]
        easy = self.answer(self.planned("p-right"), "--deadline-ms", HOUR_MS)
        self.assertEqual((easy["candidates"], easy["degraded"]), ([wanted], False))
        bundle = self.planned("p-right", p99={wanted: HOUR_MS})
        hard = self.answer(bundle, "--deadline-ms", MINUTE_MS)
        self.assertNotIn(wanted, hard["candidates"])
        self.assertEqual((hard["degraded"], hard["certified"]), (True, False))
        self.assertIn(f"{wanted}: did not fit the deadline", hard["problems"][0])

    def test_a_deadline_too_short_for_any_candidate_gives_no_answer(self):
        bundle = self.planned("p-right", p99={name: HOUR_MS for name in ("cnn_xs", "cnn_s", "cnn_m")})
        self.refused(RUNTIME, bundle, "--deadline-ms", MINUTE_MS, says=["the deadline of 60000 ms is too short", "needs 3.6"])

    def test_abstentions_have_no_answer(self):
        bundle = self.folder / "abstains"
        self.succeed("train", "--profile", self.profile, "--policy", "staged", "--abstain-price", 0.0001, "--out", bundle)
        images = [f"{self.unseen}#{i}" for i in range(40)]
        lines = self.lines(self.succeed("run", "--json", "--bundle", bundle, *images))
        abstained = [line for line in lines if line["abstained"]]
        self.assertGreater(len(abstained), 0)
        for line in abstained:
            self.assertEqual((line["class"], line["label"], line["probability"], line["certified"]), (None, None, None, False))
            self.assertGreater(len(line["candidates"]), 0)
        text = self.succeed("run", "--explain", "--bundle", bundle, abstained[0]["path"]).stdout
        self.assertIn(": abstains by ", text)
        self.assertIn("decide   abstain", text)

    def test_explain_tells_each_decision_to_people_and_machines(self):
        bundle = self.planned()
        line = self.answer(bundle, "--explain", "--point", self.names[-1])
        self.assertEqual([step["decision"] for step in line["steps"]].count("run"), len(line["candidates"]))
        self.assertEqual(line["steps"][-1]["decision"], "answer")
        self.assertEqual(line["steps"][-1]["ran"], line["candidates"])
        self.assertEqual(line["steps"][0]["ran"], [])
        self.assertGreater(line["steps"][-1]["confidence"], 0)
        self.assertEqual(line["planned"]["latency_ms"]["mean"], len(self.names))
        text = self.succeed("run", "--explain", "--bundle", bundle, "--point", self.names[-1], f"{self.unseen}#0").stdout
        for part in ("state    nothing has run", "decide   run", "decide   answer, confidence", f"point    {self.names[-1]}: planned top-1"):
            self.assertIn(part, text)

    def test_inspect_shows_all_points_as_a_table(self):
        bundle = self.planned()
        text = self.succeed("inspect", "--wide", bundle).stdout
        self.assertRegex(text, r"operating point +top-1 % +95 % interval +mean ms +p50 +p99 +worst path +speed +certified")
        for number, name in enumerate(self.names, start=1):
            shown = f"{number:.3f}" if number < 10 else f"{number:.2f}"
            self.assertRegex(text, rf"(?m)^  {name} +{80 + number / 10:.2f} .* {shown} ")

    def test_inspect_shows_the_named_points_in_short(self):
        text = self.succeed("inspect", self.planned()).stdout
        for name in self.names:
            self.assertEqual(f"\n  {name} " in text, not name[-1].isdigit(), name)
        others = sum(name[-1].isdigit() for name in self.names)
        self.assertEqual("; --wide shows all, with paths and certificates" in text, others > 0)

    def test_the_governor_moves_to_what_holds_the_target(self):
        bundle = self.planned()
        images = [f"{self.unseen}#{i % 40}" for i in range(120)]
        hold = ("run", "--json", "--bundle", bundle, *images, "--hold-latency-ms")
        self.expect(USAGE, *hold, 5, says=["certificate"])
        self.expect(USAGE, *hold, 5, "--hold-uncertified", "--max-latency-ms", 5, says=["--min-accuracy alone"])
        self.expect(USAGE, *hold, 5, "--hold-uncertified", "--min-accuracy", 0.999, says=["0.999"])
        within = self.succeed(*hold, MINUTE_MS, "--hold-uncertified")
        self.assertEqual(len(self.lines(within)), 120)
        self.assertIn("the governor moved 0 times", within.stderr)  # nothing rises within its first two seconds
        beyond = self.succeed(*hold, 1e-6, "--hold-uncertified")
        self.assertIn("no point that it may use keeps the target", beyond.stderr)
        self.assertEqual(self.lines(beyond)[-1]["operating_point"], self.names[0])  # the fastest by the plan


if __name__ == "__main__":
    main()
