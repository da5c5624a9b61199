"""``amsel app``: a page that shows why a bundle answers as it does, a picture at a time, in any browser.

It listens on the loopback address unless told otherwise, reports nothing, and its page asks no other machine.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import _app_page
from ._errors import AmselError, RuntimeFailure, UsageError, exit_code_of
from .answer import Answer
from .engine import Engine
from .points import OperatingPoint

LOOPBACK = "127.0.0.1"
PORT = 7860

#: The oldest that can be told to keep no history of runs; 6.0 also loses moves of a slider.
_GRADIO = (6, 24)

_RUNS = 10
_CLOCKING_S = 0.1

#: One answer at a time: those that are clocked side by side would disturb one another, and points are an engine's.
_CLOCK = threading.Lock()


@dataclass(frozen=True)
class Stop:
    """A stop of the slider: an operating point, and all names that it goes by.

    Attributes
    ----------
    names : tuple of str
        Such as ``("balanced", "accurate")``, where both stand for one point.
    point : OperatingPoint
        With its planned figures.
    """

    names: tuple[str, ...]
    point: OperatingPoint


class Shown:
    """A bundle that the page shows.

    Parameters
    ----------
    bundle : path
        Its folder.

    Attributes
    ----------
    name : str
        Of the folder.
    stops : tuple of Stop
        Its operating points by planned mean time, the fastest first.
    first : int
        Index of the stop that answers unless another is asked for.
    single_best : str
        Name of the candidate that was the most accurate alone, on the training images.
    """

    def __init__(self, bundle: str | os.PathLike[str]) -> None:
        folder = Path(bundle)
        self.name = folder.resolve().name
        self.engine = Engine(folder, preload=True)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.single_best = str(manifest["single_best"])
        self.stops = _stops(manifest, self.engine)
        default = self.engine.point.name
        self.first = next(at for at, stop in enumerate(self.stops) if default in stop.names)
        self._alone = _point_of_single_best(manifest)
        self._last: tuple[bytes, Answer] | None = None

    def answer(self, picture: bytes, point: str) -> Answer:
        """The answer at an operating point: of a few runs, after one that does not count, the one of least time.

        Raises
        ------
        BadInputError
            The picture cannot be read.
        RuntimeFailure
            No candidate could run.
        """
        with _CLOCK:
            self.engine.point = point
            self.engine(picture)
            answers: list[Answer] = []
            enough = time.monotonic() + _CLOCKING_S
            while not answers or (len(answers) < _RUNS and time.monotonic() < enough):
                answers.append(self.engine(picture, explain=True))
        return min(answers, key=lambda answer: answer.timings.total_ms)

    def answer_of_single_best(self, picture: bytes) -> Answer | None:
        """What the single best answers alone; None where no operating point runs it, and nothing else, always.

        That to the last picture is kept, so that all points stand beside the same time.
        """
        if self._alone is None:
            return None
        last = self._last
        if last is None or last[0] != picture:
            self._last = last = (picture, self.answer(picture, self._alone))
        return last[1]


def _stops(manifest: dict[str, Any], engine: Engine) -> tuple[Stop, ...]:
    """Points that decide alike are one stop, in the order of their planned mean times."""
    same_as = {str(entry["name"]): entry.get("same_as") for entry in manifest["operating_points"]}
    names: dict[str, list[str]] = {}
    for point in engine.points:
        names.setdefault(str(same_as.get(point.name) or point.name), []).append(point.name)
    by_time = sorted(names.values(), key=lambda alike: float(engine.points[alike[0]].mean_latency_ms))
    return tuple(Stop(tuple(alike), engine.points[alike[0]]) for alike in by_time)


def _point_of_single_best(manifest: dict[str, Any]) -> str | None:
    alone = [[manifest["single_best"]]]
    for point in manifest["operating_points"]:
        if [path["sequence"] for path in point.get("paths", [])] == alone:
            return str(point["name"])
    return None


def _bytes_of(picture: dict[str, Any]) -> bytes:
    """The picture's file as it was sent, whatever browsers and other libraries make of it."""
    if picture.get("path"):
        return Path(picture["path"]).read_bytes()
    return base64.b64decode(str(picture.get("url") or "").partition(",")[2])


def panel_of(shown: Shown, picture: dict[str, Any] | None, stop: float) -> str:
    """What the page shows of a picture at a stop of the slider, as HTML.

    Parameters
    ----------
    shown : Shown
        Whose answer it is.
    picture : dict or None
        What Gradio tells of the picture: ``path`` or ``url`` of its file, and ``orig_name``. None: there is none yet.
    stop : float
        Index into `Shown.stops`.
    """
    at = min(max(int(stop), 0), len(shown.stops) - 1)
    plan = _app_page.plan(shown.stops[at].names, shown.stops[at].point, at, len(shown.stops))
    if picture is None:
        return _app_page.panel(plan, _app_page.hint())
    try:
        data = _bytes_of(picture)
        best = shown.answer_of_single_best(data)
        alone = best is not None and best.operating_point in shown.stops[at].names
        answer = best if best is not None and alone else shown.answer(data, shown.stops[at].point.name)
    except (AmselError, OSError) as failure:
        return _app_page.panel(plan, _app_page.fault(str(picture.get("orig_name") or "the picture"), failure))
    return _app_page.panel(plan, _app_page.answered(answer, best, shown.single_best))


