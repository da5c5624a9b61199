#!/usr/bin/env python3
"""results_page.py RESULTS.json...: a Markdown page with one table per file, for docs/results.md."""
import json
import pathlib
import sys

HEADER = """# Results

Made by `scripts/results.sh`: ten-fold cross-validation on a profile, everything learned anew in each fold, one thread,
batch 1. Times are the recorded ones of a shared machine: trust the ratios. `random mix` assigns the same candidates in
the same shares blindly; a policy that does not beat it has learned nothing. Intervals are 95 %. How every figure is
made: [measuring.md](measuring.md).
"""


def table(path):
    results = json.loads(pathlib.Path(path).read_text())
    best = next(row for row in results["rows"] if row["name"] == results["single_best"])
    lines = [f"\n## {pathlib.Path(path).stem}\n", f"{results['images']} images.\n",
             "| | top-1 % | 95 % interval | mean ms | p99 ms | speed |", "|---|--:|--:|--:|--:|--:|"]
    for row in results["rows"]:
        latency = row["latency_ms"]
        notes = [note for note, name in (("single best", results["single_best"]), ("efficient single", results["efficient_single"]))
                 if row["name"] == name]
        name = row["name"] + (f" ({', '.join(notes)})" if notes else "")
        low, high = row["top1_ci95"]
        lines.append(f"| {name} | {100 * row['top1']:.2f} | {100 * low:.2f}–{100 * high:.2f} | {latency['mean']:.3f} | "
                     f"{latency['p99']:.3f} | {best['latency_ms']['mean'] / latency['mean']:.2f}× |")
    headline = results["headline"]
    gain, speed = headline["accuracy_gain_ci95_pp"], headline["speedup_ci95"]
    lines.append(f"\n{headline['policy']} against the single best: {headline['accuracy_gain_pp']:+.2f} points "
                 f"[{gain[0]:+.2f}, {gain[1]:+.2f}] at {headline['speedup']:.2f}× the speed [{speed[0]:.2f}, {speed[1]:.2f}]; "
                 f"ceiling {headline['ceiling']:.2f}×.")
    return "\n".join(lines)


print(HEADER + "\n".join(table(path) for path in sys.argv[1:]))
