"""DNNs with data files and DNNs in other formats, links, and what `amsel inspect` says of DNNs and of faulty zoos."""

import json
import shutil

from harness import ROOT, EndToEnd, edit_json, main, make_zoo, made_up_images, profile_content, query

BAD_INPUT = 3
ORT = ROOT / "tests/data/cnn_xs.ort"  # zoo/fashion/cnn_xs in ONNX Runtime's own format
TINY = ROOT / "zoo/fashion/cnn_xs/1/model.onnx"


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, content):
    """A field of Protocol Buffers: bytes, or a number."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def fields(message):
    """The fields of a message: number, wire form, content."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
        else:
            size = {1: 8, 5: 4}.get(tag & 7) or number()
            yield tag >> 3, message[at:at + size]
            at += size


def with_data_file(model, location):
    """Moves the weights of an ONNX file to the file `location` beside it, as exporters do; gives that file."""
    data = model.parent / location
    data.parent.mkdir(exist_ok=True)
    weights = b""

    def moved(tensor):
        nonlocal weights
        out = b""
        for number, content in fields(tensor):
            if number != 9:
                out += field(number, content)
                continue
            for key, value in (("location", location), ("offset", len(weights)), ("length", len(content))):
                out += field(13, field(1, key.encode()) + field(2, str(value).encode()))
            out += field(14, 1)
            weights += content
        return out
    out = b""
    for number, content in fields(model.read_bytes()):
        if number == 7:
            content = b"".join(field(n, moved(c) if n == 5 else c) for n, c in fields(content))
        out += field(number, content)
    model.write_bytes(out)
    data.write_bytes(weights)
    return data


