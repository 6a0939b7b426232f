"""Pinot's virtual columns: what every row can say of its segment, made up when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialects.column_types import ColumnType, duckdb_type
from dialects.literals import default_sql, quote_string
from segments.catalogue import SegmentEntry
from segments.name import SegmentName
from segments.view import ConsumingPart

HOST_NAME = "$hostName"
DOC_ID = "$docId"
"""The row's place in its segment, from 0."""
_OF_SEGMENT: Mapping[str, ColumnType] = {
    "$segmentName": ColumnType("STRING"),
    "$partitionId": ColumnType("STRING", multi_value=True),
    "$creationTime": ColumnType("TIMESTAMP"),
    "$startTime": ColumnType("TIMESTAMP"),
    "$endTime": ColumnType("TIMESTAMP"),
    "$totalDocs": ColumnType("INT"),
    "$crc": ColumnType("LONG"),
}
"""The same for all rows of a segment."""
VIRTUAL_TYPES: Mapping[str, ColumnType] = {
    HOST_NAME: ColumnType("STRING"),
    DOC_ID: ColumnType("INT"),
    **_OF_SEGMENT,
}
FILE_ROW_NUMBER = "file_row_number"
"""What DuckDB calls a row's place in its file."""


@dataclass(frozen=True, slots=True)
class VirtualValues:
    """What virtual columns say of one segment; times in epoch ms, None where nothing is known."""

    name: str
    partition: int
    rows: int
    created_ms: int
    time_min_ms: int | None
    time_max_ms: int | None
    crc: int | None = None

    @classmethod
    def of_sealed(cls, segment: SegmentEntry) -> VirtualValues:
        return cls(
            segment.name,
            SegmentName.parse(segment.name).partition,
            segment.rows,
            segment.created_ms,
            segment.time_min_ms,
            segment.time_max_ms,
            int(segment.digest[:8], 16) if segment.digest else None,
        )

    @classmethod
    def of_consuming(cls, name: str, part: ConsumingPart) -> VirtualValues:
        state = part.state
        return cls(name, state.partition, state.rows, state.created_ms, state.time_min_ms, state.time_max_ms)

    def sql(self, column: str, partitioned: Sequence[str]) -> str:
        """The value of a virtual column; `partitioned` are the columns that the table is partitioned by."""
        match column:
            case "$segmentName":
                return quote_string(self.name)
            case "$partitionId":
                values = [f"{one}_{self.partition}" for one in partitioned] or [""]
                return f"[{', '.join(map(quote_string, values))}]"
            case "$creationTime":
                return _moment(self.created_ms)
            case "$startTime":
                return _moment(self.time_min_ms)
            case "$endTime":
                return _moment(self.time_max_ms)
            case "$totalDocs":
                return f"CAST({self.rows} AS INTEGER)"
        return default_sql("LONG") if self.crc is None else f"CAST({self.crc} AS BIGINT)"


def tells_segments_apart(columns: Sequence[str]) -> bool:
    """Whether rows of different segments differ in one of these columns."""
    return any(name in _OF_SEGMENT for name in columns)


def is_of_segment(column: str) -> bool:
    return column in _OF_SEGMENT


def partitioned_by(config: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of a table config's `columnPartitionMap`."""
    index = config.get("tableIndexConfig") or {}
    return tuple((index.get("segmentPartitionConfig") or {}).get("columnPartitionMap") or ())


def row_number(relation: str) -> str:
    """A relation of one segment with its rows numbered from 0 as in a file."""
    return f"(SELECT *, row_number() OVER () - 1 AS {FILE_ROW_NUMBER} FROM {relation})"


def doc_id_sql() -> str:
    return f"CAST({FILE_ROW_NUMBER} AS {duckdb_type('INT')})"


def _moment(epoch_ms: int | None) -> str:
    return f"make_timestamp_ms(CAST({epoch_ms or 0} AS BIGINT))"
