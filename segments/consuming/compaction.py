"""Which part files become one frame of an older part (P19). Pure: `file.py` does what is decided here.

Appends go to the last part, the tail, of level 0. When it holds more than `FRAMES_MAX` frames, its rows become one
frame at the end of the part of level 1 before it, which in turn may flow over into level 2: a row is copied once a
level, and a reader sees at most `FRAMES_MAX` small frames a level.

A part whose frames are large is *settled*: copying it would buy nothing. It takes more large frames, never small ones,
so that no later overflow copies it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segments.consuming.sidecar import Part

FRAMES_MAX = 64
LARGE_ROWS = 1024
"""Merging larger frames costs more than it saves: 0.15 us a row, while a frame is parsed once in 11 us."""
LARGE_BYTES = 1024 * 1024
PARTS_MAX = 24
"""From here on no part is started only to keep small frames apart: the side-car names every part."""


@dataclass(frozen=True, slots=True)
class Compaction:
    """The rows of `parts[first:]` become one frame: behind `parts[first - 1]` if `onto_older`, else in a new part."""

    first: int
    level: int
    onto_older: bool


def is_large(rows: int, size_bytes: int) -> bool:
    """Whether a frame of this size is worth a place of its own."""
    return rows >= LARGE_ROWS or size_bytes >= LARGE_BYTES


def is_settled(part: Part) -> bool:
    """Whether the part is full of frames that are large on average."""
    return part.frames >= FRAMES_MAX and is_large(part.rows // part.frames, part.bytes_visible // part.frames)


def takes(parts: Sequence[Part], rows: int, size_bytes: int) -> bool:
    """Whether the last of `parts` takes a frame of this size, or a new part should be started for it."""
    return not is_settled(parts[-1]) or is_large(rows, size_bytes) or len(parts) >= PARTS_MAX


def plan_compaction(parts: Sequence[Part]) -> Compaction | None:
    """What to do about `parts` (oldest first, the tail last), or None when there are few enough frames."""
    tail = parts[-1]
    if tail.frames <= FRAMES_MAX or is_settled(tail):
        return None
    first, level = len(parts) - 1, tail.level + 1
    while first > 0 and _flows_over(parts[first - 1], level):
        first, level = first - 1, level + 1
    merged = parts[first:]
    rows, size_bytes = sum(part.rows for part in merged), sum(part.bytes_visible for part in merged)
    older = parts[:first]
    return Compaction(first, level, bool(older) and older[-1].level == level and takes(older, rows, size_bytes))


def _flows_over(part: Part, level: int) -> bool:
    """Whether a part of `level` has no room for one more frame."""
    return part.level == level and part.frames >= FRAMES_MAX and not is_settled(part)
