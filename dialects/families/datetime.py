"""Date and time functions. Moments are epoch milliseconds (LONG) or TIMESTAMP; UTC unless a zone is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dialects.column_types import INT, LONG, STRING, TIMESTAMP
from dialects.conversions import Typed, convert
from dialects.families.time_units import (
    DateTimeFormat,
    calendar_unit,
    floored_local,
    from_ms,
    from_zone,
    granularity_parts,
    parse_format,
    period_of_units_ms,
    time_unit,
    to_ms,
    to_zone,
    unit_ms,
    zone_name,
)
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render, literal_text, scalar, special
from dialects.joda import strftime_format
from dialects.literals import quote_string

_EPOCH_UNITS = {"seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
# Lengths that are the same everywhere; the others go through the calendar.
_FIXED_MS = {
    "millisecond": 1,
    "second": 1_000,
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
}
_FIXED_FROM_EPOCH = frozenset({"second", "minute", "hour", "day"})
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}


def _zone(arguments: Sequence[Typed], index: int, function: str) -> str | None:
    return zone_name(literal_text(arguments[index], function, "time zone")) if len(arguments) > index else None


def moment_of(value: Typed, unit: str = "MILLISECONDS") -> str:
    """A TIMESTAMP expression for a TIMESTAMP or for a number of units since the epoch."""
    if value.data_type == TIMESTAMP or unit == "MILLISECONDS":
        return convert(value, TIMESTAMP)
    return f"make_timestamp_ms({to_ms(convert(value, LONG), unit)})"


def _date_trunc(arguments: Sequence[Typed], _: Context) -> Typed:
    """A number in the out unit, not a timestamp; weeks start on Monday."""
    unit = calendar_unit(literal_text(arguments[0], "datetrunc", "unit"))
    in_unit = _unit_argument(arguments, 2, "MILLISECONDS")
    zone = _zone(arguments, 3, "datetrunc")
    out_unit = _unit_argument(arguments, 4, in_unit)
    if zone is None and unit in _FIXED_FROM_EPOCH and arguments[1].data_type in (INT, LONG):
        return Typed(from_ms(_floored(to_ms(convert(arguments[1], LONG), in_unit), _FIXED_MS[unit]), out_unit), LONG)
    truncated = f"date_trunc('{unit}', {to_zone(moment_of(arguments[1], in_unit), zone)})"
    return Typed(from_ms(f"epoch_ms({from_zone(truncated, zone)})", out_unit), LONG)


def _floored(millis: str, step: int) -> str:
    """To the step at or below, before the epoch too: much cheaper than through a timestamp."""
    before = f"{millis} - ({millis} % {step} + {step}) % {step}"
    return f"(CASE WHEN {millis} >= 0 THEN {millis} - {millis} % {step} ELSE {before} END)"


def _unit_argument(arguments: Sequence[Typed], index: int, default: str) -> str:
    return time_unit(literal_text(arguments[index], "datetrunc", "time unit")) if len(arguments) > index else default


def _convert_format(arguments: Sequence[Typed], _: Context) -> Typed:
    source = parse_format(literal_text(arguments[1], "datetimeconvert", "input format"))
    target = parse_format(literal_text(arguments[2], "datetimeconvert", "output format"))
    size, unit = granularity_parts(literal_text(arguments[3], "datetimeconvert", "granularity"))
    zone = _zone(arguments, 4, "datetimeconvert")
    millis = format_to_ms(arguments[0], source)
    if target.kind == "SIMPLE_DATE_FORMAT":
        local = to_zone(f"make_timestamp_ms({millis})", zone or target.zone)
        return Typed(f"strftime({floored_local(local, size, unit)}, {target.strftime})", STRING)
    granularity = size * (unit_ms(unit) or 1)
    floored = millis if granularity == 1 else f"({millis} // {granularity} * {granularity})"
    return ms_to_format(floored, target, zone)


def format_to_ms(value: Typed, source: DateTimeFormat) -> str:
    """SQL of a moment in a dateTime format as milliseconds since the epoch."""
    if source.kind == "SIMPLE_DATE_FORMAT":
        parsed = f"strptime({convert(value, STRING)}, {source.strftime})"
        return f"epoch_ms({from_zone(parsed, source.zone)})"
    if value.data_type == TIMESTAMP or source.kind == "TIMESTAMP":
        return f"epoch_ms({convert(value, TIMESTAMP)})"
    return to_ms(convert(value, LONG), source.unit, source.size)


def ms_to_format(millis: str, target: DateTimeFormat, zone: str | None) -> Typed:
    """Milliseconds since the epoch in a dateTime format."""
    if target.kind == "EPOCH":
        return Typed(from_ms(millis, target.unit, target.size), LONG)
    if target.kind == "TIMESTAMP":
        return Typed(millis, LONG)
    local = to_zone(f"make_timestamp_ms({millis})", zone or target.zone)
    return Typed(f"strftime({local}, {target.strftime})", STRING)


def _time_convert(arguments: Sequence[Typed], _: Context) -> Typed:
    source, target = (time_unit(literal_text(value, "timeconvert", "time unit")) for value in arguments[1:])
    return Typed(from_ms(to_ms(convert(arguments[0], LONG), source), target), LONG)


def _to_date_time(arguments: Sequence[Typed], _: Context) -> Typed:
    pattern = quote_string(strftime_format(literal_text(arguments[1], "todatetime", "pattern")))
    return Typed(f"strftime({to_zone(moment_of(arguments[0]), _zone(arguments, 2, 'todatetime'))}, {pattern})", STRING)


def _from_date_time(arguments: Sequence[Typed], _: Context) -> Typed:
    pattern = quote_string(strftime_format(literal_text(arguments[1], "fromdatetime", "pattern")))
    zone = _zone(arguments, 2, "fromdatetime")
    text = convert(arguments[0], STRING)
    if len(arguments) < 4:
        return Typed(f"epoch_ms({from_zone(f'strptime({text}, {pattern})', zone)})", LONG)
    parsed = f"epoch_ms({from_zone(f'try_strptime({text}, {pattern})', zone)})"
    return Typed(f"coalesce({parsed}, {convert(arguments[3], LONG)})", LONG)


def _field(name: str, part: str, doc: str, *aliases: str) -> Function:
    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        local = to_zone(moment_of(arguments[0]), _zone(arguments, 1, name))
        return Typed(f"CAST({part.format(local)} AS INTEGER)", INT)

    return special(name, 1, 2, render, doc, aliases=aliases)


def _extract(arguments: Sequence[Typed], context: Context) -> Typed:
    field = literal_text(arguments[0], "extract", "field").lower()
    if field not in _FIELDS:
        raise ValidationFault(f"Unsupported field of EXTRACT: {field}, use one of {', '.join(_FIELDS)}")
    return _FIELDS[field].render(arguments[1:], context)


def _epoch_functions() -> list[Function]:
    rows = []
    for unit, length in _EPOCH_UNITS.items():
        rows += [
            scalar(f"toepoch{unit}", "l", LONG, f"({{0}} // {length})", f"milliseconds to {unit}"),
            scalar(f"toepoch{unit}rounded", "ll", LONG, f"({{0}} // {length} // {{1}} * {{1}})", f"floor to n {unit}"),
            scalar(f"toepoch{unit}bucket", "ll", LONG, f"({{0}} // {length} // {{1}})", f"buckets of n {unit}"),
            scalar(f"fromepoch{unit}", "l", LONG, f"({{0}} * {length})", f"{unit} to milliseconds"),
            scalar(f"fromepoch{unit}bucket", "ll", LONG, f"({{0}} * {length} * {{1}})", f"buckets of n {unit}"),
        ]
    return rows


def _date_add(arguments: Sequence[Typed], _: Context) -> Typed:
    unit = calendar_unit(literal_text(arguments[0], "dateadd", "unit"))
    count = convert(arguments[1], LONG)
    if unit in _FIXED_MS:
        return Typed(f"({convert(arguments[2], LONG)} + {count} * {_FIXED_MS[unit]})", LONG)
    months = f"to_months(CAST({count} * {_MONTHS[unit]} AS INTEGER))"
    return Typed(f"epoch_ms({moment_of(arguments[2])} + {months})", LONG)


def _date_diff(arguments: Sequence[Typed], _: Context) -> Typed:
    """Whole units between two moments, toward zero."""
    unit = calendar_unit(literal_text(arguments[0], "datediff", "unit"))
    if unit in _FIXED_MS:
        start, end = convert(arguments[1], LONG), convert(arguments[2], LONG)
        return Typed(f"(({end} - {start}) // {_FIXED_MS[unit]})", LONG)
    return Typed(f"date_sub('{unit}', {moment_of(arguments[1])}, {moment_of(arguments[2])})", LONG)


def _date_bin(arguments: Sequence[Typed], _: Context) -> Typed:
    """Whole widths from the origin, counted toward it."""
    width = period_of_units_ms(literal_text(arguments[0], "datebin", "width"))
    moment, origin = (f"epoch_ms({moment_of(one)})" for one in arguments[1:])
    return Typed(f"make_timestamp_ms({origin} + ({moment} - {origin}) // {width} * {width})", TIMESTAMP)


def _wrapped(function: Callable[[str], str], result: str) -> Render:
    return lambda arguments, _: Typed(function(moment_of(arguments[0])), result)


_FIELD_ROWS = (
    _field("year", "year({0})", "year"),
    _field("yearofweek", "isoyear({0})", "year of the ISO week", "yow"),
    _field("quarter", "quarter({0})", "1 to 4", "quarterofyear"),
    _field("month", "month({0})", "1 to 12", "monthofyear"),
    _field("week", "week({0})", "ISO week", "weekofyear"),
    _field("day", "day({0})", "of the month", "dayofmonth"),
    _field("dayofweek", "isodow({0})", "1 is Monday, 7 is Sunday", "dow"),
    _field("dayofyear", "dayofyear({0})", "1 to 366", "doy"),
    _field("hour", "hour({0})", "0 to 23", "hourofday"),
    _field("minute", "minute({0})", "0 to 59"),
    _field("second", "second({0})", "0 to 59"),
    _field("millisecond", "millisecond({0}) % 1000", "0 to 999"),
)
_FIELDS = {name: row for row in _FIELD_ROWS for name in (row.name, *row.aliases)}

DATE_TIME: tuple[Function, ...] = (
    special("datetrunc", 2, 5, _date_trunc, "LONG in the out unit; weeks start on Monday"),
    special(
        "datetimeconvert",
        4,
        5,
        _convert_format,
        "between dateTime formats, floored to a granularity; as text by the clock of its zone",
    ),
    special("timeconvert", 3, 3, _time_convert, "between units of time since the epoch"),
    special("todatetime", 2, 3, _to_date_time, "milliseconds to text by a Joda pattern"),
    special("fromdatetime", 2, 4, _from_date_time, "text by a Joda pattern to milliseconds"),
    special("totimestamp", 1, 1, _wrapped(lambda moment: moment, TIMESTAMP), "milliseconds to TIMESTAMP"),
    special("fromtimestamp", 1, 1, _wrapped(lambda moment: f"epoch_ms({moment})", LONG), "TIMESTAMP to milliseconds"),
    special(
        "toiso8601",
        1,
        1,
        _wrapped(lambda moment: f"replace(strftime({moment}, '%Y-%m-%dT%H:%M:%S.%gZ'), '.000Z', 'Z')", STRING),
        "milliseconds to ISO 8601, whole seconds without a fraction",
    ),
    scalar("fromiso8601", "s", LONG, "epoch_ms(CAST({0} AS TIMESTAMP))", "ISO 8601 to milliseconds"),
    *_FIELD_ROWS,
    special("extract", 2, 2, _extract, "EXTRACT(field FROM moment)"),
    *_epoch_functions(),
    special("dateadd", 3, 3, _date_add, "unit, count, moment", aliases=("timestampadd",)),
    special(
        "datediff", 3, 3, _date_diff, "whole units from the first moment to the second", aliases=("timestampdiff",)
    ),
    special("datebin", 3, 3, _date_bin, "width such as '1h30m', moment, origin: the begin of the bin that it is in"),
)
