"""Profiles of the families of AMSEL_DATA agree with their expected accuracies. AMSEL_FULL=1 takes all families, not one."""

import csv
import json
import os
import unittest

from harness import DATA, EndToEnd, main, needs_data

TOLERANCE = 0.003
needs_time = unittest.skipUnless(os.environ.get("AMSEL_FULL") == "1", "takes minutes: set AMSEL_FULL=1")


def expected(family):
    """{zoo: {candidate: (images, top1, top5)}} of a family's expected.csv."""
    table = {}
    with (DATA / family / "expected.csv").open() as rows:
        for row in csv.DictReader(rows):
            figures = (int(row["images"]), float(row["top1"]), float(row["top5"]))
            table.setdefault(row["zoo"], {})[row["candidate"]] = figures
    return table


class Expected(EndToEnd):
    def check(self, family):
        for zoo, candidates in expected(family).items():
            out = self.folder / f"{zoo}.db"
            done = self.succeed("profile", "--zoo", DATA / family / zoo, "--images", DATA / family / "images.csv",
                                "--out", out, "--json", "--strict")
            result = json.loads(done.stdout)
            found = {c["name"]: c for c in result["candidates"]}
            self.assertEqual(set(found), set(candidates))
            for name, (images, top1, top5) in candidates.items():
                with self.subTest(zoo=zoo, candidate=name):
                    self.assertEqual(result["images"], images)
                    self.assertLessEqual(abs(found[name]["top1"] - top1), TOLERANCE)
                    self.assertLessEqual(abs(found[name]["top5"] - top5), TOLERANCE)

    @needs_data
    def test_cifar10(self):
        self.check("cifar10")

    @needs_data
    @needs_time
    def test_imagenet(self):
        self.check("imagenet")

    @needs_data
    @needs_time
    def test_conditions(self):
        self.check("conditions")


if __name__ == "__main__":
    main()
