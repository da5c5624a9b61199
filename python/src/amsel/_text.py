"""Text from bundles and files, for terminals."""

from __future__ import annotations


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
