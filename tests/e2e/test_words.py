"""What a new user meets: help, tables that fit a terminal, and messages that say how to go on."""

import json
import os
import re
import subprocess
import sys

from harness import ROOT, EndToEnd, fashion_slice, main, make_zoo, needs_fashion

USAGE = 2
COLUMNS = 100


class Help(EndToEnd):
    def test_without_a_verb_the_help_is_shown(self):
        done = self.expect(USAGE)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout, self.succeed("--help").stdout)
        self.assertIn("The usual path:", done.stdout)

    def test_options_are_named_in_words_and_fit_a_terminal(self):
        verbs = re.findall(r"^  ([a-z]+) {4,}[A-Z]", self.succeed("--help").stdout, re.MULTILINE)
        self.assertIn("run", verbs)
        for verb in verbs:
            text = self.succeed(verb, "--help").stdout
            self.assertNotRegex(text, r"[A-Z]+:[A-Z{]| - \d+\]|\{false\}")
            options = [line for line in text.splitlines() if line.startswith((" " * 30, "  -"))]
            self.assertEqual([line for line in options if len(line) > COLUMNS + 1], [])
        self.assertIn("--workers N (1 to 1024; default 1)", self.succeed("run", "--help").stdout)
        self.assertIn("--top 1|5 (default 1)", self.succeed("train", "--help").stdout)


class ForPrograms(EndToEnd):
    def test_every_verb_and_option_is_told_as_json(self):
        told = json.loads(self.succeed("--options").stdout)
        self.assertEqual(told["schema"], "amsel.options/1")
        verbs = {verb["name"]: {option["name"]: option for option in verb["options"]} for verb in told["verbs"]}
        self.assertIn("profile merge", verbs)
        for name, options in verbs.items():
            helped = re.findall(r"^  (?:-\w,)?(--[a-z-]+)", self.succeed(*name.split(), "--help").stdout, re.MULTILINE)
            self.assertEqual(set(helped) - {"--help"}, {option for option in options if option.startswith("--")}, name)
        train = verbs["train"]
        self.assertEqual((train["--force"]["kind"], train["--profile"]["kind"], train["--out"]["required"]), ("flag", "option", True))
        self.assertEqual((train["--top"]["choices"], train["--seed"]["type"], train["--profile"]["type"]), (["1", "5"], "integer", "path"))
        self.assertEqual((verbs["init"]["DNN"]["kind"], verbs["init"]["DNN"]["many"]), ("positional", True))

    @needs_fashion
    def test_progress_is_told_in_lines_of_json(self):
        done = self.succeed("profile", "--zoo", make_zoo(self.folder), "--images", fashion_slice(self.folder / "images", 0, 200),
                            "--out", self.folder / "p.db", env=os.environ | {"AMSEL_PROGRESS": "json"})
        lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
        self.assertEqual(set(lines[0]), {"progress", "done", "total"})
        self.assertEqual(lines[-1]["done"], lines[-1]["total"])


