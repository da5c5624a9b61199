"""The engine answers what the program answers, from whatever people have."""

from __future__ import annotations

import contextlib
import copy
import gc
import io
import json
import os
import pickle
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import IDX, TRAINED, UNSEEN

import amsel
from amsel import _locate


def pgm(picture: np.ndarray) -> bytes:
    height, width = picture.shape
    return b"P5 %d %d 255\n" % (width, height) + picture.tobytes()


def of_program(bundle: amsel.Bundle, arguments: list[str]) -> list[dict[str, object]]:
    command = [str(_locate.program()), "run", "--json", "--bundle", str(bundle.path), *arguments]
    done = subprocess.run(command, capture_output=True, check=True, env=_locate.environment())
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_answers_are_the_programs(bundle: amsel.Bundle, unseen: np.ndarray) -> None:
    for point in bundle.open().points:
        expected = of_program(bundle, ["--point", point.name, *(f"{IDX}#{TRAINED + at}" for at in range(UNSEEN))])
        engine = bundle.open(point=point.name)
        for picture, line in zip(unseen, expected, strict=True):
            answer = engine(picture)
            assert answer.class_id == line["class"]
            assert answer.label == line["label"]
            assert answer.candidates == tuple(line["candidates"])  # type: ignore[arg-type]
            assert answer.probability == pytest.approx(line["probability"], abs=1e-6)
            assert answer.operating_point == point.name


def test_an_answer_tells_how_it_came_about(engine: amsel.Engine, unseen: np.ndarray) -> None:
    answer = engine(unseen[0], explain=True)
    assert answer.label == engine.labels[answer.class_id or 0]
    assert answer.probabilities.shape == (10,)
    assert answer.probabilities.dtype == np.float32
    assert float(answer.probabilities.sum()) == pytest.approx(1, abs=1e-3)
    assert int(answer.probabilities.argmax()) == answer.class_id
    assert answer.top(3)[0] == (answer.class_id, pytest.approx(answer.probability, abs=1e-6))
    assert not (answer.degraded or answer.late or answer.abstained or answer.problems)
    assert answer.timings.total_ms > 0
    assert [run.name for run in answer.timings.runs] == list(answer.candidates)
    assert answer.explanation is not None
    ran = [step["candidate"] for step in answer.explanation.steps if step["decision"] == "run"]
    assert ran == list(answer.candidates)
    for name in ran:
        assert name in str(answer.explanation)
        assert name in answer._repr_html_()
    assert engine(unseen[0]).explanation is None


def test_all_kinds_of_images_are_taken(engine: amsel.Engine, unseen: np.ndarray, tmp_path: Path) -> None:
    grey = unseen[3]
    file = tmp_path / "a.pgm"
    file.write_bytes(pgm(grey))
    expected = engine(grey)
    wide = np.zeros((28, 40), np.uint8)
    wide[:, :28] = grey
    read_only = np.repeat(grey[:, :, None], 3, axis=2)
    read_only.flags.writeable = False
    kinds = [
        file,
        str(file),
        file.read_bytes(),
        bytearray(file.read_bytes()),
        memoryview(file.read_bytes()),
        grey[:, :, None],
        np.repeat(grey[:, :, None], 3, axis=2),
        read_only,
        wide[:, :28],
        np.asfortranarray(grey),
        grey[::-1][::-1],
    ]
    for image in kinds:
        answer = engine(image)
        assert answer.class_id == expected.class_id
        np.testing.assert_allclose(answer.log_probabilities, expected.log_probabilities, atol=1e-5)
    for answer, image in zip(engine.predict(kinds), kinds, strict=True):
        assert answer.class_id == expected.class_id, type(image)


def test_pictures_of_pil_and_dlpack_are_taken(engine: amsel.Engine, unseen: np.ndarray) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = image.fromarray(unseen[5])
    expected = engine(unseen[5])
    for mode in ("L", "RGB", "RGBA"):
        assert engine(picture.convert(mode)).class_id == expected.class_id
    coded = io.BytesIO()
    picture.save(coded, "PNG")
    assert engine(coded.getvalue()).class_id == expected.class_id

    class Tensor:  # speaks DLPack and nothing else
        def __dlpack__(self, **options: object) -> object:
            return unseen[5].copy().__dlpack__()

        def __dlpack_device__(self) -> tuple[int, int]:
            return (1, 0)

    assert engine(Tensor()).class_id == expected.class_id


def test_pictures_of_pil_with_more_than_8_bits_are_not_clipped_in_silence(engine: amsel.Engine) -> None:
    image = pytest.importorskip("PIL.Image")
    for mode in ("I;16", "I", "F"):
        with pytest.raises(amsel.UsageError, match=f"mode {mode}"):
            engine(image.new(mode, (28, 28)))
    for mode in ("1", "P", "LA", "CMYK", "YCbCr"):
        assert engine(image.new(mode, (28, 28))).class_id is not None