class DataFiles(EndToEnd):
    def setUp(self):
        super().setUp()
        self.zoo = make_zoo(self.folder)
        self.images = made_up_images(self.folder / "images", 200)
        self.profile = self.folder / "profile.db"
        self.bundle = self.folder / "bundle"
        self.model = self.zoo / "cnn_m/1/model.onnx"

    def profile_zoo(self, *options):
        return self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", self.profile, *options)

    def train(self, *options):
        return self.succeed("train", "--profile", self.profile, "--out", self.bundle, *options)

    def candidate(self):
        """The folder in the bundle of a candidate with a data file."""
        return next(p.parent.parent for p in self.bundle.glob("candidates/*/weights/part1.bin"))

    def test_a_bundle_with_data_files_runs_where_the_zoo_is_gone(self):
        picture = self.folder / "images/000.pgm"
        self.profile_zoo()
        outputs = profile_content(self.profile)["outputs"]
        self.profile.unlink()
        for model in self.zoo.glob("*/1/model.onnx"):
            with_data_file(model, "weights/part1.bin")
        scorer = self.folder / "scorer.onnx"
        shutil.copy(TINY, scorer)
        shutil.copy(self.zoo / "cnn_xs/card.json", self.folder)
        with_data_file(scorer, "scorer.onnx.data")
        self.profile_zoo("--feature-dnn", scorer)
        self.assertEqual(profile_content(self.profile)["outputs"], outputs)
        self.train("--policy", "p-right@dnn")
        shutil.rmtree(self.zoo)
        scorer.unlink()
        (self.folder / "scorer.onnx.data").unlink()
        answer, = self.lines(self.succeed("run", "--bundle", self.bundle, "--json", picture))
        self.assertFalse(answer["degraded"])
        self.assertTrue((self.bundle / "feature_dnn/scorer.onnx.data").exists())
        self.succeed("inspect", "--verify", self.bundle)
        here = self.folder / "here"
        self.succeed("retarget", "--bundle", self.bundle, "--out", here, "--seconds", "1")
        shutil.rmtree(self.bundle)
        self.succeed("inspect", "--verify", here)
        answer, = self.lines(self.succeed("run", "--bundle", here, "--json", picture))
        self.assertFalse(answer["degraded"])

    def test_a_damaged_data_file_is_named(self):
        for model in self.zoo.glob("*/1/model.onnx"):
            with_data_file(model, "weights/part1.bin")
        self.profile_zoo()
        self.train("--policy", "p-right")
        data = self.candidate() / "weights/part1.bin"
        whole = data.read_bytes()
        self.assertIn(str(data.relative_to(self.bundle)), (self.bundle / "SHA256SUMS").read_text())
        data.write_bytes(bytes(len(whole)))
        self.expect(BAD_INPUT, "inspect", "--verify", self.bundle, says=[data])
        self.expect(BAD_INPUT, "retarget", "--bundle", self.bundle, "--out", self.folder / "here", says=[data])
        self.assertFalse((self.folder / "here").exists())
        data.unlink()
        self.expect(BAD_INPUT, "inspect", "--verify", self.bundle, says=[data])

    def test_resume_measures_anew_what_has_other_data(self):
        data = with_data_file(self.model, "model.onnx.data")
        self.profile_zoo()
        kept = query(self.profile, "SELECT name, file_sha256 FROM candidate ORDER BY name")
        self.profile_zoo("--resume")
        self.assertEqual(query(self.profile, "SELECT name, file_sha256 FROM candidate ORDER BY name"), kept)
        before = self.model.read_bytes()
        data.write_bytes(bytes(len(data.read_bytes())))
        self.profile_zoo("--resume")
        self.assertEqual(self.model.read_bytes(), before)
        now = dict(query(self.profile, "SELECT name, file_sha256 FROM candidate"))
        self.assertEqual([name for name, sha256 in kept if now[name] != sha256], ["cnn_m"])
        answers = query(self.profile, "SELECT DISTINCT blob FROM output JOIN candidate ON id = candidate WHERE name = 'cnn_m'")
        self.assertEqual(len(answers), 1)  # weights of zero answer all images alike

    def test_every_verb_names_a_data_file_that_is_missing(self):
        data = [with_data_file(model, "model.onnx.data") for model in self.zoo.glob("*/1/model.onnx")]
        self.profile_zoo()
        whole = [file.read_bytes() for file in data]
        train = ("train", "--profile", self.profile, "--out", self.bundle, "--policy", "p-right")
        for file, content in zip(data, whole):
            file.write_bytes(bytes(len(content)))
        self.expect(BAD_INPUT, *train, says=["is not the file that was profiled"])
        for file in data:
            file.unlink()
        missing = ("`model.onnx.data`", "is not there")
        self.expect(BAD_INPUT, *train, says=missing)
        lists = ("--zoo", self.zoo, "--images", self.images)
        for arguments in (("inspect", self.zoo), ("check", *lists), ("profile", *lists, "--out", self.folder / "new.db"),
                          ("profile", *lists, "--out", self.profile, "--resume")):
            self.expect(BAD_INPUT, *arguments, says=[*missing, *self.zoo.glob("*/1/model.onnx")])
        self.expect(BAD_INPUT, "inspect", self.model, says=[*missing, self.model])
        self.assertFalse((self.folder / "new.db").exists() or self.bundle.exists())

    def test_data_outside_the_folder_is_refused_by_name(self):
        data = with_data_file(self.model, "model.onnx.data")
        content = data.read_bytes()
        data.unlink()
        (self.folder / "outside").write_bytes(content)
        data.symlink_to(self.folder / "outside")
        self.expect(BAD_INPUT, "inspect", self.zoo, says=["`model.onnx.data`", "leads out", self.folder / "outside"])
        for location in ("../model.onnx.data", "/etc/passwd"):
            shutil.copy(ROOT / "zoo/fashion/cnn_m/1/model.onnx", self.model)
            with_data_file(self.model, "x" * len(location))
            self.model.write_bytes(self.model.read_bytes().replace(b"x" * len(location), location.encode()))
            self.expect(BAD_INPUT, "inspect", self.zoo, says=[self.model, location])

    def test_links_as_caches_and_people_make_them(self):
        blobs = self.folder / "blobs"
        blobs.mkdir()
        data = with_data_file(self.model, "model.onnx.data")
        for i, file in enumerate((self.model, data)):
            file.rename(blobs / str(i))
            file.symlink_to(f"../../../blobs/{i}")
        (self.zoo / "cnn_s").rename(self.folder / "cnn_s")
        (self.zoo / "cnn_s").symlink_to(self.folder / "cnn_s")
        self.assertIn("model.onnx.data", self.succeed("inspect", "--verify", self.zoo).stdout)
        self.profile_zoo()
        self.train("--policy", "staged")
        shutil.rmtree(blobs)
        shutil.rmtree(self.folder / "cnn_s")
        self.assertFalse(any(p.is_symlink() for p in self.bundle.rglob("*")))
        self.succeed("inspect", "--verify", self.bundle)


