#!/usr/bin/env python3
"""The same bundle by `amsel run` and by staged.py: are the answers the same, and how long does each take?

Usage: compare.py AMSEL BUNDLE LIST [POINT]; LIST names a file a line. One thread each, whole processes in turn: on all of
the images, and on a tenth of them, so that the difference tells what an image takes once all is started and loaded.
Exits with 1 when fewer than 99 % of the answers are the same (a pixel that another release of OpenCV or libjpeg rounds otherwise
may tip a decision), and with 3 on failure.
"""
import json
import os
import statistics
import subprocess
import sys
import time

ROUNDS = 3
SAME = 0.99
STAGED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "staged.py")


def run(command, paths):
    """(seconds, answers) of a process that is given the paths."""
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    start = time.perf_counter()
    done = subprocess.run(command, input="".join(path + "\n" for path in paths), capture_output=True, text=True, env=environment)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        print(f"{command[0]}: exit {done.returncode}: {done.stderr[-500:]}", file=sys.stderr)
        sys.exit(3)
    return seconds, [json.loads(line) for line in done.stdout.splitlines()]


def same(ours, theirs):
    return ours["class"] == theirs["class"] and ours["candidates"] == theirs["candidates"]


def compare(ours, theirs):
    """Prints how many agree, and who does not; whether they are enough."""
    agree = sum(map(same, ours, theirs))
    apart = max(abs(a["probability"] - b["probability"]) for a, b in zip(ours, theirs) if same(a, b)) if agree else 0.0
    print(f"{len(ours)} images: {agree} of the same class by the same candidates, their probabilities at most {apart:.1e} apart")
    for a, b in zip(ours, theirs):
        if not same(a, b):
            print(f"  {a['path']}: amsel {a['class']} at {a['probability']:.4f} by {a['candidates']}, "
                  f"peer {b['class']} at {b['probability']:.4f} by {b['candidates']}")
    return len(ours) == len(theirs) and agree >= SAME * len(ours) and agree > 0


def main():
    amsel, bundle, listed = sys.argv[1:4]
    point = sys.argv[4] if len(sys.argv) > 4 else ""
    with open(listed, encoding="utf-8") as file:
        paths = file.read().split("\n")
    paths = [path for path in paths if path]
    few = paths[:max(1, len(paths) // 10)]
    ways = {"amsel": [amsel, "run", "--bundle", bundle, "--json"] + (["--point", point] if point else []) + ["-"],
            "peer": [sys.executable, STAGED, bundle, point]}
    whole, start = {name: [] for name in ways}, {name: [] for name in ways}
    answers = {}
    for _ in range(ROUNDS):
        for name, command in ways.items():
            start[name].append(run(command, few)[0])
            seconds, answers[name] = run(command, paths)
            whole[name].append(seconds)
    print(f"\n{'':8}{'whole s':>10}{'of few s':>10}{'ms an image once started':>26}")
    each = {}
    for name in ways:
        pairs = zip(whole[name], start[name])
        each[name] = statistics.median(1000 * (w - s) / max(len(paths) - len(few), 1) for w, s in pairs)
        print(f"{name:8}{statistics.median(whole[name]):10.2f}{statistics.median(start[name]):10.2f}{each[name]:26.3f}")
    ratio = statistics.median(p / a for a, p in zip(whole["amsel"], whole["peer"]))
    print(f"peer/amsel: {ratio:.2f} over the whole, {each['peer'] / each['amsel']:.2f} an image once started\n")
    return 0 if compare(answers["amsel"], answers["peer"]) else 1


if __name__ == "__main__":
    sys.exit(main())
