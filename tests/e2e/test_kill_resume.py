"""A profile that is killed at random moments and resumed is the profile of an uninterrupted run.

AMSEL_KILLS sets how many kills (5), AMSEL_SEED which moments (1).
"""

import os
import random
import signal
import sqlite3
import subprocess
import time

from harness import FASHION_TEST, PROGRAM, EndToEnd, main, made_up_images, make_zoo, needs_fashion, profile_content, query

KILLS = int(os.environ.get("AMSEL_KILLS", "5"))
SEED = int(os.environ.get("AMSEL_SEED", "1"))


def committed(profile):
    """How many images are safely in the profile; 0 while there is none, or it is busy being made."""
    try:
        return query(profile, "SELECT count(*) FROM input")[0][0]
    except sqlite3.OperationalError:
        return 0


class KillResume(EndToEnd):
    def start(self, arguments):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def kill_when(self, process, ready, delay):
        """Kills `process` a little after ready(); False when it was done before."""
        while process.poll() is None and not ready():
            time.sleep(0.002)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        message = process.communicate()[1]
        self.assertIn(process.returncode, (0, -signal.SIGKILL), message)
        return process.returncode != 0

    def check_integrity(self, profile):
        self.assertEqual(query(profile, "PRAGMA integrity_check"), [("ok",)])

    @needs_fashion
    def test_killed_and_resumed_is_as_uninterrupted(self):
        zoo = make_zoo(self.folder)
        whole, broken = self.folder / "whole.db", self.folder / "broken.db"
        arguments = ("profile", "--zoo", zoo, "--images", FASHION_TEST, "--block", 64)
        self.succeed(*arguments, "--out", whole)
        images = committed(whole)
        moments = random.Random(SEED)
        kills = 0
        for goal in sorted(moments.randrange(9 * images // 10) for _ in range(KILLS)):
            process = self.start((*arguments, "--out", broken, "--resume"))
            kills += self.kill_when(process, lambda: committed(broken) >= goal, moments.uniform(0, 0.05))
            if broken.exists() and committed(broken) > 0:
                self.check_integrity(broken)
                self.expect(3, "train", "--profile", broken, "--out", self.folder / "bundle", says=[broken])
        self.assertGreater(kills, 0, "every run was over before it could be killed")
        self.succeed(*arguments, "--out", broken, "--resume")
        self.check_integrity(broken)
        self.assertEqual(profile_content(broken), profile_content(whole))
        self.assertEqual(query(broken, "SELECT count(*), count(DISTINCT key) FROM input"), [(images, images)])

    def test_killed_while_the_profile_is_being_made(self):
        zoo = make_zoo(self.folder)
        images = made_up_images(self.folder / "images", 60)
        moments = random.Random(SEED)
        whole = self.folder / "whole.db"
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", whole)
        for i in range(KILLS):
            broken = self.folder / f"broken{i}.db"
            arguments = ("profile", "--zoo", zoo, "--images", images, "--out", broken, "--resume")
            self.kill_when(self.start(arguments), broken.exists, moments.uniform(0, 0.004))
            self.succeed(*arguments)
            self.check_integrity(broken)
            self.assertEqual(profile_content(broken), profile_content(whole))


if __name__ == "__main__":
    main()
