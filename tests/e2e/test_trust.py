"""What strangers' files may not do, and what amsel's own output may not do to files that are there (docs/security.md)."""

import gzip
import json
import os
import resource
import shutil
import signal
import stat
import struct
import subprocess
import threading
import time
import unittest

from harness import PROGRAM, ROOT, EndToEnd, edit_manifest, edit_profile, endless_dnn, main, pgm, tiny_dnn, tiny_images, tiny_zoo, tree

USAGE, BAD_INPUT, RUNTIME = 2, 3, 4
RESULTS = ROOT / "tests/data/results/clocked.json"


class Trust(EndToEnd):
    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.made = maker.folder
        cls.zoo = tiny_zoo(maker.folder, {"good": tiny_dnn(0.5), "weak": tiny_dnn(0.3)})
        cls.images = tiny_images(maker.folder / "images", 90)
        cls.profile, cls.bundle = maker.folder / "profile.db", maker.folder / "bundle"
        maker.succeed("profile", "--zoo", cls.zoo, "--images", cls.images, "--out", cls.profile)
        maker.succeed("train", "--profile", cls.profile, "--out", cls.bundle, "--policy", "single")
        cls.image = maker.folder / "images/000.pgm"

    def copy_profile(self, sql=None):
        profile = self.folder / "copy.db"
        shutil.copy(self.profile, profile)
        if sql:
            edit_profile(profile, sql)
        return profile

    def copy_bundle(self):
        bundle = self.folder / "bundle"
        shutil.copytree(self.bundle, bundle)
        return bundle

    def left(self):
        """What is in the test's folder and was not put there by name."""
        return sorted(path.name for path in self.folder.rglob("*") if ".tmp" in path.name or ".old" in path.name)


