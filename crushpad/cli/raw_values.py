"""Bytes of strangers, shown safely: text where they are text, base64 where not, nothing that a terminal obeys."""

from __future__ import annotations

import base64
from typing import Any

from crushpad.cli.options import Output

CELL_CHARACTERS_MAX = 200
"""Of a value in a table for people; the other forms are whole."""


def shown(raw: bytes | None, output: Output) -> Any:
    """A key, value or header: None, its text, or `{"base64": ...}` when it is no UTF-8."""
    if raw is None:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        packed = base64.b64encode(raw).decode()
        return cell(f"base64:{packed}") if output is Output.TABLE else {"base64": packed}
    return cell(text) if output is Output.TABLE else text


def cell(text: str) -> str:
    """The text for a table: control characters escaped, and cut when it is long."""
    cut = text if len(text) <= CELL_CHARACTERS_MAX else f"{text[: CELL_CHARACTERS_MAX - 1]}…"
    return visible(cut)


def visible(text: str) -> str:
    """The whole text, control characters escaped."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
