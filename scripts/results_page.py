#!/usr/bin/env python3
"""results_page.py RESULTS.json...: a Markdown page with one table per file, for docs/results.md."""
import json
import pathlib
import sys

HEADER = """# Results

Made by `make results`. One thread, batch 1, on a shared machine: trust the ratios. Each zoo has two tables: a
cross-validation on a profile, everything learned and chosen anew in each fold, times as recorded; and, headed
*clocked*, a bundle learned on two thirds of the images, by group, then really run on the rest.

`adapted` singles have a head of their own. `random mix` assigns the same candidates in the same shares blindly, `random
stop` stops blindly with the policy's shares of stages; a policy that does not beat its null has learned nothing. Oracles
know the label: nobody reaches them. Intervals are 95 %. How every figure is made: [measuring.md](measuring.md).
"""


def compare(name, compared):
    gain, speed = compared["accuracy_gain_ci95_pp"], compared["speedup_ci95"]
    return (f"- against {name}: {compared['accuracy_gain_pp']:+.2f} points [{gain[0]:+.2f}, {gain[1]:+.2f}] at "
            f"{compared['speedup']:.2f}× the speed [{speed[0]:.2f}, {speed[1]:.2f}]")


def table(path):
    results = json.loads(pathlib.Path(path).read_text())
    best = next(row for row in results["rows"] if row["name"] == results["single_best"])
    lines = [f"\n## {pathlib.Path(path).stem.replace('.clocked', ', clocked')}\n", f"{results['images']} images" + (f", {results['folds']} folds.\n" if "folds" in results else ".\n"),
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
    lines.append(f"\n{headline['policy']}, with a ceiling of {headline['ceiling']:.2f}×:\n")
    lines.append(compare(f"the single best, {results['single_best']}", headline))
    for key, name in (("vs_efficient", "the efficient single"), ("vs_adapted", "the best single with a head of its own")):
        if headline[key]:
            lines.append(compare(f"{name}, {headline[key]['row'].removeprefix('adapted ')}", headline[key]))
    return "\n".join(lines)


print(HEADER + "\n".join(table(path) for path in sys.argv[1:]))
