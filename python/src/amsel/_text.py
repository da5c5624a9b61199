"""Text from bundles and files, for terminals and for notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any


def visible(text: str) -> str:
    """The text with control characters and bytes that are no UTF-8 written out, as the program writes them."""
    return "".join(
        f"\\x{ord(one) - 0xDC00:02x}"
        if 0xDC80 <= ord(one) <= 0xDCFF
        else f"\\u{ord(one):04x}"
        if ord(one) < 32 or 127 <= ord(one) < 160
        else one
        for one in text
    )


def html_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of plain text, of which nothing is markup."""

    def row(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int = 1) -> str:
    """A table for a terminal; columns from `numbers_from` on stand to the right."""
    lines = [head, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]

    def aligned(cell: str, at: int) -> str:
        return f"{cell:<{widths[at]}}" if at < numbers_from else f"{cell:>{widths[at]}}"

    return "\n".join("  ".join(aligned(cell, at) for at, cell in enumerate(line)).rstrip() for line in lines)


def wrong_in(entry: dict[str, Any]) -> list[str]:
    """What a card is probably, or certainly, wrong in, and what of it is only assumed."""
    changes = [
        f"{found['field']}: {found['advice']} (top-1 {found['top1_before']:.4g} -> {found['top1_after']:.4g})"
        for found in entry.get("findings", [])
    ]
    assumed = ", ".join(entry.get("assumed", []))
    told = [f"only assumed: {assumed}; labelled images (images) or a configuration (from_) tell"] if assumed else []
    return [*entry["faults"], *changes, *told]
