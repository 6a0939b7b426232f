"""Date and time functions of multi-value columns, offsets of time zones, and hopping windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dialects.column_types import INT, array_of, element_of
from dialects.conversions import Typed
from dialects.families.datetime import DATE_TIME, format_to_ms, moment_of, ms_to_format
from dialects.families.math import MATH
from dialects.families.time_units import parse_format, parse_granularity, to_zone, zone_name
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, argument, literal_text, special

WINDOWS_MAX = 10_000


def _window_hop(arguments: Sequence[Typed], _: Context) -> Typed:
    """Starts of all windows that a moment is in, the last one first. Raises ValidationFault."""
    source, target = (parse_format(literal_text(arguments[at], "datetimeconvertwindowhop", "format")) for at in (1, 2))
    step, window = (parse_granularity(literal_text(one, "datetimeconvertwindowhop", "length")) for one in arguments[3:])
    count = -(-window // step)
    if count > WINDOWS_MAX:
        raise ValidationFault(f"A moment would be in {count} windows, the limit is {WINDOWS_MAX}")
    millis = format_to_ms(arguments[0], source)
    start = ms_to_format(f"({millis} // {step} * {step} - n * {step})", target, None)
    covering = f"list_filter(range({count}), lambda n: {millis} // {step} * {step} - n * {step} > {millis} - {window})"
    return Typed(f"list_transform({covering}, lambda n: {start.sql})", array_of(start.data_type))


def _zone_offset(name: str, template: str, doc: str) -> Function:
    """Of a zone in winter of 1970, or at a moment."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        zone = zone_name(literal_text(arguments[0], name, "time zone"))
        moment = moment_of(arguments[1]) if len(arguments) == 2 else "make_timestamp_ms(0)"
        offset = f"(epoch_ms({to_zone(moment, zone)}) - epoch_ms({moment}))"
        return Typed(f"CAST({template.format(offset)} AS INTEGER)", INT)

    return special(name, 1, 2, render, doc)


_ZONE_OFFSETS = (
    _zone_offset("timezonehour", "trunc({0} / 3600000)", "whole hours that a zone is ahead of UTC"),
    _zone_offset("timezoneminute", "trunc({0} / 60000) % 60", "minutes beside the hours of a zone's offset"),
)
_TABLE = {row.name: row for row in (*DATE_TIME, *MATH, *_ZONE_OFFSETS)}
_FIRST = (
    *("year", "yearofweek", "quarter", "month", "week", "dayofyear", "day", "dayofweek", "hour", "minute", "second"),
    *("millisecond", "toiso8601", "fromiso8601", "totimestamp", "fromtimestamp", "todatetime", "fromdatetime", "round"),
    *(name for name in _TABLE if name.startswith(("toepoch", "fromepoch"))),
)
_LATER = {"datetrunc": 1, "dateadd": 2, "datediff": 1, "timezonehour": 1, "timezoneminute": 1}


def _of_elements(base: Function, place: int, suffix: str = "mv") -> Function:
    """The function with a multi-value argument at `place`, element by element."""
    name = base.name + suffix

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        if place >= len(arguments):
            raise ValidationFault(f"Function {name} needs a multi-value argument at place {place + 1}")
        array = arguments[place]
        sql = argument(array, "a", name)
        element = Typed("e", element_of(array.data_type))
        made = base.render([*arguments[:place], element, *arguments[place + 1 :]], context)
        return Typed(f"list_transform({sql}, lambda e: {made.sql})", array_of(made.data_type))

    aliases = [alias + suffix for alias in base.aliases]
    return special(name, base.minimum, base.maximum, render, f"{base.name} of each element", aliases=aliases)


def _rows_of_elements() -> Iterator[Function]:
    yield from (_of_elements(_TABLE[name], 0) for name in _FIRST)
    yield from (_of_elements(_TABLE[name], place) for name, place in _LATER.items())
    yield _of_elements(_TABLE["datediff"], 2, "mvreverse")


MOMENTS: tuple[Function, ...] = (
    special(
        "datetimeconvertwindowhop",
        5,
        5,
        _window_hop,
        "value, formats, granularity of the starts, length of a window: starts of the windows around it, last first",
    ),
    *_ZONE_OFFSETS,
    *_rows_of_elements(),
)
