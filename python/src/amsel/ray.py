"""amsel on a cluster of Ray: `profile` spreads a profile over machines, `serve` answers by HTTP with Ray Serve.

Every machine needs this package, and sees zoo, images and bundles under the same paths.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shutil
import signal
import sqlite3
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

from . import verbs
from ._errors import AmselError, BadInputError, RuntimeFailure, UsageError
from ._ray_serve import PathLike, ray_package, serve
from .results import ProfileSummary

__all__ = ["ClusterProfile", "profile", "serve"]

#: Options of `amsel.profile` that are paths: workers have another working directory.
_PATHS = frozenset({"card_defaults", "feature_dnn", "engine_cache", "ort", "sysfs"})
_OWN = frozenset({"shard", "resume", "retry_failed", "progress"})
_SHARDS_A_WORKER = 4
_LOOK_AGAIN_S = 5.0


@dataclass(frozen=True)
class ClusterProfile:
    """What `profile` made: one profile for each kind of device that took part.

    Attributes
    ----------
    by_kind : dict
        Profiles by kind of device. Where all machines are of one kind it is one, of all images.
    shards : dict
        Which shards, from 1, each kind made.
    """

    by_kind: dict[str, ProfileSummary]
    shards: dict[str, tuple[int, ...]]

    @property
    def path(self) -> Path:
        """Of the profile, where it is one; `UsageError`, naming them, where there are several."""
        if len(self.by_kind) > 1:
            named = ", ".join(f"{kind}: {summary.path}" for kind, summary in self.by_kind.items())
            raise UsageError(f"there is a profile for each kind of device ({named}): choose one")
        return next(iter(self.by_kind.values())).path


@dataclass(frozen=True)
class _Task:
    """What a worker needs to know of a shard."""

    shard: int
    shards: int
    run: str
    storage: str | None
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.shard}-of-{self.shards}.db"


def profile(
    zoo: PathLike,
    images: PathLike,
    out: PathLike,
    *,
    shards: int | None = None,
    workers: int | None = None,
    address: str | None = None,
    storage: PathLike | None = None,
    retries: int = 3,
    progress: bool = True,
    **options: Any,
) -> ClusterProfile:
    """Profiles shards on the machines of a cluster, and puts them together to what one machine would have recorded.

    A shard whose worker or machine dies is begun again, elsewhere if need be; no other is. Finished shards are kept
    until all are done: the same call, after an interruption, goes on with those that are missing.

    Parameters
    ----------
    zoo, images : path
        As for `amsel.profile`, under a path that is the same on all machines.
    out : path
        Profile to write. Where several kinds of devices took part there is one for each, named after it:
        ``profile-<kind>.db``, of the images that this kind ran, so that no mean mixes machines.
    shards : int, optional
        How many parts, at most as many as images. Default: four for each worker.
    workers : int, optional
        Shards that run at once. Default: one for each machine, so that none disturbs another's times.
    address : str, optional
        Of the cluster, as `ray.init` takes it. Default: the cluster that this process is connected to, else as Ray
        finds one, else this machine.
    storage : path, optional
        Folder that all machines see, where finished shards are kept. Default: they are sent, and kept in
        ``<out>.shards`` here until the end.
    retries : int, optional
        How often a shard is begun again after its worker died.
    progress : bool, optional
        Show how many shards are done.
    **options
        Those of `amsel.profile`, such as ``views`` or ``threads``.

    Raises
    ------
    UsageError
        `out` exists, or an option is not one.
    BadInputError, RuntimeFailure
        As `amsel.profile`; the message names the shard.
    """
    ray = ray_package()
    target = Path(out).absolute()
    if target.exists():
        raise UsageError(f"{target}: exists")
    for name, value in (("shards", shards), ("workers", workers)):
        if value is not None and value < 1:
            raise UsageError(f"{name} is {value}: expected at least 1")
    wanted = _checked(options) | {"zoo": os.path.abspath(zoo), "images": os.path.abspath(images)}
    threads = int(wanted.get("threads") or 1)
    began = not ray.is_initialized()
    if began:
        ray.init(address=address)
    try:
        kept = Path(storage).absolute() if storage is not None else target.with_name(target.name + ".shards")
        kept.mkdir(parents=True, exist_ok=True)
        at_once = len(_nodes(ray, threads)) if workers is None else workers
        count = shards or _begun(kept) or _SHARDS_A_WORKER * max(at_once, 1)
        run = uuid.uuid4().hex
        tasks = [_Task(at, count, run, None if storage is None else str(kept), wanted) for at in range(1, count + 1)]
        _Cluster(ray, tasks, kept, workers, threads, retries).run(progress)
    finally:
        if began:
            ray.shutdown()
    made = _merged(tasks, kept, target)
    if storage is None:
        shutil.rmtree(kept)
    return made


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    known = inspect.signature(verbs.profile).parameters.keys() - _OWN - {"zoo", "images", "out"}
    for name in options:
        if name not in known:
            raise UsageError(f"profile has no option {name!r} here: expected {', '.join(sorted(known))}")
    return {
        name: os.path.abspath(value) if name in _PATHS and value is not None else value
        for name, value in options.items()
    }


def _nodes(ray: Any, threads: int) -> list[str]:
    """The machines that can run a shard."""
    return [node["NodeID"] for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= threads]


class _Cluster:
    """Hands shards to machines until all are done."""

    def __init__(
        self, ray: Any, tasks: Sequence[_Task], kept: Path, workers: int | None, threads: int, retries: int
    ) -> None:
        self._ray = ray
        self._kept = kept
        self._workers = workers
        self._threads = threads
        self._retries = retries
        self._left = [task for task in tasks if not _is_finished(kept / task.name, task)]
        self._count = len(tasks)
        self._running: dict[Any, tuple[_Task, str]] = {}

    def run(self, progress: bool) -> None:
        """Returns once every shard is kept."""
        done = self._count - len(self._left)
        with tqdm(total=self._count, initial=done, desc="profile", unit="shard", disable=not progress) as bar:
            try:
                while self._left or self._running:
                    self._start()
                    ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=_LOOK_AGAIN_S)
                    for reference in ready:
                        self._keep(reference)
                        bar.update()
            except BaseException:
                for reference in self._running:
                    self._ray.cancel(reference)  # as an interrupt, which the program takes well
                raise

    def _start(self) -> None:
        strategies = importlib.import_module("ray.util.scheduling_strategies")
        while self._left and (node := self._free_node()) is not None:
            task = self._left.pop(0)
            strategy = strategies.NodeAffinitySchedulingStrategy(node, soft=True)
            remote = self._ray.remote(_profile_shard).options(
                name=f"amsel profile {task.shard}/{task.shards}",
                num_cpus=self._threads,
                max_retries=self._retries,
                scheduling_strategy=strategy,
            )
            self._running[remote.remote(task)] = (task, node)

    def _free_node(self) -> str | None:
        """The least busy machine; None while none is free."""
        busy = Counter(node for _, node in self._running.values())
        nodes = _nodes(self._ray, self._threads)
        if not nodes:
            if self._running:
                return None
            raise RuntimeFailure(f"no machine of the cluster has {self._threads} processors for a shard")
        node = min(nodes, key=lambda node: busy[node])
        free = busy[node] == 0 if self._workers is None else len(self._running) < self._workers
        return node if free else None

    def _keep(self, reference: Any) -> None:
        task, _ = self._running.pop(reference)
        shard = f"shard {task.shard}/{task.shards}"
        try:
            data = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as failure:
            cause = failure.cause
            if isinstance(cause, AmselError):
                raise type(cause)(f"{shard}: {cause}") from None
            raise
        except self._ray.exceptions.RayError as failure:
            raise RuntimeFailure(f"{shard}: its worker died {self._retries + 1} times: {failure}") from failure
        if data is not None:
            _put(self._kept / task.name, data)


def _put(file: Path, data: bytes) -> None:
    """A file that is whole whenever it is there."""
    part = file.with_name(f"{file.name}.{uuid.uuid4().hex}.part")
    part.write_bytes(data)
    os.replace(part, file)


def _profile_shard(task: _Task) -> bytes | None:
    """Runs on a worker. Gives the shard's profile, or None where it went to the shared folder.

    The folder is named after run and shard: after a worker's death its successor on the machine resumes what is there,
    and nobody else on the machine removes it, not even while it is empty.
    """
    folder = Path(tempfile.gettempdir(), f"amsel-{task.run}-{task.shard}")
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / task.name
    _end_programs_of(file)
    resumed = file.exists()
    wanted = {**task.options, "out": file, "shard": f"{task.shard}/{task.shards}", "resume": True, "progress": False}
    try:
        verbs.profile(**wanted)
        if resumed and len({config[0] for config in _configs(file)}) > 1:  # begun on another device: times would mix
            file.unlink()
            verbs.profile(**wanted)
        data = file.read_bytes()
    finally:  # a worker that is killed leaves it to its successor
        shutil.rmtree(folder, ignore_errors=True)
    if task.storage is None:
        return data
    _put(Path(task.storage, task.name), data)
    return None


def _end_programs_of(file: Path) -> None:
    """Ends what a killed worker left running on a shard: it would hold the file, and disturb the times of others."""
    mine = os.fsencode(file)
    for process in Path("/proc").iterdir():
        try:
            if not process.name.isdigit() or mine not in (process / "cmdline").read_bytes().split(b"\0"):
                continue
            os.kill(int(process.name), signal.SIGKILL)
            while (process / "cmdline").read_bytes():  # empty once it has ended, even before it is reaped
                time.sleep(0.01)
        except OSError:
            continue  # it has ended by itself, or is another user's


def _read(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return database.execute(query).fetchall()


def _configs(file: Path) -> frozenset[tuple[str, ...]]:
    """What a shard's times were measured with, the device first."""
    rows = _read(
        file,
        "SELECT DISTINCT device, backend, version, threads, graph, int8 FROM config "
        "WHERE id IN (SELECT config FROM run)",
    )
    return frozenset(tuple(str(cell) for cell in row) for row in rows)


