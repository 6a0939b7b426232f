"""Pinot's dateTime format and granularity grammar (colon and pipe form), and from a value to milliseconds."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tableconfigs.data_types import timestamp_ms
from tableconfigs.joda_pattern import formatted, strptime_format

_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = timedelta(milliseconds=1)
_PATTERN_AND_ZONE = re.compile(r"(?P<pattern>.*?)\s*(?:tz\((?P<zone>[^)]*)\))?", re.DOTALL)
_OFFSET = re.compile(r"(?:GMT|UTC)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")

UNIT_MS: dict[str, Fraction] = {
    "NANOSECONDS": Fraction(1, 1_000_000),
    "MICROSECONDS": Fraction(1, 1_000),
    "MILLISECONDS": Fraction(1),
    "SECONDS": Fraction(1_000),
    "MINUTES": Fraction(60_000),
    "HOURS": Fraction(3_600_000),
    "DAYS": Fraction(86_400_000),
}
"""Java's TimeUnits in milliseconds."""
_CALENDAR_UNITS = {"WEEKS", "MONTHS", "QUARTERS", "YEARS"}

# Java's three-letter zones that the zone database spells otherwise or lacks.
_SHORT_ZONES = {
    "IST": "Asia/Kolkata",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "MST": "America/Denver",
    "CST": "America/Chicago",
    "EST": "America/New_York",
    "JST": "Asia/Tokyo",
    "CTT": "Asia/Shanghai",
    "AET": "Australia/Sydney",
    "ECT": "Europe/Paris",
    "BST": "Asia/Dhaka",
    "PRT": "America/Puerto_Rico",
}


class TimeKind(StrEnum):
    """How a dateTime column writes a moment."""

    EPOCH = "EPOCH"
    TIMESTAMP = "TIMESTAMP"
    SIMPLE_DATE_FORMAT = "SIMPLE_DATE_FORMAT"


@dataclass(frozen=True)
class DateTimeFormat:
    """A parsed `format`. EPOCH has `size` and `unit`; texts have `pattern` (Joda; None: ISO-8601) and `zone`."""

    kind: TimeKind
    size: int = 1
    unit: str = "MILLISECONDS"
    pattern: str | None = None
    zone: str = "UTC"

    @classmethod
    def parse(cls, text: str) -> "DateTimeFormat":
        """Read either form. Raises ValueError with Pinot's texts."""
        if not text.strip():
            raise ValueError("Must provide format")
        return _pipe_format(text) if text[0].isalpha() else _colon_format(text)

    @property
    def epoch_unit(self) -> Fraction | None:
        """Milliseconds per stored unit (TIMESTAMP: 1, microseconds: 1/1000); None for texts."""
        if self.kind is TimeKind.SIMPLE_DATE_FORMAT:
            return None
        return Fraction(1) if self.kind is TimeKind.TIMESTAMP else self.size * UNIT_MS[self.unit]

    @property
    def epoch_unit_ms(self) -> int | None:
        """`value * epoch_unit_ms` is milliseconds; None for texts and for units that are not whole milliseconds."""
        unit = self.epoch_unit
        return unit.numerator if unit is not None and unit.denominator == 1 else None

    @cached_property
    def strptime(self) -> str | None:
        """The `strptime` format of the pattern; None when there is no pattern."""
        return None if self.pattern is None else strptime_format(self.pattern)

    @cached_property
    def tzinfo(self) -> tzinfo:
        """The zone that texts without an offset of their own are in."""
        return zone(self.zone)

    def to_millis(self, value: int | str) -> int:
        """Epoch milliseconds of a stored value, rounded down. Raises ValueError when the value does not fit."""
        if self.kind is TimeKind.TIMESTAMP:
            return timestamp_ms(str(value))
        unit = self.epoch_unit
        if unit is not None:
            return int(value) * unit.numerator // unit.denominator
        return self._text_millis(str(value))

    def from_millis(self, millis: int) -> int | str:
        """The stored value of a moment, rounded down to what the format can say; the inverse of `to_millis`.

        Raises ValueError or OverflowError for a moment that no calendar has (texts only).
        """
        unit = self.epoch_unit
        if unit is not None:
            return millis * unit.denominator // unit.numerator
        moment = (_EPOCH + timedelta(milliseconds=millis)).astimezone(self.tzinfo)
        return moment.isoformat(timespec="milliseconds") if self.pattern is None else formatted(self.pattern, moment)

    def _text_millis(self, text: str) -> int:
        try:
            moment = datetime.strptime(text, self.strptime) if self.strptime else _iso_moment(text)
        except ValueError as error:
            raise ValueError(f"{text!r} does not fit {self.pattern or 'ISO-8601'}") from error
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self.tzinfo)
        return (aware - _EPOCH) // _MILLISECOND


