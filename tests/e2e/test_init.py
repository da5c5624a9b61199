"""`amsel init` writes cards that are right, says what it could not tell, and guesses nothing in silence."""

import json
import re
import shutil

from harness import (FASHION_TEST, ROOT, DATA, EndToEnd, edit_json, fashion_pixels, fashion_slice, main, needs_fashion,
                     needs_data, pgm)

ZOO = ROOT / "zoo/fashion"
NAMES = ("cnn_xs", "cnn_s")


def mended(card):
    """What decides answers."""
    return {key: card[key] for key in ("input", "output")}


class Init(EndToEnd):
    def dnn(self, name):
        return ZOO / name / "1/model.onnx"

    def card(self, zoo, name):
        return json.loads((zoo / name / "card.json").read_text())

    @needs_fashion
    def test_images_tell_what_the_files_do_not(self):
        zoo = self.folder / "zoo"
        done = self.succeed("init", *map(self.dnn, NAMES), "--labels", ZOO / "labels.txt", "--images",
                            fashion_slice(self.folder / "some", 0, 200), "--out", zoo)
        self.assertRegex(done.stdout, r"cnn_xs: [0-9.]+ % right on 200 images")
        self.assertIn("preprocess.mean and preprocess.std: Fashion-MNIST's mean and std", done.stdout)
        self.assertIn("gives the same answers to these images", done.stdout)
        for name in NAMES:
            self.assertEqual(mended(self.card(zoo, name)), mended(self.card(ZOO, name)))
            self.assertEqual((zoo / name / "1/model.onnx").read_bytes(), self.dnn(name).read_bytes())
        rest = fashion_slice(self.folder / "rest", 200, 400)
        top1 = []
        for one in (zoo, ZOO):
            profile = self.folder / f"{len(top1)}.db"
            done = self.succeed("profile", "--zoo", one, "--images", rest, "--out", profile, "--json", "--features", "paper")
            top1.append({c["name"]: c["top1"] for c in json.loads(done.stdout)["candidates"]})
        for name in NAMES:
            self.assertGreaterEqual(top1[0][name], top1[1][name] - 0.01)

    def listed(self, count, names, first=()):
        """The first photos, in a list after the rows `first`; `names` are of the classes."""
        rows = ["path,label", *first]
        for i, (pixels, label) in enumerate(zip(*fashion_pixels(0, count))):
            (self.folder / f"{i}.pgm").write_bytes(pgm(pixels))
            rows.append(f"{i}.pgm,{names[label]}")
        images = self.folder / "images.csv"
        images.write_text("\n".join(rows) + "\n")
        return images

    @needs_fashion
    def test_images_that_cannot_be_used_are_named_by_init_and_check(self):
        images = self.listed(60, list(range(10)), [f"gone{i}.pgm,{i}" for i in range(3)])
        zoo = self.folder / "zoo"
        told = ["3 images were skipped", "gone1.pgm: cannot be opened"]
        self.succeed("init", self.dnn("cnn_xs"), "--labels", ZOO / "labels.txt", "--images", images, "--out", zoo, says=told)
        self.succeed("check", "--zoo", zoo, "--images", images, says=told)

    @needs_fashion
    def test_shifted_labels_are_put_in_the_dnns_order(self):
        classes = [name.replace("/", "_") for name in (ZOO / "labels.txt").read_text().splitlines()]
        images = self.folder / "photos"
        for i, (pixels, label) in enumerate(zip(*fashion_pixels(0, 150))):
            (images / classes[label]).mkdir(parents=True, exist_ok=True)
            (images / classes[label] / f"{i}.pgm").write_bytes(pgm(pixels))
        (self.folder / "turned.txt").write_text("\n".join(classes[1:] + classes[:1]) + "\n")
        zoo = self.folder / "zoo"
        done = self.succeed("init", self.dnn("cnn_xs"), "--labels", self.folder / "turned.txt", "--images", images, "--out", zoo)
        self.assertIn("the outputs fit the images with other labels", done.stdout)
        self.assertEqual((zoo / "labels.txt").read_text().splitlines(), classes)

    @needs_fashion
    def test_labels_in_an_order_that_no_usual_mistake_explains_are_no_success(self):
        classes = (ZOO / "labels.txt").read_text().splitlines()
        images = self.listed(150, classes)
        mixed = self.folder / "mixed.txt"
        mixed.write_text("\n".join(classes[3:6] + classes[:3] + classes[:5:-1]) + "\n")
        zoo = self.folder / "zoo"
        told = self.expect(1, "init", self.dnn("cnn_s"), "--labels", mixed, "--images", images, "--out", zoo).stdout
        right = re.search("FAULT: its outputs stand for the classes in another order than the labels: "
                          r"([0-9]+) of 150 images would be right, not ([0-9]+),", told)
        self.assertGreater(int(right[1]), 1.5 * int(right[2]))
        self.assertIn("`pullover` in the place of `", told)
        self.expect(1, "check", "--zoo", zoo, "--images", images)
        self.succeed("init", self.dnn("cnn_s"), "--labels", ZOO / "labels.txt", "--images", images, "--out", zoo, "--force")

    def test_without_images_or_configuration_what_is_assumed_is_said_marked_and_no_success(self):
        zoo = self.folder / "zoo"
        done = self.expect(1, "init", f"mine={self.dnn('cnn_xs')}", "--labels", ZOO / "labels.txt", "--out", zoo)
        self.assertIn("(ASSUMED)", done.stdout)
        self.assertIn("preprocess.mean and preprocess.std", self.card(zoo, "mine")["assumed"])
        if FASHION_TEST.exists():
            images = fashion_slice(self.folder / "images", 0, 60)
            done = self.succeed("profile", "--zoo", zoo, "--images", images, "--out", self.folder / "p.db", "--features", "paper")
            self.assertIn("nobody has checked preprocess.mean", done.stderr)
            done = self.run_amsel("check", "--zoo", zoo, "--images", images, "--fix")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertNotIn("assumed", self.card(zoo, "mine"))

    def test_a_folder_stands_for_the_dnns_in_it(self):
        dnns = self.folder / "dnns"
        dnns.mkdir()
        for name in NAMES:
            shutil.copy(self.dnn(name), dnns / f"{name}.onnx")
        (dnns / "readme.txt").write_text("no DNN\n")
        zoo = self.folder / "zoo"
        self.expect(1, "init", dnns, "--labels", ZOO / "labels.txt", "--out", zoo)
        for name in NAMES:
            self.assertEqual((zoo / name / "1/model.onnx").read_bytes(), self.dnn(name).read_bytes())

    def test_json_holds_the_card_as_it_is_written(self):
        zoo = self.folder / "zoo"
        done = self.expect(1, "init", self.dnn("cnn_xs"), "--labels", ZOO / "labels.txt", "--out", zoo, "--json")
        told = json.loads(done.stdout)["candidates"][0]
        self.assertIn("preprocess.fit", told["card"]["assumed"])
        self.assertEqual(told["card"], self.card(zoo, "cnn_xs"))
        self.assertEqual(told["assumed"], told["card"]["assumed"])
        if FASHION_TEST.exists():
            done = self.succeed("init", self.dnn("cnn_xs"), "--labels", ZOO / "labels.txt", "--out", self.folder / "other", "--json",
                                "--images", fashion_slice(self.folder / "images", 0, 60))
            told = json.loads(done.stdout)["candidates"][0]["card"]
            self.assertNotIn("assumed", told)
            self.assertEqual(told, self.card(self.folder / "other", "cnn_xs"))

    def test_a_cards_zoo_may_be_the_folder_where_the_dnn_lies(self):
        zoo = self.folder / "zoo"
        shutil.copytree(ZOO / "cnn_xs", zoo / "cnn_xs")
        (zoo / "cnn_xs/card.json").unlink()
        self.expect(1, "init", zoo / "cnn_xs/1/model.onnx", "--labels", ZOO / "labels.txt", "--out", zoo)
        self.assertEqual(self.card(zoo, "cnn_xs")["name"], "cnn_xs")
        self.expect(2, "init", zoo / "cnn_xs/1/model.onnx", "--labels", ZOO / "labels.txt", "--out", zoo, says=["--force"])

    def test_a_dnn_that_lies_otherwise_in_the_zoo_is_not_taken_for_one_of_it(self):
        zoo = self.folder / "zoo"
        (zoo / "vit/onnx").mkdir(parents=True)
        shutil.copy(self.dnn("cnn_xs"), zoo / "vit/onnx/model.onnx")
        self.expect(2, "init", zoo / "vit/onnx/model.onnx", "--labels", ZOO / "labels.txt", "--out", zoo, says=["vit", "--force"])

    def test_fix_does_not_touch_a_card_that_stands_for_several(self):
        zoo = self.folder / "zoo"
        shutil.copytree(ZOO / "cnn_xs", zoo / "cnn_xs")
        defaults = self.folder / "defaults.json"
        shutil.move(zoo / "cnn_xs/card.json", defaults)
        shutil.copy(ZOO / "labels.txt", self.folder)
        edit_json(defaults, lambda card: (card.update(labels="labels.txt"), card["output"].update(kind="probabilities")))
        before = defaults.read_text()
        if FASHION_TEST.exists():
            self.expect(2, "check", "--zoo", zoo, "--images", fashion_slice(self.folder / "i", 0, 60), "--card-defaults", defaults,
                        "--fix", says=["card.json of its own"])
        self.assertEqual(defaults.read_text(), before)

    def test_a_configuration_is_read_and_what_no_card_can_say_is_named(self):
        config = self.folder / "preprocessor_config.json"
        config.write_text(json.dumps({"do_resize": True, "size": {"height": 28, "width": 28}, "resample": 5,
                                      "image_mean": [0.5] * 3, "image_std": [0.5] * 3}))
        self.expect(3, "init", self.dnn("cnn_xs"), "--labels", ZOO / "labels.txt", "--from", config, "--out",
                    self.folder / "zoo", says=["resample", config])
        self.assertFalse((self.folder / "zoo").exists())

    def test_wrong_inputs_are_named_and_leave_nothing(self):
        zoo = self.folder / "zoo"
        (self.folder / "three.txt").write_text("a\nb\nc\n")
        (self.folder / "no.onnx").write_bytes(b"\x00" * 64)
        (self.folder / "none").mkdir()
        self.expect(3, "init", self.folder / "none", "--labels", ZOO / "labels.txt", "--out", zoo, says=["none", ".onnx"])
        self.expect(3, "init", self.dnn("cnn_xs"), "--labels", self.folder / "three.txt", "--out", zoo,
                    says=["10 values", "3 labels", "--labels"])
        self.expect(3, "init", self.folder / "no.onnx", "--labels", ZOO / "labels.txt", "--out", zoo, says=["no.onnx"])
        self.expect(2, "init", self.dnn("cnn_xs"), f"cnn_xs={self.dnn('cnn_s')}", "--labels", ZOO / "labels.txt", "--out",
                    zoo, says=["NAME=FILE"])
        self.expect(2, "init", f"a b={self.dnn('cnn_xs')}", "--labels", ZOO / "labels.txt", "--out", zoo, says=["`a b`"])
        self.assertFalse(zoo.exists())

    @needs_fashion
    def test_the_other_kind_of_output_is_named_by_check_and_profile_and_corrected(self):
        zoo = self.folder / "zoo"
        shutil.copytree(ZOO, zoo, ignore=lambda folder, names: [n for n in names if n.startswith("cnn_") and n not in NAMES])
        edit_json(zoo / "cnn_xs/card.json", lambda card: card["output"].update(kind="probabilities"))
        images = fashion_slice(self.folder / "some", 0, 100)
        done = self.run_amsel("profile", "--zoo", zoo, "--images", images, "--out", self.folder / "p.db", "--features", "paper")
        self.assertIn("output.kind should be", done.stderr)
        done = self.expect(1, "check", "--zoo", zoo, "--images", images)
        self.assertIn("output.kind: \"logits\"", done.stdout)
        self.expect(0, "check", "--zoo", zoo, "--images", images, "--fix")
        self.assertEqual(self.card(zoo, "cnn_xs")["output"]["kind"], "logits")
        self.succeed("check", "--zoo", zoo, "--images", images)


@needs_data
class InitOnRealDnns(EndToEnd):
    def test_two_hundred_images_give_the_cards_that_are_true(self):
        family = DATA / "cifar10"
        names = ("resnet20", "resnet32")
        rows = (family / "images.csv").read_text().splitlines()[1:]
        given = self.folder / "given.csv"
        given.write_text("path,label\n" + "".join(f"{family / row}\n" for row in rows[::len(rows) // 200][:200]))
        zoo = self.folder / "zoo"
        self.succeed("init", *(family / "zoo" / name / "1/model.onnx" for name in names), "--labels", family / "zoo/labels.txt",
                     "--images", given, "--out", zoo)
        for name in names:
            found, true = (json.loads((z / name / "card.json").read_text()) for z in (zoo, family / "zoo"))
            self.assertEqual(found["input"], true["input"])
            self.assertEqual(found["output"]["kind"], true["output"]["kind"])
            for key in ("mean", "std"):
                self.assertEqual(found["preprocess"][key], true["preprocess"][key])


if __name__ == "__main__":
    main()
