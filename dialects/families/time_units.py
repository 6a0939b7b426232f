"""Time units, zones and Pinot's dateTime formats, as the date and time functions read them from literals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialects.faults import ValidationFault
from dialects.joda import strftime_format
from dialects.literals import quote_string

_UNIT_MS = {
    "MILLISECONDS": 1,
    "SECONDS": 1_000,
    "MINUTES": 60_000,
    "HOURS": 3_600_000,
    "DAYS": 86_400_000,
}
_FINE_UNITS_PER_MS = {"MICROSECONDS": 1_000, "NANOSECONDS": 1_000_000}
CALENDAR_UNITS = frozenset(
    {"MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "DECADE", "CENTURY"}
)
_PERIOD = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")
_PERIOD_MS = (86_400_000, 3_600_000, 60_000, 1_000)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*|[+-]\d{2}:?\d{2}")
_ZONE_SUFFIX = re.compile(r"^(.*?)\s*tz\(([^)]*)\)\s*$", re.IGNORECASE | re.DOTALL)


def time_unit(text: str) -> str:
    """`DAYS`, `day` ... as Java's TimeUnit word. Raises ValidationFault."""
    word = text.strip().upper()
    for candidate in (word, word + "S"):
        if candidate in _UNIT_MS or candidate in _FINE_UNITS_PER_MS:
            return candidate
    raise ValidationFault(f"Invalid time unit: '{text}', use one of {', '.join([*_UNIT_MS, *_FINE_UNITS_PER_MS])}")


def calendar_unit(text: str) -> str:
    """`DAY`, `days`, `week` ... as DuckDB's date part. Raises ValidationFault."""
    word = text.strip().upper()
    for candidate in (word, word.removesuffix("S")):
        if candidate in CALENDAR_UNITS:
            return candidate.lower()
    raise ValidationFault(f"Invalid time unit: '{text}', use one of {', '.join(sorted(CALENDAR_UNITS))}")


def unit_ms(unit: str) -> int | None:
    """Milliseconds of a TimeUnit word, None for units finer than a millisecond."""
    return _UNIT_MS.get(unit)


def to_ms(sql: str, unit: str, size: int = 1) -> str:
    """SQL for a count of `size` units since the epoch, in milliseconds."""
    if unit in _FINE_UNITS_PER_MS:
        return f"({_times(sql, size)} // {_FINE_UNITS_PER_MS[unit]})"
    return _times(sql, _UNIT_MS[unit] * size)


def from_ms(sql: str, unit: str, size: int = 1) -> str:
    """SQL for milliseconds since the epoch, in whole counts of `size` units."""
    if unit in _FINE_UNITS_PER_MS:
        fine = _times(sql, _FINE_UNITS_PER_MS[unit])
        return f"({fine} // {size})" if size != 1 else fine
    divisor = _UNIT_MS[unit] * size
    return sql if divisor == 1 else f"({sql} // {divisor})"


def _times(sql: str, factor: int) -> str:
    return sql if factor == 1 else f"({sql} * {factor})"


def zone_name(text: str) -> str | None:
    """A time zone by IANA name or offset, None for UTC. Raises ValidationFault for what is neither."""
    if text.upper() in ("UTC", "GMT", "Z", "ETC/UTC"):
        return None
    if not _ZONE.fullmatch(text):
        raise ValidationFault(f"Not a time zone: '{text}', use a name such as Europe/Berlin")
    return text


def to_zone(timestamp_sql: str, zone: str | None) -> str:
    """A UTC timestamp as wall-clock time of the zone."""
    if zone is None:
        return timestamp_sql
    return f"(({timestamp_sql} AT TIME ZONE 'UTC') AT TIME ZONE {quote_string(zone)})"


def floored_local(local: str, size: int, unit: str) -> str:
    """Wall-clock time cut to `size` units within the next larger one: days within their month, hours within the day."""
    if unit not in _UNIT_MS:
        return local
    part = unit.lower().removesuffix("s")
    whole = f"date_trunc('{part}', {local})"
    if size == 1:
        return whole
    counted = {"day": f"day({local}) - 1", "millisecond": f"millisecond({local}) % 1000"}.get(part, f"{part}({local})")
    return f"({whole} - to_{part}s(CAST(({counted}) % {size} AS INTEGER)))"


