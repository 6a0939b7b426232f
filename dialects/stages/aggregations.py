"""Aggregations whose results have SQL's types in the multi-stage engine: whole numbers and decimals stay so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dialects.column_types import BIG_DECIMAL, DECIMAL_DUCKDB, FLOAT, INT, LONG, is_array, is_integral
from dialects.conversions import Typed, convert
from dialects.decimals import text_of_double
from dialects.families.aggregate_entry import own
from dialects.families.distinct_counts import DISTINCT_COUNTS
from dialects.families.whole_numbers import within
from dialects.function_entry import MANY, Context, Function, Render
from dialects.functions import FUNCTIONS

_COUNTS = ("distinctcount", *next(row.aliases for row in DISTINCT_COUNTS if row.name == "distinctcount"))
_PERCENTILES = ("percentile", *(f"percentile{percent}" for percent in (50, 75, 90, 95, 99)))


def recast(name: str, result: str | Callable[[str], str]) -> Function:
    """The single-stage function with another result type."""
    known = FUNCTIONS[name]

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        found = known.render(arguments, context)
        wanted = result if isinstance(result, str) else result(arguments[0].data_type)
        return found if found.data_type == wanted else Typed(convert(found, wanted), wanted)

    return replace(known, name=name, aliases=(), render=render)


def _of_numbers(name: str, distinct: str = "") -> Render:
    """Sums of whole numbers are LONG, of decimals BIG_DECIMAL, of FLOAT FLOAT, all others DOUBLE."""
    ordinary = FUNCTIONS[f"distinct{name}" if distinct else name].render

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if value.data_type == BIG_DECIMAL:
            return Typed(text_of_double(f"{name}({distinct}{_decimal(value)}){context.where}"), BIG_DECIMAL)
        if is_integral(value.data_type) and name == "sum":
            total = f"sum({distinct}{value.sql}){context.where}"
            return Typed(f"CAST({total} AS BIGINT)" if value.data_type == INT else within(total, LONG), LONG)
        found = ordinary(arguments, context)
        return Typed(f"CAST({found.sql} AS FLOAT)", FLOAT) if (name, value.data_type) == ("sum", FLOAT) else found

    return render


def _decimal(value: Typed) -> str:
    return f"CAST({value.sql} AS {DECIMAL_DUCKDB})"


def _extreme(name: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if is_array(value.data_type):
            return FUNCTIONS[name].render(arguments, context)
        if value.data_type == BIG_DECIMAL:  # text that is compared as a number
            return Typed(text_of_double(f"{name}({_decimal(value)}){context.where}"), BIG_DECIMAL)
        return Typed(f"{name}({value.sql}){context.where}", value.data_type)

    return render


def _count_distinct(arguments: Sequence[Typed], context: Context) -> Typed:
    row = ", ".join(one.sql for one in arguments)
    known = " AND ".join(f"{one.sql} IS NOT NULL" for one in arguments)
    return Typed(f"count(DISTINCT CASE WHEN {known} THEN ({row}) END){context.where}", LONG)


STAGE_AGGREGATIONS: tuple[Function, ...] = (
    own("sum", 1, 1, _of_numbers("sum"), "LONG of whole numbers, BIG_DECIMAL of decimals"),
    own("avg", 1, 1, _of_numbers("avg"), "BIG_DECIMAL of decimals"),
    own("distinctsum", 1, 1, _of_numbers("sum", "DISTINCT "), "LONG of whole numbers"),
    own("min", 1, 1, _extreme("min"), "keeps the type"),
    own("max", 1, 1, _extreme("max"), "keeps the type"),
    own("countdistinct", 2, MANY, _count_distinct, "COUNT(DISTINCT a, b)"),
    *(recast(name, LONG) for name in _COUNTS),
    *(recast(name, lambda of: of) for name in _PERCENTILES),
    *(recast(name, lambda of: of) for name in ("firstwithtime", "lastwithtime", "mode")),
    recast("sumprecision", BIG_DECIMAL),
)
