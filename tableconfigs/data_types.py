"""Pinot's data types: which fields may have them, what stands for null, and how a default is read from JSON."""

import json
import math
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1


class DataType(StrEnum):
    """The type of a column, as the schema names it."""

    INT = "INT"
    LONG = "LONG"
    FLOAT = "FLOAT"
    DOUBLE = "DOUBLE"
    BIG_DECIMAL = "BIG_DECIMAL"
    BOOLEAN = "BOOLEAN"
    TIMESTAMP = "TIMESTAMP"
    STRING = "STRING"
    JSON = "JSON"
    BYTES = "BYTES"
    UUID = "UUID"
    MAP = "MAP"
    OPEN_STRUCT = "OPEN_STRUCT"
    LIST = "LIST"
    STRUCT = "STRUCT"


class FieldType(StrEnum):
    """The role of a column; each has its own list in the schema."""

    DIMENSION = "DIMENSION"
    METRIC = "METRIC"
    DATE_TIME = "DATE_TIME"
    COMPLEX = "COMPLEX"


_NUMERIC = {DataType.INT, DataType.LONG, DataType.FLOAT, DataType.DOUBLE, DataType.BIG_DECIMAL}
_COMPLEX = {DataType.MAP, DataType.OPEN_STRUCT, DataType.LIST, DataType.STRUCT}

ALLOWED_TYPES: dict[FieldType, frozenset[DataType]] = {
    FieldType.DIMENSION: frozenset(set(DataType) - _COMPLEX),
    FieldType.METRIC: frozenset(_NUMERIC | {DataType.BYTES}),
    FieldType.DATE_TIME: frozenset({DataType.INT, DataType.LONG, DataType.TIMESTAMP, DataType.STRING}),
    FieldType.COMPLEX: frozenset(_COMPLEX),
}

DefaultValue = int | float | Decimal | bool | str | bytes | uuid.UUID | dict[str, object] | list[object]
"""What stands for null: TIMESTAMP is an int (epoch milliseconds), the other types are what their names say."""

_DIMENSION_NULL: dict[DataType, DefaultValue] = {
    DataType.INT: INT_MIN,
    DataType.LONG: LONG_MIN,
    DataType.FLOAT: -math.inf,
    DataType.DOUBLE: -math.inf,
    DataType.BIG_DECIMAL: Decimal(0),
    DataType.BOOLEAN: False,
    DataType.TIMESTAMP: 0,
    DataType.STRING: "null",
    DataType.JSON: "null",
    DataType.BYTES: b"",
    DataType.UUID: uuid.UUID(int=0),
}
_METRIC_NULL: dict[DataType, DefaultValue] = {
    DataType.INT: 0,
    DataType.LONG: 0,
    DataType.FLOAT: 0.0,
    DataType.DOUBLE: 0.0,
    DataType.BIG_DECIMAL: Decimal(0),
    DataType.BYTES: b"",
}


def type_default(field_type: FieldType, data_type: DataType) -> DefaultValue:
    """What Pinot stores for null in a column that names no default of its own."""
    if data_type in _COMPLEX:
        return [] if data_type is DataType.LIST else {}
    return _METRIC_NULL[data_type] if field_type is FieldType.METRIC else _DIMENSION_NULL[data_type]


def parse_default(data_type: DataType, text: str) -> DefaultValue:
    """The typed value of a `defaultNullValue`. Raises ValueError saying what is expected."""
    try:
        return _PARSERS[data_type](text)
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"defaultNullValue must be {_EXPECTED[data_type]}") from error


def timestamp_ms(text: str) -> int:
    """Epoch milliseconds of `yyyy-MM-dd[ HH:mm:ss[.fff]]`, of ISO-8601 or of digits; UTC unless a zone is given."""
    try:
        return int(text)
    except ValueError:
        moment = datetime.fromisoformat(text.strip())
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int((aware - datetime.fromtimestamp(0, UTC)).total_seconds() * 1000)


def _ranged(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number

    return parse


def _not_nan(text: str) -> float:
    number = float(text)
    if math.isnan(number):
        raise ValueError(text)
    return number


def _finite_decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _json_text(text: str) -> str:
    json.loads(text)
    return text


def _json_object(text: str) -> dict[str, object]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError(text)
    return value


def _json_list(text: str) -> list[object]:
    value = json.loads(text)
    if not isinstance(value, list):
        raise ValueError(text)
    return value


_PARSERS: dict[DataType, Callable[[str], DefaultValue]] = {
    DataType.INT: _ranged(INT_MIN, INT_MAX),
    DataType.LONG: _ranged(LONG_MIN, LONG_MAX),
    DataType.FLOAT: _not_nan,
    DataType.DOUBLE: _not_nan,
    DataType.BIG_DECIMAL: _finite_decimal,
    DataType.BOOLEAN: lambda text: text.strip().lower() in {"true", "1"},
    DataType.TIMESTAMP: timestamp_ms,
    DataType.STRING: str,
    DataType.JSON: _json_text,
    DataType.BYTES: bytes.fromhex,
    DataType.UUID: uuid.UUID,
    DataType.MAP: _json_object,
    DataType.OPEN_STRUCT: _json_object,
    DataType.STRUCT: _json_object,
    DataType.LIST: _json_list,
}
_EXPECTED: dict[DataType, str] = {
    DataType.INT: "a whole number of 32 bits",
    DataType.LONG: "a whole number of 64 bits",
    DataType.FLOAT: "a number, not NaN",
    DataType.DOUBLE: "a number, not NaN",
    DataType.BIG_DECIMAL: "a finite decimal number",
    DataType.BOOLEAN: "true or false",
    DataType.TIMESTAMP: "yyyy-MM-dd HH:mm:ss[.fff], ISO-8601 or epoch milliseconds",
    DataType.STRING: "a string",
    DataType.JSON: "JSON text",
    DataType.BYTES: "an even number of hex digits",
    DataType.UUID: "a UUID",
    DataType.MAP: "a JSON object",
    DataType.OPEN_STRUCT: "a JSON object",
    DataType.STRUCT: "a JSON object",
    DataType.LIST: "a JSON list",
}
