"""Decoders that go by records: a reader makes one record of each payload, a shape may make several rows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from ingest.decoders.bad_value import BadValue
from ingest.decoders.base import Columns, Decoded
from ingest.decoders.coercion import Casts
from ingest.decoders.columns import ColumnBuilder, Faults, Record, decoded


class Reader(Protocol):
    """Knows one format."""

    def read(self, payloads: Sequence[bytes]) -> Sequence[Record | str]:
        """For each payload its record, or the reason why it has none. Raises DecoderWaits."""


class Shape(Protocol):
    """What a record is turned into before its fields become columns (contract 7.1: complex types and what follows)."""

    def rows(self, record: Mapping[str, Any]) -> Sequence[Record]:
        """The rows of one record, in order. Raises BadValue for a record that has none by its fault."""


class Chain:
    """One shape after the other."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._shapes = shapes

    def rows(self, record: Mapping[str, Any]) -> Sequence[Record]:
        rows: Sequence[Record] = [record]
        for shape in self._shapes:
            rows = [new for row in rows for new in shape.rows(row)]
        return rows


class RecordDecoder:
    """A reader, an optional shape, and columns."""

    def __init__(
        self, reader: Reader, columns: Columns, casts: Casts, lenient: bool = False, shape: Shape | None = None
    ) -> None:
        self._reader, self._shape = reader, shape
        self._builder = ColumnBuilder(columns, casts, lenient)

    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        faults = Faults()
        records, indices = _good(self._reader.read(payloads), faults)
        if self._shape is not None:
            records, indices = _shaped(self._shape, records, indices, faults)
        rows = self._builder.rows(records, indices, faults)
        return decoded(rows, indices, faults, len(payloads), one_each=self._shape is None)


def _good(read: Sequence[Record | str], faults: Faults) -> tuple[Sequence[Record], Sequence[int]]:
    """The records, and the payload of each; reasons why there is none go to `faults`."""
    if str not in set(map(type, read)):
        return cast(Sequence[Record], read), range(len(read))
    good: list[tuple[int, Record]] = []
    for index, found in enumerate(read):
        if isinstance(found, str):
            faults.refuse(index, found)
        else:
            good.append((index, found))
    return [record for _, record in good], [index for index, _ in good]


def _shaped(
    shape: Shape, records: Sequence[Record], indices: Sequence[int], faults: Faults
) -> tuple[list[Record], list[int]]:
    """All rows of the records, and the payload of each."""
    pairs = [
        (row, index)
        for record, index in zip(records, indices, strict=True)
        for row in _rows(shape, record, index, faults)
    ]
    return [row for row, _ in pairs], [index for _, index in pairs]


def _rows(shape: Shape, record: Record, index: int, faults: Faults) -> Sequence[Record]:
    try:
        return shape.rows(record)
    except BadValue as error:
        faults.refuse(index, str(error))
        return ()
