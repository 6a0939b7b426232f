"""Offsets: half-open ranges, and the only place that adds one to an offset."""

from __future__ import annotations

import itertools
from dataclasses import dataclass


def following(last: int) -> int:
    """The next record to read after the record at `last`."""
    return last + 1


@dataclass(frozen=True, slots=True, order=True)
class OffsetRange:
    """Kafka offsets `[start, end)`; `end` is the next record to read. Holes are legal: rows are never `end - start`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a half-open offset range: [{self.start}, {self.end})")

    @property
    def is_empty(self) -> bool:
        return self.start == self.end

    def __contains__(self, offset: int) -> bool:
        return self.start <= offset < self.end

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"


@dataclass(frozen=True, slots=True)
class Break:
    """Where two neighbouring ranges fail to meet: a hole when `start > end` of the one before, else an overlap."""

    expected: int
    found: int

    def __str__(self) -> str:
        kind = "hole" if self.found > self.expected else "overlap"
        return f"{kind} between {min(self.expected, self.found)} and {max(self.expected, self.found)}"


def first_break(ranges: list[OffsetRange]) -> Break | None:
    """The first place where the ranges, in order, do not chain (P6, P22), or None."""
    for before, after in itertools.pairwise(ranges):
        if before.end != after.start:
            return Break(before.end, after.start)
    return None