@needs_fashion
class Words(EndToEnd):
    """A profile and bundles made once."""

    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.profile, cls.bundle, cls.single = (maker.folder / name for name in ("profile.db", "bundle", "single"))
        cls.images = fashion_slice(maker.folder / "images", 0, 600)
        cls.image = f"{cls.images}#0"
        maker.succeed("profile", "--zoo", make_zoo(maker.folder), "--images", cls.images, "--out", cls.profile)
        cls.trained = maker.succeed("train", "--profile", cls.profile, "--policy", "staged", "--test-fraction", 0.5, "--out", cls.bundle)
        cls.trained_single = maker.succeed("train", "--profile", cls.profile, "--policy", "single", "--out", cls.single)

    def assert_fits(self, text):
        self.assertEqual([line for line in text.splitlines() if len(line) > COLUMNS and "  " in line.strip()], [])

    def test_tables_fit_a_terminal_and_are_whole_when_asked(self):
        self.assert_fits(self.trained.stdout)
        verbs = [(("inspect", self.bundle), "p50"), (("evaluate", "--profile", self.profile, "--bundle", self.bundle), "candidates that ran"),
                 (("doctor", "--profile", self.profile), "over mix of singles"),
                 (("retarget", "--bundle", self.bundle, "--out", self.folder / "here", "--force", "--seconds", 0.2), "graph ")]
        for verb, more in verbs:
            with self.subTest(verb[0]):
                short = self.run_amsel(*verb).stdout
                self.assert_fits(short)
                self.assertNotIn(more, short)
                self.assertIn(more, self.run_amsel(*verb, "--wide").stdout)
        self.assertIn(" > ", self.succeed("train", "--profile", self.profile, "--policy", "staged", "--wide", "--out", self.folder / "again").stdout)

    def test_a_bundle_of_one_dnn_speaks_of_no_other(self):
        for text in (self.trained_single.stdout, self.succeed("inspect", "--wide", self.single).stdout,
                     (self.single / "manifest.json").read_text()):
            named = set(re.findall(r"\bcnn_[a-z]+\b", text))
            self.assertEqual(len(named), 1, text)

    def test_loading_is_told_apart_in_the_first_answer_alone(self):
        first, second = self.succeed("run", "--bundle", self.single, self.image, self.image).stdout.splitlines()
        self.assertRegex(first, r" in [0-9.]+ ms, [0-9.]+ of them loading$")
        self.assertRegex(second, r" in [0-9.]+ ms$")

    def test_messages_say_how_to_go_on(self):
        run = ("run", "--bundle", self.bundle, self.image)
        self.expect(USAGE, *run, "--memory-budget", 300, says=["did you mean 300M?"])
        self.expect(USAGE, *run, "--memroy-budget=300M", says=["--memroy-budget", "Did you mean --memory-budget?"])
        self.expect(USAGE, "profile", "--zo", "x", says=["Did you mean --zoo?"])
        self.expect(USAGE, "study", "--profil", "x", "--out", "y", says=["amsel: --profile is required", "Did you mean --profile?"])
        self.assertNotIn("mean", self.expect(USAGE, *run, "--confabulate").stderr)
        self.expect(USAGE, *run, "--provider", "cuda", says=["has no provider `cuda`", "--ort", "onnxruntime-gpu"])


class DemoSummary(EndToEnd):
    """The sentence that `make demo` ends with claims what the intervals of its own figures leave no doubt of."""

    def summary(self, gain, gain_ci, speedup, speedup_ci, singles=2):
        headline = {"policy": "staged balanced", "accuracy_gain_pp": gain, "accuracy_gain_ci95_pp": gain_ci,
                    "speedup": speedup, "speedup_ci95": speedup_ci}
        rows = [{"name": name, "kind": kind, "top1": top1} for name, kind, top1 in
                (("small", "single", 0.8), ("large", "single", 0.9), ("staged balanced", "staged", 0.91))]
        rows = rows[2 - singles:]
        file = self.folder / "results.json"
        file.write_text(json.dumps({"images": 4000, "single_best": "large", "headline": headline, "rows": rows}))
        done = subprocess.run([sys.executable, ROOT / "scripts/demo_summary.py", file], capture_output=True, text=True, check=True)
        return done.stdout

    def test_it_claims_what_is_beyond_chance(self):
        text = self.summary(0.3, [-0.1, 0.7], 2.41, [2.3, 2.5])
        self.assertIn("On 4,000 images that it never saw", text)
        self.assertIn("is as accurate as the best of two DNNs (91.0 % right, large 90.0 %), 2.4 times as fast.", text)
        self.assertIn("is 2.0 points more accurate than the best", self.summary(2, [1, 3], 1, [0.9, 1.1]))
        self.assertIn("), as fast.", self.summary(2, [1, 3], 1, [0.9, 1.1]))
        self.assertIn("is 2.0 points less accurate than the best", self.summary(-2, [-3, -1], 0.5, [0.4, 0.6]))
        self.assertIn("), 0.5 times as fast.", self.summary(-2, [-3, -1], 0.5, [0.4, 0.6]))
        self.assertIn("is as accurate as the best", self.summary(0, None, 1, None))
        self.assertIn("is the single best, large, alone", self.summary(0, None, 1, None, singles=1))


class Examples(EndToEnd):
    def test_the_line_without_cmake_is_that_of_the_guide(self):
        guide = (ROOT / "docs/c-api.md").read_text()
        flags = re.search(r"cc answer\.c (\$\(pkg-config.*?libdir amsel\))", guide)[1]
        for language in ("c", "cpp"):
            self.assertIn(flags, (ROOT / "examples" / language / "CMakeLists.txt").read_text())


if __name__ == "__main__":
    main()
