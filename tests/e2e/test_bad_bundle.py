"""What amsel says about profiles and bundles that are wrong, and about disks that are full or read-only."""

import shutil

from harness import edit_manifest, edit_profile, made_up_images, main, make_zoo, query, tree
from test_bad_input import BAD_INPUT, RUNTIME, BadInput, limit_file_size

NO_PLACE = "/proc/amsel"  # where nobody may write, root included


def settle(profile):
    """Makes reading `profile` need no file beside it, so that a limit on file sizes meets only what is written."""
    edit_profile(profile, "PRAGMA journal_mode=DELETE")


class Profiles(BadInput):
    def train(self, code, *more, says=(), profile=None):
        bundle = self.folder / "bundle"
        self.expect(code, "train", "--profile", profile or self.out, "--out", bundle, *more, says=says)
        self.assertEqual(bundle.exists(), code == 0)

    def test_a_profile_that_is_missing_or_none(self):
        self.train(BAD_INPUT, says=[self.out])
        for content in (b"", b"not a database", b"SQLite format 3\0" + bytes(100)):
            self.out.write_bytes(content)
            self.train(BAD_INPUT, says=[self.out])
            self.expect(BAD_INPUT, "evaluate", "--profile", self.out, says=[self.out])
        self.out.unlink()
        edit_profile(self.out, "CREATE TABLE other(x)")
        self.train(BAD_INPUT, says=[self.out])
        self.expect(BAD_INPUT, "profile", "--zoo", self.zoo, "--images", self.images, "--out", self.out, "--resume", says=[self.out])
        self.assertEqual(query(self.out, "SELECT name FROM sqlite_master"), [("other",)])

    def test_a_profile_of_a_newer_schema_or_incomplete(self):
        self.profile(0)
        edit_profile(self.out, "UPDATE meta SET value = '0' WHERE key = 'complete'")
        self.train(BAD_INPUT, says=[self.out, "incomplete"])
        self.expect(BAD_INPUT, "evaluate", "--profile", self.out, says=["incomplete"])
        edit_profile(self.out, "UPDATE meta SET value = 'amsel.profile/99' WHERE key = 'schema'")
        self.train(BAD_INPUT, says=[self.out, "amsel.profile/99"])

    def test_a_profile_that_lacks_a_run_is_incomplete(self):
        self.profile(0)
        edit_profile(self.out, "DELETE FROM run WHERE input = 7 AND candidate = 2")
        self.train(BAD_INPUT, says=[self.out])

    def test_a_profile_of_another_zoo(self):
        self.profile(0)
        arguments = ("--images", self.images, "--out", self.out, "--resume")
        fewer = make_zoo(self.folder / "fewer", ("cnn_s", "cnn_m"))
        self.expect(BAD_INPUT, "profile", "--zoo", fewer, *arguments, says=[self.out, "another zoo", "cnn_xs"])
        self.train(BAD_INPUT, "--zoo", make_zoo(self.folder / "others", ["cnn_l"]), says=["--zoo"])
        changed = make_zoo(self.folder / "changed")
        for model in changed.glob("*/1/model.onnx"):
            model.write_bytes(model.read_bytes() + b"\0")
        self.train(BAD_INPUT, "--zoo", changed, says=["model.onnx", self.out])

    def test_a_profile_of_other_images(self):
        self.profile(0)
        others = made_up_images(self.folder / "others", 20)
        self.expect(BAD_INPUT, "profile", "--zoo", self.zoo, "--images", others, "--out", self.out, "--resume",
                    says=[self.out, "other images"])

    def test_a_list_without_its_failed_last_image_is_another_list(self):
        with self.images.open("a") as rows:
            rows.write("missing.png,1\n")
        self.profile(0)
        shorter = self.images.with_name("shorter.csv")
        shorter.write_text("".join(self.images.read_text().splitlines(keepends=True)[:-1]))
        self.expect(BAD_INPUT, "profile", "--zoo", self.zoo, "--images", shorter, "--out", self.out, "--resume", says=[self.out])

    def test_a_profile_from_which_nothing_can_be_learned(self):
        cases = {"one class": (make_zoo(self.folder / "a"), made_up_images(self.folder / "one_class", 40, classes=1)),
                 "one candidate": (make_zoo(self.folder / "b", ["cnn_s"]), self.images),
                 "few images": (make_zoo(self.folder / "c"), made_up_images(self.folder / "few", 3))}
        for name, (zoo, images) in cases.items():
            with self.subTest(name):
                profile = self.folder / f"{name}.db"
                self.succeed("profile", "--zoo", zoo, "--images", images, "--out", profile)
                self.train(BAD_INPUT, says=[profile], profile=profile)
                self.expect(BAD_INPUT, "evaluate", "--profile", profile, says=[profile])
        self.profile(0)
        self.expect(BAD_INPUT, "evaluate", "--profile", self.out, "--folds", 41, says=[self.out])

    def test_shards_that_do_not_belong_together(self):
        shards = [self.folder / f"{i}.db" for i in (1, 2)]
        for i, shard in enumerate(shards):
            self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", shard, "--shard", f"{i + 1}/2")
        other = self.folder / "other.db"
        zoo = make_zoo(self.folder / "fewer", ("cnn_s", "cnn_m"))
        self.succeed("profile", "--zoo", zoo, "--images", self.images, "--out", other, "--shard", "2/2")
        for wrong in ([shards[0]], [shards[0], shards[0]], [shards[0], other], [shards[0], self.images]):
            self.expect(BAD_INPUT, "profile", "merge", "--out", self.out, *wrong)
            self.assert_nothing_written()