def _gradio() -> Any:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when it is imported
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    needs = f"the page needs the package gradio, {_GRADIO[0]}.{_GRADIO[1]} or newer: pip install 'amsel[app]'"
    try:
        import gradio
    except ImportError as failure:
        raise RuntimeFailure(needs) from failure
    if tuple(int(part) for part in gradio.__version__.split(".")[:2]) < _GRADIO:
        raise RuntimeFailure(f"{needs} (it is {gradio.__version__})")
    return gradio


def _side(gr: Any, shown: Shown, title: str, picture: Any, first: int) -> None:
    """A slider along the operating points and what it shows, inside the column that is open."""
    last = len(shown.stops) - 1
    gr.HTML(_app_page.heading(title, shown.single_best, len(shown.engine.candidates), len(shown.engine.labels)))
    slider = gr.Slider(
        0,
        max(last, 1),
        value=first,
        step=1,
        label="Operating point, the fastest at the left",
        visible=last > 0,
        buttons=[],
        elem_classes="amsel-slider",
    )
    out = gr.HTML(panel_of(shown, None, first))
    gr.on(
        [picture.change, slider.change],
        partial(panel_of, shown),
        [picture, slider],
        out,
        preprocess=False,  # the engine reads the file itself
        show_progress="hidden",
        trigger_mode="always_last",
        concurrency_limit=None,
        api_visibility="private",
    )


def build(bundle: str | os.PathLike[str], compare: str | os.PathLike[str] | None = None) -> Any:
    """The page, as ``gradio.Blocks``.

    Parameters
    ----------
    bundle : path
        Whose answers it shows.
    compare : path, optional
        A second bundle, shown beside the first; without it, a second operating point can be.

    Raises
    ------
    BadInputError
        A bundle cannot be opened.
    RuntimeFailure
        Gradio, or ONNX Runtime, is missing.
    """
    gr = _gradio()
    one = Shown(bundle)
    other = one if compare is None else Shown(compare)
    blocks = gr.Blocks(title=f"amsel: {one.name}", analytics_enabled=False, delete_cache=(600, 3600), fill_width=True)
    with blocks as page:
        gr.HTML(_app_page.introduction())
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                picture = gr.Image(
                    label="Picture",
                    show_label=False,  # it would lie on the picture
                    type="filepath",
                    sources=["upload", "webcam", "clipboard"],
                    webcam_options=gr.WebcamOptions(mirror=False),
                    height=300,
                    buttons=[],
                    elem_id="amsel-picture",
                )
                both = gr.Checkbox(label="Compare with a second operating point", visible=compare is None)
            with gr.Column(scale=3, min_width=320):
                _side(gr, one, one.name, picture, one.first)
            with gr.Column(scale=3, min_width=320, visible=compare is not None) as second:
                _side(gr, other, other.name, picture, other.first if compare else len(other.stops) - 1)
        both.change(lambda on: gr.Column(visible=on), both, second, show_progress="hidden", api_visibility="private")
    return page


def launch(page: Any, host: str, port: int, *, open_browser: bool = False) -> str:
    """Serves a page of `build` from threads of this process, and gives its address."""
    gr = _gradio()
    try:
        _, address, _ = page.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            enable_monitoring=False,
            run_history=False,
            footer_links=[],
            theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
            css=_app_page.CSS,
            app_kwargs={"middleware": [(_OwnOriginOnly, (), {})]},  # class and arguments, as Starlette takes them
        )
    except OSError as failure:
        raise RuntimeFailure(f"cannot listen on {host}, port {port}: {failure}") from failure
    return str(address)


class _OwnOriginOnly:
    """Tells browsers to ask nobody but this server, whatever a later Gradio's page would like to load."""

    POLICY = (
        b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' data: blob:; "
        b"form-action 'self'; frame-ancestors 'self'"
    )

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def send_with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"content-security-policy", self.POLICY)]
            await send(message)

        await self._app(scope, receive, send_with_policy)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amsel app",
        description="A page that shows why a bundle answers as it does: drop a picture, move along its points.",
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="Bundle to answer with")
    parser.add_argument("--compare", metavar="BUNDLE2", help="A second bundle, to be shown beside it")
    parser.add_argument("--host", default=LOOPBACK, help="Address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=PORT, help="Port to listen on (default %(default)s)")
    parser.add_argument("--open", action="store_true", help="Open the page in a browser")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Serves the page until it is interrupted; gives the exit code, as the program's are."""
    asked = _parser().parse_args(argv)
    try:
        if not 1 <= asked.port <= 65535:
            raise UsageError(f"--port {asked.port}: expected 1 to 65535")
        page = build(asked.bundle, asked.compare)
        address = launch(page, asked.host, asked.port, open_browser=asked.open)
    except AmselError as failure:
        print(f"amsel: {failure}", file=sys.stderr)
        return exit_code_of(failure)
    except ImportError as failure:  # the library, or ONNX Runtime's package
        print(f"amsel: {failure}", file=sys.stderr)
        return 4
    if asked.host != LOOPBACK:
        print(f"amsel: whoever reaches {asked.host} can use the page", file=sys.stderr)
    print(f"amsel: {address} (Ctrl-C ends it)", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        page.close(verbose=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
