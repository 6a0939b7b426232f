"""Kafka's record times: within what can be held, and in the time column's own format for a row without a time (P4)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa

from ingest.decoders.moments import TIMESTAMP_MS_MAX
from ingest.streams.base import Int64s
from tableconfigs.datetime_format import DateTimeFormat

CALENDAR_MS = (-62_000_000_000_000, 253_000_000_000_000)
"""Years 5 to 9987: what a calendar can write, in any zone."""


def held(timestamps_ms: Int64s) -> Int64s:
    """Record times as the engine can hold them: producers may write any 64 bits."""
    return np.clip(timestamps_ms, -TIMESTAMP_MS_MAX, TIMESTAMP_MS_MAX)


def record_times(timestamps_ms: Int64s, form: DateTimeFormat, kind: pa.DataType) -> pa.Array:
    """`timestamps_ms` (epoch ms) as values of a column of type `kind` that writes moments as `form` says.

    Null where the column's type cannot hold the moment.
    """
    unit = form.epoch_unit
    if unit is not None:
        return _counted(timestamps_ms, unit, kind)
    texts = [_text(form, int(ms)) for ms in np.clip(timestamps_ms, *CALENDAR_MS)]
    return pa.array([_whole(text, kind) for text in texts] if pa.types.is_integer(kind) else texts, kind)


def _counted(timestamps_ms: Int64s, unit: Fraction, kind: pa.DataType) -> pa.Array:
    """Units since the epoch."""
    low, high = (limit * unit.numerator // unit.denominator for limit in _limits(kind))
    fits = (timestamps_ms > low) & (timestamps_ms < high)
    values = np.where(fits, timestamps_ms, 0) * unit.denominator // unit.numerator
    return pa.array(values, mask=~fits).cast(kind)


def _text(form: DateTimeFormat, ms: int) -> str:
    return str(form.from_millis(ms))


def _whole(text: str, kind: pa.DataType) -> int | None:
    low, high = _limits(kind)
    return int(text) if text.isdecimal() and low <= int(text) <= high else None


def _limits(kind: pa.DataType) -> tuple[int, int]:
    info = np.iinfo(np.int32 if pa.types.is_int32(kind) else np.int64)
    return int(info.min), int(info.max)
