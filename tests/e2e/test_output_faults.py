"""Output that cannot be written: nothing asked for is lost, nothing aborts. And what names may do to a terminal."""

import json
import os
import signal
import subprocess
import sqlite3
import time

from harness import PROGRAM, EndToEnd, main, png, query, tiny_dnn, tiny_images, tiny_zoo

USAGE, BAD_INPUT, RUNTIME, NOBODY_READS = 2, 3, 4, 141
FULL = "/dev/full"


class OutputFaults(EndToEnd):
    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.zoo = tiny_zoo(maker.folder, {"good": tiny_dnn(0.5), "weak": tiny_dnn(0.3)}, labels=("dark", "bri\x1b[31mght"))
        cls.images = tiny_images(maker.folder / "images", 90)
        cls.profile, cls.bundle = maker.folder / "profile.db", maker.folder / "bundle"
        maker.succeed("profile", "--zoo", cls.zoo, "--images", cls.images, "--out", cls.profile)
        maker.succeed("train", "--profile", cls.profile, "--out", cls.bundle)
        cls.new = tiny_images(maker.folder / "new", 40)
        (maker.folder / "new/bad.pgm").write_text("P5")

    def start(self, arguments, closed=(), **options):
        """Runs amsel without the descriptors in `closed`."""
        def close():
            for descriptor in closed:
                os.close(descriptor)
        return subprocess.run([PROGRAM, *map(str, arguments)], preexec_fn=close, **options)

    def without_stderr(self, *arguments):
        """Runs amsel with stderr on a full disk, closed, and on a pipe that nobody reads; gives each outcome."""
        with open(FULL, "w") as full:
            yield self.start(arguments, stdout=subprocess.PIPE, stderr=full)
        yield self.start(arguments, closed=[2], stdout=subprocess.PIPE)
        reader, writer = os.pipe()
        os.close(reader)
        yield self.start(arguments, stdout=subprocess.PIPE, stderr=writer)
        os.close(writer)

    def test_messages_that_cannot_be_written_are_dropped(self):
        for done in self.without_stderr("run", "--bundle", self.bundle, self.new.parent):
            self.assertEqual((done.returncode, len(done.stdout.splitlines())), (BAD_INPUT, 40))
        for done in self.without_stderr("profile", "--nothing"):
            self.assertEqual(done.returncode, USAGE)
        for done in self.without_stderr("nonsense"):
            self.assertEqual(done.returncode, USAGE)
        results = self.folder / "results.json"
        for done in self.without_stderr("evaluate", "--bundle", self.bundle, "--images", self.new, "--include-training",
                                        "--repetitions", 1, "--out", results):
            self.assertEqual(done.returncode, 0)
            json.loads(results.read_text())
            results.unlink()

    def test_messages_never_end_up_in_a_file(self):
        profile = self.folder / "p.db"
        csv = self.images.parent / "some.csv"
        csv.write_text("path,label\n000.pgm,0\nabsent.pgm,0\n001.pgm,1\n")
        done = self.start(("profile", "--zoo", self.zoo, "--images", csv, "--out", profile), closed=[0, 1, 2])
        self.assertEqual(done.returncode, RUNTIME)  # its table could not be written
        self.assertEqual(query(profile, "PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(query(profile, "SELECT value FROM meta WHERE key = 'complete'"), [("1",)])

    def test_results_that_cannot_be_written_are_a_failure_and_files_are_kept(self):
        results = self.folder / "results.json"
        evaluate = ("evaluate", "--profile", self.profile, "--folds", 3, "--policy", "single", "--no-adapted", "--out", results)
        for arguments in (evaluate, ("run", "--bundle", self.bundle, self.images.parent / "000.pgm"), ("--help",), ("--version",)):
            with open(FULL, "w") as full:
                done = self.start(arguments, stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, RUNTIME, arguments)
            self.assertIn("results could not be written: No space left on device", done.stderr)
            self.assertEqual(self.start(arguments, closed=[1], stderr=subprocess.DEVNULL).returncode, RUNTIME)
        json.loads(results.read_text())

    def test_whoever_reads_only_the_first_line_hears_no_complaint(self):
        many = [self.images.parent] * 50
        process = subprocess.Popen([PROGRAM, "run", "--bundle", str(self.bundle), *map(str, many)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.assertTrue(process.stdout.readline().endswith(b"\n"))
        process.stdout.close()
        self.assertNotIn(b"written", process.stderr.read())
        process.stderr.close()
        self.assertEqual(process.wait(), NOBODY_READS)

    def test_a_file_is_written_even_when_nobody_reads_any_more(self):
        results = self.folder / "results.json"
        reader, writer = os.pipe()
        os.close(reader)
        done = self.start(("evaluate", "--bundle", self.bundle, "--images", self.new, "--include-training", "--repetitions", 1,
                           "--out", results), stdout=writer, stderr=writer)
        os.close(writer)
        self.assertEqual(done.returncode, NOBODY_READS)
        json.loads(results.read_text())


class Interrupted(EndToEnd):
    def started(self, *arguments, **options):
        def by_default():  # a caller may have told us to ignore them
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
        return subprocess.Popen([PROGRAM, *map(str, arguments)], preexec_fn=by_default, stderr=subprocess.PIPE, **options)

    def begun(self, profile):
        try:
            return query(profile, "SELECT value FROM meta WHERE key = 'zoo'")
        except sqlite3.OperationalError:
            return False

    def test_an_interrupted_profile_says_how_to_go_on(self):
        zoo = tiny_zoo(self.folder, {"good": tiny_dnn(0.5), "weak": tiny_dnn(0.3)})
        images = tiny_images(self.folder / "images", 60)
        rows = images.read_text().splitlines()
        copies = [f"./{'./' * i}{row}" for i in range(200) for row in rows[1:]]
        images.write_text("\n".join([rows[0], *copies]) + "\n")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            profile = self.folder / f"{number}.db"
            process = self.started("profile", "--zoo", zoo, "--images", images, "--out", profile, stdout=subprocess.DEVNULL)
            while not self.begun(profile) and process.poll() is None:
                time.sleep(0.002)
            process.send_signal(number)
            message = process.communicate()[1].decode()
            self.assertEqual(process.returncode, -number, message)
            self.assertIn(f"amsel profile --resume --out {profile}", message)
        self.succeed("profile", "--resume", "--out", profile)

    def test_an_interrupted_run_leaves_whole_lines(self):
        zoo = tiny_zoo(self.folder, {"good": tiny_dnn(0.5), "weak": tiny_dnn(0.3)})
        images = tiny_images(self.folder / "images", 90)
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", self.folder / "p.db")
        self.succeed("train", "--profile", self.folder / "p.db", "--out", self.folder / "bundle")
        process = self.started("run", "--bundle", self.folder / "bundle", "--json", *[images.parent] * 300,
                               stdout=subprocess.PIPE)
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGINT)
        for line in (first + rest).decode().splitlines(keepends=True):
            self.assertTrue(line.endswith("\n"))
            json.loads(line)


class Names(EndToEnd):
    """Control characters of names and labels reach no terminal, and JSON is UTF-8 whatever they hold."""

    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.zoo = tiny_zoo(maker.folder, {"go\x1b[2Jod": tiny_dnn(0.5), "weak": tiny_dnn(0.3)}, labels=("da\x1b[31mrk", "bright\x9b1m"))
        cls.images = tiny_images(maker.folder / "images", 90)
        cls.profile, cls.bundle = maker.folder / "pro\x1b[2Jfile.db", maker.folder / "bun\x1b[2Jdle"
        cls.done = maker.succeed("profile", "--zoo", cls.zoo, "--images", cls.images, "--out", cls.profile)
        maker.succeed("train", "--profile", cls.profile, "--out", cls.bundle)

    def check(self, codes, *arguments):
        done = subprocess.run([PROGRAM, *arguments], capture_output=True)
        self.assertIn(done.returncode, codes, done.stderr)
        for text in (done.stdout.decode(), done.stderr.decode()):  # both are UTF-8
            self.assertEqual([c for c in text if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160)], [], text)
        return done

    def test_text_is_free_of_control_characters(self):
        bad = self.folder / "b\x1b[2Jad\nb\x7f.pgm"
        bad.write_text("P5")
        good = os.fsencode(self.folder) + b"/caf\xe9 \x1b[31m\nred.pgm"
        os.link(self.images.parent / "000.pgm", good)
        for options in ((), ("--explain",), ("--json",), ("--json", "--explain")):
            done = self.check([BAD_INPUT], "run", "--bundle", str(self.bundle), *options, str(bad), good)
            if "--json" in options:
                paths = [json.loads(line)["path"] for line in done.stdout.decode().splitlines()]
                self.assertEqual(paths, [str(bad), os.fsencode(good).decode(errors="backslashreplace")])
            else:
                self.assertIn("caf\\xe9 \\u001b[31m\\nred.pgm: ", done.stdout.decode())
                self.assertIn("b\\u001b[2Jad\\nb\\u007f.pgm: ", done.stderr.decode())

    def test_every_verb_shows_names_as_they_can_be_shown(self):
        results = self.folder / "res\x1b[2Jults.json"
        self.check([0], "evaluate", "--profile", str(self.profile), "--folds", "3", "--policy", "staged", "--out", str(results))
        for arguments in (("report", str(results), "--out", str(self.folder / "re\x1b[2Jport.html")),
                          ("inspect", str(self.profile)), ("inspect", str(self.bundle)), ("inspect", "--verify", str(self.bundle)),
                          ("inspect", str(self.zoo)), ("check", "--zoo", str(self.zoo), "--images", str(self.images)),
                          ("doctor", "--profile", str(self.profile)), ("train", "--profile", str(self.profile), "--out", "OUT"),
                          ("retarget", "--bundle", str(self.bundle), "--out", "OUT", "--seconds", "1"),
                          ("evaluate", "--bundle", str(self.bundle), "--images", str(self.images), "--include-training"),
                          ("profile", "--resume", "--out", str(self.profile))):
            for json_too in ((), ("--json",)):
                if json_too and arguments[0] == "report":
                    continue
                out = str(self.folder / f"o\x1b[2Jut{len(os.listdir(self.folder))}")
                done = self.check(range(2 if arguments[0] == "check" else 1), *[out if one == "OUT" else one for one in arguments], *json_too)
                if json_too:
                    json.loads(done.stdout)
        self.check([USAGE], "pro\x1b[2Jfile")
        self.check([USAGE], "profile", "--ze\x1b[2Jro")


class ImageOnStdin(EndToEnd):
    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        zoo = tiny_zoo(maker.folder, {"good": tiny_dnn(0.5), "weak": tiny_dnn(0.3)})
        cls.images = tiny_images(maker.folder / "images", 90)
        cls.bundle = maker.folder / "bundle"
        maker.succeed("profile", "--zoo", zoo, "--images", cls.images, "--out", maker.folder / "p.db")
        maker.succeed("train", "--profile", maker.folder / "p.db", "--out", cls.bundle)

    def piped(self, content, *options):
        return subprocess.run([PROGRAM, "run", "--bundle", str(self.bundle), *options, "-"], input=content, capture_output=True)

    def test_an_image_is_answered_as_one(self):
        file = self.images.parent / "000.pgm"
        expected, = self.lines(self.succeed("run", "--bundle", self.bundle, "--json", file))
        picture = png(8, 8, 8, 0, b"".join(b"\0" + bytes([200] * 8) for _ in range(8)))
        for content in (file.read_bytes(), picture):
            for options in ((), ("--batch", "4"), ("--workers", "3")):
                done = self.piped(content, "--json", *options)
                self.assertEqual(done.returncode, 0, done.stderr)
                line, = [json.loads(one) for one in done.stdout.splitlines()]
                self.assertEqual(line["path"], "-")
        self.assertEqual(json.loads(self.piped(file.read_bytes(), "--json").stdout)["class"], expected["class"])

    def test_an_image_that_cannot_be_read_is_one_error(self):
        for content in (b"\xff\xd8\xff\xe0\0\x10JFIF", b"GIF89a\x08\0\x08\0\0\0\0", b"II*\0\x08\0\0\0"):
            done = self.piped(content)
            self.assertEqual((done.returncode, done.stdout), (BAD_INPUT, b""))
            self.assertTrue(done.stderr.startswith(b"amsel: -: "), done.stderr)
            self.assertEqual(done.stderr.count(b"\n"), 1)

    def test_binary_data_is_one_error(self):
        for content in (b"\x7fELF\x02\x01\0\0\n\xff\x01\n", bytes(range(1, 256)) * 40, b"x" * 100_000, b"a\0b\n" * 1000):
            done = self.piped(content)
            self.assertEqual((done.returncode, done.stdout), (BAD_INPUT, b""))
            self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
            self.assertIn(b"stdin: line 1 is ", done.stderr)

    def test_a_list_is_read_as_it_comes(self):
        files = [self.images.parent / "000.pgm", self.images.parent / "001.pgm"]
        process = subprocess.Popen([PROGRAM, "run", "--bundle", str(self.bundle), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for file in files:
            process.stdin.write(f"{file}\r\n\n".encode())
            process.stdin.flush()
            self.assertTrue(process.stdout.readline().startswith(str(file).encode()))  # before the next is sent
        process.stdin.close()
        self.assertEqual(process.stdout.read(), b"")
        process.stdout.close()
        self.assertEqual(process.wait(), 0)


if __name__ == "__main__":
    main()