class Names(Trust):
    def test_names_of_a_profile_lead_nowhere(self):
        inner = self.folder / "a/b"
        inner.mkdir(parents=True)
        (self.folder / "precious").mkdir()
        (self.folder / "precious/model.onnx").write_text("my own DNN")
        for name in ("../../../../precious", "../precious", "/etc/passwd", "..", "a\nb"):
            profile = self.copy_profile(f"UPDATE candidate SET name = '{name}' WHERE name = 'good'")
            before = tree(self.folder)
            self.expect(BAD_INPUT, "train", "--profile", profile, "--out", inner / "bundle", says=["the name of candidate", "plain name"])
            self.assertEqual(tree(self.folder), before)
        profile = self.copy_profile("UPDATE candidate SET view = '../../x' WHERE name = 'good'")
        self.expect(BAD_INPUT, "train", "--profile", profile, "--out", inner / "bundle", says=["unknown view"])

    def test_names_of_a_manifest_lead_nowhere(self):
        for field, change in {"folder": lambda m: m["candidates"][0].update(folder="../x"),
                              "name": lambda m: m["candidates"][0].update(name="../x"),
                              "operating_points[0].name": lambda m: m["operating_points"][0].update(name="../x")}.items():
            bundle = self.copy_bundle()
            edit_manifest(bundle, change)
            self.expect(BAD_INPUT, "inspect", bundle, says=["manifest.json", field, "plain name"])
            shutil.rmtree(bundle)

    def test_links_of_a_bundle_do_not_leave_it(self):
        for name, code in (("labels.txt", BAD_INPUT), ("candidates/good/model.onnx", RUNTIME)):
            bundle = self.copy_bundle()
            shutil.copy(bundle / name, self.folder / "outside")
            (bundle / name).unlink()
            (bundle / name).symlink_to(self.folder / "outside")
            self.expect(BAD_INPUT, "inspect", "--verify", bundle, says=[name, "leads out of its folder"])
            self.expect(code, "run", "--bundle", bundle, self.image, says=["leads out of its folder"])
            shutil.rmtree(bundle)

    def test_sums_name_only_the_bundles_own_files(self):
        for name in ("/etc/passwd", "../x", "a/../../x"):
            bundle = self.copy_bundle()
            with (bundle / "SHA256SUMS").open("a") as sums:
                sums.write("0" * 64 + f"  {name}\n")
            self.expect(BAD_INPUT, "inspect", "--verify", bundle, says=["SHA256SUMS", name])
            shutil.rmtree(bundle)
        bundle = self.copy_bundle()
        os.mkfifo(bundle / "pipe")
        with (bundle / "SHA256SUMS").open("a") as sums:
            sums.write("0" * 64 + "  pipe\n")
        self.expect(BAD_INPUT, "inspect", "--verify", bundle, says=["pipe: is not a regular file"], timeout=60)

    @unittest.skipUnless(shutil.which("minisign"), "the Debian package minisign is not installed")
    def test_with_a_key_only_what_it_signed_is_opened(self):
        bundle = self.copy_bundle()
        keys = []
        for name in ("team", "other"):
            public, secret = self.folder / f"{name}.pub", self.folder / f"{name}.key"
            subprocess.run(["minisign", "-G", "-W", "-p", public, "-s", secret], check=True, capture_output=True)
            keys.append((public, secret))
        (public, secret), (other, _) = keys
        self.expect(BAD_INPUT, "run", "--bundle", bundle, "--key", public, self.image, says=["SHA256SUMS.minisig: is missing"])
        self.expect(USAGE, "run", "--bundle", bundle, "--key", "", self.image, says=["is empty"])
        signing = ["minisign", "-Sm", bundle / "SHA256SUMS", "-s", secret, "-t", "third \x1b[31m release"]
        subprocess.run(signing, check=True, capture_output=True)
        itself = public.read_text().splitlines()[1]
        self.assertIn("signed by the key given: third \\u001b[31m release", self.succeed("inspect", bundle, "--key", itself).stdout)
        self.succeed("inspect", "--verify", bundle, "--key", public)
        self.succeed("run", "--bundle", bundle, "--key", public, self.image)
        self.succeed("evaluate", "--bundle", bundle, "--key", public, "--profile", self.profile, "--include-training")
        for verb in (["run", "--bundle", bundle, self.image], ["inspect", bundle], ["retarget", "--bundle", bundle, "--out", self.folder / "here"],
                     ["evaluate", "--bundle", bundle, "--profile", self.profile]):
            self.expect(BAD_INPUT, *verb, "--key", other, says=["SHA256SUMS.minisig: is of key"])
        edit_manifest(bundle, lambda manifest: manifest.update(amsel_version="9.9.9"))
        self.succeed("inspect", bundle)
        self.expect(BAD_INPUT, "inspect", bundle, "--key", public, says=["does not hold"])

    def test_a_bundle_is_opened_while_it_is_replaced(self):
        bundle, stop = self.copy_bundle(), threading.Event()

        def replace():
            while not stop.is_set():
                self.run_amsel("retarget", "--bundle", bundle, "--out", bundle, "--force", "--seconds", 0.1)
        replacing = threading.Thread(target=replace)
        replacing.start()
        try:
            for _ in range(30):
                self.succeed("inspect", bundle)
        finally:
            stop.set()
            replacing.join()


