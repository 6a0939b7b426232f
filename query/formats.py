"""The forms in which rows leave beside Pinot's JSON. Loads no Arrow: the front chooses, the engines encode."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Format(StrEnum):
    """How rows are written."""

    JSONL = "jsonl"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"


MEDIA_TYPES: Mapping[Format, str] = {
    Format.JSONL: "application/x-ndjson",
    Format.CSV: "text/csv; charset=utf-8",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
}

_ARROW_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
TAILS: Mapping[Format, bytes] = {Format.JSONL: b"", Format.CSV: b"", Format.ARROW: _ARROW_END}
"""What stands once behind all rows; a reader that misses it knows that rows are missing. Parquet has its footer."""


def distinct_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names with `_1`, `_2`, ... behind those that stand there already: JSON objects and Parquet need it."""
    found: dict[str, None] = {}
    for name in names:
        number, unique = 0, name
        while unique in found:
            number += 1
            unique = f"{name}_{number}"
        found[unique] = None
    return tuple(found)