class OrtFiles(EndToEnd):
    def test_an_ort_file_serves_from_zoo_to_bundle(self):
        zoo = make_zoo(self.folder)
        model = zoo / "cnn_xs/1/model.ort"
        model.with_suffix(".onnx").unlink()
        shutil.copy(ORT, model)
        told = json.loads(self.succeed("inspect", "--json", model).stdout)
        self.assertEqual([told["format"], told["loaded_by"]], ["ort", "onnxruntime"])
        self.assertEqual(told["inputs"], [{"name": "input", "type": "FLOAT", "shape": [None, 1, 28, 28]}])
        self.succeed("inspect", "--verify", zoo)
        images = made_up_images(self.folder / "images", 200)
        profile, bundle = self.folder / "p.db", self.folder / "bundle"
        self.succeed("profile", "--zoo", zoo, "--images", images, "--out", profile, "--feature-dnn", model)
        self.succeed("train", "--profile", profile, "--out", bundle, "--policy", "p-right@dnn")
        shutil.rmtree(zoo)
        self.assertTrue((bundle / "feature_dnn/model.ort").exists())
        self.succeed("inspect", "--verify", bundle)
        answer, = self.lines(self.succeed("run", "--bundle", bundle, "--json", self.folder / "images/000.pgm"))
        self.assertFalse(answer["degraded"])


class Inspect(EndToEnd):
    def test_all_faults_of_a_zoo_are_told_at_once(self):
        zoo = make_zoo(self.folder)
        edit_json(zoo / "cnn_s/card.json", lambda card: card["input"].update(layout="CHWN"))
        (zoo / "cnn_m/1/model.onnx").unlink()
        says = ["cnn_s/card.json: field `input.layout`", "cnn_m: has no <version>/model.onnx"]
        done = self.expect(BAD_INPUT, "inspect", zoo, says=says)
        self.assertIn("cnn_xs", done.stdout)
        self.expect(BAD_INPUT, "profile", "--zoo", zoo, "--images", made_up_images(self.folder / "images", 20), "--out",
                    self.folder / "p.db", says=says)
        faults = json.loads(self.expect(BAD_INPUT, "inspect", "--json", zoo).stdout)["faults"]
        self.assertEqual([fault["candidate"] for fault in faults], ["cnn_m", "cnn_s"])
        edit_json(zoo / "cnn_xs/card.json", lambda card: card["input"].update(height=30))
        self.expect(BAD_INPUT, "inspect", "--verify", zoo, says=[*says, "cnn_xs", "height"])

    def test_what_is_no_candidate_is_passed_over(self):
        zoo = make_zoo(self.folder)
        for name in ("@eaDir", "__MACOSX", "__pycache__", ".git", "notes"):
            (zoo / name).mkdir()
        (zoo / "@eaDir/model.onnx").write_text("thumbnail")
        text = self.succeed("inspect", "--verify", zoo).stdout
        self.assertIn("a zoo of 3 candidates", text)
        self.assertIn("Passed over, having neither card nor DNN: notes\n", text)

    def test_an_onnx_file_describes_itself(self):
        model = self.folder / "model.onnx"
        shutil.copy(TINY, model)
        text = self.succeed("inspect", model).stdout
        self.assertIn("input FLOAT [", text)
        self.assertIn("probably logits", text)
        plain = json.loads(self.succeed("inspect", "--json", model).stdout)
        self.assertEqual(plain["schema"], "amsel.dnn/1")
        self.assertEqual(plain["inputs"][0]["shape"][1:], [1, 28, 28])
        self.assertEqual(plain["operators"], {"Conv": 2, "Relu": 2, "Flatten": 1, "Gemm": 1})
        self.assertEqual([step["op"] for step in plain["outputs"][0]["last_nodes"]], ["Gemm"])
        data = with_data_file(model, "model.onnx.data")
        model.write_bytes(model.read_bytes() + field(14, field(1, b"names") + field(2, b"{0: 'shirt\x1b[31m'}")))
        told = json.loads(self.succeed("inspect", "--json", model, "--verify").stdout)
        self.assertEqual(told["metadata"], [{"key": "names", "value": "{0: 'shirt\x1b[31m'}"}])
        self.assertEqual(told["data_files"], [{"name": "model.onnx.data", "bytes": data.stat().st_size,
                                               "needed_bytes": data.stat().st_size, "fault": None}])
        self.assertNotEqual(told["sha256"], plain["sha256"])
        self.assertNotIn("\x1b", self.succeed("inspect", model).stdout)
        data.write_bytes(b"short")
        done = self.expect(BAD_INPUT, "inspect", "--json", model, says=["`model.onnx.data`: has 5 bytes"])
        self.assertIn("has 5 bytes", json.loads(done.stdout)["data_files"][0]["fault"])
        model.write_text("version https://git-lfs.github.com/spec/v1\n")
        self.expect(BAD_INPUT, "inspect", model, says=[model, "Git LFS"])


if __name__ == "__main__":
    main()