class Files(Trust):
    def test_links_stay_and_their_targets_are_replaced(self):
        target, link = self.folder / "target", self.folder / "link"
        target.write_text("old")
        target.chmod(0o600)
        link.symlink_to("target")
        self.succeed("report", RESULTS, "--out", link)
        self.assertTrue(link.is_symlink())
        self.assertIn("<html", target.read_text())
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o600)

    def test_devices_and_pipes_are_never_replaced(self):
        null, pipe = self.folder / "null", self.folder / "pipe"
        os.mkfifo(pipe)
        self.expect(USAGE, "report", RESULTS, "--out", pipe, says=["nobody reads"], timeout=60)
        self.assertTrue(stat.S_ISFIFO(pipe.stat().st_mode))
        try:
            os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        except PermissionError:
            return  # devices are root's to make
        self.succeed("report", RESULTS, "--out", null)
        self.assertTrue(stat.S_ISCHR(null.stat().st_mode))

    def test_output_is_never_input(self):
        profile = self.copy_profile()
        before = profile.read_bytes()
        (self.folder / "other.db").hardlink_to(profile)
        for out in (profile, self.folder / "other.db"):
            self.expect(USAGE, "evaluate", "--profile", profile, "--out", out, says=["is read"])
            self.expect(USAGE, "evaluate", "--profile", profile, "--bundle", self.bundle, "--answers", out, says=["is read"])
        bundle, results = self.copy_bundle(), self.folder / "results.json"
        shutil.copy(RESULTS, results)
        images = tiny_images(self.folder / "images", 4)
        for out in (bundle / "manifest.json", images, images.parent / "002.pgm"):
            content = out.read_bytes()
            self.expect(USAGE, "evaluate", "--bundle", bundle, "--images", images, "--out", out, says=["is read"])
            self.assertEqual(out.read_bytes(), content)
        self.expect(USAGE, "evaluate", "--profile", profile, "--out", self.folder / "x", "--answers", self.folder / "x", says=["two different"])
        self.expect(USAGE, "report", results, "--out", results, says=["is read"])
        shutil.copy(RESULTS, self.folder / "plane.csv")
        self.expect(USAGE, "report", self.folder / "plane.csv", "--tables", self.folder, says=["is read"])
        shutil.copy(profile, self.folder / "results.json")
        self.expect(USAGE, "study", "--profile", self.folder / "results.json", "--out", self.folder, says=["is read"])
        model = self.zoo / "good/1/model.onnx"
        self.expect(USAGE, "profile", "--zoo", self.zoo, "--images", images, "--out", model, "--resume", says=["is read"])
        self.assertEqual(profile.read_bytes(), before)

    def test_no_bundle_takes_the_place_of_what_it_is_made_from(self):
        bundle = self.copy_bundle()
        shutil.copy(self.profile, bundle / "profile.db")
        before = tree(bundle)
        self.expect(USAGE, "train", "--profile", bundle / "profile.db", "--out", bundle, "--force", says=["profile.db"])
        self.expect(USAGE, "train", "--profile", self.profile, "--out", bundle, "--force", says=["profile.db", "would be lost"])
        (bundle / "profile.db").unlink()
        self.expect(USAGE, "train", "--profile", self.profile, "--zoo", bundle / "candidates", "--out", bundle, "--force", says=["which is read"])
        self.assertEqual(tree(bundle), {name: content for name, content in before.items() if name != "profile.db"})
        self.succeed("train", "--profile", self.profile, "--out", bundle, "--force", "--policy", "single")

    def test_nobodys_link_is_followed_and_what_crashes_leave_is_swept(self):
        out, victim = self.folder / "r.html", self.folder / "victim"
        victim.write_text("root's file")
        for pid in range(os.getpid(), os.getpid() + 3000):
            (self.folder / f"r.html.tmp{pid}").symlink_to(victim)
        self.succeed("report", RESULTS, "--out", out)
        self.assertEqual(victim.read_text(), "root's file")
        self.assertFalse(out.is_symlink())
        for path in self.folder.glob("r.html.tmp*"):
            path.unlink()
        left = self.folder / "r.html.tmp-0123456789abcdef"
        left.write_text("half a page")
        self.succeed("report", RESULTS, "--out", out)
        self.assertEqual(self.left(), [])

    def test_what_a_killed_train_leaves_is_swept_by_the_next(self):
        for delay in (0.05, 0.1, 0.2, 0.3):
            started = subprocess.Popen([PROGRAM, "train", "--profile", str(self.profile), "--out", str(self.folder / "b"), "--force",
                                        "--policy", "single"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            started.send_signal(signal.SIGKILL)
            started.wait()
        self.succeed("train", "--profile", self.profile, "--out", self.folder / "b", "--force", "--policy", "single")
        self.assertEqual(self.left(), [])
        self.succeed("inspect", "--verify", self.folder / "b")


class Images(Trust):
    def answered(self, *images, options=(), **process):
        """Runs the images between two good ones, both of which must be answered; gives the lines between."""
        done = self.expect(BAD_INPUT, "run", "--bundle", self.bundle, "--json", *options, self.image, *images, self.image, timeout=120, **process)
        lines = self.lines(done)
        self.assertEqual(len(lines), len(images) + 2, done.stderr)
        self.assertIn("class", lines[0])
        self.assertIn("class", lines[-1])
        return lines[1:-1]

    def test_pipes_devices_and_folders_are_refused_in_every_spelling(self):
        os.mkfifo(self.folder / "pipe")
        (self.folder / "x.jpg").mkdir()
        names = [f"{self.folder}/pipe", f"{self.folder}/pipe#0", "/dev/zero", "/dev/zero#0", f"{self.folder}/x.jpg#0"]
        for name, line in zip(names, self.answered(*names)):
            self.assertEqual(line["path"], name)
            self.assertIn("is not a regular file", line["error"])

    @staticmethod
    def little_memory():
        resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))

    def test_bombs_are_left_before_they_go_off(self):
        bomb, sparse, photo = self.folder / "bomb.gz", self.folder / "sparse.jpg", self.folder / "photo.jpg"
        with gzip.open(bomb, "wb", compresslevel=1) as file:
            file.write(struct.pack(">IIII", 0x803, 1, 1, 1))
            for _ in range(40):
                file.write(bytes(1 << 24))
        for file, head in ((sparse, b""), (photo, b"\xFF\xD8\xFF")):
            file.write_bytes(head)
            os.truncate(file, 4 << 30)
        names = [f"{bomb}#0", str(sparse), str(photo)]
        lines = self.answered(*names, preexec_fn=self.little_memory)
        for line, why in zip(lines, ("its size is not that of the 1 images", "nothing but zero bytes", "larger than 2 GiB")):
            self.assertIn(why, line["error"])

    def test_an_image_without_memory_is_that_images_error(self):
        wide = self.folder / "wide.pgm"
        wide.write_bytes(pgm(bytes(20000 * 9000), 20000, 9000))
        large = self.folder / "large.pgm"
        large.write_bytes(b"P5\n9000 9000\n255\n")
        os.truncate(large, 1900 << 20)
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20))
        for workers in (1, 2):
            for line in self.answered(wide, large, options=("--workers", workers, "--max-pixels", 10**9), preexec_fn=limit):
                self.assertIn("memory", line["error"])

    def test_names_that_are_no_utf8_stay_apart(self):
        names = [os.fsencode(self.folder) + b"/" + name for name in (b"\xff\xfe.pgm", b"\xff\xfd.pgm", "日本.pgm".encode())]
        for name in names:
            shutil.copy(os.fsencode(self.image), name)
        done = subprocess.run([PROGRAM, "run", "--bundle", str(self.bundle), "--json", *names], capture_output=True)
        paths = [json.loads(line.decode("utf-8"))["path"] for line in done.stdout.splitlines()]
        self.assertEqual([path[len(str(self.folder)) + 1:] for path in paths], ["\\xff\\xfe.pgm", "\\xff\\xfd.pgm", "日本.pgm"])


