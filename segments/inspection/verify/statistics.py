"""A row group's statistics against its rows: too narrow a bound makes queries miss rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def wrong_statistics(field: pa.Field, chunk: pq.ColumnChunkMetaData, values: pa.ChunkedArray) -> Iterator[str]:
    """What the chunk says of its column that its values do not bear out, each as a phrase."""
    stats = chunk.statistics
    if stats is None:
        return
    if pa.types.is_list(field.type):
        values = pc.list_flatten(values)
    elif stats.null_count != values.null_count:
        yield f"{field.name} has {values.null_count} nulls, its statistics say {stats.null_count}"
    if stats.has_min_max:
        stated, real = _stated(values.type, stats), bounds(values)
        if real != (None, None) and stated != real:
            (low, high), (least, greatest) = stated, real
            yield f"{field.name} goes from {least!r} to {greatest!r}, its statistics say {low!r} to {high!r}"


def bounds(values: pa.ChunkedArray) -> tuple[Any, Any]:
    """Least and greatest value without nulls and NaN; times as integers. A dictionary has no value without a row."""
    if pa.types.is_dictionary(values.type):
        values = pa.chunked_array([chunk.dictionary for chunk in values.chunks], values.type.value_type)
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    found = pc.min_max(values)
    return found["min"].as_py(), found["max"].as_py()


def has_nan(values: pa.ChunkedArray) -> bool:
    """Only a column of floats can."""
    return bool(pa.types.is_floating(values.type) and pc.any(pc.is_nan(values)).as_py())


def _stated(kind: pa.DataType, stats: pq.Statistics) -> tuple[Any, Any]:
    if pa.types.is_timestamp(kind) or pa.types.is_integer(kind):
        return stats.min_raw, stats.max_raw
    return stats.min, stats.max
