"""Records to columns: a whole column at once where every value is of its type already, value by value at need.

A bad field refuses its own payload and nothing else, and is named; with `continueOnError` it is null instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.decoders.bad_value import BadValue
from ingest.decoders.base import Columns, Decoded, Refused, SourceColumn
from ingest.decoders.coercion import Casts, coerce
from ingest.decoders.rules import needs_rule, ruled, wide
from segments.arrow_schema import arrow_type

Record = Mapping[str, Any]
"""One row's fields as a reader gives them."""

_AS_THEY_ARE = frozenset({"INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "STRING"})
"""Types for which Arrow takes a Python value of the right type just as `coerce` does, and refuses any other."""

_SINGLE = frozenset({int, float, bool, str, type(None)})
_LISTS = frozenset({list, type(None)})
_MOMENTS = frozenset({datetime, type(None)})
_BYTES = frozenset({bytes, type(None)})


def arrow_schema(columns: Columns) -> pa.Schema:
    """What the decoder gives, in the order of `columns`."""
    return pa.schema([(name, arrow_type(c.data_type, c.multi_value)) for name, c in columns.items()])


@dataclass
class Faults:
    """What went wrong in one batch: the first refusal of each payload, and rows whose bad fields became null."""

    refused: dict[int, Refused] = field(default_factory=dict)
    incomplete: set[int] = field(default_factory=set)

    def refuse(self, index: int, reason: str, path: str = "") -> None:
        self.refused.setdefault(index, Refused(index, reason, path))


class ColumnBuilder:
    """Makes rows of `schema` from records."""

    def __init__(self, columns: Columns, casts: Casts, lenient: bool) -> None:
        """With `lenient` a bad field is null (contract 7.4, `continueOnError`)."""
        self._columns = dict(columns)
        self.schema = arrow_schema(columns)
        self._casts, self._lenient = casts, lenient

    def rows(self, records: Sequence[Record], indices: Sequence[int], faults: Faults) -> pa.RecordBatch:
        """One row for each record; those of payloads in `faults` are for the caller to drop.

        `indices` are the records' payloads.
        """
        names = self._columns.items()
        arrays = [self._column([r.get(name) for r in records], name, column, indices, faults) for name, column in names]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def _column(
        self, values: list[Any], name: str, column: SourceColumn, indices: Sequence[int], faults: Faults
    ) -> pa.Array:
        kind = self.schema.field(name).type
        whole = _as_they_are(values, column, kind)
        if whole is not None:
            return whole
        return pa.array(list(self._coerced(values, name, column, indices, faults)), kind)

    def _coerced(
        self, values: list[Any], name: str, column: SourceColumn, indices: Sequence[int], faults: Faults
    ) -> Iterator[Any]:
        for at, value in enumerate(values):
            try:
                yield coerce(value, column, self._casts)
            except BadValue as error:
                yield None
                if self._lenient:
                    faults.incomplete.add(at)
                else:
                    faults.refuse(indices[at], str(error), f"$.{name}")


def _values(records: Sequence[Record], name: str) -> list[Any]:
    """A field of all records; None where it is missing. (Most formats give every field, and then this is faster.)"""
    try:
        return list(map(itemgetter(name), records))
    except KeyError:
        return [record.get(name) for record in records]


def decoded(
    rows: pa.RecordBatch, indices: Sequence[int], faults: Faults, payloads: int, one_each: bool = True
) -> Decoded:
    """Rows and faults as a decoder's answer; a payload with a bad row is dropped as a whole.

    `one_each` says that no payload gave more or fewer rows than one, but for those refused.
    """
    refused = [faults.refused[index] for index in sorted(faults.refused)]
    if any(index in faults.refused for index in indices) if refused else False:
        good = [index not in faults.refused for index in indices]
        rows = rows.filter(pa.array(good, pa.bool_()))
        indices = [index for index, fine in zip(indices, good, strict=True) if fine]
    kept = None if one_each and not refused and rows.num_rows == payloads else indices
    return Decoded(rows, kept, refused, len(faults.incomplete))


def _as_they_are(values: list[Any], column: SourceColumn, kind: pa.DataType) -> pa.Array | None:
    """The column where every value is of its type already; None when one of them must be looked at."""
    types = set(map(type, values))
    if column.multi_value:
        return _whole(values, kind) if column.data_type in _AS_THEY_ARE and types <= _LISTS else None
    if column.data_type in _AS_THEY_ARE and types <= _SINGLE:
        return _whole(values, kind)
    if column.data_type == "BYTES" and types <= _BYTES:
        return pa.array(values, kind)
    return _moments(values, kind) if column.data_type == "TIMESTAMP" and types <= _MOMENTS else None


def _whole(values: list[Any], kind: pa.DataType) -> pa.Array | None:
    try:
        array = pa.array(values, wide(kind))
    except (pa.ArrowException, OverflowError, TypeError):
        return None
    return None if needs_rule(array, kind) else ruled(array).cast(kind)


def _moments(values: list[Any], kind: pa.DataType) -> pa.Array | None:
    """Moments since 1970 cut to milliseconds; earlier ones are looked at."""
    ticks = pa.array(values, pa.timestamp("us", "UTC")).cast(pa.int64())
    earliest = pc.min(ticks).as_py()
    return None if earliest is not None and earliest < 0 else pc.divide(ticks, 1000).cast(kind)
