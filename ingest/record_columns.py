"""A record's key, headers and metadata as columns, where the schema asks for them (contract 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ingest.decoders.bad_value import BadValue
from ingest.decoders.base import Columns, Refused
from ingest.decoders.coercion import CASTS, coerce
from ingest.under_way import Batch, Staged, UnderWay
from segments.arrow_schema import arrow_type

KEY = "__key"
HEADER = "__header$"
METADATA = "__metadata$"
OFFSET, PARTITION = f"{METADATA}offset", f"{METADATA}partition"
TIMESTAMP = f"{METADATA}recordTimestamp"
SIZE = f"{METADATA}recordSerializedValueSize"

Values = Sequence[Any]
"""One for each record of a batch."""

Source = Callable[[Batch, int], Values]
"""From a batch and its Kafka partition."""


def is_record_column(name: str) -> bool:
    """Whether a column tells of the record instead of its value."""
    return name in (KEY, OFFSET, PARTITION, TIMESTAMP, SIZE) or (name.startswith(HEADER) and name != HEADER)


@dataclass(frozen=True, slots=True)
class RecordColumns:
    """The columns of `columns` that tell of the record. Without `populate` all but key and size stay null."""

    columns: Columns
    populate: bool
    lenient: bool

    def apply(self, way: UnderWay, batch: Batch, kafka_partition: int) -> Staged:
        """The rows with the columns added."""
        rows, refused, lost = way.rows, [], set()
        for name, column in self.columns.items():
            values = self._values(name, batch, kafka_partition)
            made: list[Any] = []
            for row, index in enumerate(way.places.index.tolist()):
                try:
                    made.append(coerce(values[index], column, CASTS))
                except BadValue as error:
                    made.append(None)
                    lost.add(row)
                    refused.append(Refused(row, str(error), f"$.{name}"))
            rows = rows.append_column(name, pa.array(made, arrow_type(column.data_type, column.multi_value)))
        return Staged(rows, None, () if self.lenient else refused, len(lost) if self.lenient else 0)

    def _values(self, name: str, batch: Batch, kafka_partition: int) -> Values:
        is_text = self.columns[name].data_type != "BYTES"
        if name == KEY:
            return [_text(each.key(), is_text) for each in batch.envelopes] or _nulls(batch)
        if name == SIZE:
            return [len(payload) for payload in batch.payloads]
        if not self.populate:
            return _nulls(batch)
        if name.startswith(HEADER):
            wanted = name.removeprefix(HEADER)
            return [_text(_header(each.headers(), wanted), is_text) for each in batch.envelopes] or _nulls(batch)
        return _METADATA[name](batch, kafka_partition)


def parted(columns: Columns) -> tuple[Columns, Columns]:
    """Columns of the value, and columns of the record."""
    of_record = {name: column for name, column in columns.items() if is_record_column(name)}
    return {name: column for name, column in columns.items() if name not in of_record}, of_record


def _text(value: bytes | str | None, is_text: bool) -> bytes | str | None:
    """UTF-8; what is no UTF-8 is replaced, as Java does."""
    if isinstance(value, bytes) and is_text:
        return value.decode("utf-8", "replace")
    return value.encode() if isinstance(value, str) and not is_text else value


def _header(headers: Sequence[tuple[str, bytes | None]] | None, name: str) -> bytes | None:
    """The last header of the name."""
    return next((value for found, value in reversed(headers or ()) if found == name), None)


def _nulls(batch: Batch) -> Values:
    return [None] * len(batch.payloads)


_METADATA: Mapping[str, Source] = {
    OFFSET: lambda batch, _: batch.offsets.tolist(),
    PARTITION: lambda batch, partition: [partition] * len(batch.payloads),
    TIMESTAMP: lambda batch, _: batch.timestamps_ms.tolist(),
}
