"""Avro payloads whose writer's schema is known beforehand: fastavro reads records, whole columns are made of them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from decimal import DecimalException
from io import BytesIO
from typing import Any, cast

import fastavro
import msgspec
from fastavro.schema import SchemaParseException

from ingest.decoders.columns import Record

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
        self._schema = _parsed(schema, raw_times, known)
        if self._schema.get("type") != "record":
            raise InvalidAvroSchema("an Avro schema of type record is needed")
        self._strip = strip

    def read(self, payloads: Sequence[bytes]) -> Sequence[Record | str]:
        read, schema, strip = fastavro.schemaless_reader, self._schema, self._strip
        found: list[Record | str] = []
        for payload in payloads:
            try:
                found.append(cast(Record, read(BytesIO(payload[strip:]), schema, None)))
            except _UNREADABLE as error:
                found.append(f"not Avro of the schema {schema.get('name')}: {str(error) or type(error).__name__}")
        return found


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
