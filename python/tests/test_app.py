"""The page that shows why: what it says, in a real browser, and that neither it nor its server asks anybody else."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import amsel
from amsel import _app_page, app

CHROMIUM = os.environ.get("AMSEL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PHONE, SCREEN = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WAIT_MS = 30_000

#: Serves the page, and writes to a file which names are looked up and which addresses are called, loopback apart.
SERVER = """
import socket, sys
def note(what):
    with open(sys.argv[1], "a") as file:
        file.write(f"{what}\\n")
def outside(host):
    name = host.decode() if isinstance(host, bytes) else str(host)
    return name not in ("None", "", "localhost", "::1", "0.0.0.0") and not name.startswith("127.")
look_up, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex
def getaddrinfo(host, *rest, **named):
    if outside(host):
        note(host)
    return look_up(host, *rest, **named)
def connecting(call):
    def connected(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and outside(address[0]):
            note(address)
        return call(self, address)
    return connected
socket.getaddrinfo, socket.socket.connect = getaddrinfo, connecting(connect)
socket.socket.connect_ex = connecting(connect_ex)
from amsel.app import main
sys.exit(main(sys.argv[2:]))
"""


def pgm(picture: np.ndarray) -> bytes:
    return b"P5 %d %d 255\n" % (picture.shape[1], picture.shape[0]) + picture.tobytes()


def sent(tmp_path: Path, data: bytes, name: str = "a.pgm") -> dict[str, Any]:
    """A picture as Gradio tells of it."""
    (tmp_path / name).write_bytes(data)
    return {"path": str(tmp_path / name), "url": None, "orig_name": name}


@pytest.fixture(scope="module")
def shown(bundle: amsel.Bundle) -> app.Shown:
    """The bundle as the page has it."""
    return app.Shown(bundle.path)


def far_apart(shown: app.Shown, pictures: np.ndarray) -> tuple[int, int]:
    """A picture, and a stop where it takes another path than at the fastest."""
    for stop in range(len(shown.stops) - 1, 0, -1):
        for at, picture in enumerate(pictures[:60]):
            paths = {shown.answer(pgm(picture), shown.stops[s].names[0]).candidates for s in (0, stop)}
            if len(paths) == 2 and max(map(len, paths)) > 1:
                return at, stop
    raise AssertionError("no picture takes two paths")


def test_stops_are_the_points_by_planned_time_and_alike_ones_are_one(shown: app.Shown) -> None:
    times = [stop.point.mean_latency_ms for stop in shown.stops]
    assert times == sorted(times)
    names = [name for stop in shown.stops for name in stop.names]
    assert sorted(names) == sorted(point.name for point in shown.engine.points)
    assert "balanced" in shown.stops[shown.first].names


def test_a_panel_has_the_path_and_the_single_best_beside_it(
    shown: app.Shown, unseen: np.ndarray, tmp_path: Path
) -> None:
    at, stop = far_apart(shown, unseen)
    picture = sent(tmp_path, pgm(unseen[at]))
    text = app.panel_of(shown, picture, stop)
    answer = shown.answer(pgm(unseen[at]), shown.stops[stop].names[0])
    best = shown.answer_of_single_best(pgm(unseen[at]))
    assert best is not None
    assert best.candidates == (shown.single_best,)
    assert shown.answer_of_single_best(pgm(unseen[at])) is best
    other = shown.answer_of_single_best(pgm(unseen[at + 1]))
    assert other is not None
    assert other is not best
    assert re.findall(r'class="run"><td>\d+\. <b>(.*?)</b>', text) == list(answer.candidates)
    assert f"answers: {answer.label}" in text
    assert f"{100 * answer.probability:.1f}\N{NO-BREAK SPACE}% sure" in text
    assert f"{100 * best.probability:.1f}\N{NO-BREAK SPACE}% sure" in text
    assert f"single best alone, {shown.single_best}" in text
    confidences = [step["confidence"] for step in answer.explanation.steps if step["confidence"]]  # type: ignore[union-attr]
    for confidence in confidences:
        assert f"{100 * confidence:.1f}\N{NO-BREAK SPACE}%<div" in text
    assert len(re.findall(r"\d\N{NO-BREAK SPACE}ms", text)) >= 2 + 2 + len(answer.candidates) + 2


@pytest.mark.parametrize(
    ("single_best_ms", "says"),
    [
        (3.0, "3.0 times as fast"),
        (1.02, "in about the same time"),
        (0.98, "in about the same time"),
        (0.5, "in 2.0 times its time"),
    ],
)
def test_the_single_bests_time_is_compared_in_words(single_best_ms: float, says: str) -> None:
    def answered(candidates: tuple[str, ...], total_ms: float) -> Any:
        return types.SimpleNamespace(
            class_id=1, candidates=candidates, timings=types.SimpleNamespace(total_ms=total_ms)
        )

    said = _app_page._verdict(answered(("a", "b"), 1.0), answered(("c",), single_best_ms))
    assert said == f"<p>The same answer as the single best's, {says} on this picture.</p>"


def test_a_picture_that_cannot_be_read_is_named_with_the_reason(shown: app.Shown, tmp_path: Path) -> None:
    text = app.panel_of(shown, sent(tmp_path, b"no picture at all", "<b>holiday.png"), 0)
    assert "<b>&lt;b&gt;holiday.png</b> has no answer: " in text
    assert str(tmp_path) not in text
    assert "<table" not in text
    assert "has no answer" in app.panel_of(shown, {"path": str(tmp_path / "gone.png")}, 0)


def test_a_picture_of_the_camera_may_come_in_the_page(shown: app.Shown, unseen: np.ndarray) -> None:
    url = "data:image/x-portable-graymap;base64," + base64.b64encode(pgm(unseen[0])).decode()
    assert "answers: " in app.panel_of(shown, {"path": None, "url": url}, 0)


def test_where_no_point_runs_the_single_best_alone_that_is_said(
    bundle: amsel.Bundle, unseen: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_point_of_single_best", lambda manifest: None)
    text = app.panel_of(app.Shown(bundle.path), sent(tmp_path, pgm(unseen[0])), 0)
    assert "Not available: no operating point" in text
    assert "answers: " in text


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [(["nowhere"], 3, "nowhere"), (["nowhere", "--port", "70000"], 2, "--port 70000: expected 1 to 65535")],
)
def test_exit_codes_are_the_programs(
    given: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("gradio", reason="the package gradio is not installed")
    assert app.main(given) == code
    assert says in capsys.readouterr().err


def test_an_older_gradio_is_refused_by_its_version(
    bundle: amsel.Bundle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    older = types.ModuleType("gradio")
    older.__version__ = "6.9.1"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gradio", older)
    assert app.main([str(bundle.path)]) == 4
    assert "gradio, 6.24 or newer: pip install 'amsel[app]' (it is 6.9.1)" in capsys.readouterr().err


def free_port() -> int:
    with socket.socket() as free:
        free.bind((app.LOOPBACK, 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with whom the server asked."""
    return tmp_path_factory.mktemp("asked") / "asked"


@pytest.fixture(scope="module")
def served(bundle: amsel.Bundle, asked: Path) -> Iterator[str]:
    """The address of the page of a bundle."""
    yield from serve([str(bundle.path)], asked)


def serve(arguments: list[str], asked: Path) -> Iterator[str]:
    pytest.importorskip("gradio", reason="the package gradio is not installed")
    command = [sys.executable, "-c", SERVER, str(asked), *arguments, "--port", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"the server said {line!r}"
        yield found[0]
        server.terminate()


class Seen:
    """A tab, and all that it asked for and complained of."""

    def __init__(self, browser: Any, viewport: dict[str, int]) -> None:
        phone = viewport is PHONE
        self.tab = browser.new_context(viewport=viewport, is_mobile=phone, has_touch=phone).new_page()
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("websocket", lambda opened: self.requests.append(opened.url))
        self.tab.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.tab.on("console", lambda told: told.type == "error" and self.faults.append(told.text))

    def open(self, address: str) -> None:
        self.tab.goto(address)
        self.tab.wait_for_selector(".amsel .hint", timeout=WAIT_MS)

    def drop(self, data: bytes, name: str, kind: str) -> None:
        """Drops a file on the page, as from a file manager."""
        make = """([data, name, type]) => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
            transfer.items.add(new File([bytes], name, { type }));
            return transfer;
        }"""
        handle = self.tab.evaluate_handle(make, [base64.b64encode(data).decode(), name, kind])
        target = self.tab.locator("#amsel-picture button", has_text="Drop")
        target.wait_for(timeout=WAIT_MS)
        target.dispatch_event("drop", {"dataTransfer": handle})

    def path(self, side: int = 0) -> list[str]:
        """The candidates of the path that a side shows."""
        return list(self.tab.locator(".amsel-panel").nth(side).locator("tr.run b").all_inner_texts())

    def point(self, side: int = 0) -> str:
        return str(self.tab.locator(".amsel-panel .names").nth(side).inner_text())

    def move(self, stop: int, names: str, side: int = 0) -> None:
        """Moves a slider by the keyboard, and waits until its side shows the point."""
        slider = self.tab.locator(".amsel-slider input[type=range]").nth(side)
        slider.focus()
        self.tab.keyboard.press("Home")
        for _ in range(stop):
            self.tab.keyboard.press("ArrowRight")
        panel = self.tab.locator(".amsel-panel").nth(side)
        panel.locator(".names", has_text=re.compile(f"^{re.escape(names)}$")).wait_for(timeout=WAIT_MS)

    def widths(self) -> list[int]:
        return list(self.tab.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield opened
        opened.close()


def png(picture: np.ndarray) -> bytes:
    image = pytest.importorskip("PIL.Image", reason="the package pillow is not installed")
    file = io.BytesIO()
    image.fromarray(picture).save(file, "png")
    return file.getvalue()


def keep(seen: Seen, name: str, tmp_path: Path) -> None:
    """A screenshot for people, in $AMSEL_SCREENSHOTS."""
    folder = Path(os.environ.get("AMSEL_SCREENSHOTS", tmp_path))
    seen.tab.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize("viewport", [SCREEN, PHONE], ids=["screen", "phone"])
def test_the_path_follows_the_slider(
    shown: app.Shown,
    unseen: np.ndarray,
    served: str,
    browser: Any,
    viewport: dict[str, int],
    asked: Path,
    tmp_path: Path,
) -> None:
    at, stop = far_apart(shown, unseen)
    data = png(unseen[at])
    seen = Seen(browser, viewport)
    seen.open(served)
    assert seen.point() == " = ".join(shown.stops[shown.first].names)
    seen.drop(data, "coat.png", "image/png")
    seen.tab.wait_for_selector(".amsel tr.run", timeout=WAIT_MS)
    assert seen.tab.locator("#amsel-picture img").bounding_box()["height"] > 200, "small pictures are enlarged"
    paths = []
    for wanted in (0, stop):
        seen.move(wanted, " = ".join(shown.stops[wanted].names))
        paths.append(seen.path())
        assert paths[-1] == list(shown.answer(data, shown.stops[wanted].names[0]).candidates)
    assert paths[0] != paths[1]

    seen.tab.get_by_label("Compare with a second operating point").check()
    seen.tab.locator(".amsel-panel").nth(1).locator("tr.run").first.wait_for(timeout=WAIT_MS)
    seen.move(0, " = ".join(shown.stops[0].names), side=1)
    assert (seen.path(0), seen.path(1)) == (paths[1], paths[0])
    seen.tab.eval_on_selector_all("details", "(all) => all.forEach((details) => { details.open = true; })")
    keep(seen, f"path-{viewport['width']}", tmp_path)
    assert seen.widths() == [viewport["width"]] * 2
    wide = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML)"
    assert seen.tab.eval_on_selector_all(".amsel, .amsel div, .amsel p, .amsel table", wide) == []

    assert seen.faults == []
    assert [url for url in seen.requests if not url.startswith((served, "data:", f"blob:{served}"))] == []
    assert len(seen.requests) > 5
    assert not asked.exists(), f"the server asked {asked.read_text()}"


def test_a_broken_picture_is_told_on_the_page(served: str, browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, SCREEN)
    seen.open(served)
    seen.drop(b"\x89PNG\r\n\x1a\n and no more", "broken.png", "image/png")
    fault = seen.tab.locator(".amsel-panel .fault").first
    fault.wait_for(timeout=WAIT_MS)
    assert fault.inner_text().startswith("broken.png has no answer: ")
    keep(seen, "broken-1280", tmp_path)


def test_two_bundles_stand_side_by_side(
    bundle: amsel.Bundle, unseen: np.ndarray, browser: Any, asked: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(bundle.path, other)
    for address in serve([str(bundle.path), "--compare", str(other)], asked):
        for viewport in (SCREEN, PHONE):
            seen = Seen(browser, viewport)
            seen.open(address)
            assert seen.tab.locator(".amsel h2").all_inner_texts() == [bundle.path.name, "other"]
            seen.drop(png(unseen[0]), "a.png", "image/png")
            for side in (0, 1):
                seen.tab.locator(".amsel-panel").nth(side).locator("tr.run").first.wait_for(timeout=WAIT_MS)
            assert seen.path(0) == seen.path(1)
            assert seen.widths() == [viewport["width"]] * 2
            keep(seen, f"compare-{viewport['width']}", tmp_path)


def test_it_serves_this_machine_only_unless_told_otherwise() -> None:
    assert app._parser().parse_args(["bundle"]).host == "127.0.0.1"
