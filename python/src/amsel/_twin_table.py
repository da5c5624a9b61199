"""What `derive` tells in a terminal: a row a twin, and what was left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ._text import visible

_MANY = 0.1  # of the runs, that other programs disturbed


def lines(data: dict[str, Any], path: Path) -> list[str]:
    """The table of ``amsel.derived/1``, and what there is to say besides; `path` is the zoo's."""
    made = [twin for twin in data["twins"] if twin["top1"] is not None]
    head = ["", "top-1 %", "against original", "ms", "times as fast", "MB", "of the size"]
    rows = [head, *(_row(twin) for twin in made)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    said = [
        f"{data['calibration_images']} images calibrated, {data['judging_images']} others judge; an image is right or "
        "wrong by both, so that the difference is paired (with its standard error, in points)",
        "",
    ]
    if made:
        for row in rows:
            cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
            said.append("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
        said.append("")
    if (data["disturbed_share"] or 0) > _MANY:
        said.append(f"{100 * data['disturbed_share']:.0f} % of the timed runs were disturbed: trust ratios, not times")
    slow = [str(twin["name"]) for twin in made if twin["inference_ms"] >= twin["inference_ms_of_original"]]
    if slow:
        said.append(f"no faster on this machine: {visible(', '.join(slow))}")
    left_out = [twin for twin in data["twins"] if twin["why_not"] is not None]
    said += [f"left out: {visible(str(twin['name']))}: {visible(str(twin['why_not']))}" for twin in left_out]
    kept = len(data["twins"]) - len(left_out)
    said.append(f"{visible(str(path))}: the originals and {kept} twin{'' if kept == 1 else 's'}")
    return said


def _row(twin: dict[str, Any]) -> list[str]:
    error = twin["standard_error"]
    return [
        visible(str(twin["name"])),
        f"{100 * twin['top1']:.2f}",
        f"{100 * twin['difference']:+.2f}" + ("" if error is None else f" ± {100 * error:.2f}"),
        f"{twin['inference_ms']:.3g}",
        f"{twin['inference_ms_of_original'] / twin['inference_ms']:.2f}",
        f"{twin['bytes'] / 1e6:.2f}",
        f"{twin['bytes'] / twin['bytes_of_original']:.2f}",
    ]