def test_a_truncated_picture_of_pil_is_that_pictures_error(
    engine: amsel.Engine, unseen: np.ndarray, tmp_path: Path
) -> None:
    image = pytest.importorskip("PIL.Image")
    file = tmp_path / "cut.png"
    image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64), np.uint8)).save(file)
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(amsel.BadInputError, match="cut.png"):
        engine(image.open(file))
    results = engine.predict([unseen[0], image.open(file), unseen[1]], errors="return")
    assert [isinstance(result, amsel.BadInputError) for result in results] == [False, True, False]


def test_one_image_is_not_taken_for_several(engine: amsel.Engine, unseen: np.ndarray, tmp_path: Path) -> None:
    photo = np.zeros((480, 640, 3), np.uint8)
    for image in (photo, photo[:, :, :1], unseen[0], b"bytes", "photo.jpg", tmp_path / "photo.jpg"):
        with pytest.raises(amsel.UsageError, match="several images"):
            engine.predict(image)
        with pytest.raises(amsel.UsageError, match="several images"):
            engine.predict_proba(image)
    assert len(engine.predict(np.zeros((2, 30, 40, 3), np.uint8))) == 2


def test_the_order_of_channels_is_as_named(engine: amsel.Engine) -> None:
    red = np.zeros((28, 28, 3), np.uint8)
    red[4:24, 8:20, 0] = 255
    np.testing.assert_array_equal(
        engine(red).log_probabilities, engine(np.ascontiguousarray(red[:, :, ::-1]), channels="bgr").log_probabilities
    )
    assert not np.array_equal(engine(red).log_probabilities, engine(red, channels="bgr").log_probabilities)


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (np.zeros((28, 28), np.float32), "uint8"),
        (np.zeros((3, 28, 28), np.uint8), "channels last"),
        (np.zeros((5, 28, 28, 3), np.uint8), "one by one"),
        (np.zeros((0, 28), np.uint8), "shape"),
        (7, "int is no image"),
        (None, "NoneType is no image"),
    ],
)
def test_what_is_no_image_is_named(engine: amsel.Engine, image: object, says: str) -> None:
    with pytest.raises(amsel.UsageError, match=says):
        engine(image)
    with pytest.raises(amsel.UsageError, match=says):
        engine.predict([image])


