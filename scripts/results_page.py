#!/usr/bin/env python3
"""results_page.py DIR README PAGE: from what results.sh left in DIR, the page docs/results.md and, between its markers, the
table of README. A family of which a file is missing is left out of the part that needs it; one of which there is nothing
in DIR keeps what the page and the table had."""
import json
import pathlib
import re
import sys

FAMILIES = {"fashion": "the demo", "cifar10": "cifar10", "conditions": "conditions", "imagenet": "imagenet", "imagenet_int8": "imagenet int8",
            "imagenet_twins": "imagenet with int8 twins", "imagenet_sizes": "imagenet with int8 twins and sizes",
            "lite2": "one DNN: EfficientNet-Lite2 on imagenet", "resnet56": "one DNN: ResNet-56 on cifar10"}
POINTS = ("fast", "balanced", "accurate")
MOST_SINGLES = 20
README_POINTS = ("fast", "balanced")
BEGIN, END = "<!-- made by make results: begin -->", "<!-- end -->"

HEADER = """# Results

Made by `make results`. One thread, batch 1, on shared machines: trust the ratios. All tables of one zoo come from one machine;
other zoos may come from another, of the same kind or not. Each zoo has up to four tables:

- **cross-validated** on a profile, everything learned and chosen anew in each fold, times as recorded;
- **ablations**: the staged policy without one of its parts, and simpler cascades, in a cross-validation of fewer folds;
- **held out, simulated**: a bundle for which 35 % of the images, by group, were set aside, played on
  their records (of the others some are kept for certificates);
- **held out, clocked**: the same bundle really run on the same images, end to end; and what it had planned, from the
  profile's times and the training images' shares. What lies between *planned* and *simulated* is that other images take
  other paths; between *simulated* and *clocked*, that the same paths took other times.

Where there are more than twenty candidates, tables leave out those that are derived; `derived single` is the best of them.

`@hflip` is a DNN on the mirrored image, `@denoise` on the smoothed one ([why](adr/0013-denoised-view.md)): candidates
that a policy may use, but never the single best; so are [int8 twins](derive.md) (`-int8`), sizes and crops
(`@size:N`, `@crop:1`, [views](views.md)). `adapted` singles have a head of their own. `random mix` assigns the
same candidates in the same shares blindly, `random stop` stops blindly with the policy's shares of stages; `textbook` is the
best pair of candidates with one margin, chosen on the training part within the time that the point above was planned to take; a policy that does not beat its null has learned nothing. Oracles
know the label: nobody reaches them. Intervals are 95 %. How every figure is made: [measuring.md](measuring.md).
"""


def load(folder, name):
    path = folder / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def compare(name, compared):
    gain, speed = compared["accuracy_gain_ci95_pp"], compared["speedup_ci95"]
    return (f"- against {name}: {compared['accuracy_gain_pp']:+.2f} points [{gain[0]:+.2f}, {gain[1]:+.2f}] at "
            f"{compared['speedup']:.2f}× the speed [{speed[0]:.2f}, {speed[1]:.2f}]")


def find(results, name):
    return next((row for row in results["rows"] if row["name"] == name), None)


def table(title, results):
    best = find(results, results["single_best"])
    folds = f", {results['folds']} folds" if "folds" in results else ""
    lines = [f"\n### {title}\n", f"{results['images']} images{folds}.\n",
             "| | top-1 % | 95 % interval | mean ms | p99 ms | speed |", "|---|--:|--:|--:|--:|--:|"]
    many = sum(row["kind"] == "single" for row in results["rows"]) > MOST_SINGLES
    for row in results["rows"]:
        if many and row["kind"] in ("single", "adapted-single") and row.get("derived"):
            continue
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
    derived = headline.get("vs_derived")
    if derived:
        lines.append(compare("the derived single", derived))
        lines.append(compare("the single best, the derived single", derived["alone"]))
    return "\n".join(lines)


