"""Offsets and order of a segment's rows: every record once (I1), within the range, in the order that was promised."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segments.inspection.facts import REPLAYED, Facts

Numbers = npt.NDArray[np.int64]

_SPARSE = 8
"""Offsets to a row beyond which counting takes more room than sorting."""


def wrong_offsets(facts: Facts, offsets: Numbers, ordinals: Numbers) -> Iterator[str]:
    """Rows outside the segment's range, and rows that are there twice, each as a phrase."""
    if len(offsets) == 0:
        return
    low, high = int(offsets.min()), int(offsets.max())
    if facts.origin == REPLAYED:
        if high >= facts.start:
            yield f"rows of offsets {low} to {high}: a replay at {facts.start} has rows before it only"
    elif low < facts.start or high >= facts.end:
        yield f"rows of offsets {low} to {high}, outside [{facts.start}, {facts.end})"
        return
    widest = int(ordinals.max()) + 1
    keys = (offsets - low) * widest + ordinals if widest > 1 else offsets - low
    if _has_repeated(keys, (high - low + 1) * widest):
        yield f"offset {low + _first_repeated(keys) // widest} has a row more than once"


def _has_repeated(keys: Numbers, length: int) -> bool:
    """Whether a key in `[0, length)` is there twice."""
    if length > _SPARSE * len(keys):
        return len(np.unique(keys)) < len(keys)
    there = np.zeros(length, np.bool_)
    there[keys] = True
    return int(np.count_nonzero(there)) < len(keys)


def _first_repeated(keys: Numbers) -> int:
    in_order = np.sort(keys)
    return int(in_order[np.flatnonzero(in_order[1:] == in_order[:-1])[0]])


def first_disorder(values: pa.ChunkedArray) -> int | None:
    """Number of the first row whose value is less than the one before it; nulls come last."""
    flat = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
    whole = flat.combine_chunks()
    valid = len(whole) - whole.null_count
    if whole.slice(0, valid).null_count:
        return int(np.flatnonzero(whole.is_null())[0])
    before, after = whole.slice(0, max(valid - 1, 0)), whole.slice(min(1, valid), max(valid - 1, 0))
    falls = pc.index(pc.less(after, before), True).as_py()
    return None if falls < 0 else int(falls) + 1
