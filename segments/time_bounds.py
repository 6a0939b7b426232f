"""The first and the last moment in a table's time column, whatever the column's own format."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from tableconfigs.datetime_format import DateTimeFormat

Bounds = tuple[int | None, int | None]
UNKNOWN: Bounds = (None, None)


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """A table's time column and how it writes a moment."""

    name: str
    format: DateTimeFormat


def time_bounds(table: pa.Table, time: TimeColumn | None) -> Bounds:
    """Least and greatest time in epoch ms; unknown without rows or when a value is no time in the column's format."""
    if time is None:
        return UNKNOWN
    values = table.column(time.name)
    if pa.types.is_timestamp(values.type):
        return _least_and_greatest(values.cast(pa.timestamp("ms")).cast(pa.int64()))
    # Texts need not sort as time does, so each different one is read.
    is_text = time.format.epoch_unit is None
    return _of_values(values.unique().to_pylist() if is_text else [*_least_and_greatest(values)], time.format)


def _of_values(values: list[int | str | None], form: DateTimeFormat) -> Bounds:
    try:
        moments = [form.to_millis(value) for value in values if value is not None]
    except ValueError:
        return UNKNOWN
    return (min(moments), max(moments)) if moments else UNKNOWN


def _least_and_greatest(values: pa.ChunkedArray) -> Bounds:
    found = pc.min_max(values)
    return found["min"].as_py(), found["max"].as_py()
