"""Which fields of a Protobuf message Arrow can hand on as they are, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from ingest.decoders.base import Columns, SourceColumn
from ingest.decoders.rules import wide

_WHOLE_32 = frozenset({FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SFIXED32})
_UNSIGNED_32 = frozenset({FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_FIXED32})
_WHOLE_64 = frozenset({FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_SINT64, FieldDescriptor.TYPE_SFIXED64})
_FLOATS = frozenset({FieldDescriptor.TYPE_FLOAT})

_PLAIN: Mapping[str, frozenset[int]] = {
    "INT": _WHOLE_32,
    "LONG": _WHOLE_32 | _UNSIGNED_32 | _WHOLE_64,
    "TIMESTAMP": _WHOLE_64,
    "FLOAT": _FLOATS,
    "DOUBLE": _FLOATS | {FieldDescriptor.TYPE_DOUBLE},
    "BOOLEAN": frozenset({FieldDescriptor.TYPE_BOOL}),
    "STRING": frozenset({FieldDescriptor.TYPE_STRING}),
    "BYTES": frozenset({FieldDescriptor.TYPE_BYTES}),
}
"""By Pinot type, the types of fields whose values need no looking at."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The wanted columns that the message has; the others are null."""

    fields: frozenset[str]

    def column(self, read: pa.RecordBatch, field: pa.Field) -> pa.Array:
        """A column of what ptars read, in the type from which the rules make `field`'s."""
        if field.name not in self.fields:
            return pa.nulls(read.num_rows, wide(field.type))
        return read.column(field.name).cast(wide(field.type))


def plan_of(descriptor: Descriptor, columns: Columns) -> Plan | None:
    """None when a column is no plain field, and records are needed."""
    fields = {field.name: field for field in descriptor.fields}
    wanted = {name: column for name, column in columns.items() if name in fields}
    plain = all(_is_plain(fields[name], column) for name, column in wanted.items())
    return Plan(frozenset(wanted)) if plain and wanted else None


def _is_plain(field: FieldDescriptor, column: SourceColumn) -> bool:
    return field.is_repeated == column.multi_value and field.type in _PLAIN.get(column.data_type, frozenset())
