"""Pinot types to Arrow types: the only place that maps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pyarrow as pa

from segments.system_columns import OFFSET as OFFSET
from segments.system_columns import ORDINAL as ORDINAL
from segments.system_columns import PARTITION as PARTITION
from segments.system_columns import TIMESTAMP as TIMESTAMP

SYSTEM_FIELDS = (
    pa.field(PARTITION, pa.int32(), nullable=False),
    pa.field(OFFSET, pa.int64(), nullable=False),
    pa.field(TIMESTAMP, pa.timestamp("ms"), nullable=False),
    pa.field(ORDINAL, pa.int32(), nullable=False),
)
"""Every row's identity within its partition (P3) and its Kafka record time."""

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "INT": pa.int32(),
    "LONG": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "BIG_DECIMAL": pa.string(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("ms"),
    "STRING": pa.string(),
    "JSON": pa.string(),
    "BYTES": pa.binary(),
    "UUID": pa.string(),
    "MAP": pa.string(),
    "LIST": pa.string(),
    "STRUCT": pa.string(),
    "OPEN_STRUCT": pa.string(),
}
"""Decimals and nested values are kept as text: exact, and readable by everyone."""


class Column(Protocol):
    """What a field of a table's schema says about its type."""

    @property
    def data_type(self) -> str: ...
    @property
    def multi_value(self) -> bool: ...


def arrow_type(data_type: str, multi_value: bool) -> pa.DataType:
    """Arrow type of a column. Raises KeyError for a word that Pinot does not have."""
    single = ARROW_TYPES[data_type]
    return pa.list_(single) if multi_value else single


def row_schema(columns: Mapping[str, Column]) -> pa.Schema:
    """Arrow schema of a table's rows: its columns in declared order, all nullable, then the system columns."""
    own = [pa.field(name, arrow_type(column.data_type, column.multi_value)) for name, column in columns.items()]
    return pa.schema([*own, *SYSTEM_FIELDS])
