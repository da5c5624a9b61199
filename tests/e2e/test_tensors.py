"""`amsel tensors`: what candidates see of a sample of images, and the verbs that know which images calibrated a candidate."""

import hashlib
import json
import struct

from harness import EndToEnd, made_up_images, main, make_zoo

USAGE, BAD_INPUT = 2, 3


class Tensors(EndToEnd):
    @classmethod
    def setUpClass(cls):
        base = cls.maker()
        cls.zoo = make_zoo(base.folder)
        cls.images = made_up_images(base.folder / "images", 60)
        cls.out = base.folder / "tensors"
        cls.told = json.loads(base.succeed("tensors", "--zoo", cls.zoo, "--images", cls.images, "--out", cls.out, "--json").stdout)

    def hashes(self):
        return {hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in self.images.parent.glob("*.pgm")}

    def test_it_writes_a_tensor_for_each_candidate_and_image(self):
        self.assertEqual(self.told, json.loads((self.out / "tensors.json").read_text()))
        keys = self.told["calibration_images"]
        self.assertEqual((len(keys), len(set(keys) & self.hashes())), (15, 15))
        for entry in self.told["candidates"]:
            card = json.loads((self.zoo / entry["name"] / "card.json").read_text())
            self.assertEqual(entry["card"]["input"], card["input"])
            self.assertEqual((entry["dtype"], entry["shape"]), ("float32", [15, 1, card["input"]["height"], card["input"]["width"]]))
            data = (self.out / entry["tensor"]).read_bytes()
            self.assertEqual(len(data), 4 * 15 * card["input"]["height"] * card["input"]["width"])
            mean, std = card["preprocess"]["mean"][0], card["preprocess"]["std"][0]
            pixels = {round(std * value + mean, 2) for value, in struct.iter_unpack("<f", data[:4096])}
            self.assertTrue(all(0 <= pixel <= 255 for pixel in pixels), pixels)

    def test_what_judges_is_a_list_of_the_others(self):
        listed = (self.out / self.told["judge"]).read_text().splitlines()
        self.assertEqual(listed[0], "path,label_index,group,weight")
        self.assertEqual(len(listed) - 1, 45)
        self.assertEqual(self.told["judging_images"], 45)
        self.succeed("profile", "--zoo", self.zoo, "--images", self.out / "judge.csv", "--out", self.folder / "p.db")

    def test_what_cannot_be_is_refused(self):
        asked = ("tensors", "--zoo", self.zoo, "--images", self.images)
        self.expect(USAGE, *asked, "--out", self.out, says=[f"{self.out}: exists"])
        self.expect(USAGE, *asked, "--out", self.folder / "t", "--calibrate", "0", says=["--calibrate"])
        self.expect(BAD_INPUT, "tensors", "--zoo", self.zoo / "absent", "--images", self.images, "--out", self.folder / "t")
        few = self.folder / "few.csv"
        few.write_text("".join(self.images.read_text().splitlines(keepends=True)[:3]))
        self.expect(BAD_INPUT, "tensors", "--zoo", self.zoo, "--images", few, "--out", self.folder / "t", says=["4 or more"])
        self.assertFalse((self.folder / "t").exists())

    def test_a_calibrated_image_that_the_list_tests_is_named(self):
        zoo = make_zoo(self.folder)
        card = json.loads((zoo / "cnn_s/card.json").read_text())
        derived = {"derived_from": "cnn_m", "derivation": {"method": "by hand", "calibration_images": self.told["calibration_images"]}}
        (zoo / "cnn_s/card.json").write_text(json.dumps(card | derived))
        profile = self.folder / "p.db"
        done = self.succeed("profile", "--zoo", zoo, "--images", self.images, "--out", profile)
        self.assertIn("15 of 60 images are of split fit", done.stderr)
        rows = self.images.read_text().splitlines()
        tested = self.images.parent / "tested.csv"
        tested.write_text("\n".join([rows[0] + ",split", *(row + ",test" for row in rows[1:])]) + "\n")
        self.addCleanup(tested.unlink)
        self.expect(BAD_INPUT, "profile", "--zoo", zoo, "--images", tested, "--out", self.folder / "q.db",
                    says=["split `test`: expected fit or nothing, since candidate cnn_s was calibrated on this image"])
        self.assertFalse((self.folder / "q.db").exists())


if __name__ == "__main__":
    main()
