"""Avro payloads whose writer's schema is known beforehand: fastavro reads records, whole columns are made of them."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from decimal import DecimalException
from io import BytesIO
from typing import Any, cast

import fastavro
import msgspec
import numpy as np
import pyarrow as pa
from fastavro.schema import SchemaParseException

from ingest.decoders.avro_columns import Cursor, Int64s, plan_of
from ingest.decoders.base import Columns, Decoded, Refused
from ingest.decoders.coercion import CASTS
from ingest.decoders.columns import Record, arrow_schema
from ingest.decoders.records import RecordDecoder
from ingest.decoders.rules import needs_rule, ruled, wide

FEW_ROWS = 64
"""So few messages cost fastavro less than a look at all fields at once."""

ODD_SHARE = 5
"""With more odd messages than this part of a batch, all are read exactly."""

_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    DecimalException,
    EOFError,
    IndexError,
    KeyError,
    MemoryError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
    struct.error,
)
"""What fastavro raises for bytes that are no record of the schema."""

_OBJECT = re.compile(r" from <[^>]*>")

_TIMES = ("timestamp-", "local-timestamp-", "time-", "date")


class InvalidAvroSchema(ValueError):
    """The writer's schema is no Avro schema of a record."""


class AvroReader:
    """One record a payload, written with `schema`, behind `strip` bytes that belong to somebody else."""

    def __init__(self, schema: str, strip: int = 0, raw_times: bool = False, named: Sequence[str] = ()) -> None:
        """`raw_times` leaves moments as numbers; `named` are schemas whose names `schema` uses.

        Raises InvalidAvroSchema.
        """
        known: dict[str, Any] = {}
        for each in named:
            _parsed(each, raw_times, known)
        self.schema = _parsed(schema, raw_times, known)
        if self.schema.get("type") != "record":
            raise InvalidAvroSchema("an Avro schema of type record is needed")
        self.strip = strip

    def read(self, payloads: Sequence[bytes]) -> Sequence[Record | str]:
        read, schema, strip = fastavro.schemaless_reader, self.schema, self.strip
        found: list[Record | str] = []
        for payload in payloads:
            try:
                found.append(cast(Record, read(BytesIO(payload[strip:]), schema, None)))
            except _UNREADABLE as error:
                found.append(f"not Avro of the schema {schema.get('name')}: {_said(error)}")
        return found


def _said(error: Exception) -> str:
    """Without the addresses of fastavro's objects: the same record is refused in the same words (P4)."""
    return _OBJECT.sub("", str(error)) or type(error).__name__


class AvroDecoder:
    """Batches of plain fields at once, else and at need by records."""

    def __init__(self, reader: AvroReader, columns: Columns, lenient: bool) -> None:
        self._strip = reader.strip
        self._exact = RecordDecoder(reader, columns, CASTS, lenient)
        self._schema = arrow_schema(columns)
        self._plan = plan_of(reader.schema, columns)

    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        found = self._whole(payloads) if self._plan and len(payloads) > FEW_ROWS else None
        if found is None:
            return self._exact.decode(payloads)
        rows, odd = found
        if not len(odd):
            return Decoded(rows, None, ())
        return (
            self._with_odd(rows, odd, payloads)
            if len(odd) * ODD_SHARE < len(payloads)
            else self._exact.decode(payloads)
        )

    def _whole(self, payloads: Sequence[bytes]) -> tuple[pa.RecordBatch, Int64s] | None:
        """Rows of all payloads and the indices of odd ones; None when a value must be looked at by itself."""
        strip = self._strip
        cursor = Cursor([payload[strip:] for payload in payloads] if strip else list(payloads))
        try:
            read = {field.name: cursor.column(field) for field in self._plan or ()}
        except pa.ArrowInvalid:
            return None
        columns = []
        for field in self._schema:
            kind = wide(field.type)
            column = read[field.name].cast(kind) if field.name in read else pa.nulls(len(payloads), kind)
            if needs_rule(column, field.type):
                return None
            columns.append(ruled(column).cast(field.type))
        return pa.RecordBatch.from_arrays(columns, schema=self._schema), np.flatnonzero(cursor.bad)

    def _with_odd(self, rows: pa.RecordBatch, odd: Int64s, payloads: Sequence[bytes]) -> Decoded:
        """The odd payloads read exactly, in their places among the others."""
        exact = self._exact.decode([payloads[index] for index in odd.tolist()])
        taken = odd if exact.kept is None else odd[np.array(exact.kept, np.int64)]
        good = np.delete(np.arange(len(payloads)), odd)
        kept = np.append(good, taken)
        order = np.argsort(kept, kind="stable")
        both = pa.concat_batches([rows.take(pa.array(good)), exact.rows]).take(pa.array(order))
        refused = [Refused(int(odd[each.index]), each.reason, each.field) for each in exact.refused]
        return Decoded(both, kept[order].tolist(), refused, exact.incomplete)


def _parsed(text: str, raw_times: bool, known: dict[str, Any]) -> dict[str, Any]:
    """The schema as fastavro wants it; its names are added to `known`. Raises InvalidAvroSchema."""
    try:
        schema = msgspec.json.decode(text)
        parsed = fastavro.parse_schema(_without_times(schema) if raw_times else schema, named_schemas=known)
    except (SchemaParseException, *_UNREADABLE) as error:
        raise InvalidAvroSchema(f"not an Avro schema: {error!r}") from error
    return parsed if isinstance(parsed, dict) else {}


def _without_times(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_times(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {key: value for key, value in schema.items() if key != "logicalType" or not str(value).startswith(_TIMES)}
    return {key: _without_times(value) for key, value in kept.items()}
