"""About which whole numbers a column holds: a hint for how to count them, never a promise."""

from __future__ import annotations

from collections.abc import Iterable

from segments.catalogue import Scalar, SegmentEntry

_EIGHTHS = 3


def value_range(segments: Iterable[SegmentEntry], column: str) -> tuple[int, int] | None:
    """Bounds of the column over these segments, moved outward a little; None for anything but whole numbers."""
    stats = [found for segment in segments if (found := segment.columns.get(column)) is not None]
    lows, highs = _whole(one.low for one in stats), _whole(one.high for one in stats)
    if not lows or not highs:
        return None
    low, high = min(lows), max(highs)
    step = max(1, (1 << (high - low).bit_length()) >> _EIGHTHS)
    return low // step * step, (high // step + 1) * step - 1


def _whole(bounds: Iterable[Scalar]) -> list[int]:
    return [bound for bound in bounds if isinstance(bound, int) and not isinstance(bound, bool)]
