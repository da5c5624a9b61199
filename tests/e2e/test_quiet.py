"""No verb opens a connection, and none makes, alters or removes a file but those that it was asked for."""

import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

from harness import PROGRAM, EndToEnd, main, tiny_dnn, tiny_images, tiny_zoo

NETWORK = ("AF_INET", "AF_INET6")
MAKES = "creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,truncate,mknod,mknodat"
DEVICES = ("/dev/null", "/dev/tty")
# `openat(AT_FDCWD</here>, "name", O_RDWR|O_CREAT, 0644) = 3</here/name>`, `rename("a", "b") = 0`
CALL = re.compile(r"^(\w+)\((.*)\) += -?\d+")
PLACE = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')


class Quiet(EndToEnd):
    def setUp(self):
        super().setUp()
        self.home, self.out, self.given = self.folder / "home", self.folder / "out", self.folder / "given"
        for folder in (self.home, self.out, self.given):
            folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
        self.env = {**kept, "HOME": str(self.home), "TMPDIR": str(self.home)}

    def work(self):
        """Every verb, in an order in which each finds what it needs; gives their arguments."""
        dnns = {"good": tiny_dnn(0.5), "weak": tiny_dnn(0.3)}
        zoo, images = tiny_zoo(self.given, dnns), tiny_images(self.given / "images", 120)
        loose = self.given / "loose.onnx"
        loose.write_bytes(dnns["good"])
        profile, bundle, results = self.out / "profile.db", self.out / "bundle", self.out / "results.json"
        half = self.out / "1.db", self.out / "2.db"
        return [("init", loose, "--images", images, "--labels", zoo / "labels.txt", "--out", self.out / "zoo"),
                ("check", "--zoo", zoo, "--images", images),
                ("profile", "--zoo", zoo, "--images", images, "--out", profile, "--features", "paper"),
                ("profile", "--zoo", zoo, "--images", images, "--out", half[0], "--shard", "1/2"),
                ("profile", "--zoo", zoo, "--images", images, "--out", half[1], "--shard", "2/2"),
                ("profile", "merge", "--out", self.out / "merged.db", *half),
                ("doctor", "--profile", profile),
                ("train", "--profile", profile, "--out", bundle, "--policy", "single"),
                ("evaluate", "--profile", profile, "--policy", "p-right", "--folds", "2", "--out", self.out / "simulated.json"),
                ("evaluate", "--bundle", bundle, "--images", images, "--include-training", "--repetitions", "1", "--out", results),
                ("report", results, "--out", self.out / "page.html", "--tables", self.out / "tables"),
                ("retarget", "--bundle", bundle, "--out", self.out / "here"),
                ("tensors", "--zoo", zoo, "--images", images, "--out", self.out / "tensors"),
                ("study", "--profile", profile, "--out", self.out / "study", "--policy", "p-right", "--folds", "2", "--curve-images", "60",
                 "--curve-folds", "2"),
                ("run", "--bundle", bundle, self.given / "images/000.pgm"),
                *(("inspect", what) for what in (zoo, profile, bundle, loose)), ("inspect", "--verify", bundle)]

    def changed(self, lines):
        """Paths that the traced program made, opened to write, or removed."""
        for line in lines:
            call = CALL.match(line)
            if not call or (call[1] in ("open", "openat") and not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", call[2])):
                continue
            if call[1] in ("open", "openat", *MAKES.split(",")):
                for place in PLACE.finditer(call[2]):
                    yield line, Path(place[1] or self.home, place[2])

    def test_every_verb_is_tried(self):
        offered = re.findall(r"^  (\w+) {3,}", self.succeed("--help").stdout.split("Subcommands:")[1], re.MULTILINE)
        self.assertEqual({verb[0] for verb in self.work()}, set(offered))

    def test_nothing_is_left_in_the_users_home(self):
        given = None
        for verb in self.work():
            before = given
            given = {path: path.stat().st_mtime_ns for path in self.given.rglob("*")}
            self.assertIn(before, (None, given), verb)
            self.assertIn(self.run_amsel(*verb, env=self.env, cwd=self.home).returncode, (0, 1), verb)
            self.assertEqual([str(p) for p in self.home.rglob("*")], [], verb)

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_no_connection_is_opened_and_no_file_touched_that_was_not_named(self):
        for number, verb in enumerate(self.work()):
            trace = self.folder / f"{number}.trace"  # and a file for each thread behind it
            command = ["strace", "-ff", "-y", "-s", "4096", "-e", f"trace=socket,connect,sendto,open,openat,{MAKES}", "-o", trace, PROGRAM,
                       *map(str, verb)]
            done = subprocess.run(command, capture_output=True, text=True, env=self.env, cwd=self.home)
            lines = [line for file in self.folder.glob(f"{number}.trace.*") for line in file.read_text(errors="replace").splitlines()]
            if "ptrace" in done.stderr and not lines:
                self.skipTest("strace may not trace here")
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertTrue(lines, verb)
            self.assertFalse([line for line in lines if any(kind in line for kind in NETWORK)], verb[0])
            elsewhere = [line for line, path in self.changed(lines) if self.out not in path.parents and str(path) not in DEVICES]
            self.assertEqual(elsewhere, [], verb)


if __name__ == "__main__":
    main()
