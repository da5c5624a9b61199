"""Energy, with meters that are files: a root with sys/ and proc/ whose counters a thread moves."""

import json
import os
import threading
import time

from harness import EndToEnd, made_up_images, main, make_zoo, query

WATTS = 10
ZONE = "sys/class/powercap/intel-rapl:0"


def write(file, text):
    """Replaces the file at once, so that nobody reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name("." + file.name)
    fresh.write_text(f"{text}\n")
    os.replace(fresh, file)


class Machine:
    """Takes WATTS all the time; its RAPL counter wraps around every ten joules."""

    RANGE_UJ = 10_000_000

    def __init__(self, root):
        self.root = root
        write(root / ZONE / "name", "package-0")
        write(root / ZONE / "max_energy_range_uj", self.RANGE_UJ)
        write(root / ZONE / "energy_uj", 0)
        self.busy(0)
        write(root / "proc/self/stat", "1 (amsel) R " + "0 " * 30)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def busy(self, ticks):
        write(self.root / "proc/stat", f"cpu  {ticks} 0 0 500 0 0 0 0 0 0")

    def run(self):
        start = time.monotonic()
        while not self.stopped.wait(0.001):
            write(self.root / ZONE / "energy_uj", int((time.monotonic() - start) * WATTS * 1e6) % self.RANGE_UJ)

    def stop(self):
        self.stopped.set()
        self.thread.join()


class Energy(EndToEnd):
    def setUp(self):
        super().setUp()
        self.root = self.folder / "root"
        self.machine = Machine(self.root)
        self.addCleanup(self.machine.stop)
        self.zoo = make_zoo(self.folder)
        self.images = made_up_images(self.folder / "images", 60)
        self.profile = self.folder / "profile.db"
        self.measure = ("--energy", "auto", "--energy-block", 0.2, "--sysfs", self.root)

    def make_profile(self, *arguments, **options):
        return self.succeed("profile", "--zoo", self.zoo, "--images", self.images, "--out", self.profile, *arguments, **options)

    def test_energy_goes_from_profile_to_bundle_to_results(self):
        summary = json.loads(self.make_profile("--json", *self.measure).stdout)
        source = "RAPL (package-0); blocks of only 0.2 s"
        for candidate in summary["candidates"]:
            self.assertEqual(candidate["energy_mj"]["source"], source)
            self.assertGreater(candidate["energy_mj"]["mean"], 0)
        self.assertEqual(query(self.profile, "SELECT count(*), count(interval) FROM energy"), [(3, 3)])
        self.assertEqual(query(self.profile, "SELECT count(*) FROM energy_block"), [(15,)])
        evaluate = ("evaluate", "--profile", self.profile, "--folds", 3, "--no-adapted", "--policy", "p-right")
        rows = json.loads(self.succeed(*evaluate, "--json").stdout)["rows"]
        self.assertTrue(all(source in row["energy_mj"]["source"] for row in rows))
        bundle = self.folder / "bundle"
        self.succeed("train", "--profile", self.profile, "--policy", "p-right", "--out", bundle)
        manifest = json.loads((bundle / "manifest.json").read_text())
        for candidate in manifest["candidates"]:
            self.assertGreater(candidate["costs"][0]["energy_mj"], 0)
            self.assertEqual(candidate["costs"][0]["energy_source"], source)
        self.assertIn(f"mJ a run ({source})", self.succeed("inspect", "--wide", bundle).stdout)
        self.assertIn("energy mJ", self.succeed("inspect", bundle).stdout)
        done = self.succeed("evaluate", "--bundle", bundle, "--images", self.images, "--include-training", "--repetitions", 1,
                            "--json", *self.measure)
        results = json.loads(done.stdout)
        for row in results["rows"]:
            if row["kind"] in ("single", "premodel"):
                self.assertEqual(row["energy_mj"]["source"], source)
                low, high = row["energy_mj"]["ci95"]
                self.assertLessEqual(low, row["energy_mj"]["mean"])
                self.assertLessEqual(row["energy_mj"]["mean"], high)
            else:
                self.assertIsNone(row["energy_mj"], row["name"])
        self.assertEqual(results["conditions"]["energy"]["how"], "counter")

    def test_other_load_leaves_energy_null(self):
        stop = threading.Event()
        self.addCleanup(stop.set)

        def load():
            start = time.monotonic()
            while not stop.wait(0.001):
                self.machine.busy(int((time.monotonic() - start) * 100))  # one processor, all the time

        thread = threading.Thread(target=load)
        thread.start()
        done = self.make_profile("--json", *self.measure)
        stop.set()
        thread.join()
        self.assertTrue(all(candidate["energy_mj"] is None for candidate in json.loads(done.stdout)["candidates"]))
        self.assertIn("other programs used up to", done.stderr)
        self.assertEqual(query(self.profile, "SELECT count(*) FROM energy"), [(0,)])

    def test_without_a_meter_energy_is_null_unless_an_estimate_is_asked_for(self):
        empty = self.folder / "empty"
        empty.mkdir()
        done = self.make_profile("--json", "--energy", "auto", "--sysfs", empty)
        self.assertIn("no energy meter can be read here", done.stderr)
        self.assertIn("intel-rapl", done.stderr)
        self.assertTrue(all(candidate["energy_mj"] is None for candidate in json.loads(done.stdout)["candidates"]))
        done = self.make_profile("--json", "--resume", "--power-model", "watts=5,idle_watts=1")
        for candidate in json.loads(done.stdout)["candidates"]:
            self.assertEqual(candidate["energy_mj"]["source"], "estimate: time x 5 W, 1 W when idle")
            cost_ms = candidate["preprocess_ms"] + candidate["inference_ms"]
            self.assertAlmostEqual(candidate["energy_mj"]["mean"], 5 * cost_ms, delta=1e-3 * cost_ms)
        bundle = self.folder / "bundle"
        self.succeed("train", "--profile", self.profile, "--policy", "single", "--out", bundle)
        picture = self.images.parent / "000.pgm"
        [line] = self.lines(self.succeed("run", "--json", "--power-model", "watts=5", "--bundle", bundle, picture))
        self.assertEqual(line["energy_mj"]["source"], "estimate: time x 5 W")
        self.assertAlmostEqual(line["energy_mj"]["value"], 5 * line["latency_ms"], places=6)
        [line] = self.lines(self.succeed("run", "--json", "--bundle", bundle, picture))
        self.assertNotIn("energy_mj", line)

    def test_inspect_lists_meters_and_why_others_are_missing(self):
        listed = json.loads(self.succeed("inspect", "--meters", "--json", "--sysfs", self.root).stdout)
        self.assertEqual(listed["schema"], "amsel.meters/1")
        self.assertEqual([meter["name"] for meter in listed["meters"]], ["rapl"])
        self.assertEqual([meter["name"] for meter in listed["missing"]], ["ina3221", "hwmon", "battery"])
        text = self.succeed("inspect", "--meters", "--sysfs", self.root).stdout
        self.assertIn("rapl: RAPL (package-0); counter", text)
        self.succeed("inspect", "--meters")  # whatever this machine has

    def test_wrong_options_are_usage(self):
        profile = ("profile", "--zoo", self.zoo, "--images", self.images, "--out", self.profile)
        self.expect(2, *profile, "--energy", "battery", "--sysfs", self.root, says=["there is no energy meter `battery` here", "rapl"])
        self.expect(2, *profile, "--power-model", "watts=many", says=["expected watts=W"])
        self.assertFalse(self.profile.exists())
        self.expect(2, "inspect", says=["either a PATH or --meters"])
        self.expect(2, "inspect", "--meters", self.zoo)
        self.expect(2, "evaluate", "--profile", "p.db", "--energy", "auto", says=["is for --images"])
        self.expect(2, "run", "--bundle", "b", "i.pgm", "--power-model", "watts=1", says=["is for --json"])


if __name__ == "__main__":
    main()