@dataclass(frozen=True)
class DateTimeGranularity:
    """A parsed `granularity`: `15:MINUTES` or `MINUTES|15`."""

    size: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "DateTimeGranularity":
        """Read either form. Raises ValueError with Pinot's text."""
        parts = text.split(":") if ":" in text else text.split("|")[::-1]
        size, unit = (parts[0], parts[-1].strip()) if len(parts) == 2 else ("1", parts[0].strip())
        if len(parts) > 2 or unit not in UNIT_MS or not _positive(size):
            raise ValueError(f"Invalid granularity: {text}, must be size:unit as in 15:MINUTES, {_units()}")
        return cls(int(size), unit)


def zone(name: str) -> tzinfo:
    """A zone by its Java or IANA name or as an offset such as `+05:30`. Raises ValueError."""
    offset = _OFFSET.fullmatch(name)
    if offset:
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        return timezone(timedelta(minutes=-minutes if offset["sign"] == "-" else minutes))
    if name in {"UTC", "GMT", "Z"}:
        return UTC
    try:
        return ZoneInfo(_SHORT_ZONES.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"Invalid time zone: {name}, must be as in UTC, Europe/Paris or +05:30") from error


def _colon_format(text: str) -> DateTimeFormat:
    size, unit, kind, pattern = [*text.split(":", 3), "", "", ""][:4]
    if not kind:
        raise ValueError(f"Invalid format: {text}, must be size:unit:EPOCH|TIMESTAMP|SIMPLE_DATE_FORMAT[:pattern]")
    return _format(text, kind, size, unit, *_split_zone(pattern))


def _pipe_format(text: str) -> DateTimeFormat:
    kind, first, second = [*text.split("|", 2), "", ""][:3]
    if kind == TimeKind.SIMPLE_DATE_FORMAT:
        return _format(text, kind, "1", "DAYS", first or None, second or "UTC")
    return _format(text, kind, second or "1", first or "MILLISECONDS", None, "UTC")


def _format(text: str, kind: str, size: str, unit: str, pattern: str | None, zone_name: str) -> DateTimeFormat:
    if kind not in set(TimeKind):
        raise ValueError(f"Invalid format: {text}, {kind} must be one of {', '.join(TimeKind)}")
    if not _positive(size):
        raise ValueError(f"Invalid size: {size} in format: {text}, must be positive")
    known = UNIT_MS.keys() | (_CALENDAR_UNITS if kind == TimeKind.SIMPLE_DATE_FORMAT else set())
    if unit not in known:
        raise ValueError(f"Invalid time unit: {unit} in format: {text}, {_units()}")
    if kind != TimeKind.SIMPLE_DATE_FORMAT:
        return DateTimeFormat(TimeKind(kind), int(size), unit)
    return _text_format(text, int(size), unit, pattern, zone_name)


def _text_format(text: str, size: int, unit: str, pattern: str | None, zone_name: str) -> DateTimeFormat:
    parsed = DateTimeFormat(TimeKind.SIMPLE_DATE_FORMAT, size, unit, pattern, zone_name)
    try:
        parsed.strptime  # noqa: B018 - both are computed once, here, so that a bad pattern or zone is found now
        parsed.tzinfo  # noqa: B018
    except ValueError as error:
        raise ValueError(f"Invalid format: {text}, {error}") from error
    return parsed


def _split_zone(text: str) -> tuple[str | None, str]:
    match = _PATTERN_AND_ZONE.fullmatch(text)
    assert match is not None, "the expression matches every text"
    return match["pattern"] or None, match["zone"] or "UTC"


def _positive(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) > 0


def _units() -> str:
    return f"must be one of {', '.join(UNIT_MS)}"


def _iso_moment(text: str) -> datetime:
    """ISO-8601, down to a bare year or a year and a month."""
    plain = text.strip()
    if re.fullmatch(r"\d{4}", plain):
        return datetime.fromisoformat(f"{plain}-01-01")
    return datetime.fromisoformat(f"{plain}-01" if re.fullmatch(r"\d{4}-\d\d", plain) else plain)