class Dnns(Trust):
    def test_a_run_that_never_ends_is_ended(self):
        zoo = tiny_zoo(self.folder, {"good": tiny_dnn(0.5), "endless": endless_dnn()})
        images = tiny_images(self.folder / "images", 3)
        profile = self.folder / "profile.db"
        limit = ("--run-limit", "0.5")
        self.expect(RUNTIME, "profile", "--zoo", zoo, "--images", images, "--out", profile, *limit,
                    says=["endless: gave no answer for 3 of 3 images", "a run took longer than 500 ms and was ended"])
        found = self.expect(1, "check", "--zoo", zoo, "--images", tiny_images(self.folder / "more", 40), *limit)
        self.assertIn("a run took longer than 500 ms", found.stdout)
        shutil.rmtree(zoo / "endless")
        self.succeed("profile", "--resume", "--out", profile)


class Results(Trust):
    def test_cells_are_not_computed_by_spreadsheets(self):
        results = json.loads(RESULTS.read_text())
        results["figures"] = [{"id": "f1", "title": "t", "kind": "table", "data": {
            "columns": [{"name": "=cmd|' /C calc'!A0"}], "rows": [["@SUM(1)"], [-1.5]]}}]
        file = self.folder / "r.json"
        file.write_text(json.dumps(results))
        self.succeed("report", file, "--tables", self.folder / "tables")
        self.assertEqual((self.folder / "tables/f1.csv").read_bytes(), b"'=cmd|' /C calc'!A0\r\n'@SUM(1)\r\n-1.5\r\n")

    def test_energy_without_a_source_is_named(self):
        results = json.loads(RESULTS.read_text())
        for energy in ({"mean": 1}, {"mean": 1, "source": 5}):
            results["rows"][0]["energy_mj"] = energy
            (self.folder / "r.json").write_text(json.dumps(results))
            self.expect(BAD_INPUT, "report", self.folder / "r.json", "--out", self.folder / "r.html", says=["energy_mj.source"])


if __name__ == "__main__":
    main()
