"""No verb that runs DNNs opens a connection or writes where it was not told to."""

import os
import shutil
import unittest

from harness import EndToEnd, made_up_images, main, make_zoo

NETWORK = ("AF_INET", "AF_INET6")


class Quiet(EndToEnd):
    def setUp(self):
        super().setUp()
        self.home = self.folder / "home"
        self.home.mkdir()
        kept = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
        self.env = {**kept, "HOME": str(self.home), "TMPDIR": str(self.home)}

    def work(self):
        """The usual path, a verb after another; gives their arguments."""
        images = made_up_images(self.folder / "images", 60)
        zoo, profile, bundle = make_zoo(self.folder), self.folder / "profile.db", self.folder / "bundle"
        return [("profile", "--zoo", zoo, "--images", images, "--out", profile, "--features", "paper"),
                ("train", "--profile", profile, "--out", bundle, "--policy", "single"),
                ("inspect", "--verify", bundle), ("run", "--bundle", bundle, self.folder / "images/000.pgm"),
                ("retarget", "--bundle", bundle, "--out", self.folder / "here"), ("check", "--zoo", zoo, "--images", images)]

    def test_nothing_is_left_in_the_users_home(self):
        for verb in self.work():
            self.assertIn(self.run_amsel(*verb, env=self.env).returncode, (0, 1), verb)
            self.assertEqual([str(p) for p in self.home.rglob("*")], [], verb[0])

    @unittest.skipUnless(shutil.which("strace"), "strace is not installed")
    def test_no_connection_is_opened(self):
        import subprocess
        from harness import PROGRAM
        for number, verb in enumerate(self.work()):
            trace = self.folder / f"{number}.trace"
            command = ["strace", "-f", "-e", "trace=socket,connect,sendto", "-o", trace, PROGRAM, *map(str, verb)]
            done = subprocess.run(command, capture_output=True, text=True, env=self.env)
            if "ptrace" in done.stderr and not trace.stat().st_size:
                self.skipTest("strace may not trace here")
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertFalse([line for line in trace.read_text().splitlines() if any(kind in line for kind in NETWORK)], verb[0])


if __name__ == "__main__":
    main()
