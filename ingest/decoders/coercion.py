"""One value of a record into one typed column, exactly as Pinot does it (contract 7.2).

Values are what readers give: JSON's, and Decimal, datetime (aware), date, time, UUID and bytes of binary formats.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ingest.decoders import moments, numbers, texts
from ingest.decoders.bad_value import BadValue, shown
from ingest.decoders.base import SourceColumn

Cast = Callable[[Any], Any]
Casts = Mapping[str, Cast]
"""By Pinot type: from a value that is not null to Python's form of the column's type. Raises BadValue."""


def coerce(value: Any, column: SourceColumn, casts: Casts) -> Any:
    """`value` for `column`; None stays None. Raises BadValue."""
    if value is None:
        return None
    cast = numbers.scaled_decimal_of if column.keep_zeros else casts[column.data_type]
    if column.multi_value:
        return _many(value, cast)
    if column.value_type:
        return _typed_map(value, column.value_type, casts)
    if isinstance(value, list | dict) and column.data_type not in _NESTED:
        return _unwrapped(value, column, casts)
    return cast(value)


def _many(value: Any, cast: Cast) -> list[Any] | None:
    items = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else [value]
    found = [cast(item) for item in items if item is not None]
    return [item for item in found if item is not None] or None


def _unwrapped(value: Any, column: SourceColumn, casts: Casts) -> Any:
    """A list of one is its element; an empty list or map is null (contract 7.2)."""
    if not value:
        return None
    if isinstance(value, list) and len(value) == 1:
        return coerce(value[0], column, casts)
    raise BadValue(f"{shown(value)} holds more than one value, a single {column.data_type} is needed")


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() == "true" or value.strip() == "1"
    if isinstance(value, int | float | Decimal):
        return value != 0
    raise BadValue(f"{shown(value)} is not a BOOLEAN")


def _uuid(value: Any) -> str:
    try:
        return str(uuid.UUID(bytes=value) if isinstance(value, bytes) else uuid.UUID(str(value)))
    except ValueError as error:
        raise BadValue(f"{shown(value)} is not a UUID") from error


def _map(value: Any) -> str:
    if not isinstance(value, dict):
        raise BadValue(f"{shown(value)} is not an object")
    return texts.json_text(value)


def _typed_map(value: Any, value_type: str, casts: Casts) -> str:
    """An object whose values are of the type that the schema's childFieldSpecs name."""
    if not isinstance(value, dict):
        raise BadValue(f"{shown(value)} is not an object")
    cast = casts[value_type]
    return texts.json_text({key: None if inner is None else cast(inner) for key, inner in value.items()})


_NESTED = frozenset({"JSON", "STRING", "MAP", "LIST", "STRUCT", "OPEN_STRUCT"})

CASTS: Casts = {
    "INT": numbers.int_of,
    "LONG": numbers.long_of,
    "FLOAT": numbers.double_of,
    "DOUBLE": numbers.double_of,
    "BIG_DECIMAL": numbers.decimal_of,
    "BOOLEAN": _boolean,
    "TIMESTAMP": moments.timestamp_of,
    "STRING": texts.string_of,
    "JSON": texts.json_of,
    "BYTES": texts.bytes_of_hex,
    "UUID": _uuid,
    "MAP": _map,
    "LIST": texts.json_of,
    "STRUCT": texts.json_of,
    "OPEN_STRUCT": texts.json_of,
}
"""Of values whose type the format states."""

JSON_CASTS: Casts = {**CASTS, "TIMESTAMP": moments.timestamp_of_json}
"""JSON's whole numbers are INT where they fit, and INT is no TIMESTAMP."""
