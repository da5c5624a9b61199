"""`amsel check` finds planted faults in cards, all of them and nothing else."""

import json
import shutil

from harness import DATA, EndToEnd, edit_json, main, needs_data

CIFAR = DATA / "cifar10"


def plant_bgr(card):
    card["input"]["channels"] = "BGR"


def plant_unit_scale(card):
    """As for pixels in 0..1, which is how most training scripts write them."""
    for key in ("mean", "std"):
        card["preprocess"][key] = [value / 255 for value in card["preprocess"][key]]


@needs_data
class Check(EndToEnd):
    def setUp(self):
        super().setUp()
        self.zoo = self.folder / "zoo"
        shutil.copytree(CIFAR / "zoo", self.zoo)

    def check(self, code):
        done = self.expect(code, "check", "--zoo", self.zoo, "--images", CIFAR / "images.csv", "--sample", 200, "--json")
        result = json.loads(done.stdout)
        self.assertEqual(result["schema"], "amsel.check/1")
        return {c["candidate"]: c["findings"] for c in result["candidates"] if c["findings"]}

    def plant(self, **changes):
        for candidate, change in changes.items():
            edit_json(self.zoo / candidate / "card.json", change)

    def test_nothing_is_found_in_true_cards(self):
        self.assertEqual(self.check(0), {})

    def test_bgr_scale_and_labels_shifted_by_one_are_all_found(self):
        card = self.zoo / "resnet44" / "card.json"
        labels = (card.parent / json.loads(card.read_text())["labels"]).resolve().read_text().splitlines()
        (card.parent / "shifted.txt").write_text("\n".join(labels[1:] + labels[:1]) + "\n")
        self.plant(resnet20=plant_bgr, resnet32=plant_unit_scale, resnet44=lambda c: c.update(labels="shifted.txt"))
        findings = self.check(1)
        self.assertEqual(set(findings), {"resnet20", "resnet32", "resnet44"})
        self.assertIn("channels", findings["resnet20"][0]["field"])
        self.assertIn("preprocess", findings["resnet32"][0]["field"])
        self.assertIn("label", findings["resnet44"][0]["field"] + findings["resnet44"][0]["advice"])
        for finding in (f for found in findings.values() for f in found):
            self.assertGreater(finding["top1_after"], finding["top1_before"] + 0.05)

    def test_a_background_class_that_is_not_there_is_found(self):
        card = self.zoo / "resnet44" / "card.json"
        labels = (card.parent / json.loads(card.read_text())["labels"]).resolve().read_text().splitlines()
        (card.parent / "nine.txt").write_text("\n".join(labels[:-1]) + "\n")

        def plant(content):
            content["labels"] = "nine.txt"
            content["output"]["skip_leading_classes"] = 1
        shutil.rmtree(self.zoo / "resnet56")
        self.plant(resnet20=plant_bgr, resnet32=plant_unit_scale, resnet44=plant)
        self.assertEqual(set(self.check(1)), {"resnet20", "resnet32", "resnet44"})

    def test_the_text_says_what_to_change_and_what_it_gives(self):
        for other in ("resnet44", "resnet56"):
            shutil.rmtree(self.zoo / other)
        self.plant(resnet20=plant_bgr)
        done = self.expect(1, "check", "--zoo", self.zoo, "--images", CIFAR / "images.csv", "--sample", 200)
        self.assertRegex(done.stdout, r"input\.channels: .*RGB.* gives \+[0-9.]+ points")
        self.assertEqual(done.stdout.count("probably wrong"), 1)


if __name__ == "__main__":
    main()
