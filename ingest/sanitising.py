"""Values that are too long, or hold a NUL, as the column's strategy says (contract 2.1 and 7.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.decoders.base import Refused
from ingest.under_way import Staged
from tableconfigs.field_specs import MaxLengthExceedStrategy as Strategy

NUL = "\0"


@dataclass(frozen=True, slots=True)
class TextLimit:
    """What becomes of values longer than `length_max` characters (of BYTES: bytes), and of texts with a NUL.

    `default` stands in their place with SUBSTITUTE_DEFAULT_VALUE.
    """

    column: str
    length_max: int
    strategy: Strategy = Strategy.TRIM_LENGTH
    default: Any = None


def sanitised(rows: pa.RecordBatch, limits: Iterable[TextLimit], lenient: bool = False) -> Staged:
    """Rows with every limit kept. With ERROR a row is refused, or its value null when `lenient`."""
    touched = np.zeros(rows.num_rows, bool)
    lost = np.zeros(rows.num_rows, bool)
    refused: list[Refused] = []
    for limit in limits:
        column = rows.column(limit.column)
        flat = column.flatten() if pa.types.is_list(column.type) else column
        bad = _offending(flat, limit.length_max)
        if bad is None:
            continue
        at = _rows_of(column, bad)
        if limit.strategy is Strategy.ERROR:
            refused += [] if lenient else [_refusal(row, limit) for row in at.tolist()]
            lost[at] = True
            rows = _replaced(rows, limit.column, _nulled(column, at))
        else:
            touched[at] = True
            rows = _replaced(rows, limit.column, _with_values(column, _mended(flat, bad, limit)))
    return Staged(rows, None, refused, int(lost.sum()) if lenient else 0, int(touched.sum()))


def _offending(values: pa.Array, length_max: int) -> pa.BooleanArray | None:
    """Which values are too long or hold a NUL; None: not one."""
    longest = pc.max(pc.binary_length(values)).as_py()
    is_text = pa.types.is_string(values.type)
    if longest is None or (longest <= length_max and not (is_text and NUL.encode() in _text_of(values))):
        return None
    if not is_text:
        return _found(pc.greater(pc.binary_length(values), length_max))
    too_long = pc.greater(pc.utf8_length(values), length_max)
    return _found(pc.or_(too_long, pc.greater_equal(pc.find_substring(values, NUL), 0)))


def _found(mask: pa.BooleanArray) -> pa.BooleanArray | None:
    filled = pc.fill_null(mask, False)
    return filled if filled.true_count else None


def _text_of(column: pa.Array) -> memoryview | bytes:
    """The text bytes of a string column, for one scan over all of it."""
    data = column.buffers()[2]
    return b"" if data is None else data.to_pybytes()


def _rows_of(column: pa.Array, bad: pa.BooleanArray) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The rows in which a bad value stands."""
    at = np.flatnonzero(bad.to_numpy(zero_copy_only=False))
    if not pa.types.is_list(column.type):
        return at
    return np.unique(pc.list_parent_indices(column).to_numpy()[at])


def _mended(values: pa.Array, bad: pa.BooleanArray, limit: TextLimit) -> pa.Array:
    if limit.strategy is Strategy.SUBSTITUTE_DEFAULT_VALUE:
        return pc.if_else(bad, pa.scalar(limit.default, values.type), values)
    if not pa.types.is_string(values.type):
        return pa.array([None if v is None else v[: limit.length_max] for v in values.to_pylist()], values.type)
    cut = pc.utf8_slice_codeunits(values, 0, limit.length_max)
    if NUL.encode() not in _text_of(cut):
        return cut
    return pa.array([None if v is None else v.partition(NUL)[0] for v in cut.to_pylist()], values.type)


def _with_values(column: pa.Array, values: pa.Array) -> pa.Array:
    """`column` with its values, or those in its lists, exchanged."""
    if not pa.types.is_list(column.type):
        return values
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.append(0, np.cumsum(lengths)).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values, column.type, mask=column.is_null())


def _nulled(column: pa.Array, at: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Array:
    gone = np.zeros(len(column), bool)
    gone[at] = True
    return pc.if_else(pa.array(gone), pa.scalar(None, column.type), column)


def _refusal(row: int, limit: TextLimit) -> Refused:
    return Refused(row, f"a value is longer than {limit.length_max} or holds a NUL character", f"$.{limit.column}")


def _replaced(rows: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, rows.schema.field(at), column)
