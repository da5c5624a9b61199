"""The report as files: a page and tables from results.json alone, and what is refused."""

import csv
import json
import re

from harness import ROOT, EndToEnd, edit_json, main

USAGE, BAD_INPUT, RUNTIME = 2, 3, 4
RESULTS = ROOT / "tests/data/results"


class Report(EndToEnd):
    def copy(self, name="every_kind"):
        results = self.folder / "results.json"
        results.write_text((RESULTS / f"{name}.json").read_text())
        return results

    def test_a_page_that_stands_alone_and_the_tables_of_its_figures(self):
        page, tables = self.folder / "report.html", self.folder / "new/tables"
        done = self.succeed("report", self.copy("conditions"), "--out", page, "--tables", tables)
        self.assertIn("report.html", done.stdout)
        text = page.read_text()
        self.assertTrue(text.startswith("<!DOCTYPE html>"))
        self.assertIsNone(re.search(r"<(script|link|img|iframe)[^>]*(src|href)=", text.split('<script type="application/json"')[0]))
        self.assertEqual({file.stem for file in tables.iterdir()}, {"comparisons", "plane", "tail", "shares", "rows"})
        with open(tables / "rows.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        given = json.loads((RESULTS / "conditions.json").read_text())["rows"]
        self.assertEqual([float(row["top-1"]) for row in rows], [row["top1"] for row in given])
        self.assertEqual([float(row["p99 ms"]) for row in rows], [row["latency_ms"]["p99"] for row in given])

    def test_tables_give_names_back_as_they_were(self):
        tables = self.folder / "tables"
        self.succeed("report", self.copy(), "--tables", tables)
        with open(tables / "a-table.csv", newline="") as file:
            self.assertEqual([row[0] for row in csv.reader(file)], ["name", "'" + '=1+1, "quoted"', "second\nline", "<script>alert(3)</script>"])

    def test_the_same_results_give_the_same_page(self):
        results = self.copy()
        pages = [self.folder / name for name in ("a.html", "b.html")]
        for page in pages:
            self.succeed("report", results, "--out", page)
        self.assertEqual(pages[0].read_bytes(), pages[1].read_bytes())

    def test_bad_results_are_refused_and_leave_the_old_page_alone(self):
        page = self.folder / "report.html"
        page.write_text("old")
        cases = [(lambda r: r.pop("rows"), "`rows`"),
                 (lambda r: r.update(schema="amsel.evaluation/9"), "`schema`"),
                 (lambda r: r["rows"][2]["latency_ms"].update(mean=None), "`rows[2].latency_ms.mean`"),
                 (lambda r: r["figures"][0]["data"]["points"][1].update(y="high"), "`figures[0].data.points[1].y`")]
        for spoil, field in cases:
            with self.subTest(field):
                results = self.copy()
                edit_json(results, spoil)
                self.expect(BAD_INPUT, "report", results, "--out", page, says=[results, field])
        results.write_text("{")
        self.expect(BAD_INPUT, "report", results, "--out", page, says=[results, "not valid JSON"])
        self.expect(BAD_INPUT, "report", self.folder / "none.json", "--out", page, says=["none.json"])
        self.assertEqual(page.read_text(), "old")
        self.assertEqual(sorted(file.name for file in self.folder.iterdir()), ["report.html", "results.json"])

    def test_wrong_usage(self):
        results = self.copy()
        self.expect(USAGE, "report", results, says=["--out", "--tables"])
        self.expect(USAGE, "report", "--out", self.folder / "a.html", says=["RESULTS"])
        before = results.read_text()
        self.expect(USAGE, "report", results, "--out", results, says=["would be overwritten"])
        self.assertEqual(results.read_text(), before)

    def test_a_place_that_cannot_be_written_is_named(self):
        (self.folder / "file").write_text("")
        for option in ("--out", "--tables"):
            self.expect(RUNTIME, "report", self.copy(), option, self.folder / "file/below", says=["file/below"])


if __name__ == "__main__":
    main()