class Bundles(BadInput):
    def setUp(self):
        super().setUp()
        self.bundle = self.make_bundle()
        self.image = self.images.parent / "000.pgm"

    def refused(self, bundle, *says):
        self.expect(BAD_INPUT, "run", "--bundle", bundle, self.image, says=[bundle, *says])
        self.expect(BAD_INPUT, "evaluate", "--bundle", bundle, "--images", self.images, says=says)
        self.expect(BAD_INPUT, "inspect", "--verify", bundle, says=says)

    def copies(self):
        """A fresh copy of the bundle for each of its files, with that file."""
        for name in tree(self.bundle):
            copy = self.folder / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.bundle, copy)
            with self.subTest(name):
                yield name, copy

    def test_a_changed_byte_is_found_in_every_file(self):
        for name, copy in self.copies():
            content = bytearray((copy / name).read_bytes())
            content[len(content) // 2] ^= 1
            (copy / name).write_bytes(content)
            self.expect(BAD_INPUT, "inspect", "--verify", copy, says=[copy])
            if name in ("manifest.json", "policy.safetensors", "labels.txt"):
                self.refused(copy)

    def test_a_missing_file_is_found(self):
        for name, copy in self.copies():
            (copy / name).unlink()
            self.expect(BAD_INPUT, "inspect", "--verify", copy)
            if name in ("manifest.json", "policy.safetensors", "labels.txt", "SHA256SUMS"):
                self.expect(BAD_INPUT, "run", "--bundle", copy, self.image, says=[name])

    def test_a_truncated_policy_is_refused(self):
        policy = self.bundle / "policy.safetensors"
        policy.write_bytes(policy.read_bytes()[:-4])
        self.refused(self.bundle, "policy.safetensors")

    def test_a_newer_schema_is_refused_by_name(self):
        edit_manifest(self.bundle, lambda manifest: manifest.update(schema="amsel.bundle/2"))
        self.refused(self.bundle, "manifest.json", "amsel.bundle/2")

    def test_a_manifest_that_does_not_fit_its_policy_is_refused(self):
        manifest = self.bundle / "manifest.json"
        original = manifest.read_bytes()
        for key, value in (("classes", 9), ("single_best", "nobody"), ("candidates", []), ("classes", "10"), ("candidates", None)):
            with self.subTest(key=key, value=value):
                manifest.write_bytes(original)
                edit_manifest(self.bundle, lambda content, key=key, value=value: content.update({key: value}))
                self.refused(self.bundle)

    def test_a_bundle_that_is_no_folder(self):
        self.expect(BAD_INPUT, "run", "--bundle", self.folder / "nowhere", self.image, says=["nowhere"])
        self.expect(BAD_INPUT, "run", "--bundle", self.image, self.image, says=[self.image])


class Disks(BadInput):
    def test_a_read_only_place(self):
        self.profile(0)
        bundle = self.folder / "bundle"
        self.succeed("train", "--profile", self.out, "--policy", "p-right", "--out", bundle)
        arguments = ("--profile", self.out, "--policy", "p-right")
        self.expect(RUNTIME, "profile", "--zoo", self.zoo, "--images", self.images, "--out", NO_PLACE + ".db", says=[NO_PLACE])
        self.expect(RUNTIME, "train", *arguments, "--out", NO_PLACE, says=["/proc"])
        self.expect(RUNTIME, "evaluate", *arguments, "--folds", 5, "--out", NO_PLACE + ".json", says=[NO_PLACE])
        unseen = made_up_images(self.folder / "unseen", 50)
        self.expect(RUNTIME, "evaluate", "--bundle", bundle, "--images", unseen, "--include-training", "--repetitions", 1,
                    "--answers", NO_PLACE + ".jsonl", says=[NO_PLACE])

    def test_a_disk_that_fills_up_leaves_no_bundle(self):
        self.profile(0)
        settle(self.out)
        bundle = self.out.parent / "bundle"
        for size in (0, 1_000, 4_000):  # the smallest candidate has more
            self.expect(RUNTIME, "train", "--profile", self.out, "--policy", "p-right", "--out", bundle, says=[bundle.parent],
                        preexec_fn=limit_file_size(size))
            self.assertEqual([p.name for p in self.out.parent.iterdir()], [self.out.name])

    def test_a_disk_that_fills_up_keeps_the_former_bundle(self):
        bundle = self.make_bundle()
        settle(self.out)
        before = tree(bundle)
        self.expect(RUNTIME, "train", "--profile", self.out, "--policy", "chain", "--out", bundle, "--force",
                    preexec_fn=limit_file_size(2_000))
        self.assertEqual(tree(bundle), before)

    def test_a_disk_that_fills_up_leaves_no_results(self):
        self.profile(0)
        settle(self.out)
        results = self.out.parent / "results.json"
        arguments = ("evaluate", "--profile", self.out, "--policy", "p-right", "--folds", 5, "--out", results)
        self.expect(RUNTIME, *arguments, says=[results], preexec_fn=limit_file_size(500))
        self.assertEqual([p.name for p in self.out.parent.iterdir()], [self.out.name])
        results.write_text("former")
        self.expect(RUNTIME, *arguments, says=[results], preexec_fn=limit_file_size(500))
        self.assertEqual(results.read_text(), "former")

    def test_a_disk_that_fills_up_never_leaves_a_profile_that_looks_whole(self):
        for size in (0, 4_096, 100_000, 150_000):
            with self.subTest(size):
                self.expect(RUNTIME, "profile", "--zoo", self.zoo, "--images", self.images, "--out", self.out, "--block", 8,
                            says=[self.out], preexec_fn=limit_file_size(size))
                if self.out.exists():
                    self.expect(BAD_INPUT, "train", "--profile", self.out, "--out", self.folder / "bundle", says=[self.out])
                self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", self.out, "--resume")
                self.assertEqual(query(self.out, "PRAGMA integrity_check"), [("ok",)])
                for file in self.out.parent.iterdir():
                    file.unlink()

    def test_a_disk_that_fills_up_leaves_no_merged_profile(self):
        shards = [self.folder / f"{i}.db" for i in (1, 2)]
        for i, shard in enumerate(shards):
            self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", shard, "--shard", f"{i + 1}/2")
        self.expect(RUNTIME, "profile", "merge", "--out", self.out, *shards, says=[self.out], preexec_fn=limit_file_size(100_000))
        self.assert_nothing_written()


if __name__ == "__main__":
    main()