def ablations(results):
    """The variants alone, point by point, with what each gains over the whole policy."""
    points = [point for point in POINTS if find(results, f"staged {point}")]
    lines = ["\n### ablations\n", f"{results['images']} images, {results['folds']} folds, the same for all; top-1 % and speed over the single best.\n",
             "| | " + " | ".join(f"{point} % | speed" for point in points) + " |", "|---|" + "--:|--:|" * len(points)]
    best = find(results, results["single_best"])["latency_ms"]["mean"]
    policies = dict.fromkeys(row["name"].removesuffix(" balanced") for row in results["rows"]
                             if row["kind"] in ("staged", "cascade") and row.get("operating_point") == "balanced")
    for policy in [*policies, "random stop of staged"]:
        cells = []
        for point in points:
            row = find(results, f"{policy} {point}")
            cells += [f"{100 * row['top1']:.2f}", f"{best / row['latency_ms']['mean']:.2f}×"] if row else ["", ""]
        lines.append(f"| {policy} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def planned(folder, family, held, clocked):
    """What the bundle plans of its named points beside what was simulated and clocked on the held-out images: mean times, and
    speeds over the single best."""
    file = folder / f"{family}.bundle/manifest.json"
    if not file.exists():
        return ""
    manifest = json.loads(file.read_text())
    costs = {one["name"]: one["costs"][0] for one in manifest["candidates"]}[manifest["single_best"]]
    judged = (held, clocked)
    best = [costs["preprocess_ms"] + costs["inference_ms"]["mean"]] + [find(one, one["single_best"])["latency_ms"]["mean"] for one in judged]
    lines = ["\n### planned and clocked\n", "| | planned ms | simulated ms | clocked ms | planned speed | simulated speed | clocked speed | clocked ÷ planned speed | clocked ÷ simulated speed |",
             "|---|" + "--:|" * 8]
    for point in manifest["operating_points"]:
        rows = [find(one, f"{manifest['policy']['kind']} {point['name']}") for one in judged]
        if None in rows:
            continue
        times = [point["latency_ms"]["mean"]] + [row["latency_ms"]["mean"] for row in rows]
        speeds = [one / time for one, time in zip(best, times)]
        lines.append(f"| {point['name']} | " + " | ".join(f"{time:.3f}" for time in times) + " | " +
                     " | ".join(f"{speed:.2f}×" for speed in speeds) + f" | {speeds[2] / speeds[0]:.3f} | {speeds[2] / speeds[1]:.3f} |")
    return "\n".join(lines)


def decisions(folder, family):
    """How many decisions of the bundle, simulated and really run on every image, are the same."""
    files = [folder / f"{family}.every.{how}.jsonl" for how in ("simulated", "run")]
    if not all(file.exists() for file in files):
        return ""
    pairs = list(zip(*(file.read_text().splitlines() for file in files), strict=True))
    return f"\nOn every image of the profile, training images too, at every named point: {sum(a == b for a, b in pairs)} of {len(pairs)} decisions of the bundle, simulated and really run, are the same.\n"


def row_of_readme(family, results, point):
    best, row = find(results, results["single_best"]), find(results, f"staged {point}")
    null = find(results, f"random stop of staged {point}")
    gain = f"{100 * (row['top1'] - best['top1']):+.1f}"
    if results["headline"]["policy"] == row["name"]:
        low, high = results["headline"]["accuracy_gain_ci95_pp"]
        gain += f" [{low:+.1f}, {high:+.1f}]"
    return (f"| {family} | `{point}` | {100 * best['top1']:.1f} | {100 * row['top1']:.1f} | {gain} | "
            f"{best['latency_ms']['mean'] / row['latency_ms']['mean']:.2f}× | {100 * (null['top1'] - best['top1']):+.1f} |")


def sections(page):
    """Title of a family -> its section, of a page as this script writes it."""
    parts = re.split(r"^## (.*)\n", page, flags=re.MULTILINE)
    return {title: text.strip("\n") for title, text in zip(parts[1::2], parts[2::2])}


def main(folder, readme, old_page):
    before = sections(old_page.read_text()) if old_page.exists() else {}
    text = readme.read_text()
    head, rest = text.split(BEGIN)
    old_table, tail = rest.split(END, 1)
    page, short = [HEADER], ["| family | operating point | best DNN, top-1 % | top-1 % | gain, points | speed | gain of its random stop |",
                             "|---|---|--:|--:|--:|--:|--:|"]
    for family, title in FAMILIES.items():
        parts = [load(folder, family + kind) for kind in ("", ".ablations", ".held", ".clocked")]
        if not any(parts):
            if title in before:
                page.append(f"\n## {title}\n\n{before[title]}\n")
            short += [line for line in old_table.splitlines() if line.startswith(f"| {title} |")]
            continue
        page.append(f"\n## {title}")
        if parts[0]:
            page.append(table("cross-validated", parts[0]))
            short += [row_of_readme(title, parts[0], point) for point in README_POINTS]
        if parts[1]:
            page.append(ablations(parts[1]))
        if parts[2]:
            page.append(table("held out, simulated", parts[2]))
        if parts[3]:
            page.append(table("held out, clocked", parts[3]))
            if parts[2]:
                page.append(planned(folder, family, parts[2], parts[3]))
        page.append(decisions(folder, family))
    old_page.write_text("\n".join(page).rstrip() + "\n")
    readme.write_text(head + BEGIN + "\n" + "\n".join(short) + "\n" + END + tail)


main(*map(pathlib.Path, sys.argv[1:]))
