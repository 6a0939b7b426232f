"""Sketches: small mergeable summaries. A BYTES column holds serialized ones, which are merged; others are values.

Raw forms are what Pinot prints: base64 of Apache DataSketches' bytes, or hex of stream-lib's for HyperLogLog.
"""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import (
    BYTES,
    DOUBLE,
    FLOAT,
    LONG,
    STRING,
    TEXTUAL,
    array_of,
    duckdb_type,
    element_of,
    is_array,
)
from dialects.conversions import Typed, convert
from dialects.families.aggregate_entry import or_empty, own
from dialects.families.distinct_counts import distinct_count, distinct_values
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render, literal_int, literal_text

_LG_CPC, _LG_HLL, _LG_TUPLE, _K_KLL, _MAP_SIZE = 12, 8, 16, 200, 256


def sketch(kind: str, value: Typed, setting: int, context: Context) -> str:
    """SQL of one sketch over the distinct values of a group, or of the group's sketches merged."""
    element = element_of(value.data_type)
    if element == BYTES:
        return f"pinot_{kind}_merged(list({value.sql}){context.where}, {setting})"
    stored = (
        DOUBLE if element in (FLOAT, DOUBLE) else STRING if element in TEXTUAL or element == "BIG_DECIMAL" else LONG
    )
    target = array_of(stored) if is_array(value.data_type) else stored
    values = distinct_values(Typed(convert(value, target), target), context)
    return f"pinot_{kind}_of_{duckdb_type(stored).lower()}({values}, {setting})"


def power_of_two(function: str, entries: int) -> int:
    """Its logarithm. Raises ValidationFault outside 16 to 1048576."""
    if not 16 <= entries <= 1 << 20:
        raise ValidationFault(f"Function {function} needs a size of 16 to {1 << 20}, found {entries}")
    return (entries - 1).bit_length()


def _setting(arguments: Sequence[Typed], at: int, function: str, default: int, allowed: range) -> int:
    if len(arguments) <= at:
        return default
    number = literal_int(arguments[at], function, "size")
    if number not in allowed:
        raise ValidationFault(f"Function {function} needs a size of {allowed[0]} to {allowed[-1]}, found {number}")
    return number


def _lg_cpc(arguments: Sequence[Typed], function: str) -> int:
    """`lgK`, or text such as 'nominalEntries=4096'."""
    literal = arguments[1].literal if len(arguments) > 1 else None
    if literal is None or not isinstance(literal.value, str):
        return _setting(arguments, 1, function, _LG_CPC, range(4, 22))
    return power_of_two(function, parameters(literal.value, function, {"nominalentries": 4096})["nominalentries"])


def parameters(text: str, function: str, known: dict[str, int]) -> dict[str, int]:
    """`'nominalEntries=4096;accumulatorThreshold=2'` over the usual values. Raises ValidationFault."""
    found = dict(known)
    for pair in filter(None, (part.strip() for part in text.split(";"))):
        key, _, value = pair.partition("=")
        if key.strip().lower() in ("accumulatorthreshold", "samplingprobability"):
            continue  # a trade of time for memory, and a share that is always the whole here
        if key.strip().lower() not in known or not value.strip().isdecimal():
            raise ValidationFault(f"Invalid parameter of {function}: {pair}, for example {next(iter(known))}=4096")
        found[key.strip().lower()] = int(value)
    return found


def _cpc_count(arguments: Sequence[Typed], context: Context) -> Typed:
    lg_k = _lg_cpc(arguments, "distinctcountcpcsketch")
    if element_of(arguments[0].data_type) != BYTES:
        return distinct_count(LONG)(arguments, context)
    return Typed(f"coalesce(pinot_cpc_estimate({sketch('cpc', arguments[0], lg_k, context)}), 0)", LONG)


def _cpc_raw(arguments: Sequence[Typed], context: Context) -> Typed:
    made = sketch("cpc", arguments[0], _lg_cpc(arguments, "distinctcountrawcpcsketch"), context)
    return Typed(f"to_base64({made})", STRING)