def test_one_image_never_ends_a_run(engine: amsel.Engine, unseen: np.ndarray, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    bad = [b"no picture", tmp_path / "absent.jpg", pipe, np.zeros((2, 2), np.float64)]
    results = engine.predict([unseen[0], *bad, unseen[1]], errors="return", batch_size=4)
    assert [isinstance(result, amsel.AmselError) for result in results] == [False, True, True, True, True, False]
    assert "absent.jpg" in str(results[2])
    for image in bad[:3]:
        with pytest.raises(amsel.BadInputError):
            engine(image)
        with pytest.raises(amsel.BadInputError):
            engine.predict([image])


def test_batches_answer_as_single_images(engine: amsel.Engine, unseen: np.ndarray) -> None:
    singles = [engine(picture).class_id for picture in unseen]
    answers = engine.predict(unseen, batch_size=32)
    assert [answer.class_id for answer in answers] == singles
    table = engine.predict_proba(unseen)
    assert table.shape == (UNSEEN, 10)
    assert list(table.argmax(axis=1)) == singles
    explained = engine.predict(unseen[:2], explain=True)
    del engine
    gc.collect()
    assert all(answer.explanation is not None for answer in explained)  # they outlive the engine


def test_points_and_candidates_are_told(engine: amsel.Engine) -> None:
    points = engine.points
    assert points["balanced"].name == "balanced"
    assert points[0].name == engine.point.name
    assert "balanced" in repr(points)
    assert "<table>" in points._repr_html_()
    assert "cnn_xxl" in engine.candidates
    with pytest.raises(KeyError, match="balanced"):
        points["absent"]
    for point in points:
        assert 0 < point.top1 <= 1
        assert point.mean_latency_ms > 0
        engine.point = point
        assert engine.point.name == point.name
    with pytest.raises(amsel.UsageError, match="nowhere"):
        engine.point = "nowhere"


def test_limits_choose_the_point(bundle: amsel.Bundle) -> None:
    most = max(bundle.open().points, key=lambda point: point.top1)
    assert bundle.open(min_accuracy=most.top1 - 1e-9).point.top1 == most.top1
    with pytest.raises(amsel.UsageError, match="nearest"):
        bundle.open(latency_ms=1e-6)
    with pytest.raises(amsel.UsageError, match="above 0"):
        bundle.open(latency_ms=0)
    with pytest.raises(amsel.UsageError, match="nowhere"):
        bundle.open(point="nowhere")


def test_options_of_candidates_are_checked(bundle: amsel.Bundle, unseen: np.ndarray) -> None:
    engine = bundle.open(candidates={"cnn_s": {"threads": 1, "graph": "basic"}}, threads=1, memory_budget=4_000_000_000)
    assert engine(unseen[0]).class_id is not None
    with pytest.raises(amsel.UsageError, match="absent"):
        bundle.open(candidates={"absent": {"threads": 1}})
    with pytest.raises(amsel.UsageError, match="colour"):
        bundle.open(candidates={"cnn_s": {"colour": "red"}})  # type: ignore[typeddict-unknown-key]
    with pytest.raises(amsel.AmselError, match="no-such-backend"):
        bundle.open(backend="no-such-backend")


def test_wrong_bundles_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(amsel.BadInputError, match="expected a bundle"):
        amsel.Engine(tmp_path / "absent")
    with pytest.raises(amsel.BadInputError, match="manifest.json"):
        amsel.Engine(tmp_path)


def test_deadlines_too_short_are_told(engine: amsel.Engine, unseen: np.ndarray) -> None:
    with pytest.raises(amsel.RuntimeFailure, match="deadline"):
        engine(unseen[0], deadline_ms=1e-6)
    engine.preload()
    assert not engine(unseen[0], deadline_ms=60_000).certified


def test_a_governor_moves_the_engine(engine: amsel.Engine, unseen: np.ndarray) -> None:
    slowest = max(engine.points, key=lambda point: point.mean_latency_ms)
    engine.point = slowest
    with amsel.Governor(engine, mean_latency_ms=1e-6, uncertified=True, savers=True) as governor:
        for picture in unseen:
            governor.observe(engine(picture))
        assert governor.overloaded
        assert governor.moves > 0
    assert engine.point.mean_latency_ms < slowest.mean_latency_ms
    with pytest.raises(amsel.UsageError):
        amsel.Governor(engine)


def test_threads_share_an_engine(engine: amsel.Engine, unseen: np.ndarray) -> None:
    expected = [engine(picture).class_id for picture in unseen]
    found: list[list[int | None]] = []
    threads = [threading.Thread(target=lambda: found.append([engine(p).class_id for p in unseen])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_nothing_is_freed_twice_or_too_early(engine: amsel.Engine, unseen: np.ndarray) -> None:
    answer = engine(unseen[0])
    for same in (copy.copy(answer), copy.deepcopy(answer), *copy.copy(engine.predict(unseen[:2]))):
        assert same.class_id is not None
    with pytest.raises(TypeError):
        pickle.dumps(answer)
    for whole in (engine, amsel.Governor(engine, mean_latency_ms=1, uncertified=True)):
        assert copy.copy(whole) is not whole  # one handle, which is freed once
        with pytest.raises((TypeError, ValueError)):
            copy.deepcopy(whole)
    governor = amsel.Governor(engine, mean_latency_ms=1, uncertified=True)
    engine.close()
    with pytest.raises(amsel.UsageError, match="closed"):
        governor.observe(answer)
    governor.close()


def test_an_engine_in_use_is_not_closed(bundle: amsel.Bundle, unseen: np.ndarray) -> None:
    engine = bundle.open()
    stop = threading.Event()

    def answer() -> None:
        with contextlib.suppress(amsel.UsageError):  # once it is closed
            while not stop.is_set():
                engine.predict(unseen)

    thread = threading.Thread(target=answer)
    thread.start()
    refused = 0
    for _ in range(2000):
        try:
            engine.close()
        except amsel.UsageError as failure:
            assert "in use" in str(failure)
            refused += 1
            continue
        break
    stop.set()
    thread.join()
    assert refused > 0


def test_names_from_bundles_are_no_markup_and_command_no_terminal() -> None:
    figures = (0.9, 0.8, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, None, ())
    points = amsel.OperatingPoints([amsel.OperatingPoint("<b>\x1b[31m", *figures)])
    assert "<b>" not in points._repr_html_()
    assert "\x1b" not in repr(points)
    assert "\\u001b" in repr(points)


def test_paths_with_a_zero_byte_are_refused(engine: amsel.Engine) -> None:
    with pytest.raises(amsel.UsageError, match="zero byte"):
        engine("a.jpg\0.txt")
    with pytest.raises(amsel.UsageError, match="zero byte"):
        amsel.Engine("bundle\0")


def test_an_empty_key_is_no_key_that_fits(bundle: amsel.Bundle) -> None:
    with pytest.raises(amsel.UsageError, match="empty"):
        bundle.open(public_key="")
    with pytest.raises(amsel.BadInputError, match="not signed"):
        bundle.open(public_key="RWTOf+IaHkowwuwzQdgUY7EkyIHXbKqxYt/+P6vCLgzEVyq8yQnXSXzk")


def test_a_closed_engine_says_so(engine: amsel.Engine, unseen: np.ndarray) -> None:
    with engine:
        answer = engine(unseen[0])
    assert answer.class_id is not None
    with pytest.raises(amsel.UsageError, match="closed"):
        engine(unseen[0])
    assert "closed" in repr(engine)
    engine.close()
