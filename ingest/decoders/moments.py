"""Moments, in epoch milliseconds and UTC unless a zone is written (contract 7.2)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from ingest.decoders.bad_value import BadValue, shown

TIMESTAMP_MS_MAX = 9_223_372_022_400_000
"""Either way from 1970, some 292,000 years: the engine fails a whole query on a moment beyond."""

INT_MAX = 2**31 - 1

_SPACE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,9})?)?\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def timestamp_of(value: Any) -> int:
    """LONG and DOUBLE are milliseconds, text is a date, a moment or milliseconds; BOOLEAN is no moment."""
    ms = _ms(value)
    if abs(ms) > TIMESTAMP_MS_MAX:
        raise BadValue(f"{shown(value)} is no TIMESTAMP in milliseconds: it is more than 292,000 years from 1970")
    return ms


def timestamp_of_json(value: Any) -> int:
    """A whole number of 32 bits is an INT in JSON, which is no TIMESTAMP (contract 7.2)."""
    if isinstance(value, int) and -INT_MAX - 1 <= value <= INT_MAX:
        raise BadValue(f"{shown(value)} is an INT, a TIMESTAMP needs epoch milliseconds (LONG) or a date")
    return timestamp_of(value)


def _ms(value: Any) -> int:
    if isinstance(value, bool):
        raise BadValue(f"{shown(value)} is not a TIMESTAMP: epoch milliseconds or a date are needed")
    if isinstance(value, datetime):
        return epoch_ms(value)
    if isinstance(value, date):
        return days_of(value) * 86_400_000
    if isinstance(value, str):
        return _parsed(value.strip())
    if isinstance(value, int | float | Decimal) and value == value:
        return int(min(max(value, -(2**63)), 2**63))
    raise BadValue(f"{shown(value)} is not a TIMESTAMP")


def _parsed(text: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text if _SPACE_TIME.match(text) or "T" in text else "")
    except ValueError as error:
        wanted = "yyyy-MM-dd HH:mm:ss.SSS, ISO-8601 or epoch milliseconds are needed"
        raise BadValue(f"{shown(text)} is not a TIMESTAMP: {wanted}") from error
    return epoch_ms(moment)


def epoch_ms(moment: datetime) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MILLISECOND


def days_of(day: date) -> int:
    return day.toordinal() - _EPOCH.toordinal()


def ms_of_day(at: time) -> int:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond) // _MILLISECOND


def java_timestamp(moment: datetime) -> str:
    """As `java.sql.Timestamp` prints it: `2024-02-29 12:00:00.5`."""
    at = moment.astimezone(UTC) if moment.tzinfo else moment
    fraction = f"{at.microsecond:06}".rstrip("0") or "0"
    return f"{at:%Y-%m-%d %H:%M:%S}.{fraction}"
