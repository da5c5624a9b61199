#!/usr/bin/env python3
"""python_engine.py PROGRAM BUNDLE IMAGES.csv: what answering from Python costs beside the C++ engine, in one run.

PROGRAM is build/release/benchmarks/bench_engine_calls. Each image is decoded first; then the same pixels are answered as arrays by
amsel.Engine and by the C++ engine in its own process, in turns, on one core. The cost of a call is the difference of the means.
Then the same images by one thread of Python and by two, in turns. Needs the package amsel, numpy and pillow.
"""
import csv
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

import amsel
import numpy as np
from amsel import _locate
from PIL import Image

ROUNDS = 11


def load(file, most=1000):
    with open(file, newline="", encoding="utf-8") as rows:
        paths = [pathlib.Path(file).parent / row["path"] for row in csv.DictReader(rows)][:most]
    return [np.array(Image.open(path).convert("RGB")) for path in paths]  # writeable, as OpenCV and cameras give them


def seconds(engine, images, threads=1):
    def work(part):
        for image in part:
            engine(image)

    if threads == 1:
        begin = time.perf_counter()
        work(images)
        return time.perf_counter() - begin
    workers = [threading.Thread(target=work, args=(images[at::threads],)) for at in range(threads)]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - begin


class Cpp:
    """The C++ engine, which waits for the name of a point."""

    def __init__(self, program, bundle, images):
        self.pixels = tempfile.NamedTemporaryFile()
        for image in images:
            self.pixels.write(struct.pack("=ii", image.shape[1], image.shape[0]) + image.tobytes())
        self.pixels.flush()
        library = _locate.onnxruntime()
        command = [program, bundle, self.pixels.name, str(library or "")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, point):
        self.process.stdin.write(point + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main(program, bundle, file):
    images = load(file)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[-1:])
    cpp = Cpp(program, bundle, images)  # on the same core: they never run at once
    engine = amsel.Engine(bundle, threads=1, preload=True)
    for point in ("balanced", "fast"):
        engine.point = point
        seconds(engine, images[:50])
        cpp.seconds(point)
        extra, ratios = [], []
        for _ in range(ROUNDS):
            native, python = cpp.seconds(point), seconds(engine, images)
            extra.append(1e6 * (python - native) / len(images))
            ratios.append(python / native)
        print(f"{point}: {statistics.median(extra):.1f} us a call beside the C++ engine, "
              f"{100 * statistics.median(ratios) - 100:.2f} % of its time")
    os.sched_setaffinity(0, cores)
    gains = [seconds(engine, images) / seconds(engine, images, 2) for _ in range(5)]
    print(f"two threads answer {statistics.median(gains):.2f} times as many images as one (of {len(images)})")


if __name__ == "__main__":
    main(*sys.argv[1:])
