"""What amsel says about input that is wrong: the exit code, the file and field, and nothing half-written."""

import json
import os
import resource
import signal
import struct
import subprocess
from pathlib import Path

from harness import PROGRAM, ROOT, SIDE, EndToEnd, edit_json, made_up_images, main, make_zoo, pgm, png, query

CMYK = ROOT / "tests/data/cmyk.jpg"
USAGE, BAD_INPUT, RUNTIME = 2, 3, 4
HUGE = 60_000


def limit_file_size(size):
    """For preexec_fn: writes beyond `size` fail as on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


class BadInput(EndToEnd):
    def setUp(self):
        super().setUp()
        self.zoo = make_zoo(self.folder)
        self.images = made_up_images(self.folder / "images", 40)
        self.out = self.folder / "out" / "profile.db"
        self.out.parent.mkdir()

    def profile(self, code, *more, says=(), images=None, zoo=None, **options):
        done = self.expect(code, "profile", "--zoo", zoo or self.zoo, "--images", images or self.images, "--out", self.out,
                           *more, says=says, **options)
        if code != 0:
            self.assert_nothing_written()
        return done

    def assert_nothing_written(self):
        self.assertEqual([p.name for p in self.out.parent.iterdir()], [])

    def make_bundle(self):
        self.profile(0)
        bundle = self.folder / "bundle"
        self.succeed("train", "--profile", self.out, "--policy", "p-right", "--out", bundle)
        return bundle

    def card(self, name="cnn_s"):
        return self.zoo / name / "card.json"


class Usage(BadInput):
    def test_wrong_usage_exits_with_2(self):
        for arguments in ([], ["fly"], ["profile"], ["profile", "--nonsense"], ["train", "--profile", "p.db"],
                          ["train", "--profile", "p.db", "--out", "b", "--policy", "luck"], ["evaluate"],
                          ["evaluate", "--profile", "p.db", "--folds", "1"], ["run", "--bundle", "b"], ["inspect"]):
            with self.subTest(arguments):
                told = self.expect(USAGE, *arguments)
                self.assertNotEqual(told.stderr if arguments else told.stdout, "")  # alone it shows the help
        for shard in ("0/2", "3/2", "1/0", "1", "1/2x", "x"):
            self.profile(USAGE, "--shard", shard, says=["--shard", "i/n"])

    def test_a_verb_that_there_is_not_is_named(self):
        self.expect(USAGE, "rnu", "--bundle", "x", says=["there is no verb `rnu`", "did you mean `run`?", " run "])

    def test_what_is_no_profile_and_no_bundle_is_told(self):
        out = self.folder / "never"
        self.expect(BAD_INPUT, "train", "--profile", self.folder / "absent.db", "--out", out, says=["absent.db: does not exist"])
        self.expect(BAD_INPUT, "train", "--profile", self.zoo, "--out", out, says=["is a folder, expected a profile"])
        self.expect(BAD_INPUT, "run", "--bundle", self.zoo, "photo.jpg", says=["is not a bundle: it has no manifest.json"])
        self.assertFalse(out.exists())

    def test_existing_output_is_not_overwritten(self):
        self.profile(0)
        before = self.out.read_bytes()
        self.expect(USAGE, "profile", "--zoo", self.zoo, "--images", self.images, "--out", self.out, says=[self.out, "--resume"])
        self.expect(USAGE, "train", "--profile", self.out, "--out", self.images.parent, says=["--force"])
        self.expect(USAGE, "train", "--profile", self.out, "--out", self.images.parent, "--force", says=["no bundle"])
        self.assertEqual(before, self.out.read_bytes())
        self.assertTrue(self.images.exists())

    def test_results_that_cannot_be_written_are_a_failure(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([PROGRAM, "inspect", self.zoo], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, RUNTIME)
        self.assertIn("could not be written", done.stderr)

    def test_a_pipe_is_no_image_and_is_not_waited_for(self):
        bundle = self.make_bundle()
        os.mkfifo(self.folder / "pipe.jpg")
        done = self.run_amsel("run", "--bundle", bundle, self.folder / "pipe.jpg", timeout=60)
        self.assertEqual(done.returncode, BAD_INPUT, done.stderr)
        self.assertIn("not a regular file", done.stderr + done.stdout)

    def test_an_unknown_operating_point_is_wrong_usage(self):
        bundle = self.make_bundle()
        self.expect(USAGE, "run", "--bundle", bundle, "--point", "turbo", self.images.parent / "000.pgm", says=["turbo"])


class Zoos(BadInput):
    def test_a_zoo_that_is_missing_or_empty(self):
        self.profile(BAD_INPUT, zoo=self.folder / "nowhere", says=["nowhere"])
        (self.folder / "empty").mkdir()
        self.profile(BAD_INPUT, zoo=self.folder / "empty", says=["empty"])

    def test_a_card_with_a_field_missing_or_of_the_wrong_type(self):
        original = self.card().read_text()
        for path, value in ((("schema",), None), (("schema",), "card/9"), (("name",), None), (("input", "height"), None),
                            (("input", "height"), "28"), (("input", "layout"), "CHWN"), (("input", "channels"), 3),
                            (("preprocess", "mean"), 1.5), (("preprocess", "std"), [0]), (("preprocess", "interpolation"), None),
                            (("output", "kind"), "scores"), (("labels",), None), (("input",), [])):
            with self.subTest(path=path, value=value):
                self.card().write_text(original)

                def spoil(card, path=path, value=value):
                    for key in path[:-1]:
                        card = card[key]
                    card.pop(path[-1])
                    if value is not None:
                        card[path[-1]] = value
                edit_json(self.card(), spoil)
                self.profile(BAD_INPUT, says=[self.card(), path[-1]])

    def test_a_card_that_is_no_json(self):
        for text in ("", "{", '{"schema": "card/1",}', "\xff\xfe", "[" * 100_000):
            self.card().write_text(text, encoding="latin-1")
            self.profile(BAD_INPUT, says=[self.card()])
        self.card().unlink()
        self.profile(BAD_INPUT, says=["cnn_s"])

    def test_an_onnx_file_that_is_truncated_empty_or_missing(self):
        model = self.zoo / "cnn_s/1/model.onnx"
        whole = model.read_bytes()
        for bytes_ in (whole[:len(whole) // 2], whole[:-1], b"", b"no ONNX"):
            model.write_bytes(bytes_)
            self.profile(BAD_INPUT, says=[model])
            self.expect(BAD_INPUT, "inspect", "--verify", self.zoo, says=[model])
        model.unlink()
        self.profile(BAD_INPUT, says=["cnn_s"])

    def test_an_onnx_file_that_does_not_match_its_card(self):
        original = self.card().read_text()
        for section, key, value in (("input", "height", 32), ("input", "name", "pixels"), ("input", "dtype", "uint8"),
                                    ("input", "channels", "RGB"), ("input", "layout", "NHWC"), ("output", "name", "scores"),
                                    ("output", "skip_leading_classes", 1)):
            with self.subTest(field=key):
                self.card().write_text(original)

                def spoil(card, section=section, key=key, value=value):
                    card[section][key] = value
                    if value == "RGB":
                        card["preprocess"].update(mean=[0, 0, 0], std=[1, 1, 1])
                    if value == "uint8":
                        card["input"].update(scale=1.0, zero_point=0)
                edit_json(self.card(), spoil)
                self.profile(BAD_INPUT, says=["cnn_s"])

    def test_labels_that_do_not_fit_the_outputs(self):
        labels = self.zoo / "labels.txt"
        lines = labels.read_text().splitlines()
        for wrong in (lines[:9], lines + ["scarf"], [], lines[:9] + [""], lines[:9] + ["caf\xe9"]):
            labels.write_text("".join(line + "\n" for line in wrong), encoding="latin-1")
            self.profile(BAD_INPUT)
        labels.unlink()
        self.profile(BAD_INPUT, says=["labels.txt"])


class Lists(BadInput):
    def test_a_csv_that_is_wrong_names_file_and_line(self):
        for text, says in (("", "empty"), ("000.pgm,1\n001.pgm,2\n", "line 1"), ("file,class\n000.pgm,1\n", "line 1"),
                           ("path,label\n", "lists no image"), ("path,label\n000.pgm,1\n\n001.pgm,2\n", "line 3"),
                           ("path,label\n000.pgm,zebra\n", "zebra"), ("path,label\n000.pgm,10\n", "line 2"),
                           ("path,label\n000.pgm,-1\n", "line 2"), ("path,label\n000.pgm,\n", "no row has a label"),
                           ("path,label\n000.pgm\n", "line 2"), ("path,label\n,1\n", "line 2"), ("path,label\n\"000.pgm,1\n", "line 2"),
                           ("path,label\n000.pgm,1\n000.pgm,1\n", "line 3"), ("path,label,weight\n000.pgm,1,nan\n", "weight"),
                           ("path,label,weight\n000.pgm,1,-2\n", "weight"), ("path,label,split\n000.pgm,1,train\n", "split"),
                           ("path,label,path\n000.pgm,1,x\n", "path"), ("path,label,Split\n000.pgm,1,test\n", "`Split`"),
                           ("path,label\nC:\\000.pgm,1\n", "Windows"), ("path;label\tx\n000.pgm;1\n", "semicolons and tabs"), ("path,label\n0\0.pgm,1\n", "line 2")):
            with self.subTest(text):
                self.images.write_text(text)
                self.profile(BAD_INPUT, says=[self.images, says])
        self.images.unlink()
        self.profile(BAD_INPUT, says=[self.images])

    def test_a_folder_of_an_unknown_class(self):
        (self.folder / "classes/zebra").mkdir(parents=True)
        self.profile(BAD_INPUT, images=self.folder / "classes", says=["zebra"])

    def test_idx_files_that_do_not_belong_together(self):
        images = self.folder / "x-images-idx3-ubyte"
        self.profile(BAD_INPUT, images=images, says=[images])
        images.write_bytes(struct.pack(">IIII", 0x803, 2, SIDE, SIDE) + bytes(2 * SIDE * SIDE))
        labels = self.folder / "x-labels-idx1-ubyte"
        self.profile(BAD_INPUT, images=images, says=[labels])
        for content in (struct.pack(">II", 0x801, 1) + b"\1", struct.pack(">II", 0x801, 2) + b"\1", b"",
                        struct.pack(">II", 0x801, 2) + b"\1\12"):
            labels.write_bytes(content)
            self.profile(BAD_INPUT, images=images, says=[labels])
        images.write_bytes(images.read_bytes()[:-1])
        self.profile(BAD_INPUT, images=images, says=[images])


class Images(BadInput):
    def add(self, **files):
        """Adds images to the list by name; gives their paths."""
        for name, content in files.items():
            if content is not None:
                (self.images.parent / name).write_bytes(content)
        with self.images.open("a") as rows:
            rows.writelines(f"{name},1\n" for name in files)
        return list(files)

    def test_unusable_images_are_skipped_counted_and_recorded(self):
        bmp = struct.pack("<IHHI", 62, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, HUGE, HUGE, 1, 24, 0, 8, 0, 0, 0, 0)
        whole_png = png(8, 8, 8, 2, (b"\0" + bytes(24)) * 8)
        cmyk = CMYK.read_bytes()
        frame = cmyk.index(b"\xff\xc0") + 5
        names = self.add(**{
            "missing.png": None, "a" * 300 + ".png": None, "long#" + "a" * 300: None, "empty.png": b"", "text.jpg": b"hello",
            "cut.png": whole_png[:-20], "cut.jpg": cmyk[:len(cmyk) // 2], "cut.pgm": pgm(bytes(9), 4, 4),
            "bomb.png": png(HUGE, HUGE, 8, 0, b"\0"), "bomb.bmp": b"BM" + bmp + bytes(8), "bomb.pgm": pgm(b"\0", HUGE, HUGE),
            "bomb.jpg": cmyk[:frame] + struct.pack(">HH", HUGE, HUGE) + cmyk[frame + 4:], "folder.png": None,
        })
        (self.images.parent / "folder.png").mkdir()
        done = self.profile(0, "--json", says=[f"{len(names)} images were skipped"])
        self.assertEqual(json.loads(done.stdout)["images"], 40)
        reasons = [reason for [reason] in query(self.out, "SELECT reason FROM failure")]
        self.assertEqual(len(reasons), len(names))
        # Of the four bombs the PGM is found truncated before its size is looked at.
        self.assertEqual(sum("limit" in reason for reason in reasons), 3, reasons)

    def test_strict_stops_at_the_first_unusable_image(self):
        self.add(**{"bad.png": b"x"})
        self.expect(BAD_INPUT, "profile", "--strict", "--zoo", self.zoo, "--images", self.images, "--out", self.out, says=["bad.png"])
        if self.out.exists():  # what came before the image may be kept, but is not a profile yet
            self.expect(BAD_INPUT, "train", "--profile", self.out, "--out", self.folder / "bundle", says=["complete"])

    def test_without_a_usable_image_there_is_no_profile(self):
        self.images.write_text("path,label\nmissing.png,1\n")
        self.profile(BAD_INPUT, says=[self.images, "no image"])

    def test_unusual_images_are_answered(self):
        bundle = self.make_bundle()
        unusual = {
            "one.png": png(1, 1, 8, 0, b"\0\x80"), "deep.png": png(3, 2, 16, 2, (b"\0" + bytes(18)) * 2),
            "deep.pgm": b"P5 2 1 65535\n" + bytes(4), "grey.png": png(2, 2, 8, 0, b"\0\1\2" * 2), "cmyk.jpg": CMYK.read_bytes(),
            "rgba.png": png(2, 1, 8, 6, b"\0" + bytes(8)), "wide.pgm": pgm(bytes(5000), 5000, 1),
        }
        paths = []
        for name, content in unusual.items():
            paths.append(self.folder / name)
            paths[-1].write_bytes(content)
        lines = self.lines(self.succeed("run", "--json", "--bundle", bundle, *paths))
        self.assertEqual([line["path"] for line in lines], [str(path) for path in paths])

    def test_run_reports_a_bad_image_and_answers_the_others(self):
        bundle = self.make_bundle()
        good = [self.images.parent / f"{i:03}.pgm" for i in (0, 1)]
        done = self.expect(BAD_INPUT, "run", "--json", "--bundle", bundle, good[0], self.folder / "missing.png", good[1],
                           says=["missing.png"])
        lines = self.lines(done)
        self.assertEqual([line["path"] for line in lines if "error" not in line], [str(path) for path in good])
        self.assertEqual([line["path"] for line in lines if "error" in line], [str(self.folder / "missing.png")])

    def test_a_path_that_is_no_utf8_is_profiled_and_evaluated(self):
        odd = bytes(self.images.parent) + b"/\xff\xfe.pgm"
        Path(os.fsdecode(odd)).write_bytes((self.images.parent / "000.pgm").read_bytes()[:-1] + b"\x01")
        with self.images.open("ab") as rows:
            rows.write(b"\xff\xfe.pgm,1\n")
        bundle = self.make_bundle()
        answers = self.folder / "answers.jsonl"
        self.succeed("evaluate", "--bundle", bundle, "--images", self.images, "--include-training", "--repetitions", 1,
                     "--json", "--answers", answers)
        self.assertEqual(len(answers.read_text().splitlines()), 41)

    def test_evaluate_skips_bad_images_or_stops(self):
        bundle = self.make_bundle()
        unseen = made_up_images(self.folder / "unseen", 60)
        rows = unseen.read_text().splitlines()
        unseen.write_text("\n".join([rows[0], *rows[45:], "bad.png,1"]) + "\n")
        arguments = ("evaluate", "--bundle", bundle, "--images", unseen, "--repetitions", 1)
        self.succeed(*arguments)
        self.assertIn("1 image was skipped", self.succeed(*arguments).stderr)
        self.expect(BAD_INPUT, *arguments, "--strict", says=["bad.png"])


if __name__ == "__main__":
    main()
