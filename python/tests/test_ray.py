"""A profile spread over Ray's workers is one machine's, whoever dies; Ray Serve answers as the program does."""

from __future__ import annotations

import concurrent.futures
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ZOO

import amsel
from amsel import _locate
from amsel import ray as cluster

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the package ray is not installed")

CIFAR = Path(os.environ.get("AMSEL_DATA") or "/nonexistent") / "cifar10"
COUNT = 240
SHARDS = 4
LOST = f"2/{SHARDS}"
BLOCK = 8

#: In the place of the program: notes how it is called, and the first time that the shard to be lost has some rows it
#: kills the worker that called it, and goes on, as a program does whose worker was killed.
PROGRAM = """#!{python}
import os, signal, sqlite3, subprocess, sys, time
given = sys.argv[1:]
def note(text):
    with open({log!r}, "a") as log:
        log.write(text + "\\n")
def runs(file):
    try:
        return sqlite3.connect(f"file:{{file}}?mode=ro", uri=True).execute("SELECT count(*) FROM run").fetchone()[0]
    except sqlite3.Error:
        return 0
shard = given[given.index("--shard") + 1] if "--shard" in given else ""
note(" ".join([given[0], shard]))
if shard != {lost!r} or os.path.exists({mark!r}):
    os.execv({real!r}, [{real!r}, *given])
open({mark!r}, "w").close()
program = subprocess.Popen([{real!r}, *given])
while not (rows := runs(given[given.index("--out") + 1])):
    time.sleep(0.005)
os.kill(os.getppid(), signal.SIGKILL)
note(f"killed {{rows}}")
program.wait()
note("outlived its worker")
"""


