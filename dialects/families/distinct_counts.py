"""Aggregations over distinct values: counts, sums and averages."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BYTES, DOUBLE, INT, LONG, duckdb_type, element_of, is_array
from dialects.conversions import Typed, convert, convert_sql
from dialects.families.aggregate_entry import NAN, or_empty, own
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render

BITMAP_BITS_MAX = 1 << 26
"""8 MiB, once for each thread."""
_LG_REGISTERS = 8


def distinct_values(value: Typed, context: Context) -> str:
    """A list of the distinct values: for multi-value columns, of their elements."""
    if is_array(value.data_type):
        return f"list_distinct(flatten(list({value.sql}){context.where}))"
    return f"list(DISTINCT {value.sql}){context.where}"  # ten times faster than list_distinct(list(...))


def distinct_count(result: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if is_array(value.data_type):
            counted = f"coalesce(len({distinct_values(value, context)}), 0)"
        else:
            counted = _exact_count(value, context)
        return Typed(f"CAST({counted} AS {duckdb_type(result)})", result)

    return render


def _exact_count(value: Typed, context: Context) -> str:
    """Whole numbers of a known range are marked in a bitmap, and only others hashed: four times as fast."""
    bounds = _range(value, context)
    if bounds is None:
        return f"count(DISTINCT {value.sql}){context.where}"
    low, high = bounds
    inside = f"{value.sql} BETWEEN {low} AND {high}"
    marked = f"bitstring_agg(CASE WHEN {inside} THEN {value.sql} END, {low}, {high}){context.where}"
    others = f"count(DISTINCT CASE WHEN NOT ({inside}) THEN {value.sql} END){context.where}"
    return f"coalesce(bit_count({marked}), 0) + {others}"


def _range(value: Typed, context: Context) -> tuple[int, int] | None:
    """The range of a plain column of whole numbers, if a bitmap of it is small."""
    column = value.sql.removeprefix(context.relation)[1:-1].replace('""', '"')
    if value.data_type not in (INT, LONG) or context.column(column) != value.sql:
        return None
    bounds = context.range_of(column)
    return bounds if bounds is not None and bounds[1] - bounds[0] < BITMAP_BITS_MAX else None


def _approximate(arguments: Sequence[Typed], context: Context) -> Typed:
    value = arguments[0]
    if value.data_type == BYTES:
        merged = f"pinot_hll_merged(list({value.sql}){context.where}, {_LG_REGISTERS})"
        return Typed(f"coalesce(pinot_hll_estimate({merged}), 0)", LONG)
    if is_array(value.data_type):
        return distinct_count(LONG)(arguments, context)
    return Typed(f"CAST(approx_count_distinct({value.sql}){context.where} AS BIGINT)", LONG)


def _of_values(arguments: Sequence[Typed], context: Context) -> Typed:
    if arguments[0].data_type == BYTES:
        raise ValidationFault("Serialized HLL++ and ULL sketches are not read: keep theta, CPC or HyperLogLog ones")
    return distinct_count(LONG)(arguments, context)


def _over_distinct(function: str, empty: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if is_array(value.data_type):
            numbers = convert_sql("e", element_of(value.data_type), DOUBLE)
            sql = f"list_{function}(list_transform({distinct_values(value, context)}, lambda e: {numbers}))"
        else:
            sql = f"{function}(DISTINCT {convert(value, DOUBLE)}){context.where}"
        return or_empty(sql, DOUBLE, empty, context)

    return render


def _with_mv(*names: str) -> tuple[str, ...]:
    return (*names, *(f"{name}mv" for name in names))


DISTINCT_COUNTS: tuple[Function, ...] = (
    own(
        "distinctcount",
        1,
        2,
        distinct_count(INT),
        "exact",
        (
            "distinctcountmv",
            *_with_mv("distinctcountbitmap", "distinctcountsmarthll"),
            "distinctcountsmarthllplus",
            "distinctcountsmartull",
            "distinctcountoffheap",
        ),
    ),
    own("segmentpartitioneddistinctcount", 1, 1, distinct_count(LONG), "exact here"),
    own(
        "distinctcounthll",
        1,
        3,
        _approximate,
        "HyperLogLog: approximate; merges the sketches of a BYTES column",
        ("distinctcounthllmv", "fasthll"),
    ),
    own(
        "distinctcounthllplus",
        1,
        3,
        _of_values,
        "exact here",
        ("distinctcounthllplusmv", "distinctcountull", "distinctcountullmv"),
    ),
    own("distinctsum", 1, 1, _over_distinct("sum", "0e0"), "sum of distinct values", ("distinctsummv",)),
    own("distinctavg", 1, 1, _over_distinct("avg", NAN), "average of distinct values", ("distinctavgmv",)),
)
