"""amsel study: the whole study of a profile as a page, results and tables."""

import csv
import json

from harness import EndToEnd, main, make_zoo, made_up_images, small_study

USAGE, BAD_INPUT, RUNTIME = 2, 3, 4


class Study(EndToEnd):
    def test_leaves_a_page_results_and_the_tables_of_all_figures(self):
        out = self.folder / "new/study"
        results = json.loads(small_study(self, out).read_text())
        self.assertEqual({file.name for file in out.iterdir()}, {"report.html", "results.json", "tables"})
        figures = [figure for section in results["study"]["sections"] for figure in section["figures"]]
        written = {file.stem for file in (out / "tables").iterdir()}
        self.assertLessEqual({figure["id"] for figure in figures}, written)
        self.assertIn("Study of the profile", (out / "report.html").read_text())
        names = {row["name"] for row in results["rows"]}
        for name in ("cnn_xs", "adapted cnn_m", "oracle", "staged balanced", "random stop of staged balanced", "random mix of chain", "multiclass:tree"):
            self.assertIn(name, names)
        with open(out / "tables/choices.csv", newline="") as file:
            choices = {row["policy"]: row for row in csv.DictReader(file)}
        for row in results["rows"]:
            if row["name"] in choices:
                self.assertAlmostEqual(float(choices[row["name"]]["top-1"]), row["top1"])
                self.assertAlmostEqual(float(choices[row["name"]]["answer F1"]), row["macro_f1"])

    def test_the_report_can_be_made_again_from_its_results(self):
        results = small_study(self, self.folder / "study", "--no-pictures")
        self.assertNotIn("data:image", results.read_text())
        self.succeed("report", results, "--out", self.folder / "again.html")
        self.assertEqual((self.folder / "again.html").read_bytes(), (self.folder / "study/report.html").read_bytes())

    def test_theta_ends_the_portfolio(self):
        tables = self.folder / "study/tables"
        small_study(self, self.folder / "study", "--theta", "1")
        with open(tables / "portfolio-steps.csv", newline="") as file:
            self.assertEqual([row["verdict"] for row in csv.DictReader(file)], ["kept", "left out", "left out"])

    def test_faults(self):
        self.expect(USAGE, "study", "--profile", "p.db", says=["--out"])
        self.expect(USAGE, "study", "--profile", "p.db", "--out", self.folder / "o", "--policy", "none", says=["none"])
        self.expect(BAD_INPUT, "study", "--profile", self.folder / "absent.db", "--out", self.folder / "o", says=["absent.db"])
        self.assertFalse((self.folder / "o").exists())
        profile = self.folder / "few.db"
        self.succeed("profile", "--zoo", make_zoo(self.folder), "--images", made_up_images(self.folder / "few", 8), "--out", profile)
        self.expect(BAD_INPUT, "study", "--profile", profile, "--out", self.folder / "o", says=["few.db", "folds"])
        (self.folder / "file").write_text("")
        self.expect(RUNTIME, "study", "--profile", profile, "--out", self.folder / "file/below", says=["file/below"])


if __name__ == "__main__":
    main()
