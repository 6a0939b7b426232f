"""Whether two answers say the same. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Rows = Sequence[Sequence[Any]]


def difference(found: Rows, expected: Rows, tolerance: float) -> str | None:
    """What tells the answers apart, None if nothing: rows in any order, numbers equal within `tolerance` (relative)."""
    if len(found) != len(expected):
        return f"{len(found)} rows, not {len(expected)}"
    for ours, theirs in zip(sorted(found, key=_place), sorted(expected, key=_place), strict=True):
        if not alike(ours, theirs, tolerance):
            return f"{list(ours)} is not {list(theirs)}"
    return None


def alike(ours: Sequence[Any], theirs: Sequence[Any], tolerance: float) -> bool:
    return len(ours) == len(theirs) and all(map(_alike, ours, theirs, [tolerance] * len(ours)))


def _alike(ours: Any, theirs: Any, tolerance: float) -> bool:
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=tolerance)
    return bool(ours == theirs)


def _place(row: Sequence[Any]) -> tuple[list[str], list[float]]:
    """Texts first: numbers that are alike need not be equal."""
    texts = [value for value in row if isinstance(value, str)]
    return texts, [float(value) for value in row if isinstance(value, int | float)]
