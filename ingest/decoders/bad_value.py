"""What is said of a value that cannot be in its column."""

from __future__ import annotations

from typing import Any

SHOWN_MAX = 60


class BadValue(ValueError):
    """The value cannot become the column's type. The text names the value and what would be right."""


def shown(value: Any) -> str:
    """`value` as it is said to a person, at most 60 characters."""
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 3]}..."