@pytest.fixture(scope="module")
def source(images: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A zoo, and a list of a few hundred of its images: photos where there are some, else Fashion-MNIST."""
    rows = (CIFAR / "images.csv" if CIFAR.exists() else images).read_text().splitlines()[1 : COUNT + 1]
    folder = CIFAR if CIFAR.exists() else images.parent
    file = tmp_path_factory.mktemp("list") / "images.csv"
    file.write_text("path,label\n" + "".join(f"{folder / row}\n" for row in rows))
    return (CIFAR / "zoo" if CIFAR.exists() else ZOO), file


@pytest.fixture(scope="module")
def workers() -> Iterator[None]:
    """Ray on this machine, with two workers."""
    ray = pytest.importorskip("ray", reason="the package ray is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield
        ray.shutdown()


def table(file: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


OUTPUTS = """SELECT i.id, i.key, i.sha256, i.label, c.name, c.view, kind, blob FROM output
    JOIN input i ON i.id = input JOIN candidate c ON c.id = candidate ORDER BY i.id, c.id, kind"""
FEATURES = "SELECT input, name, value FROM feature WHERE value IS NOT NULL ORDER BY input, name"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for each call of the program, whose worker is killed on the first try of one shard."""
    log, program = tmp_path / "calls", tmp_path / "amsel"
    mark, real = str(tmp_path / "mark"), str(_locate.program())
    program.write_text(PROGRAM.format(python=sys.executable, log=str(log), mark=mark, real=real, lost=LOST))
    program.chmod(0o755)
    monkeypatch.setenv("AMSEL_PROGRAM", str(program))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    return log


@needs_ray
def test_a_profile_of_two_workers_is_one_machines_though_one_was_killed(
    source: tuple[Path, Path], calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo, images = source
    out = tmp_path / "cluster.db"
    made = cluster.profile(zoo, images, out, shards=SHARDS, workers=2, block=BLOCK, progress=False)
    tries = Counter(calls.read_text().splitlines())
    rows = next(int(line.split()[1]) for line in tries if line.startswith("killed"))
    candidates = len(made.by_kind[next(iter(made.by_kind))].records)
    assert 0 < rows < COUNT // SHARDS * candidates, "it was not killed in the middle"
    assert tries[f"profile {LOST}"] == 2
    assert all(tries[f"profile {shard}/{SHARDS}"] == 1 for shard in range(1, SHARDS + 1) if f"{shard}/{SHARDS}" != LOST)
    assert made.path == out
    assert list(made.shards.values()) == [tuple(range(1, SHARDS + 1))]
    assert not (tmp_path / "cluster.db.shards").exists()

    monkeypatch.delenv("AMSEL_PROGRAM")
    monkeypatch.setenv("AMSEL_PROGRAM", str(_real(calls)))
    alone = amsel.profile(zoo=zoo, images=images, out=tmp_path / "alone.db", block=BLOCK, progress=False).path
    expected = table(alone, OUTPUTS)
    assert len(expected) == COUNT * candidates
    assert table(out, OUTPUTS) == expected
    assert table(out, FEATURES) == table(alone, FEATURES)
    assert table(out, "SELECT count(*) FROM run") == table(alone, "SELECT count(*) FROM run") == [(len(expected),)]
    assert table(out, "SELECT value FROM meta WHERE key IN ('complete', 'shard') ORDER BY key") == [("1",), ("1/1",)]


def _real(calls: Path) -> Path:
    """The program that `calls` stands before."""
    text = (calls.parent / "amsel").read_text()
    return Path(text.partition("os.execv('")[2].partition("'")[0])


@needs_ray
def test_what_is_kept_is_not_run_again_and_kinds_of_devices_are_kept_apart(
    source: tuple[Path, Path], calls: Path, tmp_path: Path
) -> None:
    zoo, images = source
    (tmp_path / "mark").touch()  # nobody is killed here
    storage, out = tmp_path / "storage", tmp_path / "profile.db"
    whole = cluster.profile(zoo, images, out, shards=SHARDS, workers=2, storage=storage, progress=False)
    assert sorted(file.name for file in storage.iterdir()) == [f"{at}-of-{SHARDS}.db" for at in range(1, SHARDS + 1)]
    out.unlink()
    with closing(sqlite3.connect(storage / f"3-of-{SHARDS}.db")) as database, database:
        database.execute("UPDATE config SET device = 'Another CPU'")
    calls.unlink()
    made = cluster.profile(zoo, images, out, workers=2, storage=storage, progress=False)
    assert calls.read_text().split() == ["profile"] * 2  # merging, once a kind
    kind = next(iter(whole.by_kind))
    assert made.shards == {kind: (1, 2, 4), "Another CPU": (3,)}
    assert {summary.path.name for summary in made.by_kind.values()} >= {"profile-another-cpu.db"}
    with pytest.raises(amsel.UsageError, match="Another CPU"):
        _ = made.path
    for number, (_, summary) in enumerate(made.by_kind.items()):
        assert table(summary.path, "SELECT count(DISTINCT device) FROM config") == [(1,)]
        assert summary.data["images"] == COUNT // SHARDS * (3, 1)[number]
    both = [row for summary in made.by_kind.values() for row in table(summary.path, "SELECT id FROM input")]
    assert sorted(both) == [(at,) for at in range(COUNT)]
    completed = amsel.profile(zoo=zoo, images=images, out=made.by_kind[kind].path, resume=True, progress=False)
    assert completed.data["images"] == COUNT


def test_what_cannot_be_is_said_by_name(source: tuple[Path, Path], workers: None, tmp_path: Path) -> None:
    zoo, images = source
    with pytest.raises(amsel.UsageError, match="'shard'"):
        cluster.profile(zoo, images, tmp_path / "p.db", shard="1/2")
    with pytest.raises(amsel.UsageError, match="workers is 0"):
        cluster.profile(zoo, images, tmp_path / "p.db", workers=0)
    with pytest.raises(amsel.UsageError, match="exists"):
        cluster.profile(zoo, images, images)
    with pytest.raises(amsel.BadInputError, match=r"shard \d/2: .*nowhere"):
        cluster.profile(zoo, tmp_path / "nowhere.csv", tmp_path / "p.db", shards=2, progress=False)
    (tmp_path / "p.db.shards").mkdir(exist_ok=True)
    (tmp_path / "p.db.shards" / "1-of-2.db").write_bytes(b"no profile")
    with pytest.raises(amsel.BadInputError, match=r"1-of-2\.db: is no profile"):
        cluster.profile(zoo, images, tmp_path / "p.db", progress=False)


@pytest.fixture
def address(workers: None) -> Iterator[str]:
    """Ray Serve, listening on a free port of the loopback address."""
    serve = pytest.importorskip("ray.serve", reason="the package ray[serve] is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    yield f"http://127.0.0.1:{port}/"
    serve.shutdown()


SAME = ("path", "class", "label", "candidates", "operating_point", "abstained", "degraded", "late", "certified")


def post(address: str, data: bytes | None) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=data), timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as failure:
        return failure.code, json.load(failure)


def test_serve_answers_as_the_program_does(
    bundle: amsel.Bundle, unseen: np.ndarray, address: str, tmp_path: Path
) -> None:
    from ray import serve

    pictures = [b"P5 28 28 255\n" + picture.tobytes() for picture in unseen[:60]]
    files = [tmp_path / f"{at:03}.pgm" for at in range(len(pictures))]
    for file, picture in zip(files, pictures, strict=True):
        file.write_bytes(picture)
    command = [_locate.program(), "run", "--json", "--bundle", bundle.path, "--point", "accurate", *files]
    done = subprocess.run(command, check=True, capture_output=True, env=_locate.environment())
    expected = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({tuple(line["candidates"]) for line in expected}) > 1

    handle = serve.run(cluster.serve(bundle.path, batch_size=8, point="accurate"), name="amsel")
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        asked = [f"{address}?path={file}" for file in files]
        by_http = list(threads.map(post, asked, pictures))
    by_handle = [
        response.result()
        for response in [handle.remote(picture, str(file)) for picture, file in zip(pictures, files, strict=True)]
    ]
    assert {status for status, _ in by_http} == {200}
    for line, (_, over_http), over_handle in zip(expected, by_http, by_handle, strict=True):
        for got in (over_http, over_handle):
            assert got.keys() == line.keys()
            assert {name: got[name] for name in SAME} == {name: line[name] for name in SAME}
            assert got["probability"] == pytest.approx(line["probability"], abs=1e-5)
            assert got["latency_ms"] > 0

    assert post(address, pictures[0])[1]["path"] == "-"
    status, line = post(address, b"no picture at all")
    assert (status, line.keys()) == (400, {"path", "error"})
    assert "error" in handle.remote(b"no picture at all").result()
    assert post(address, None)[0] == 405


def test_a_new_bundle_takes_over_without_a_lost_answer(
    bundle: amsel.Bundle, unseen: np.ndarray, address: str, tmp_path: Path
) -> None:
    from ray import serve

    picture = b"P5 28 28 255\n" + unseen[0].tobytes()
    serve.run(cluster.serve(bundle.path, point="accurate"), name="amsel")
    newer = tmp_path / "newer"
    shutil.copytree(bundle.path, newer)
    statuses: list[int] = []
    points: list[str] = []
    with concurrent.futures.ThreadPoolExecutor(1) as threads:
        rolling = threads.submit(serve.run, cluster.serve(newer, point="steady"), name="amsel")
        while not rolling.done() or points[-1:] != ["steady"]:
            status, line = post(address, picture)
            statuses.append(status)
            points.append(str(line.get("operating_point")))
            assert len(statuses) < 100_000
        rolling.result()
    assert set(statuses) == {200}
    assert points[0] == "accurate"
    assert points == sorted(points)  # "accurate", then "steady"


def test_programs_left_on_a_shard_are_ended_and_no_others(tmp_path: Path) -> None:
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    mine, other = (subprocess.Popen([*sleeping, str(tmp_path / name)]) for name in ("1-of-2.db", "1-of-2.db.other"))
    cluster._end_programs_of(tmp_path / "1-of-2.db")
    assert mine.wait(5) == -signal.SIGKILL
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_shard_that_ends_leaves_one_that_has_nothing_yet_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first, second = (cluster._Task(shard, 2, "run", None, {}) for shard in (1, 2))
    between = []

    def profile(*, out: Path, shard: str, **_: Any) -> None:
        if shard == "1/2":
            between.append(cluster._profile_shard(second))
        out.write_text(shard)

    monkeypatch.setattr(cluster.verbs, "profile", profile)
    assert cluster._profile_shard(first) == b"1/2"
    assert between == [b"2/2"]
    assert list(tmp_path.iterdir()) == []
