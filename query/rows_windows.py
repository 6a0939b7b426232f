"""Cuts through units of rows, so that one step of a range read sorts about `STEP_ROWS` rows at a time. Pure (I7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Generic, TypeVar

STEP_ROWS = 500_000
STEP_BYTES = 64 * 1024 * 1024
"""Of files, packed; in memory they are several times as large."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unit(Generic[T]):
    """A segment or consuming part whose rows have keys in `[low, high]`, both None when nothing is known of them."""

    source: T
    rows: int
    size_bytes: int
    low: int | None
    high: int | None

    @property
    def weight(self) -> float:
        """How many steps it would fill."""
        return max(self.rows / STEP_ROWS, self.size_bytes / STEP_BYTES)


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """The rows of `units` with keys in `[low, high)`; None is no bound."""

    low: int | None
    high: int | None
    units: tuple[Unit[T], ...]


def windows(units: Sequence[Unit[T]], *, descending: bool = False) -> Iterator[Window[T]]:
    """Windows that chain over all keys; a unit's rows are taken to lie evenly. None is without units."""
    bounds = [None, *_cuts([unit for unit in units if unit.low is not None]), None]
    pairs = list(pairwise(bounds))
    for low, high in reversed(pairs) if descending else pairs:
        if found := _overlapping(units, low, high):
            yield Window(low, high, found)


def _cuts(units: Sequence[Unit[T]]) -> Iterator[int]:
    """Ascending keys at which another step's worth of rows has gone by."""
    filled = density = 0.0
    at = 0
    for key, change in sorted(_changes(units)):
        while density > 0 and filled + density * (key - at) >= 1 and (cut := at + _until_full(filled, density)) < key:
            yield cut
            filled, at = 0.0, cut
        filled += density * (key - at)
        density, at = max(0.0, density + change), key
        if filled >= 1:
            yield key
            filled = 0.0


def _until_full(filled: float, density: float) -> int:
    return max(1, int((1 - filled) / density))


def _changes(units: Sequence[Unit[T]]) -> Iterator[tuple[int, float]]:
    """Where the rows of a unit begin and end, and how dense they lie between."""
    for unit in units:
        low, high = unit.low or 0, unit.high or 0
        share = unit.weight / (high + 1 - low)
        yield low, share
        yield high + 1, -share


def _overlapping(units: Sequence[Unit[T]], low: int | None, high: int | None) -> tuple[Unit[T], ...]:
    first, last = -inf if low is None else low, inf if high is None else high
    return tuple(
        unit for unit in units if unit.low is None or unit.high is None or (unit.low < last and unit.high >= first)
    )
