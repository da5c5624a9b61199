#!/usr/bin/env python3
"""results_figure.py PAGE: from the cross-validated tables of docs/results.md, README's picture (SVG) on stdout: a panel a
family, gain in accuracy over the most accurate DNN alone by mean time as a share of that DNN's. Follows the reader's light
or dark scheme."""
import pathlib
import re
import sys

FAMILIES = ("cifar10", "conditions", "imagenet", "imagenet int8", "imagenet with int8 twins", "the demo",
            "one DNN: EfficientNet-Lite2 on imagenet", "one DNN: ResNet-56 on cifar10")  # titles of the page's sections
POINTS = ("fast", "balanced", "accurate")
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 310, 260, 44, 34, 12, 40
LONGEST, LOWEST = 1.25, -8  # of the axes: time as a share, points of accuracy
COLUMNS = 3

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a; } .title { font-weight: 600; font-size: 13px; fill: #1f2328; }
.axis { stroke: #d0d7de; } .zero { stroke: #8c959f; } .single { fill: none; stroke: #6e7781; stroke-width: 1.5; }
.best { fill: #6e7781; } .derived { fill: none; stroke: #1a7f37; stroke-width: 1.5; } .null { fill: none; stroke: #b35900; stroke-width: 1.5; } .staged { fill: #0072b2; }
.path { fill: none; stroke: #0072b2; stroke-width: 1.5; } .range { stroke: #0072b2; stroke-width: 1.5; } .name { fill: #0072b2; }
@media (prefers-color-scheme: dark) { text { fill: #9198a1; } .title { fill: #f0f6fc; } .axis { stroke: #3d444d; } .zero { stroke: #656c76; }
.single { stroke: #9198a1; } .best { fill: #9198a1; } .derived { stroke: #3fb950; } .null { stroke: #e69f00; } .staged, .name { fill: #56b4e9; } .path, .range { stroke: #56b4e9; } }
"""


def kind_of(name, among_singles):
    """Of a row of the table: "single" as it came, "derived" the best of what was derived, else ""."""
    if name == "derived single":
        return "derived"
    return "single" if among_singles and "@" not in name and not name.endswith("-int8") else ""


def triangle(x, y):
    return f'<path class="derived" d="M{x - 4.5:.1f} {y + 3.5:.1f}h9l-4.5 -8z"/>'


def place(labels, marks):
    """Where each (x, y, text) at a mark goes, so that none lies on another or on a mark, where that can be."""
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in marks]
    for x, y, text in labels:
        width = 6.5 * len(text)
        boxes = [(left, base - 10, left + width, base + 3) for left, base in
                 ((x + 8, y + 15), (x + 8, y - 8), (x - 8 - width, y - 8), (x - 8 - width, y + 15), (x + 8, y + 29), (x + 8, y - 22))]
        free = [box for box in boxes if box[0] >= LEFT and box[2] <= WIDTH - 2 and
                not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken)]
        box = (free or boxes)[0]
        taken.append(box)
        yield box[0], box[3] - 3, text


def table(page, family):
    """Rows of the family's cross-validated table by name, and that of the single best; None where the page has none."""
    section = re.search(rf"^## {family}\n+### cross-validated\n(.*?)^(?:- against|#)", page, re.MULTILINE | re.DOTALL)
    if not section:
        return None
    rows, best, single = {}, None, True
    for name, notes, top1, low, high, mean in re.findall(
            r"^\| ([^|(]+?) (?:\((.*?)\) )?\| ([\d.]+) \| ([\d.]+)–([\d.]+) \| ([\d.]+) \|", section[1], re.MULTILINE):
        single = single and name != "oracle"  # the singles come first
        rows[name] = {"name": name, "kind": kind_of(name, single), "top1": float(top1) / 100,
                      "top1_ci95": [float(low) / 100, float(high) / 100], "latency_ms": {"mean": float(mean)}}
        best = rows[name] if "single best" in notes else best
    return rows, best


def panel(title, results):
    """The marks of one family, in its own coordinates."""
    rows, best = results
    top = max([100 * (rows[f"staged {p}"]["top1_ci95"][1] - best["top1"]) for p in POINTS] + [2]) + 0.5

    def x(row):
        return LEFT + (WIDTH - LEFT - RIGHT) * row["latency_ms"]["mean"] / best["latency_ms"]["mean"] / LONGEST

    def height(gain):
        return TOP + (HEIGHT - TOP - BOTTOM) * (top - gain) / (top - LOWEST)

    def y(row):
        return height(100 * (row["top1"] - best["top1"]))

    def visible(row):
        return x(row) <= WIDTH - RIGHT and y(row) <= HEIGHT - BOTTOM

    out = [f'<text class="title" x="{LEFT}" y="18">{title}</text>']
    for gain in range(LOWEST, int(top) + 1, 2):
        out.append(f'<line class="{"axis" if gain else "zero"}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height(gain):.1f}" y2="{height(gain):.1f}"/>'
                   f'<text x="{LEFT - 6}" y="{height(gain) + 4:.1f}" text-anchor="end">{f"{gain:+d}" if gain else "0"}</text>')
    for share in (0, 0.25, 0.5, 0.75, 1):
        at = LEFT + (WIDTH - LEFT - RIGHT) * share / LONGEST
        out.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{100 * share:.0f} %</text>')
    for row in rows.values():
        if row["kind"] == "derived" and visible(row):
            out.append(triangle(x(row), y(row)))
        if row["kind"] == "single" and visible(row):
            kind = "best" if row is best else "single"
            out.append(f'<circle class="{kind}" cx="{x(row):.1f}" cy="{y(row):.1f}" r="4"><title>{row["name"]}</title></circle>')
    staged = [rows[f"staged {point}"] for point in POINTS]
    nulls = [rows[f"random stop of {row['name']}"] for row in staged]
    for null in nulls:
        if visible(null):
            out.append(f'<rect class="null" x="{x(null) - 3.5:.1f}" y="{y(null) - 3.5:.1f}" width="7" height="7"><title>{null["name"]}</title></rect>')
    out.append('<polyline class="path" points="' + " ".join(f"{x(row):.1f},{y(row):.1f}" for row in staged) + '"/>')
    labels = []  # of points whose labels would lie on one another, one
    for row, point in zip(staged, POINTS):
        if labels and abs(labels[-1][0] - x(row)) < 16 and abs(labels[-1][1] - y(row)) < 16:
            labels[-1][2] += f", {point}"
        else:
            labels.append([x(row), y(row), point])
        low, high = (height(100 * (bound - best["top1"])) for bound in row["top1_ci95"])
        out.append(f'<line class="range" x1="{x(row):.1f}" x2="{x(row):.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
                   f'<circle class="staged" cx="{x(row):.1f}" cy="{y(row):.1f}" r="5"><title>{row["name"]}</title></circle>')
    marks = [(x(row), y(row)) for row in [*staged, *nulls, *(row for row in rows.values() if row["kind"])] if visible(row)]
    out += [f'<text class="name" x="{at:.1f}" y="{down:.1f}">{names}</text>' for at, down, names in place(labels, marks)]
    return "\n".join(out)


def legend(x, y):
    marks = (('<circle class="staged" cx="6" cy="-4" r="5"/>', "amsel, at three operating points (95 %)"), ('<rect class="null" x="2.5" y="-7.5" width="7" height="7"/>', "the same, stopping at random"),
             ('<circle class="single" cx="6" cy="-4" r="4"/>', "one DNN alone"), (triangle(6, -4), "the best twin or view alone"), ('<circle class="best" cx="6" cy="-4" r="4"/>', "the most accurate DNN alone"))
    lines = [f'<g transform="translate(0 {22 * n})">{mark}<text x="18" y="0">{text}</text></g>' for n, (mark, text) in enumerate(marks)]
    notes = ("up: points of accuracy gained", "right: mean time, as a share of that DNN's", "images that nothing was fitted on")
    lines += [f'<text x="0" y="{22 * (len(marks) + n) + 12}">{text}</text>' for n, text in enumerate(notes)]
    return f'<g transform="translate({x} {y})">' + "\n".join(lines) + "</g>"


def dnns(results):
    return sum(row["kind"] == "single" for row in results[0].values())


def titled(family, count):
    return f"{family.removeprefix('one DNN: ')}, {count} DNN" + ("s" if count > 1 else "")


def main(page):
    text = page.read_text()
    found = [(titled(name, dnns(results)), results) for name in FAMILIES if (results := table(text, name))]
    lines = -(-(len(found) + 1) // COLUMNS)
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {COLUMNS * WIDTH} {lines * HEIGHT}" role="img" '
          f'aria-label="Gain in accuracy by mean time, a panel a family"><style>{STYLE}</style>')
    for n, (title, results) in enumerate(found):
        print(f'<g transform="translate({n % COLUMNS * WIDTH} {n // COLUMNS * HEIGHT})">{panel(title, results)}</g>')
    at = len(found)
    print(legend(at % COLUMNS * WIDTH + 24, at // COLUMNS * HEIGHT + 60), "</svg>")


main(pathlib.Path(sys.argv[1]))
