"""The report's page in a real browser: everything is drawn, nothing is fetched, and it can be used on a phone and with a keyboard."""

import csv
import json
import math
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree
from pathlib import Path

from harness import ROOT, EndToEnd, main, small_study

RESULTS = ROOT / "tests/data/results"
PLAYWRIGHT = Path(os.environ.get("AMSEL_PLAYWRIGHT", ROOT / ".deps/playwright-core"))
CHROMIUM = os.environ.get("AMSEL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
WITHOUT_DRAWING = {"table", "pictures"}
PHONE = 390


def missing():
    """What the set-up of the tests would install and is not here; empty where all is."""
    wanted = {"chromium": CHROMIUM, "node": shutil.which("node"), "playwright-core": (PLAYWRIGHT / "package.json").exists()}
    return [name for name, found in wanted.items() if not found]


@unittest.skipIf(missing(), f"SKIPPED: no {', '.join(missing())} (scripts/setup.sh test installs it on Debian)")
class Page(EndToEnd):
    """A page opened once; each test looks at another side of what the browser saw."""

    results = "every_kind.json"

    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.saved = maker.folder / "saved"
        cls.saved.mkdir()
        cls.tables = maker.folder / "tables"
        cls.given = json.loads(cls.make(maker).read_text())
        driver = ["node", Path(__file__).with_name("report_page.js"), PLAYWRIGHT, CHROMIUM, maker.folder / "report.html", cls.saved]
        done = subprocess.run(driver, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.seen = json.loads(done.stdout)

    @classmethod
    def make(cls, maker):
        """Makes report.html and tables in the maker's folder; gives the results."""
        results = RESULTS / cls.results
        maker.succeed("report", results, "--out", maker.folder / "report.html", "--tables", cls.tables)
        return results

    def figure(self, name):
        return next(figure for figure in self.seen["figures"] if figure["id"] == name)

    def test_every_figure_is_drawn_with_marks_that_have_names(self):
        self.assertGreaterEqual(len(self.seen["figures"]), 5)
        for figure in self.seen["figures"] + self.seen["phone"]["figures"]:
            with self.subTest(figure["id"]):
                self.assertGreater(figure["rows"], 0)
                self.assertTrue(figure["heading"])
                self.assertEqual(figure["svg"], figure["kind"] not in WITHOUT_DRAWING)
                if figure["svg"]:
                    self.assertGreater(figure["marks"], 0)
                    self.assertEqual(figure["unnamed"], 0)
                    self.assertIn(figure["heading"], figure["named"])
                    self.assertGreater(min(figure["width"], figure["height"]), 100)
        self.assertEqual(self.figure("plane")["rows"], len(self.given["rows"]))

    def test_nothing_fails_and_nothing_is_fetched(self):
        self.assertEqual(self.seen["faults"], [])
        self.assertEqual([url for url in self.seen["requests"] if not url.startswith("file://")], [])
        self.assertEqual(len(self.seen["requests"]), 3)  # the page itself, opened three times
        self.assertEqual(self.seen["scripts"], 3)  # the data, the library and our own: none from a name

    def test_it_has_landmarks_and_an_outline(self):
        self.assertEqual(self.seen["landmarks"], [1, 1, 1, 1, 1])
        self.assertTrue(all(self.seen["anchors"]))
        levels = self.seen["headings"]
        self.assertEqual(levels[0], 1)
        self.assertTrue(all(after - before <= 1 for before, after in zip(levels, levels[1:])))

    def test_the_headline_is_told_in_words(self):
        headline = self.given["headline"]
        for text in (headline["policy"], f"{headline['speedup']:.2f}×", f"ceiling {headline['ceiling']:.2f}×",
                     f"{headline['speedup_ci95'][0]:.2f} to {headline['speedup_ci95'][1]:.2f}"):
            self.assertIn(text, self.seen["text"])

    def test_no_name_lies_over_another(self):
        self.assertEqual(self.seen["covered"], [])

    def test_neighbouring_candidates_have_colours_of_their_own(self):
        colours = self.seen["colours"]
        for one, other in zip(colours, colours[1:]):
            self.assertGreater(math.dist(one, other), 70)
        if len(colours) <= 8:
            self.assertEqual(len({tuple(colour) for colour in colours}), len(colours))

    def test_time_and_speed_are_seen_without_scrolling_and_more_is_announced(self):
        columns = self.seen["columns"]
        for name in ("top-1", "speed", "mean ms", "p99 ms", "worst path ms"):
            self.assertIn(name, columns["seen"])
        self.assertEqual(columns["cue"], len(columns["seen"]) < columns["all"])

    def test_a_phone_scrolls_down_only(self):
        self.assertEqual(self.seen["phone"]["widths"], [PHONE, PHONE])
        self.assertEqual(self.seen["phone"]["opened"], [PHONE, PHONE])

    def test_dark_is_dark_and_print_is_light(self):
        light, dark, printed = (self.seen[name] for name in ("light", "dark", "print"))
        brightness = [sum(map(int, re.findall(r"\d+", ground)[:3])) for ground, _ in (light, dark, printed)]
        self.assertGreater(brightness[0], 700)
        self.assertLess(brightness[1], 100)
        self.assertGreater(brightness[2], 700)
        self.assertNotEqual(light[1], dark[1])
        self.assertEqual(light[1], printed[1])

    def test_a_keyboard_reaches_controls_and_marks_and_sees_where_it_is(self):
        keyboard = self.seen["keyboard"]
        stops = keyboard["stops"]
        self.assertEqual(stops[0]["text"], "Skip to the content")
        self.assertTrue(all(stop["ringed"] for stop in stops))
        texts = [stop["text"] for stop in stops]
        for control in ("Accuracy and latency", "Save SVG", "policies", "The same as a table"):
            self.assertIn(control, texts)
        self.assertIn("region", [stop["role"] for stop in stops])
        self.assertNotIn("svg", [stop["tag"] for stop in stops])
        for stop in (keyboard["first"], keyboard["second"]):
            self.assertTrue(stop["label"])
            self.assertEqual(stop["tip"].replace("\n", ", "), stop["label"])
        self.assertNotEqual(keyboard["first"]["label"], keyboard["second"]["label"])
        self.assertIsNone(keyboard["escaped"])

    def test_controls_do_what_they_say(self):
        controls = self.seen["controls"]
        self.assertLess(controls["hidden"], controls["before"])
        self.assertEqual((controls["again"], controls["pressed"]), (controls["before"], "false"))
        self.assertNotEqual(controls["ticks"], controls["log"]["ticks"])
        values = [float(re.sub(r"[^\d.]", "", text)) for text in controls["sorted"]]
        self.assertEqual(values, sorted(values, reverse=True))
        self.assertEqual(controls["sort"], "descending")
        self.assertIn("top-1 accuracy", controls["tip"])

    def test_each_figure_saves_itself_as_a_drawing_that_stands_alone(self):
        drawn = {f"{figure['id']}.svg" for figure in self.seen["figures"] if figure["svg"]}
        self.assertEqual({name for name in self.seen["saved"] if name.endswith(".svg")}, drawn)
        for name in drawn:
            with self.subTest(name):
                text = (self.saved / name).read_text()
                self.assertTrue(xml.etree.ElementTree.fromstring(text).tag.endswith("}svg"))
                self.assertGreater(self.seen["shown"][name], 100)
                for foreign in ("var(", "color-mix", "<script", "class=", "tabindex"):
                    self.assertNotIn(foreign, text)

    def test_each_table_saves_itself_as_the_program_writes_it(self):
        names = {f"{figure['id']}.csv" for figure in self.seen["figures"]}
        self.assertEqual({name for name in self.seen["saved"] if name.endswith(".csv")}, names)
        for name in names:
            with open(self.saved / name, newline="") as saved, open(self.tables / name, newline="") as written:
                for mine, theirs in zip(csv.reader(saved), csv.reader(written), strict=True):
                    self.assertEqual([number(cell) for cell in mine], [number(cell) for cell in theirs], name)


class RealPage(Page):
    """The same of an evaluation of a staged policy, most of whose singles lie far below the rest."""

    results = "conditions.json"

    def test_the_closer_look_says_what_it_leaves_out_and_shows_it_when_asked(self):
        controls = self.seen["controls"]
        rows = len(self.given["rows"])
        self.assertLess(controls["before"], rows)
        self.assertIn(f"{rows - controls['before']} more points lie outside", controls["log"]["outside"])
        self.assertEqual((controls["focus"]["count"], controls["focus"]["outside"]), (rows, ""))


class HostilePage(Page):
    """The same of names that would be markup."""

    def test_names_are_shown_and_never_run(self):
        self.assertIn("</script><script>alert('name')</script>", self.seen["text"])
        self.assertIn("<img src=x onerror=alert(1)>", self.seen["title"])
        self.assertEqual(set(self.seen["images"]), {"data:image/"})
        self.assertEqual(self.figure("worst-cases")["pictures"], 3)


class StudyPage(Page):
    """The same of a study."""

    @classmethod
    def make(cls, maker):
        return small_study(maker, maker.folder)

    def test_every_kind_of_figure_of_a_study_is_there(self):
        kinds = {figure["kind"] for figure in self.seen["figures"]}
        self.assertEqual(kinds, {"scatter", "bars", "stacked-bars", "dots", "lines", "heatmap", "reliability", "pictures", "table"})
        for section in self.given["study"]["sections"]:
            for figure in section["figures"]:
                self.assertEqual(self.figure(figure["id"])["kind"], figure["kind"])
        self.assertGreater(self.figure("worst-pictures-1")["pictures"], 0)


def number(text):
    """JSON and JavaScript may write one number in two ways."""
    try:
        return float(text)
    except ValueError:
        return text


del Page  # its tests run in those below it

if __name__ == "__main__":
    main()
