"""Replacing the nth match of a regular expression, with RE2: no pattern takes more than linear time."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.functions.entry import ArrowFunction, by_row

_MARKS = tuple(map(chr, range(0xE000, 0xE100)))
"""One that the text does not hold stands for each match, so that what follows it can be told: private use area."""


def replaced_nth(text: str, pattern: str, replacement: str, start: int, nth: int) -> str:
    """`text` with its match number `nth` (from 0) at or after character `start` replaced; others stay."""
    rest = text[start:]
    after = _after_matches(rest, pattern, nth)
    if after is None or _after_matches(rest, pattern, nth + 1) is None:
        return text
    return text[: len(text) - len(after)] + _replaced(after, pattern, replacement, 1)


def _after_matches(text: str, pattern: str, count: int) -> str | None:
    """What comes after that many matches; None if there are fewer."""
    if not count:
        return text
    mark = next((mark for mark in _MARKS if mark not in text), None)
    if mark is None:
        raise ValueError("a text with so many private characters cannot have its nth match replaced")
    parts = _replaced(text, pattern, mark, count).split(mark)
    return parts[-1] if len(parts) > count else None


def _replaced(text: str, pattern: str, replacement: str, count: int) -> str:
    found = pc.replace_substring_regex(pa.scalar(text), pattern, replacement, max_replacements=count)
    return str(found.as_py())


PATTERNS: tuple[ArrowFunction, ...] = (
    by_row("regexp_replace_nth", "VARCHAR VARCHAR VARCHAR BIGINT BIGINT", "VARCHAR", replaced_nth),
)
