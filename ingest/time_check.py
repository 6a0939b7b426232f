"""`rowTimeValueCheck`: whether a row's time lies in 1971-01-01 ... 2071-01-01 (contract 1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.decoders.base import Refused
from ingest.under_way import Staged
from segments.time_bounds import TimeColumn
from tableconfigs.datetime_format import DateTimeFormat
from tableconfigs.field_specs import PLAUSIBLE_FROM_MS, PLAUSIBLE_TO_MS, is_plausible_time


@dataclass(frozen=True, slots=True)
class TimeCheck:
    """Refuses rows whose time nobody believes; with `lenient` their time is null."""

    time: TimeColumn
    lenient: bool

    def apply(self, rows: pa.RecordBatch) -> Staged:
        at = rows.schema.get_field_index(self.time.name)
        column = rows.column(at)
        bad = pc.fill_null(implausible(column, self.time.format), False)
        if not bad.true_count:
            return Staged(rows)
        if self.lenient:
            nulled = pc.if_else(bad, pa.scalar(None, column.type), column)
            return Staged(rows.set_column(at, rows.schema.field(at), nulled), incomplete=bad.true_count)
        return Staged(rows, refused=[self._refusal(int(row), column) for row in np.flatnonzero(bad)])

    def _refusal(self, row: int, column: pa.Array) -> Refused:
        value = column[row].cast(pa.int64()) if pa.types.is_timestamp(column.type) else column[row]
        reason = f"the time {value.as_py()!r} is not between 1971-01-01 and 2071-01-01"
        return Refused(row, reason, f"$.{self.time.name}")


def implausible(column: pa.Array, form: DateTimeFormat) -> pa.BooleanArray:
    """Which values are no moment in the range; null for null."""
    if pa.types.is_timestamp(column.type):
        return _outside(column.cast(pa.timestamp("ms")).cast(pa.int64()), Fraction(1))
    if pa.types.is_integer(column.type) and form.epoch_unit is not None:
        return _outside(column, form.epoch_unit)
    values = column.dictionary_encode()
    bad = pa.array([not _is_plausible(value, form) for value in values.dictionary.to_pylist()], pa.bool_())
    return bad.take(values.indices)


def _outside(values: pa.Array, unit: Fraction) -> pa.BooleanArray:
    """`unit` is the milliseconds of one count."""
    low, high = (-(-limit * unit.denominator // unit.numerator) for limit in (PLAUSIBLE_FROM_MS, PLAUSIBLE_TO_MS))
    wide = values.cast(pa.int64())
    return pc.or_(pc.less(wide, low), pc.greater_equal(wide, high))


def _is_plausible(value: str | int, form: DateTimeFormat) -> bool:
    try:
        return is_plausible_time(form.to_millis(value))
    except ValueError:
        return False
