#!/usr/bin/env python3
"""python_engine.py BUNDLE IMAGES.csv: what answering from Python costs beside the engine that it calls, in one run.

Each image is decoded first, then answered as an array. The engine's own share of a call is what its answer tells (total and
conversion of pixels); the rest is the package's. Then the same images by one thread and by two, in turns. Needs the package
amsel, numpy and pillow.
"""
import csv
import pathlib
import statistics
import sys
import threading
import time

import amsel
import numpy as np
from PIL import Image

ROUNDS = 5


def load(file, most=1000):
    with open(file, newline="", encoding="utf-8") as rows:
        paths = [pathlib.Path(file).parent / row["path"] for row in csv.DictReader(rows)][:most]
    return [np.asarray(Image.open(path).convert("RGB")) for path in paths]


def overhead(engine, images):
    """Microseconds a call that are the package's, and their share of the engine's, over all images."""
    rest, own = [], []
    for image in images:
        begin = time.perf_counter()
        answer = engine(image)
        took = time.perf_counter() - begin
        engine_s = (answer.timings.total_ms + answer.timings.decode_ms) / 1e3
        rest.append(took - engine_s)
        own.append(engine_s)
    return 1e6 * statistics.median(rest), sum(rest) / sum(own)


def seconds(engine, images, threads):
    def work(part):
        for image in part:
            engine(image)

    workers = [threading.Thread(target=work, args=(images[at::threads],)) for at in range(threads)]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begin


def main(bundle, file):
    images = load(file)
    engine = amsel.Engine(bundle, threads=1, preload=True)
    for image in images[:50]:
        engine(image)
    for point in ("balanced", "fast"):
        engine.point = point
        told = [overhead(engine, images) for _ in range(ROUNDS)]
        call, share = (statistics.median(column) for column in zip(*told, strict=True))
        print(f"{point}: {call:.1f} us a call are the package's, {100 * share:.2f} % of the engine's time")
    ratios = []
    for _ in range(ROUNDS):
        ratios.append(seconds(engine, images, 1) / seconds(engine, images, 2))
    print(f"two threads answer {statistics.median(ratios):.2f} times as many images as one (of {len(images)})")


if __name__ == "__main__":
    main(*sys.argv[1:])
