"""What is killed at random moments, or finds the disk full: a profile that is resumed is that of an uninterrupted run; what
others write is the old output or the new, and nothing is left when they have run again.

AMSEL_KILLS sets how many kills (5), AMSEL_SEED which moments (1).
"""

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import time

from harness import (FASHION_TEST, PROGRAM, EndToEnd, main, made_up_images, make_zoo, needs_fashion, profile_content, query,
                     tiny_dnn, tiny_images, tiny_zoo, tree)

KILLS = int(os.environ.get("AMSEL_KILLS", "5"))
SEED = int(os.environ.get("AMSEL_SEED", "1"))


def committed(profile):
    """How many images are safely in the profile; 0 while there is none, or it is busy being made."""
    try:
        return query(profile, "SELECT count(*) FROM input")[0][0]
    except sqlite3.OperationalError:
        return 0


def gist(text):
    """What a whole file is told by, whose numbers and notices may differ from one run to the next."""
    if text.startswith(b"{"):
        return [row["name"] for row in json.loads(text)["rows"]]
    if b"<html" in text:
        return text.rstrip().endswith(b"</html>"), b"p-right" in text
    return text.splitlines()[0]


class Killed(EndToEnd):
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


class KillResume(Killed):
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


class Writers(Killed):
    """Each verb that replaces what is there."""

    def setUp(self):
        super().setUp()
        given, self.out = self.folder / "given", self.folder / "out"
        self.out.mkdir()
        zoo = tiny_zoo(given, {"good": tiny_dnn(0.5), "weak": tiny_dnn(0.3)})
        images = tiny_images(given / "images", 200)
        profile, bundle, results = given / "profile.db", given / "bundle", given / "results.json"
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", profile)
        self.succeed("train", "--profile", profile, "--out", bundle, "--policy", "p-right")
        evaluate = ("evaluate", "--profile", profile, "--folds", "2", "--policy")
        self.succeed(*evaluate, "p-right", "--out", results)
        self.succeed(*evaluate, "single", "--out", given / "old.json")
        study = ("study", "--profile", profile, "--folds", "2", "--curve-images", "60", "--curve-folds", "2", "--policy")
        out = self.out / "made"
        self.verbs = {  # how the old output is made, and the new in its place
            "train": (("train", "--profile", profile, "--out", out, "--policy", "single"),
                      ("train", "--profile", profile, "--out", out, "--policy", "p-right", "--force")),
            "retarget": (("train", "--profile", profile, "--out", out, "--policy", "single"),
                         ("retarget", "--bundle", bundle, "--out", out, "--force", "--seconds", "0.2")),
            "evaluate": ((*evaluate, "single", "--out", out), (*evaluate, "p-right", "--out", out)),
            "report": (("report", given / "old.json", "--out", out), ("report", results, "--out", out)),
            "study": ((*study, "single", "--out", out), (*study, "p-right", "--out", out)),
        }

    def content(self):
        """What was made; of bundles only whether they hold, since costs differ from one measurement to the next."""
        made = self.out / "made"
        if (made / "manifest.json").exists():
            self.succeed("inspect", "--verify", made)
            return json.loads((made / "manifest.json").read_text())["policy"]["kind"]
        files = tree(made) if made.is_dir() else {"made": made.read_bytes()}
        return {name: gist(text) for name, text in files.items() if ".tmp-" not in name}

    def before_and_after(self, verb):
        """The old content and the new; the old is there then."""
        shutil.rmtree(self.out)
        self.out.mkdir()
        old, new = self.verbs[verb]
        self.succeed(*old)
        before = self.content()
        start = time.monotonic()
        self.succeed(*new)
        took, after = time.monotonic() - start, self.content()
        shutil.rmtree(self.out)
        self.out.mkdir()
        self.succeed(*old)
        return before, after, took

    def check_same(self, now, expected, verb):
        """Not by assertEqual, which takes minutes to tell how two pages differ."""
        if isinstance(now, dict):
            self.assertEqual(sorted(now), sorted(expected), verb)
            self.assertEqual([name for name in now if now[name] != expected[name]], [], verb)
        else:
            self.assertEqual(now, expected, verb)

    def check_whole(self, verb, before, after):
        """Each file is the old one or the new; when the verb has run again, all are new and nothing else is there."""
        now = self.content()
        if isinstance(now, dict):
            for name, content in now.items():
                self.assertTrue(content in (before.get(name), after.get(name)), f"{verb}: {name}")
        else:
            self.assertIn(now, (before, after), verb)
        self.succeed(*self.verbs[verb][1])
        self.check_same(self.content(), after, verb)
        self.assertEqual([path.name for path in self.out.iterdir()], ["made"], verb)
        self.assertEqual([str(path) for path in self.out.rglob("*.tmp-*")], [], verb)

    def test_a_killed_writer_leaves_the_old_or_the_new(self):
        moments = random.Random(SEED)
        for verb, (_, new) in self.verbs.items():
            before, after, took = self.before_and_after(verb)
            for _ in range(KILLS):
                self.kill_when(self.start(new), lambda: True, moments.uniform(0, 1.1 * took))
                self.check_whole(verb, before, after)

    def test_a_full_disk_leaves_the_old(self):
        """A limit on the size of files stands for one: writing fails in the same way."""
        for verb, (_, new) in self.verbs.items():
            before, after, _ = self.before_and_after(verb)
            for size in (0, 100, 1000):
                def limit(size=size):
                    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
                done = self.run_amsel(*new, preexec_fn=limit)
                self.assertEqual(done.returncode, 4, f"{verb} {size}: {done.stderr}")
                self.check_same(self.content(), before, verb)
                self.assertEqual([path.name for path in self.out.iterdir()], ["made"], verb)
            self.check_whole(verb, before, after)


if __name__ == "__main__":
    main()
