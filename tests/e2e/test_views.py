"""Views: one DNN at other sizes, crops and mirrored, as candidates of their own."""

import json
import sqlite3

from harness import DATA, EndToEnd, fashion_slice, main, make_zoo, needs_data, needs_fashion

USAGE = 2


def candidates(profile):
    with sqlite3.connect(profile) as db:
        return [name if view == "identity" else f"{name}@{view}"
                for name, view in db.execute("SELECT name, view FROM candidate ORDER BY id")]


def answers(profile):
    """(candidate, input) -> its output as it was recorded."""
    with sqlite3.connect(profile) as db:
        rows = db.execute("SELECT c.name, c.view, o.input, o.blob FROM output o JOIN candidate c ON c.id = o.candidate")
        return {(name, view, image): blob for name, view, image, blob in rows}


@needs_fashion
class Views(EndToEnd):
    def profile(self, *arguments, name="p.db", **options):
        zoo = self.folder / "zoo"
        if not zoo.exists():
            make_zoo(self.folder, ("cnn_xs", "cnn_s"))
            self.images = fashion_slice(self.folder / "images", 0, 200)
        out = self.folder / name
        code = options.pop("code", 0)
        done = self.expect(code, "profile", "--zoo", zoo, "--images", self.images, "--out", out, *arguments, **options)
        return out, done

    def test_each_is_a_candidate_beside_the_dnns_as_they_are(self):
        profile, _ = self.profile("--views", "hflip,crop:0.8")
        self.assertEqual(candidates(profile), ["cnn_s", "cnn_xs", "cnn_s@hflip", "cnn_xs@hflip", "cnn_s@crop:0.8",
                                               "cnn_xs@crop:0.8"])
        plain, _ = self.profile(name="plain.db")
        seen = answers(profile)
        self.assertEqual({key: blob for key, blob in seen.items() if key[1] == "identity"}, answers(plain))
        mirrored = [seen[name, "hflip", image] != seen[name, "identity", image]
                    for name, view, image in seen if view == "identity"]
        self.assertGreater(sum(mirrored), len(mirrored) / 2)

    def test_a_bundle_answers_by_them_as_was_profiled(self):
        profile, _ = self.profile("--views", "crop:0.8")
        bundle = self.folder / "bundle"
        self.succeed("train", "--profile", profile, "--policy", "staged", "--out", bundle)
        manifest = json.loads((bundle / "manifest.json").read_text())
        views = {candidate["name"]: candidate["view"] for candidate in manifest["candidates"]}
        for name, view in views.items():
            self.assertEqual(name.partition("@")[2] or "identity", view)
        self.assertIn("conform", self.succeed("inspect", bundle, "--verify").stdout)

    def test_what_no_dnn_can_be_seen_in_is_refused_with_the_reason(self):
        self.profile("--views", "size:20", code=USAGE, says=["no DNN can be seen as size:20", "Gemm"])
        self.profile("--views", "crop:1", code=USAGE, says=["crop:1", "that is what its card takes"])
        self.profile("--views", "size:28", code=USAGE, says=["its own size"])
        for text in ("size:0", "size:x", "crop:2", "mirror", "hflip:1"):
            self.profile("--views", text, code=USAGE, says=[text, "expected identity, hflip, denoise, size:N or crop:F"])
        self.assertFalse((self.folder / "p.db").exists())

    def test_sizes_that_are_found_out_are_left_out_where_there_are_none(self):
        profile, done = self.profile("--views", "size:auto")
        self.assertIn("left out cnn_xs@size:", done.stderr)
        self.assertEqual(candidates(profile), ["cnn_s", "cnn_xs"])

    def test_a_resumed_profile_keeps_its_views(self):
        profile, _ = self.profile("--views", "hflip")
        self.succeed("profile", "--resume", "--out", profile)
        self.assertEqual(len(candidates(profile)), 4)
        self.succeed("profile", "--resume", "--out", profile, "--views", "crop:0.8")
        self.assertEqual(len(candidates(profile)), 6)

    def test_kinds_are_tried_on_a_sample_that_nothing_is_tested_on(self):
        _, done = self.profile("--views", "auto")
        self.assertIn("too few images to try them on", done.stderr)
        images = fashion_slice(self.folder / "many", 0, 600)
        out = self.folder / "tried.db"
        done = self.succeed("profile", "--zoo", self.folder / "zoo", "--images", images, "--out", out, "--views", "auto")
        self.assertIn("tried views on 120 of 600 images", done.stderr)
        with sqlite3.connect(out) as db:
            tried = json.loads(db.execute("SELECT value FROM meta WHERE key = 'views_tried'").fetchone()[0])
            fit = db.execute("SELECT count(*) FROM input WHERE split = 'fit'").fetchone()[0]
        self.assertEqual((tried["sample"], fit), (120, 120))
        kept = [kind["name"] for kind in tried["kinds"] if kind["kept"]]
        kinds = {name.partition("@")[2] for name in candidates(out)} - {""}
        self.assertEqual(kinds, set(kept))
        self.assertEqual([path.name for path in self.folder.glob("*.views*")], [])
        self.expect(USAGE, "profile", "--zoo", self.folder / "zoo", "--images", images, "--out", self.folder / "s.db",
                    "--views", "auto", "--shard", "1/2", says=["--views auto with --shard"])


@needs_data
class Sizes(EndToEnd):
    def test_a_dnn_at_other_sizes_answers_at_its_own_to_the_bit(self):
        family = DATA / "imagenet"
        zoo = self.folder / "zoo"
        zoo.mkdir()
        for name in ("mobilenet_v1_025_128", "labels.txt"):
            if (family / "zoo" / name).exists():
                (zoo / name).symlink_to(family / "zoo" / name)
        lines = (family / "images.csv").read_text().splitlines()
        images = self.folder / "images.csv"
        images.write_text("\n".join([lines[0], *(f"{family}/{line}" for line in lines[1:25])]) + "\n")
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", self.folder / "plain.db")
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", self.folder / "sizes.db", "--views",
                     "size:auto,size:160")
        self.assertEqual(candidates(self.folder / "sizes.db"),
                         ["mobilenet_v1_025_128", "mobilenet_v1_025_128@size:160", "mobilenet_v1_025_128@size:96",
                          "mobilenet_v1_025_128@size:64"])
        own = {key: blob for key, blob in answers(self.folder / "sizes.db").items() if key[1] == "identity"}
        self.assertEqual(own, answers(self.folder / "plain.db"))


if __name__ == "__main__":
    main()
