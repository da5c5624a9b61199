"""A table of one's own from the doctor to a bundle: what is told, that the verbs agree, and who refuses what."""

import json
import struct

from harness import EndToEnd, main, table_of_outcomes

USAGE, BAD_INPUT = 2, 3


class OwnTable(EndToEnd):
    def train(self, file, *options):
        return json.loads(self.succeed("train", "--csv", file, "--out", self.folder / "bundle", "--force", "--json",
                                       *options).stdout)

    def test_doctor_evaluate_and_train_agree(self):
        file = self.csv(table_of_outcomes(1000))
        verdict = json.loads(self.succeed("doctor", "--csv", file, "--json").stdout)["stopping"]["verdict"]
        self.assertEqual(verdict, "go")
        results = json.loads(self.succeed("evaluate", "--csv", file, "--json").stdout)
        self.assertEqual(results["headline"]["policy"], "staged balanced")
        self.assertGreater(results["headline"]["accuracy_gain_ci95_pp"][0], 0)
        manifest = self.train(file)
        self.assertEqual(manifest["policy"]["kind"], "staged")
        self.assertEqual(manifest["classes"], 1)
        self.assertGreater(manifest["operating_points"][0]["over_single_best"]["gain"], 0.05)
        self.assertEqual(manifest["operating_points"][0]["paths"][0]["sequence"][0], "small")

        file = self.csv(table_of_outcomes(1000, sure=False))
        verdict = json.loads(self.succeed("doctor", "--csv", file, "--json").stdout)["stopping"]["verdict"]
        self.assertEqual(verdict, "no-go")
        self.assertEqual(self.train(file)["policy"]["kind"], "single")

    def test_says_what_is_missing_in_one_sentence(self):
        file = self.csv(table_of_outcomes(200))
        said = self.succeed("train", "--csv", file, "--out", self.folder / "bundle").stderr
        self.assertIn("has no log-probabilities and no image features, so no answers are pooled", said)
        self.assertIn("the bundle holds the policy alone", said)
        file = self.csv(table_of_outcomes(200, confidences=False))
        said = self.succeed("train", "--csv", file, "--out", self.folder / "bundle", "--force").stderr
        self.assertIn("the single best is all that can be learned", said)
        self.expect(BAD_INPUT, "train", "--csv", file, "--out", self.folder / "other", "--policy", "staged",
                    says=["does not say how sure the candidates were, which policy `staged` needs"])
        self.assertFalse((self.folder / "other").exists())
        results = json.loads(self.succeed("evaluate", "--csv", file, "--json").stdout)
        self.assertEqual(results["headline"]["policy"], "single")
        self.expect(BAD_INPUT, "evaluate", "--csv", self.csv(table_of_outcomes(200)), "--policy", "p-right",
                    says=["has no image features, which policy `p-right` needs"])

    def test_what_is_not_known_is_a_dash_and_null(self):
        results = self.folder / "results.json"
        shown = self.succeed("evaluate", "--csv", self.csv(table_of_outcomes(300)), "--wide", "--out", results).stdout
        heading = next(line for line in shown.splitlines() if "top-5 %" in line)
        row = next(line for line in shown.splitlines() if line.startswith("large"))
        at = heading.index("top-5 %") + len("top-5 %") - 1
        self.assertEqual(row[at], "-")
        for row in json.loads(results.read_text())["rows"]:
            self.assertIsNone(row["top5"])
            self.assertIsNone(row["macro_f1"])
        self.succeed("report", results, "--out", self.folder / "report.html")
        page = (self.folder / "report.html").read_text()
        self.assertIn("staged balanced", page)
        self.assertIn(f"<title>Evaluation of the table {self.folder}/outcomes.csv", page)

    def test_parts_and_worth(self):
        manifest = self.train(self.csv(table_of_outcomes(1000, last_split="test")))
        self.assertEqual(manifest["training"]["images"], 800)
        manifest = self.train(self.csv(table_of_outcomes(1000, last_split="certify")))
        self.assertEqual([certificate["images"] for certificate in manifest["operating_points"][0]["certificates"]],
                         [200, 200])
        manifest = self.train(self.csv(table_of_outcomes(1500, worth="0.5")))
        self.assertEqual(manifest["training"]["images"], 1500)
        self.assertEqual(manifest["operating_points"][0]["certificates"], [])

    def test_who_runs_dnns_refuses_the_bundle(self):
        bundle = self.folder / "bundle"
        self.train(self.csv(table_of_outcomes(300)))
        image = self.folder / "image.ppm"
        image.write_bytes(b"P6 4 4 255\n" + struct.pack("48B", *range(48)))
        missing = "has no DNNs and knows no classes"
        self.expect(BAD_INPUT, "run", "--bundle", bundle, image, says=[missing])
        self.expect(BAD_INPUT, "run", "--bundle", bundle, "--backend", "onnxruntime", image, says=[missing])
        self.expect(BAD_INPUT, "retarget", "--bundle", bundle, "--out", self.folder / "other", says=[missing])
        listing = self.folder / "images.csv"
        listing.write_text("path,label\nimage.ppm,0\n")
        self.expect(BAD_INPUT, "evaluate", "--bundle", bundle, "--images", listing, says=[missing])
        shown = self.succeed("inspect", bundle).stdout
        self.assertIn("policy staged, confidences alone", shown)
        self.assertIn("run by whoever opens the bundle", shown)

    def test_options_that_do_not_go_together(self):
        file = self.csv(table_of_outcomes(200))
        out = self.folder / "bundle"
        self.expect(USAGE, "train", "--out", out, says=["train needs either --profile or --csv"])
        self.expect(USAGE, "train", "--csv", file, "--profile", "p.db", "--out", out)
        self.expect(USAGE, "train", "--csv", file, "--zoo", self.folder, "--out", out, says=["--csv excludes --zoo"])
        self.expect(USAGE, "evaluate", "--csv", file, "--bundle", out, says=["evaluate needs"])
        self.expect(USAGE, "evaluate", "--csv", file, "--out", file)
        self.expect(BAD_INPUT, "train", "--csv", self.csv("a:correct,a:ms\n1,1\n"), "--out", out,
                    says=["has one candidate"])


if __name__ == "__main__":
    main()
