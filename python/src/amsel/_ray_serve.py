"""The deployment of `amsel.ray.serve`: engines behind Ray Serve, with its batching."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Mapping
from typing import Any, Literal

from ._errors import AmselError, RuntimeFailure, UsageError
from .answer import Answer
from .engine import Engine

PathLike = str | os.PathLike[str]


def ray_package() -> Any:
    """The package ray, whose usage reports are off unless the environment has them on."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when it starts
    try:
        return importlib.import_module("ray")
    except ImportError as failure:
        raise RuntimeFailure("this needs the package ray: pip install 'amsel[ray]'") from failure


def serve(
    bundle: PathLike,
    *,
    replicas: int | Literal["auto"] = 1,
    batch_size: int = 16,
    batch_wait_ms: float = 5.0,
    **options: Any,
) -> Any:
    """An application for Ray Serve: give it to ``ray.serve.run``.

    Over HTTP it takes the bytes of an image's file as the body of a POST, by a handle as the argument of ``remote``.
    It answers the fields of ``amsel run --json``; ``path`` is the query's or the second argument, else ``-``. An image
    without an answer has ``path`` and ``error`` alone; over HTTP the status is then 400, or 500 where a device failed.

    Parameters
    ----------
    bundle : path
        Under a path that is the same on all machines.
    replicas : int or "auto", optional
        Engines that answer side by side; ``"auto"``: as many as Serve finds needed.
    batch_size : int, optional
        Images that a replica answers at once: those that go on to the same candidate share one run of it.
    batch_wait_ms : float, optional
        How long an image may wait for others, in milliseconds.
    **options
        Those of `Engine`, such as ``point``.

    Returns
    -------
    ray.serve.Application
    """
    if batch_size < 1:
        raise UsageError(f"batch_size is {batch_size}: expected at least 1")
    ray_package()
    try:
        ray_serve = importlib.import_module("ray.serve")
    except ImportError as failure:
        raise RuntimeFailure("this needs Ray Serve: pip install 'amsel[ray]'") from failure

    class Amsel(_Replica):
        """With Serve's own batching, whose size is this application's."""

        answer_all = ray_serve.batch(max_batch_size=batch_size, batch_wait_timeout_s=batch_wait_ms / 1000)(
            _Replica.answer_all
        )

    deployment = ray_serve.deployment(
        Amsel,
        name="amsel",
        num_replicas=replicas,
        max_ongoing_requests=2 * batch_size,  # the next batch gathers while one is answered
        ray_actor_options={"num_cpus": int(options.get("threads") or 1)},
    )
    return deployment.bind(os.path.abspath(bundle), options)


class _Replica:
    """An engine that answers batches."""

    def __init__(self, bundle: str, options: Mapping[str, Any]) -> None:
        self._engine = Engine(bundle, **{"preload": True, **options})

    async def answer_all(self, pictures: list[bytes], paths: list[str]) -> list[tuple[int, dict[str, Any]]]:
        """A status of HTTP and a line an image."""
        results = await asyncio.to_thread(self._engine.predict, pictures, batch_size=len(pictures), errors="return")
        return [_line(path, result) for path, result in zip(paths, results, strict=True)]

    async def __call__(self, asked: Any, path: str = "-") -> Any:
        """A request of HTTP, or the bytes of an image's file."""
        if isinstance(asked, (bytes, bytearray, memoryview)):
            return (await self._answer(bytes(asked), path))[1]
        responses = importlib.import_module("starlette.responses")
        if asked.method != "POST":
            line: dict[str, Any] = {"error": f"{asked.method}: expected a POST with the bytes of an image's file"}
            return responses.JSONResponse(line, status_code=405, headers={"allow": "POST"})
        status, line = await self._answer(await asked.body(), asked.query_params.get("path", "-"))
        return responses.JSONResponse(line, status_code=status)

    async def _answer(self, picture: bytes, path: str) -> tuple[int, dict[str, Any]]:
        batched: Any = self.answer_all  # takes single ones, and gives them in batches to the above
        status, line = await batched(picture, path)
        return int(status), dict(line)


def _line(path: str, result: Answer | AmselError) -> tuple[int, dict[str, Any]]:
    """The fields of ``amsel run --json``."""
    if isinstance(result, AmselError):
        return 500 if isinstance(result, RuntimeFailure) else 400, {"path": path, "error": str(result)}
    times = result.timings
    line: dict[str, Any] = {
        "path": path,
        "class": result.class_id,
        "label": result.label,
        "probability": None if result.abstained else result.probability,
        "candidates": list(result.candidates),
        "operating_point": result.operating_point,
        "abstained": result.abstained,
        "degraded": result.degraded,
        "late": result.late,
        "certified": result.certified,
        "decode_ms": times.decode_ms,
        "load_ms": sum(run.load_ms for run in times.runs),
        "latency_ms": times.total_ms,
    }
    if result.degraded:
        line["problems"] = list(result.problems)
    return 200, line
