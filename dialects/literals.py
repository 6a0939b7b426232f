"""Literals: their value as a column's type, and their text in DuckDB SQL. The only place that quotes (P27)."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from dialects.column_types import DECIMAL_DUCKDB, FLOAT, INT, LONG, TIMESTAMP, duckdb_type, element_of, is_array
from dialects.faults import ConversionFault
from dialects.tree import Literal

# A TIMESTAMP is a datetime without zone (UTC); those that Python cannot hold stay epoch milliseconds.
Value = str | int | float | bool | bytes | Decimal | datetime

_EPOCH = datetime(1970, 1, 1)
_INTEGER_BITS = {INT: 31, LONG: 63}
_DECIMAL_MAX_SCALE = 400
_TIMESTAMP_MAX_MS = 9_223_372_036_854_000


def quote_string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def quote_identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def cannot_convert(literal: Literal, data_type: str) -> ConversionFault:
    return ConversionFault(f"Cannot convert value: '{literal.text}' to type: {data_type}")


def coerce(literal: Literal, data_type: str) -> Value:
    """The literal as a value of a Pinot type, as a comparison with a column of that type takes it.

    Raises ConversionFault with Pinot's wording where the text cannot be read as that type.
    """
    try:
        return _coerce(literal, data_type)
    except (ValueError, OverflowError, InvalidOperation) as error:
        raise cannot_convert(literal, data_type) from error


def _coerce(literal: Literal, data_type: str) -> Value:
    match data_type:
        case "INT" | "LONG":
            return _integer(literal, data_type)
        case "FLOAT" | "DOUBLE":
            return float(_numeric_text(literal))
        case "BIG_DECIMAL":
            return _decimal(literal)
        case "BOOLEAN":
            return literal.text.lower() in ("true", "1")
        case "TIMESTAMP":
            return _timestamp(literal)
        case "BYTES":
            return bytes.fromhex(literal.text)
        case _:
            return literal.text


def _numeric_text(literal: Literal) -> str:
    if isinstance(literal.value, bool) or literal.value is None or "_" in literal.text:
        raise ValueError(literal.text)
    return literal.text


def _integer(literal: Literal, data_type: str) -> int:
    text = _numeric_text(literal)
    if isinstance(literal.value, float):
        if not literal.value.is_integer():
            raise ValueError(text)
        value = int(literal.value)
    else:
        value = int(text)
    limit = 1 << _INTEGER_BITS[data_type]
    if not -limit <= value < limit:
        raise ValueError(text)
    return value


def _decimal(literal: Literal) -> Decimal:
    value = Decimal(_numeric_text(literal))
    if not value.is_finite() or (value and not -_DECIMAL_MAX_SCALE < value.adjusted() <= 28):
        raise ValueError(literal.text)
    return value


def _timestamp(literal: Literal) -> datetime | int:
    if isinstance(literal.value, int | float) and not isinstance(literal.value, bool):
        return timestamp_from_ms(int(literal.value))
    text = literal.text.strip()
    if text.removeprefix("-").isdecimal():
        return timestamp_from_ms(int(text))
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def timestamp_from_ms(epoch_ms: int) -> datetime | int:
    if abs(epoch_ms) > _TIMESTAMP_MAX_MS:
        raise OverflowError(epoch_ms)
    try:
        return _EPOCH + timedelta(milliseconds=epoch_ms)
    except OverflowError:
        return epoch_ms


def value_sql(value: Value, data_type: str) -> str:
    """A coerced value as a DuckDB literal of exactly the column's type, so that scans can push comparisons down."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case bytes():
            return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
        case Decimal():
            return f"CAST('{value:f}' AS {DECIMAL_DUCKDB})"
        case float():
            return _float_sql(value, data_type)
        case int() if data_type == TIMESTAMP:
            return f"make_timestamp_ms({value})"
        case int():
            return str(value)
        case _:
            return quote_string(value)


def _float_sql(value: float, data_type: str) -> str:
    if math.isfinite(value):
        text = repr(value)
        double = text if "e" in text else text + "e0"
    else:
        double = f"CAST('{value}' AS DOUBLE)"
    return f"CAST({double} AS FLOAT)" if data_type == FLOAT else double


def literal_sql(literal: Literal) -> str:
    """A literal with its own type, for places where no column says another one."""
    match literal.data_type:
        case "UNKNOWN":
            return "NULL"
        case "LONG":
            return f"CAST({literal.value} AS BIGINT)"
        case "BIG_DECIMAL":
            return quote_string(literal.text)
        case data_type:
            return value_sql(coerce(literal, data_type), data_type)


_DEFAULT_SQL = {
    "INT": "CAST(-2147483648 AS INTEGER)",
    "LONG": "CAST(-9223372036854775807 - 1 AS BIGINT)",
    "FLOAT": "CAST('-Infinity' AS FLOAT)",
    "DOUBLE": "CAST('-Infinity' AS DOUBLE)",
    "BIG_DECIMAL": "'0'",
    "BOOLEAN": "FALSE",
    "TIMESTAMP": "make_timestamp_ms(0)",
    "BYTES": "''::BLOB",
    "UUID": "'00000000-0000-0000-0000-000000000000'",
    "MAP": "'{}'",
}


def default_sql(data_type: str) -> str:
    """What stands for null in an answer without null handling (contract section 1.4)."""
    default = _DEFAULT_SQL.get(element_of(data_type), "'null'")
    return f"[{default}]" if is_array(data_type) else default


def null_sql(data_type: str) -> str:
    return f"CAST(NULL AS {duckdb_type(data_type)})"