def _hll_raw(arguments: Sequence[Typed], context: Context) -> Typed:
    size = _setting(arguments, 1, "distinctcountrawhll", _LG_HLL, range(4, 17))
    return Typed(f"lower(hex({sketch('hll', arguments[0], size, context)}))", STRING)


def _frequent(function: str, data_type: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        size = power_of_two(function, _setting(arguments, 1, function, _MAP_SIZE, range(16, 1 << 20)))
        counts = f"histogram({convert(arguments[0], data_type)}){context.where}"
        values = f"map_keys({counts}), CAST(map_values({counts}) AS BIGINT[])"
        return Typed(f"to_base64(pinot_frequent_{duckdb_type(data_type).lower()}({values}, {size}))", STRING)

    return render


def _tuples(function: str, template: str, result: str, empty: str | None) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        if arguments[0].data_type != BYTES:
            raise ValidationFault(
                f"Function {function} needs a BYTES column of tuple sketches, found {arguments[0].data_type}"
            )
        size = _setting(arguments, 1, function, _LG_TUPLE, range(4, 27))
        return or_empty(template.format(f"list({arguments[0].sql}){context.where}, {size}"), result, empty, context)

    return render


def _kll_raw(arguments: Sequence[Typed], context: Context) -> Typed:
    literal_text(arguments[1], "percentilerawkll", "percent")
    return Typed(f"to_base64({kll(arguments, context)})", STRING)


def kll(arguments: Sequence[Typed], context: Context) -> str:
    """A KLL sketch of numbers, or of sketches merged."""
    value, size = arguments[0], _setting(arguments, 2, "percentilekll", _K_KLL, range(8, 65_536))
    if value.data_type == BYTES:
        return f"pinot_kll_merged(list({value.sql}){context.where}, {size})"
    many = is_array(value.data_type)
    listed = f"list({convert(value, array_of(DOUBLE) if many else DOUBLE)}){context.where}"
    return f"pinot_kll_of_double({f'flatten({listed})' if many else listed}, {size})"


def _raw(name: str, minimum: int, maximum: int, render: Render, doc: str, *aliases: str) -> Function:
    return Function(name, minimum, maximum, render, doc, aliases, aggregate=True, nullable=True)


SKETCHES: tuple[Function, ...] = (
    own(
        "distinctcountcpcsketch", 1, 2, _cpc_count, "exact here, of sketches approximate", ("distinctcountcpcsketchmv",)
    ),
    _raw("distinctcountrawcpcsketch", 1, 2, _cpc_raw, "approximate; base64"),
    _raw("distinctcountrawhll", 1, 2, _hll_raw, "approximate; hex, as stream-lib writes it", "distinctcountrawhllmv"),
    _raw("frequentstringssketch", 1, 2, _frequent("frequentstringssketch", STRING), "approximate; base64"),
    _raw("frequentlongssketch", 1, 2, _frequent("frequentlongssketch", LONG), "approximate; base64"),
    own(
        "distinctcounttuplesketch",
        1,
        2,
        _tuples("distinctcounttuplesketch", "coalesce(pinot_tuple_distinct({0}), 0)", LONG, None),
        "distinct keys; approximate",
    ),
    _raw(
        "distinctcountrawintegersumtuplesketch",
        1,
        2,
        _tuples("distinctcountrawintegersumtuplesketch", "to_base64(pinot_tuple_raw({0}))", STRING, None),
        "merged; base64",
    ),
    own(
        "sumvaluesintegersumtuplesketch",
        1,
        2,
        _tuples("sumvaluesintegersumtuplesketch", "pinot_tuple_sum({0})", LONG, "0"),
        "sum of the keys' numbers; approximate",
    ),
    _raw(
        "avgvalueintegersumtuplesketch",
        1,
        2,
        _tuples("avgvalueintegersumtuplesketch", "pinot_tuple_average({0})", LONG, None),
        "average of the keys' numbers",
    ),
    _raw("percentilerawkll", 2, 3, _kll_raw, "approximate; base64", "percentilerawkllmv"),
)
