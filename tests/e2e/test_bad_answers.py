"""A candidate that gives no answer for one image of many stops nothing: it counts as wrong there, and is named."""

import json
import shutil

from harness import EndToEnd, edit_profile, main, query, tiny_dnn, tiny_images, tiny_zoo

BAD_INPUT, RUNTIME = 3, 4
BLACK = 70
WHY = "the candidate gave NaN"


def no_constant(text):
    raise ValueError(f"{text} is no JSON")


class BadAnswers(EndToEnd):
    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.made = maker.folder
        cls.zoo = tiny_zoo(maker.folder, {"good": tiny_dnn(0.5, nan_on_black=True), "weak": tiny_dnn(0.3)})
        cls.images = tiny_images(maker.folder / "images", 90, black=[BLACK])
        cls.profile = maker.folder / "profile.db"
        cls.profiled = maker.succeed("profile", "--zoo", cls.zoo, "--images", cls.images, "--out", cls.profile, "--block", 16)
        edit_profile(cls.profile, "UPDATE run SET preprocess_ns = 1000, inference_ns = 1000000 * candidate")  # weak is dearer
        cls.black = maker.folder / "images" / f"{BLACK:03}.pgm"

    def json_of(self, *arguments):
        return json.loads(self.succeed(*arguments, "--json").stdout, parse_constant=no_constant)

    def test_the_profile_ends_and_names_candidate_and_image(self):
        self.assertIn(f"good gave no answer for {BLACK:03}.pgm: {WHY}", self.profiled.stderr)
        self.assertIn("good gave no answer for 1 of 90 images; there it counts as wrong", self.profiled.stderr)
        self.assertIn("failed on", self.profiled.stdout)
        self.assertEqual(query(self.profile, "SELECT f.input, c.name FROM run_failure f JOIN candidate c ON c.id = f.candidate"),
                         [(BLACK, "good")])
        self.assertEqual(query(self.profile, "SELECT count(*) FROM run"), [(179,)])
        self.assertEqual(query(self.profile, "SELECT count(*) FROM failure"), [(0,)])

    def test_resume_needs_only_the_file_and_tries_nothing_again(self):
        copy = self.folder / "copy.db"
        shutil.copy(self.profile, copy)
        summary = self.json_of("profile", "--resume", "--out", copy)
        self.assertEqual((summary["images"], summary["failed_runs"]), (90, 1))
        self.assertEqual([c["failed_images"] for c in summary["candidates"]], [1, 0])
        self.assertLess(summary["candidates"][0]["top1"], 1)
        before = query(copy, "SELECT * FROM run")
        self.assertEqual(query(self.profile, "SELECT * FROM run"), before)
        self.expect(0, "profile", "--resume", "--retry-failed", "--out", copy, says=[f"good gave no answer for {BLACK:03}.pgm"])
        self.assertEqual(query(copy, "SELECT count(*) FROM run_failure"), [(1,)])

    def test_a_shard_is_resumed_as_that_shard(self):
        shard = self.folder / "shard.db"
        self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", shard, "--shard", "2/3")
        summary = self.json_of("profile", "--resume", "--out", shard, "--views", "identity,hflip")
        self.assertEqual((summary["images"], len(summary["candidates"])), (30, 4))

    def test_resume_says_what_has_moved(self):
        made = self.folder / "made"
        shutil.copytree(self.zoo, made / "zoo")
        profile = self.folder / "p.db"
        self.succeed("profile", "--zoo", made / "zoo", "--images", self.images, "--out", profile)
        shutil.move(made / "zoo", made / "moved")
        self.expect(BAD_INPUT, "profile", "--resume", "--out", profile, says=[made / "zoo", "--zoo"])
        self.succeed("profile", "--resume", "--out", profile, "--zoo", made / "moved")

    def test_strict_stops_there_and_names_both(self):
        self.expect(RUNTIME, "profile", "--zoo", self.zoo, "--images", self.images, "--out", self.folder / "p.db", "--strict",
                    says=[f"good: {BLACK:03}.pgm: ", WHY])

    def test_who_fails_on_most_images_is_refused_and_may_leave_the_zoo(self):
        zoo = self.folder / "zoo"
        shutil.copytree(self.zoo, zoo)
        images = tiny_images(self.folder / "night", 60, black=range(0, 60, 2))
        rows = images.read_text().splitlines()
        images.write_text("\n".join([rows[0], *rows[1::2], *rows[2:9:2]]) + "\n")  # 30 black, 4 not
        profile = self.folder / "night.db"
        self.expect(RUNTIME, "profile", "--zoo", zoo, "--images", images, "--out", profile,
                    says=["good: gave no answer for 30 of 34 images, as for 000.pgm", WHY, "--resume"])
        self.expect(BAD_INPUT, "train", "--profile", profile, "--out", self.folder / "b", says=["is incomplete"])
        shutil.rmtree(zoo / "good")
        self.succeed("profile", "--resume", "--out", profile)
        self.assertEqual(query(profile, "SELECT name FROM candidate"), [("weak",)])

    def test_the_profile_serves_everything(self):
        report, tables = self.folder / "report.html", self.folder / "tables"
        results = self.folder / "results.json"
        evaluated = self.json_of("evaluate", "--profile", self.profile, "--folds", 3, "--policy", "staged,single,p-right,chain",
                                 "--out", results)
        rows = {row["name"]: row for row in evaluated["rows"]}
        self.assertLess(rows["good"]["top1"], 1)
        self.assertLess(rows["good"]["top5"], 1)
        self.succeed("report", results, "--out", report, "--tables", tables)
        self.json_of("doctor", "--profile", self.profile)
        self.succeed("study", "--profile", self.profile, "--out", self.folder / "study", "--folds", 3, "--policy", "staged,chain",
                     "--curve-images", 60, "--curve-folds", 2)
        inspected = self.json_of("inspect", self.profile)
        self.assertEqual(inspected["rows"]["run_failure"], 1)
        self.assertIn("failed on 1 image", self.succeed("inspect", self.profile).stdout)
        for policy in ("auto", "staged", "single", "p-right", "chain"):
            bundle = self.folder / f"bundle-{policy}"
            self.json_of("train", "--profile", self.profile, "--out", bundle, "--policy", policy)
            self.json_of("evaluate", "--bundle", bundle, "--profile", self.profile, "--include-training")

    def bundle(self, policy, *options):
        bundle = self.folder / policy
        self.succeed("train", "--profile", self.profile, "--out", bundle, "--policy", policy, *options)
        return bundle

    def test_the_engine_falls_on_to_the_others(self):
        bundle = self.bundle("chain", "--theta", 0, "--tie-tolerance", 1)  # whatever one more candidate adds, and takes
        line, = self.lines(self.succeed("run", "--bundle", bundle, "--json", self.black))
        self.assertEqual((line["candidates"], line["degraded"]), (["weak"], True))
        self.assertIn("good: " + WHY, line["problems"][0])

    def test_one_dnn_alone_has_no_answer_for_that_image_only(self):
        bundle = self.bundle("single")
        others = [self.black.parent / f"{i:03}.pgm" for i in (3, 4)]
        for options in ((), ("--batch", 3), ("--workers", 2)):
            done = self.expect(RUNTIME, "run", "--bundle", bundle, *options, others[0], self.black, others[1],
                               says=[f"{self.black}: no candidate could run", WHY])
            self.assertEqual([line.split(":")[0] for line in done.stdout.splitlines()], [str(one) for one in others])

    def test_evaluating_a_bundle_counts_it_as_wrong_and_names_it(self):
        bundle = self.bundle("single")
        answers = self.folder / "answers.jsonl"
        done = self.expect(0, "evaluate", "--bundle", bundle, "--images", self.images, "--include-training", "--repetitions", 2,
                           "--json", "--answers", answers, says=[f"good had no full answer for {BLACK:03}.pgm", WHY])
        rows = {row["name"]: row for row in json.loads(done.stdout, parse_constant=no_constant)["rows"]}
        self.assertLess(rows["good"]["top5"], 1)
        lines = [json.loads(line) for line in answers.read_text().splitlines()]
        self.assertEqual([line["path"] for line in lines if line["class"] is None], [f"{BLACK:03}.pgm"])


if __name__ == "__main__":
    main()