def _begun(kept: Path) -> int | None:
    """How many shards an earlier call made of it, where it left any."""
    names = (re.fullmatch(r"\d+-of-(\d+)\.db", file.name) for file in kept.iterdir())
    return next((int(name[1]) for name in names if name), None)


def _is_finished(file: Path, task: _Task) -> bool:
    """Whether a shard was kept by an earlier call; `BadInputError` where it is one of something else."""
    if not file.exists():
        return False
    try:
        meta = dict(_read(file, "SELECT key, value FROM meta"))
    except sqlite3.Error as failure:
        raise BadInputError(f"{file}: is no profile: {failure}") from failure
    for key, expected in (("zoo", task.options["zoo"]), ("images", task.options["images"])):
        if os.path.realpath(str(meta.get(key))) != os.path.realpath(expected):
            raise BadInputError(f"{file}: its {key} is {meta.get(key)}, not {expected}: remove it, or its folder")
    return meta.get("complete") == "1"


def _merged(tasks: Sequence[_Task], kept: Path, out: Path) -> ClusterProfile:
    """A profile for each kind of device."""
    groups: dict[frozenset[tuple[str, ...]], list[_Task]] = {}
    for task in tasks:
        groups.setdefault(_configs(kept / task.name), []).append(task)
    by_kind: dict[str, ProfileSummary] = {}
    shards: dict[str, tuple[int, ...]] = {}
    for configs, group in groups.items():
        kind = _kind(configs, list(groups))
        files = [kept / task.name for task in group]
        target = out if len(groups) == 1 else out.with_name(f"{out.stem}-{_slug(kind)}{out.suffix}")
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            given = files if len(groups) == 1 else _renumbered(files, Path(folder))
            by_kind[kind] = verbs.merge(*given, out=target, progress=False)
        shards[kind] = tuple(task.shard for task in group)
    return ClusterProfile(by_kind, shards)


def _renumbered(files: Sequence[Path], folder: Path) -> list[Path]:
    """Copies that are all there is: the shards of one kind, as merging wants every shard."""
    copies = []
    for number, file in enumerate(files, start=1):
        copies.append(Path(shutil.copyfile(file, folder / file.name)))
        with closing(sqlite3.connect(copies[-1])) as database, database:
            database.execute("UPDATE meta SET value = ? WHERE key = 'shard'", (f"{number}/{len(files)}",))
    return copies


def _kind(configs: frozenset[tuple[str, ...]], all_kinds: Sequence[frozenset[tuple[str, ...]]]) -> str:
    """The device's name; where that does not tell kinds apart, all that times were measured with."""

    def devices(kind: frozenset[tuple[str, ...]]) -> str:
        return " + ".join(sorted({config[0] for config in kind}))

    if sum(devices(kind) == devices(configs) for kind in all_kinds) == 1:
        return devices(configs)
    return " + ".join(sorted(", ".join(filter(None, config)) for config in configs))


def _slug(kind: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-") or "device"
