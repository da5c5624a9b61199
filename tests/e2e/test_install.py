"""What `cmake --install` leaves: it can be moved, found by CMake and pkg-config, and answers as `amsel run` does."""

import json
import os
import re
import shutil
import subprocess

from harness import ROOT, EndToEnd, fashion_pixels, fashion_slice, main, make_zoo, needs_fashion, pgm

BUILD = os.environ.get("AMSEL_BUILD", str(ROOT / "build/release"))
IMAGES = 20


def run(*command, cwd=None, **environment):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=cwd,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        raise AssertionError(f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


@needs_fashion
class Install(EndToEnd):
    """One prefix, moved after it was installed, one bundle and some images serve all tests."""

    @classmethod
    def setUpClass(cls):
        maker = cls.maker()
        cls.base = maker.folder
        run("cmake", "--install", BUILD, "--prefix", cls.base / "first", "--strip")
        cls.prefix = cls.base / "moved" / "here"
        cls.prefix.parent.mkdir()
        (cls.base / "first").rename(cls.prefix)
        images = fashion_slice(cls.base / "train", 0, 200)
        maker.succeed("profile", "--zoo", make_zoo(cls.base), "--images", images, "--out", cls.base / "profile.db")
        cls.bundle = cls.base / "bundle"
        maker.succeed("train", "--profile", cls.base / "profile.db", "--policy", "staged", "--out", cls.bundle)
        cls.files = []
        for i, pixels in enumerate(fashion_pixels(1000, IMAGES)[0]):
            cls.files.append(cls.base / f"{i:03}.pgm")
            cls.files[-1].write_bytes(pgm(pixels))

    def with_cmake(self, example, program="answer"):
        run("cmake", "-S", ROOT / "examples" / example, "-B", self.folder / example, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", self.folder / example)
        return self.folder / example / program

    def with_pkg_config(self, compiler, source):
        flags = run("pkg-config", "--cflags", "--libs", "amsel", PKG_CONFIG_PATH=str(self.prefix / "lib/pkgconfig")).stdout.split()
        self.assertIn(f"-L{self.prefix}", " ".join(flags).replace("/lib/pkgconfig/../..", ""))
        program = self.folder / f"{source.parent.name}_by_pkg_config"
        run(*compiler, source, *flags, f"-Wl,-rpath,{self.prefix}/lib", "-o", program)
        return program

    def told(self, output):
        """(label, path) of the lines that an example, or `amsel run`, prints for people."""
        found = [re.match(r"[^:]*: (.*) \(([0-9.]+) %\) by (.*?) (?:in|at) ", line) for line in output.splitlines()]
        return [hit.groups() for hit in found if hit]

    def expected(self, *options):
        lines = self.lines(self.succeed("run", "--json", "--explain", *options, "--bundle", self.bundle, *self.files))
        return lines, [(line["label"], f"{100 * line['probability']:.1f}", " > ".join(line["candidates"])) for line in lines]

    def test_a_program_in_c_answers_as_amsel_run_does(self):
        for program in (self.with_cmake("c"), self.with_pkg_config(("cc", "-std=c99"), ROOT / "examples/c/answer.c")):
            for point in ("balanced", "accurate"):
                with self.subTest(program=program.name, point=point):
                    lines, expected = self.expected("--point", point)
                    done = run(program, "--explain", "--point", point, self.bundle, *self.files)
                    self.assertEqual(self.told(done.stdout), expected)
                    explained = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
                    for ours, theirs in zip(explained, lines, strict=True):
                        del theirs["path"]
                        for time in ("latency_ms", "load_ms", "decode_ms"):
                            del ours[time], theirs[time]
                    self.assertEqual(explained, lines)

    def test_the_program_of_the_guide_runs(self):
        (self.folder / "guide").mkdir()
        source = self.folder / "guide" / "guide.c"
        source.write_text(re.search(r"```c\n(.*?)```", (ROOT / "docs/c-api.md").read_text(), re.DOTALL)[1])
        program = self.with_pkg_config(("cc", "-std=c99"), source)
        (self.folder / "bundle").symlink_to(self.bundle)
        shutil.copy(self.files[0], self.folder / "photo.jpg")
        expected = self.expected("--max-latency-ms", 40)[1][0][0]
        self.assertRegex(run(program, cwd=self.folder).stdout, rf"^{expected} [01]\.[0-9]{{3}}\n$")

    def test_a_program_in_cpp_answers_as_amsel_run_does(self):
        limited = self.run_amsel("run", "--min-accuracy", "single-best", "--bundle", self.bundle, self.files[0])
        options = ("--min-accuracy", "single-best") if limited.returncode == 0 else ()
        _, expected = self.expected(*options)
        for program in (self.with_cmake("cpp"), self.with_pkg_config(("c++", "-std=c++20"), ROOT / "examples/cpp/answer.cc")):
            with self.subTest(program=program.name):
                self.assertEqual(self.told(run(program, self.bundle, *self.files).stdout), expected)

    def test_the_examples_report_failures(self):
        program = self.with_cmake("c")
        for arguments, says in (((self.folder / "none", self.files[0]), "none"), ((self.bundle, ROOT / "LICENSE"), "not a JPEG"),
                                (("--point", "warp", self.bundle, self.files[0]), "no operating point `warp`"),
                                (("--deadline-ms", "1e-6", self.bundle, self.files[0]), "deadline")):
            done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(says, done.stderr)
            self.assertLessEqual(done.stderr.count(str(self.files[0])), 1, done.stderr)

    def test_a_program_that_runs_its_dnns_itself_needs_none_of_the_bundles(self):
        bundle = self.folder / "without_dnns"
        self.succeed("train", "--profile", self.base / "profile.db", "--policy", "staged", "--without-dnns", "--out", bundle)
        self.assertEqual(list(bundle.rglob("*.onnx")), [])
        self.assertEqual((bundle / "policy.safetensors").read_bytes(), (self.bundle / "policy.safetensors").read_bytes())
        refused = self.run_amsel("run", "--bundle", bundle, self.files[0])
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn("has no DNN", refused.stderr)
        self.with_cmake("c")
        done = run(self.with_pkg_config(("cc", "-std=c99"), ROOT / "examples/c/decide.c"), bundle)
        self.assertEqual([line.split(":")[0] for line in done.stdout.splitlines()], [f"input {n}" for n in range(4)])
        self.assertEqual(done.stderr, "")

    def test_the_installed_program_answers_too(self):
        _, expected = self.expected()
        done = run(self.prefix / "bin/amsel", "run", "--bundle", self.bundle, *self.files)
        self.assertEqual(self.told(done.stdout), expected)

    def test_onnx_runtime_is_found_beside_the_library(self):
        libraries = ROOT / ".deps/onnxruntime/lib"
        if not libraries.exists():
            self.skipTest("no ONNX Runtime in .deps")
        program = self.with_cmake("c")
        beside = self.prefix / "lib/libonnxruntime.so.1"
        if not beside.exists():  # as it does in a package
            shutil.copy(libraries / "libonnxruntime.so.1", beside)
            self.addCleanup(beside.unlink)
        log = run(program, self.bundle, self.files[0], LD_DEBUG="files", AMSEL_ONNXRUNTIME="").stderr
        self.assertIn(f"calling init: {beside}", log)

    def test_the_template_of_a_back_end_builds_and_runs_a_zoo(self):
        self.with_cmake("backend_plugin", program="libamsel_template.so")
        zoo = self.folder / "zoo"
        for name, weights in (("bright", (-1, 1)), ("dark", (1, -1))):
            (zoo / name / "1").mkdir(parents=True)
            (zoo / name / "1/model.onnx").write_text("1 28 28 2\n" + "".join(f"0 {weight}\n" for weight in weights))
            (zoo / name / "card.json").write_text(json.dumps({
                "schema": "card/1", "name": name, "labels": "../labels.txt",
                "input": {"name": "input", "layout": "NCHW", "height": 28, "width": 28, "channels": "GRAY", "dtype": "float32"},
                "preprocess": {"center_crop_fraction": 1, "interpolation": "bilinear", "mean": [128], "std": [128]},
                "output": {"name": "logits", "kind": "logits"}}))
        (zoo / "labels.txt").write_text("dark\nbright\n")
        rows = ["path,label"]
        for i in range(40):
            (self.folder / f"{i}.pgm").write_bytes(pgm(bytes([20 + i if i % 2 == 0 else 220 - i] * 784)))
            rows.append(f"{i}.pgm,{i % 2}")
        (self.folder / "images.csv").write_text("\n".join(rows) + "\n")
        environment = {**os.environ, "AMSEL_BACKENDS": str(self.folder / "backend_plugin")}
        done = self.succeed("profile", "--zoo", zoo, "--images", self.folder / "images.csv", "--out", self.folder / "p.db",
                            "--backend", "template", "--json", env=environment)
        top1 = {candidate["name"]: candidate["top1"] for candidate in json.loads(done.stdout)["candidates"]}
        self.assertEqual(top1, {"bright": 1, "dark": 0})
        self.expect(3, "inspect", "--verify", zoo, says=["cannot be loaded"])  # ONNX Runtime knows no such file

    def test_nothing_installed_names_the_place_that_it_was_installed_to(self):
        for file in self.prefix.rglob("*"):
            if file.is_file() and file.suffix in (".cmake", ".pc", ".h", ".md"):
                self.assertNotIn(str(self.base), file.read_text(), file)
        for part in ("lib/libamsel_runtime.so.1", "lib/cmake/amsel/amsel-config.cmake", "include/amsel/amsel.h",
                     "share/doc/amsel/LICENSE", "share/doc/amsel/docs/formats/bundle.md", "share/doc/amsel/docs/c-api.md", "share/doc/amsel/docs/backends.md", "include/amsel/amsel_backend.h",
                     "share/doc/amsel/examples/backend_plugin/template.c",
                     "share/doc/amsel/examples/c/answer.c"):
            self.assertTrue((self.prefix / part).exists(), part)

    def test_another_minor_version_is_not_taken(self):
        project = self.folder / "newer"
        project.mkdir()
        (project / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.16)\nproject(newer LANGUAGES C)\n"
                                                "find_package(amsel 99.0 REQUIRED)\n")
        done = subprocess.run(["cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"],
                              capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('requested version "99.0"', done.stderr)


if __name__ == "__main__":
    main()
