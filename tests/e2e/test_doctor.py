"""amsel doctor: its findings for people and machines, from profiles and from tables of others, and its exit codes."""

import json

from harness import EndToEnd, main, made_up_images, make_zoo, table_of_outcomes

CHECK_FAILED, USAGE, BAD_INPUT = 1, 2, 3


class Doctor(EndToEnd):
    def findings(self, *arguments):
        return json.loads(self.succeed("doctor", *arguments, "--json").stdout)

    def test_tells_go_from_no_go(self):
        sure = self.findings("--csv", self.csv(table_of_outcomes(1000, last_split=None)))
        self.assertEqual(sure["schema"], "amsel.doctor/1")
        self.assertEqual(sure["stopping"]["verdict"], "go")
        self.assertEqual(sure["selection"]["verdict"], "unknown")
        best = max(gain["accuracy"] for gain in sure["stopping"]["gains"])
        self.assertGreater(best, sure["headroom"]["single_best"]["accuracy"] + 0.05)
        self.assertEqual(sure["headroom"]["ceiling"], 4)
        unsure = self.csv(table_of_outcomes(1000, sure=False, last_split=None))
        self.assertEqual(self.findings("--csv", unsure)["stopping"]["verdict"], "no-go")
        self.expect(CHECK_FAILED, "doctor", "--csv", unsure, "--require-go")

    def test_says_it_in_words_and_tables(self):
        text = self.succeed("doctor", "--csv", self.csv(table_of_outcomes(1000, last_split=None)), "--require-go", "--wide").stdout
        self.assertIn("Stopping on confidence will help here, by about +", text.splitlines()[0])
        for word in ("single best", "oracle", "4.00×", "confidence", "cascade fast", "over mix of singles"):
            self.assertIn(word, text)

    def test_correctness_and_cost_alone_give_the_headroom(self):
        file = self.csv("id,candidate,correct,ms\n" + "".join(
            f"{image},a,{image % 2},1\n{image},b,{(image + 1) % 2},3\n" for image in range(20)))
        findings = self.findings("--csv", file)
        self.assertEqual(findings["headroom"]["oracle"]["accuracy"], 1)
        self.assertEqual(findings["headroom"]["oracle"]["mean_ms"], 2)
        self.assertEqual([findings[answer]["verdict"] for answer in ("selection", "stopping")], ["unknown"] * 2)
        self.assertIn("cannot be told", self.succeed("doctor", "--csv", file).stdout.splitlines()[0])

    def test_images_of_split_fit_are_not_judged_on(self):
        def table(splits):
            return self.csv("id,candidate,correct,ms,split\n" + "".join(
                f"{split}{image},a,{1 if split == 'fit' else image % 2},1,{split}\n{split}{image},b,{(image + 1) % 2},3,{split}\n"
                for split in splits for image in range(20)))

        self.assertEqual(self.findings("--csv", table(["fit", ""]))["headroom"]["single_best"]["accuracy"], 0.5)
        self.expect(BAD_INPUT, "doctor", "--csv", table(["fit"]), says=["every image is of split fit"])

    def test_reads_a_profile(self):
        profile = self.folder / "profile.db"
        self.succeed("profile", "--zoo", make_zoo(self.folder), "--images", made_up_images(self.folder / "images", 60),
                     "--out", profile)
        findings = self.findings("--profile", profile)
        self.assertEqual(findings["source"], {"profile": str(profile), "images": 60})
        self.assertEqual(len(findings["candidates"]), 3)
        self.assertIsNotNone(findings["headroom"]["pooled_oracle"])
        self.assertTrue(findings["signal"]["features"])

    def test_images_of_no_weight_tell_nothing(self):
        images = made_up_images(self.folder / "images", 12)
        images.write_text("\n".join(line + (",weight" if n == 0 else ",0")
                                    for n, line in enumerate(images.read_text().splitlines())) + "\n")
        profile = self.folder / "weightless.db"
        self.succeed("profile", "--zoo", make_zoo(self.folder), "--images", images, "--out", profile)
        self.expect(BAD_INPUT, "doctor", "--profile", profile, says=["weightless.db", "weight 0 only"])

    def test_faults_name_line_and_column(self):
        self.expect(BAD_INPUT, "doctor", "--csv", self.csv("a:correct,a:ms\n1,1\n1.5,1\n"),
                    says=["outcomes.csv: line 3: column 1 (`a:correct`): `1.5`"])
        self.expect(BAD_INPUT, "doctor", "--csv", self.folder / "absent.csv", says=["absent.csv"])
        self.expect(BAD_INPUT, "doctor", "--profile", self.csv("no profile"), says=["outcomes.csv"])
        self.expect(USAGE, "doctor", says=["--profile or --csv"])


if __name__ == "__main__":
    main()
