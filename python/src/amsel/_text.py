"""Text from bundles and files, for terminals and for notebooks."""

from __future__ import annotations

import html
from collections.abc import Iterable


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
