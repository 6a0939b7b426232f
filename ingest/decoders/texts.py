"""Texts, JSON and bytes (contract 7.2)."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from ingest.decoders.bad_value import BadValue, shown
from ingest.decoders.limits import DEPTH_MAX, is_too_deep
from ingest.decoders.moments import java_timestamp


def string_of(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return java_double(value)
    return json_text(value) if isinstance(value, bool | int | list | dict) else _written(value)


def _written(value: Any) -> str:
    """What binary formats have beyond JSON, as Java prints it; bytes as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return java_timestamp(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, UUID):
        return str(value)
    raise BadValue(f"{shown(value)} has no text form")


def java_double(value: float) -> str:
    """As `Double.toString` prints it: `1.0E10`, `1.0E-5`, `100.0`, `NaN`, `-Infinity`."""
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = f"{Decimal(repr(value)):f}"
        return plain if "." in plain else f"{plain}.0"
    digits, exponent = f"{Decimal(repr(value)).normalize():E}".split("E")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def json_of(value: Any) -> str:
    """JSON text: a text must be JSON itself, anything else is written as JSON."""
    if isinstance(value, str):
        _check_json(value.encode())
        return value
    return json_text(value)


def _check_json(text: bytes) -> None:
    if is_too_deep(text):
        raise BadValue(f"JSON text within a text is nested too deep, at most {DEPTH_MAX} levels are read")
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise BadValue(f"{shown(text.decode())} is not JSON text") from error


def json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def bytes_of_hex(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, UUID):
        return value.bytes
    try:
        return bytes.fromhex(value)
    except (ValueError, TypeError) as error:
        raise BadValue(f"{shown(value)} is not BYTES: an even number of hex digits is needed") from error
