"""Numbers, as Java narrows and parses them (contract 7.2)."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from ingest.decoders.bad_value import BadValue, shown
from ingest.decoders.moments import days_of, epoch_ms, ms_of_day

INT_MIN, INT_SPAN = -(2**31), 2**32
LONG_MIN, LONG_SPAN = -(2**63), 2**64
DECIMAL_DIGITS_MAX = 10_000


def long_of(value: Any) -> int:
    return _whole(value, "LONG", LONG_MIN, LONG_SPAN)


def int_of(value: Any) -> int:
    return _whole(value, "INT", INT_MIN, INT_SPAN)


def _whole(value: Any, wanted: str, low: int, span: int) -> int:
    """Java's narrowing: the low bits of a whole number, the nearest that fits to a decimal."""
    if isinstance(value, float):
        return 0 if math.isnan(value) else int(min(max(value, low), low + span - 1))
    if isinstance(value, int | Decimal):
        return (_integer(value, wanted) - low) % span + low
    if isinstance(value, str):
        return _parsed_int(value, wanted, span)
    if isinstance(value, date | time):
        return (_counted(value) - low) % span + low
    raise BadValue(f"{shown(value)} is not a number, {wanted} is needed")


def _integer(value: int | Decimal, wanted: str) -> int:
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > DECIMAL_DIGITS_MAX):
        raise BadValue(f"{shown(value)} is not a number of a usable size, {wanted} is needed")
    return int(value)


def _counted(value: date | time) -> int:
    """A moment in milliseconds, a date in days since 1970, a time of day in its milliseconds."""
    if isinstance(value, datetime):
        return epoch_ms(value)
    return days_of(value) if isinstance(value, date) else ms_of_day(value)


def _parsed_int(text: str, wanted: str, span: int) -> int:
    digits = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", digits) or not -span // 2 <= int(digits) < span // 2:
        raise BadValue(f"{shown(text)} is not a whole number that fits into {wanted}")
    return int(digits)


def double_of(value: Any) -> float | None:
    """NaN is null, -0.0 is 0.0."""
    number = _real(value)
    return None if math.isnan(number) else number + 0.0


def _real(value: Any) -> float:
    try:
        if isinstance(value, int | float | Decimal):
            return float(value)
        if isinstance(value, str):
            return float(_java_digits(value))
        if isinstance(value, datetime):
            return float(epoch_ms(value))
    except (ValueError, OverflowError) as error:
        raise BadValue(f"{shown(value)} is not a number that fits into DOUBLE") from error
    raise BadValue(f"{shown(value)} is not a number")


def _java_digits(text: str) -> str:
    """What Java's number parsers would take of it: no underscores, no digits of other scripts."""
    if "_" in text or not text.isascii():
        raise ValueError(text)
    return text.strip()


def decimal_of(value: Any) -> str:
    """A decimal's text, without trailing zeros."""
    number = exact_decimal(value)
    text = f"{number:f}" if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled_decimal_of(value: Any) -> str:
    """A decimal's text with the zeros that it came with (`allowTrailingZeros`)."""
    return f"{exact_decimal(value):f}"


def exact_decimal(value: Any) -> Decimal:
    try:
        number = Decimal(
            _java_digits(value) if isinstance(value, str) else value if _is_decimal(value) else str(+value)
        )
    except (InvalidOperation, TypeError, ValueError) as error:
        raise BadValue(f"{shown(value)} is not a decimal number") from error
    if not number.is_finite() or abs(number.adjusted()) > DECIMAL_DIGITS_MAX:
        raise BadValue(f"{shown(value)} is not a finite decimal number of a usable size")
    return number


def _is_decimal(value: Any) -> bool:
    return isinstance(value, Decimal)
