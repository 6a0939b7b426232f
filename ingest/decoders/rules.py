"""Pinot's special values on whole columns (contract 7.1, 7.3), the same for both readers."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ingest.decoders.moments import INT_MAX, TIMESTAMP_MS_MAX


def wide(kind: pa.DataType) -> pa.DataType:
    """The type to read a column as before it becomes `kind`.

    Times are read as epoch milliseconds, FLOAT as DOUBLE (contract 7.2: a decimal is always DOUBLE first).
    """
    if pa.types.is_list(kind):
        return pa.list_(wide(kind.value_type))
    if pa.types.is_timestamp(kind):
        return pa.int64()
    return pa.float64() if pa.types.is_float32(kind) else kind


def needs_rule(column: pa.Array, kind: pa.DataType) -> bool:
    """Whether a value of a column read as `wide(kind)` must be looked at by itself."""
    if pa.types.is_list(kind):
        values = column.flatten()
        return bool(values.null_count) or needs_rule(values, kind.value_type)
    if pa.types.is_timestamp(kind):
        return _may_be_no_moment(column)
    return pa.types.is_floating(kind) and not pc.all(pc.is_finite(column), min_count=0).as_py()


def ruled(column: pa.Array) -> pa.Array:
    """-0.0 is 0.0, an empty list is null."""
    if pa.types.is_floating(column.type):
        return pc.add(column, 0.0)
    if pa.types.is_list(column.type):
        lists = pa.ListArray.from_arrays(column.offsets, ruled(column.values))
        return pc.if_else(pc.equal(pc.list_value_length(lists), 0), None, lists)
    return column


def _may_be_no_moment(times_ms: pa.Array) -> bool:
    """Whether one is beyond what the engine holds, or may be an INT (in JSON that is no TIMESTAMP)."""
    found = pc.min_max(times_ms).as_py()
    return found["min"] is not None and (found["min"] <= INT_MAX or found["max"] > TIMESTAMP_MS_MAX)
