"""One JSON value into one typed column, exactly as Pinot does it (contract 7.2)."""

from __future__ import annotations

import base64
import math
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from ingest.decoders.base import SourceColumn
from ingest.decoders.limits import DEPTH_MAX, is_too_deep

INT_MIN, INT_SPAN = -(2**31), 2**32
LONG_MIN, LONG_SPAN = -(2**63), 2**64

TIMESTAMP_MS_MAX = 9_223_372_022_400_000
"""Either way from 1970, some 292,000 years: the engine fails a whole query on a moment beyond."""

_SPACE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,9})?)?\Z")


class BadValue(ValueError):
    """The value cannot become the column's type. The text names the value and what would be right."""


def coerce(value: Any, column: SourceColumn) -> Any:
    """`value` (as json gives it) for `column`; None stays None. Raises BadValue."""
    if value is None:
        return None
    if column.multi_value:
        return _many(value, column.data_type)
    return _one(value, column.data_type)


def _many(value: Any, data_type: str) -> list[Any] | None:
    items = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else [value]
    found = [_CASTS[data_type](item) for item in items if item is not None]
    return [item for item in found if item is not None] or None


def _one(value: Any, data_type: str) -> Any:
    if isinstance(value, list | dict) and data_type not in _NESTED:
        return _unwrapped(value, data_type)
    return _CASTS[data_type](value)


def _unwrapped(value: Any, data_type: str) -> Any:
    """A list of one is its element; an empty list or map is null (contract 7.2)."""
    if not value:
        return None
    if isinstance(value, list) and len(value) == 1:
        return coerce(value[0], SourceColumn(data_type, False))
    raise BadValue(f"{_shown(value)} holds more than one value, a single {data_type} is needed")


def _long(value: Any) -> int:
    return _whole(value, "LONG", LONG_MIN, LONG_SPAN)


def _int(value: Any) -> int:
    return _whole(value, "INT", INT_MIN, INT_SPAN)


def _whole(value: Any, wanted: str, low: int, span: int) -> int:
    """Java's narrowing: the low bits of a whole number, the nearest that fits to a decimal."""
    if isinstance(value, float):
        return int(min(max(value, low), low + span - 1))
    if isinstance(value, int):
        return (int(value) - low) % span + low
    if isinstance(value, str):
        return _parsed_int(value, wanted)
    raise BadValue(f"{_shown(value)} is not a number, {wanted} is needed")


def _parsed_int(text: str, wanted: str) -> int:
    digits = text.strip()
    span = INT_SPAN if wanted == "INT" else LONG_SPAN
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", digits) or not -span // 2 <= int(digits) < span // 2:
        raise BadValue(f"{_shown(text)} is not a whole number that fits into {wanted}")
    return int(digits)


def _double(value: Any) -> float | None:
    number = _real(value)
    return None if math.isnan(number) else number + 0.0


def _real(value: Any) -> float:
    try:
        if isinstance(value, int | float):
            return float(value)
        if isinstance(value, str):
            return float(_plain(value))
    except (ValueError, OverflowError) as error:
        raise BadValue(f"{_shown(value)} is not a number that fits into DOUBLE") from error
    raise BadValue(f"{_shown(value)} is not a number")


def _plain(text: str) -> str:
    """What Java's number parsers would take of it: no underscores, no digits of other scripts."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return text.strip()


def _decimal(value: Any) -> str:
    try:
        number = Decimal(_plain(value) if isinstance(value, str) else str(+value))
    except (InvalidOperation, TypeError, ValueError) as error:
        raise BadValue(f"{_shown(value)} is not a decimal number") from error
    if not number.is_finite() or abs(number.adjusted()) > 10_000:
        raise BadValue(f"{_shown(value)} is not a finite decimal number of a usable size")
    text = f"{number:f}" if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() == "true" or value.strip() == "1"
    if isinstance(value, int | float):
        return value != 0
    raise BadValue(f"{_shown(value)} is not a BOOLEAN")


def _timestamp(value: Any) -> int:
    if isinstance(value, bool):
        raise BadValue(f"{_shown(value)} is not a TIMESTAMP: epoch milliseconds or a date are needed")
    if not isinstance(value, int | float | str):
        raise BadValue(f"{_shown(value)} is not a TIMESTAMP")
    ms = _parsed_time(value.strip()) if isinstance(value, str) else _long(value)
    if abs(ms) > TIMESTAMP_MS_MAX:
        raise BadValue(f"{_shown(value)} is no TIMESTAMP in milliseconds: it is more than 292,000 years from 1970")
    return ms


def _parsed_time(text: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text if _SPACE_TIME.match(text) or "T" in text else "")
    except ValueError as error:
        wanted = "yyyy-MM-dd HH:mm:ss.SSS, ISO-8601 or epoch milliseconds are needed"
        raise BadValue(f"{_shown(text)} is not a TIMESTAMP: {wanted}") from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // _MILLISECOND


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    return _json_text(value)


def _json(value: Any) -> str:
    if isinstance(value, str):
        _check_json(value.encode())
        return value
    return _json_text(value)


def _check_json(text: bytes) -> None:
    if is_too_deep(text):
        raise BadValue(f"JSON text within a text is nested too deep, at most {DEPTH_MAX} levels are read")
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise BadValue(f"{_shown(text.decode())} is not JSON text") from error


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        raise BadValue(f"{_shown(value)} is not BYTES: base64 text is needed")
    try:
        return base64.b64decode(value, validate=True)
    except ValueError as error:
        raise BadValue(f"{_shown(value)} is not base64 text") from error


def _uuid(value: Any) -> str:
    try:
        return str(uuid.UUID(value))
    except (ValueError, AttributeError, TypeError) as error:
        raise BadValue(f"{_shown(value)} is not a UUID") from error


def _map(value: Any) -> str:
    if not isinstance(value, dict):
        raise BadValue(f"{_shown(value)} is not an object")
    return _json(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_MILLISECOND = datetime(1970, 1, 1, 0, 0, 0, 1000) - datetime(1970, 1, 1)
_NESTED = frozenset({"JSON", "STRING", "MAP", "LIST", "STRUCT", "OPEN_STRUCT"})
_CASTS: Mapping[str, Callable[[Any], Any]] = {
    "INT": _int,
    "LONG": _long,
    "FLOAT": _double,
    "DOUBLE": _double,
    "BIG_DECIMAL": _decimal,
    "BOOLEAN": _boolean,
    "TIMESTAMP": _timestamp,
    "STRING": _string,
    "JSON": _json,
    "BYTES": _bytes,
    "UUID": _uuid,
    "MAP": _map,
    "LIST": _json,
    "STRUCT": _json,
    "OPEN_STRUCT": _json,
}
