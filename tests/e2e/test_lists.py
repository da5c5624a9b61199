"""Lists of images as people keep them: folders, labels, CSV files of other programs, cameras that do not move."""

import os
import random

from harness import SIDE, EndToEnd, edit_profile, made_up_images, main, make_zoo, pgm, query

BAD_INPUT = 3


class Lists(EndToEnd):
    @classmethod
    def setUpClass(cls):
        cls.maker = cls.maker()
        base = cls.maker.folder
        cls.zoo = make_zoo(base)
        cls.images = made_up_images(base / "images", 60)
        cls.labels = (cls.zoo / "labels.txt").read_text().splitlines()
        profile, cls.bundle = base / "profile.db", base / "bundle"
        cls.maker.succeed("profile", "--zoo", cls.zoo, "--images", cls.images, "--out", profile)
        cls.maker.succeed("train", "--profile", profile, "--policy", "single", "--out", cls.bundle)

    def profile(self, images, *more, code=0, says=()):
        self.out = self.folder / "p.db"
        self.out.unlink(missing_ok=True)
        return self.expect(code, "profile", "--zoo", self.zoo, "--images", images, "--out", self.out, *more, says=says)

    def put(self, *names):
        pictures = sorted(self.images.parent.glob("*.pgm"))
        for i, name in enumerate(names):
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(pictures[i % len(pictures)].read_bytes())

    def keys(self):
        return [key for key, in query(self.out, "SELECT key FROM input ORDER BY id")]

    def test_run_and_profile_take_the_same_files_of_a_folder(self):
        bag, coat = f"photos/{self.labels[8]}", f"photos/{self.labels[4]}"
        self.put(f"{bag}/b.pgm", f"{bag}/deep/a.PGM", f"{coat}/c.pgm", f"{bag}/.hidden.pgm", f"{bag}/@eaDir/d.pgm",
                 f"{bag}/notes.txt", f"{bag}/Thumbs.db", "photos/.git/e.pgm")
        (self.folder / coat / "up").symlink_to("..")
        (self.folder / "photos" / self.labels[0]).mkdir()
        photos = self.folder / "photos"
        told = ["passed over 1 file: 1 .txt; coat/up, a link in a circle"]
        self.profile(photos, says=[*told, f"a class folder holds no image: `{self.labels[0]}`", "8 of 10 classes have no image"])
        done = self.succeed("run", "--json", "--bundle", self.bundle, photos)
        self.assertIn(told[0], done.stderr)
        self.assertEqual([line["path"] for line in self.lines(done)], [str(photos / key) for key in self.keys()])
        self.assertEqual(self.keys(), ["bag/b.pgm", "bag/deep/a.PGM", "coat/c.pgm"])

    def test_links_into_a_store_keep_their_names(self):
        self.put("store/0", "store/1")
        for name, to in (("bag/x.pgm", "0"), ("bag/y.pgm", "0"), ("coat/x.pgm", "1")):
            link = self.folder / "photos" / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(f"../../store/{to}")
        self.profile(self.folder / "photos")
        self.assertEqual(self.keys(), ["bag/x.pgm", "bag/y.pgm", "coat/x.pgm"])
        (self.folder / "store").rename(self.folder / "moved")
        for link in self.folder.glob("photos/*/*"):
            to = os.readlink(link).replace("store", "moved")
            link.unlink()
            link.symlink_to(to)
        self.expect(0, "profile", "--zoo", self.zoo, "--images", self.folder / "photos", "--out", self.out, "--resume")

    def test_csv_files_of_other_programs(self):
        self.put("a.pgm", "b.pgm", "c.pgm")
        rows = [("id", "path", "label"), (1, "a.pgm", "bag"), (2, "b.pgm", "coat"), (3, "c.pgm", "")]
        csv = self.folder / "list.csv"
        for separator, end, encoding in ((";", "\n", "utf-8"), ("\t", "\r\n", "utf-16"), (",", "\r", "utf-8-sig")):
            csv.write_bytes(end.join(separator.join(map(str, row)) for row in rows).encode(encoding))
            self.profile(csv, says=["passed over the column `id`", "passed over 1 row without a label"])
            self.assertEqual(self.keys(), ["a.pgm", "b.pgm"])

    def test_numbers_that_are_names_and_positions(self):
        (self.zoo / "labels.txt").write_text("".join(f"{name}\n" for name in sorted(map(str, range(1, 11)))))
        self.addCleanup((self.zoo / "labels.txt").write_text, "".join(f"{name}\n" for name in self.labels))
        self.put("a.pgm", "b.pgm")
        csv = self.folder / "list.csv"
        for header, numbers, expected, said in (("label", "1,3", [0, 3], "read as the names of classes"),
                                                ("label", "0,1", [0, 1], "read as class indices, since `0`"),
                                                ("label_index", "1,3", [1, 3], None)):
            csv.write_text(f"path,{header}\n" + "".join(f"{p},{n}\n" for p, n in zip(("a.pgm", "b.pgm"), numbers.split(","))))
            done = self.profile(csv, says=[said] if said else [])
            self.assertEqual("whole numbers" in done.stderr, said is not None)
            self.assertEqual([label for label, in query(self.out, "SELECT label FROM input ORDER BY id")], expected)


class FixedCamera(EndToEnd):
    """One scene, noise, and a small thing somewhere that tells the class by its place."""

    def setUp(self):
        super().setUp()
        self.zoo = make_zoo(self.folder)
        luck = random.Random(1)
        folder = self.folder / "images"
        folder.mkdir()
        rows = ["path,label"]
        for i in range(120):
            left, top = luck.randrange(SIDE - 3), luck.randrange(SIDE - 3)
            pixels = bytes(min(255, 8 * x + luck.randrange(4) + 60 * (left <= x < left + 3 and top <= y < top + 3))
                           for y in range(SIDE) for x in range(SIDE))
            (folder / f"{i:03}.pgm").write_bytes(pgm(pixels))
            rows.append(f"{i:03}.pgm,{i % 2}")
        self.images = folder / "images.csv"
        self.images.write_text("\n".join(rows) + "\n")
        self.out = self.folder / "p.db"

    def test_it_is_learned_from(self):
        self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", self.out)
        self.succeed("evaluate", "--profile", self.out, "--policy", "single", "--folds", "5", "--no-adapted")

    def test_images_joined_too_much_are_told_of_and_can_be_kept(self):
        self.images.write_text(self.images.read_text())
        self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", self.out)
        one = "(SELECT thumbnail FROM input WHERE id = 0)"
        edit_profile(self.out, f"UPDATE input SET thumbnail = {one}")  # as if all were one picture
        told = "120 of 120 images were joined to 2 groups as near duplicates"
        bundle = self.folder / "bundle"
        self.expect(BAD_INPUT, "train", "--profile", self.out, "--out", bundle, "--policy", "single",
                    says=[told, "has 2 images or groups to learn from", "--keep-near-duplicates"])
        done = self.succeed("train", "--profile", self.out, "--out", bundle, "--policy", "single", "--keep-near-duplicates")
        self.assertNotIn("near duplicates", done.stderr)
        self.expect(BAD_INPUT, "evaluate", "--profile", self.out, "--policy", "single", says=[told])
        self.succeed("evaluate", "--profile", self.out, "--policy", "single", "--folds", "3", "--no-adapted", "--keep-near-duplicates")
        edit_profile(self.out, "UPDATE input SET \"group\" = id")  # the list has the last word
        self.assertNotIn("near duplicates", self.succeed("doctor", "--profile", self.out).stderr)


if __name__ == "__main__":
    main()