def from_zone(timestamp_sql: str, zone: str | None) -> str:
    """Wall-clock time of the zone as a UTC timestamp."""
    if zone is None:
        return timestamp_sql
    return f"(({timestamp_sql} AT TIME ZONE {quote_string(zone)}) AT TIME ZONE 'UTC')"


@dataclass(frozen=True, slots=True)
class DateTimeFormat:
    """`1:DAYS:EPOCH`, `1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd tz(Europe/Berlin)`, `EPOCH|DAYS|1`, `TIMESTAMP`."""

    kind: str
    unit: str = "MILLISECONDS"
    size: int = 1
    pattern: str = ""
    zone: str | None = None

    @property
    def strftime(self) -> str:
        return quote_string(strftime_format(self.pattern))


def parse_format(text: str) -> DateTimeFormat:
    """Raises ValidationFault with the grammar where the text is not a dateTime format."""
    parts = text.split("|") if "|" in text.split(":", 1)[0] else None
    if parts is not None or text in ("EPOCH", "TIMESTAMP"):
        return _pipe_format(text, parts or [text])
    fields = text.split(":", 3)
    if len(fields) < 3:
        raise _bad_format(text)
    size, unit, kind, *pattern = fields
    return _format(text, kind, unit, size, pattern[0] if pattern else "")


def _pipe_format(text: str, parts: list[str]) -> DateTimeFormat:
    kind = parts[0]
    if kind == "SIMPLE_DATE_FORMAT":
        zone = f" tz({parts[2]})" if len(parts) > 2 else ""
        return _format(text, kind, "DAYS", "1", (parts[1] if len(parts) > 1 else "") + zone)
    return _format(text, kind, parts[1] if len(parts) > 1 else "MILLISECONDS", parts[2] if len(parts) > 2 else "1", "")


def _format(text: str, kind: str, unit: str, size: str, pattern: str) -> DateTimeFormat:
    if not size.isdecimal() or int(size) == 0 or kind not in ("EPOCH", "TIMESTAMP", "SIMPLE_DATE_FORMAT"):
        raise _bad_format(text)
    if kind != "SIMPLE_DATE_FORMAT":
        return DateTimeFormat(kind, time_unit(unit), int(size))
    match = _ZONE_SUFFIX.match(pattern)
    bare, zone = (match.group(1), zone_name(match.group(2))) if match else (pattern, None)
    if not bare:
        raise _bad_format(text)
    return DateTimeFormat(kind, pattern=bare, zone=zone)


def _bad_format(text: str) -> ValidationFault:
    return ValidationFault(
        f"Invalid dateTime format: '{text}', use size:UNIT:EPOCH, size:UNIT:SIMPLE_DATE_FORMAT:pattern, "
        "1:MILLISECONDS:TIMESTAMP, EPOCH|UNIT|size or SIMPLE_DATE_FORMAT|pattern"
    )


def period_of_units_ms(text: str) -> int:
    """`15m`, `1d12h` in milliseconds. Raises ValidationFault."""
    match = _PERIOD.fullmatch(text)
    total = (
        sum(int(count) * length for count, length in zip(match.groups("0"), _PERIOD_MS, strict=True)) if match else 0
    )
    if not total:
        raise ValidationFault(f"Invalid time spec '{text}' (Valid examples: '3h', '4h30m')")
    return total


def parse_granularity(text: str) -> int:
    """`15:MINUTES` or `MINUTES|15` in milliseconds. Raises ValidationFault."""
    size, unit = granularity_parts(text)
    return size * (unit_ms(unit) or 1)


def granularity_parts(text: str) -> tuple[int, str]:
    """`15:MINUTES` or `MINUTES|15` as size and TimeUnit word. Raises ValidationFault."""
    size, _, unit = text.partition(":")
    if "|" in text:
        unit, _, size = text.partition("|")
    if not size.isdecimal() or int(size) == 0:
        raise ValidationFault(f"Invalid granularity: '{text}', use size:UNIT such as 15:MINUTES")
    return int(size), time_unit(unit)
