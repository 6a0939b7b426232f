"""Functions whose types the multi-stage engine takes from SQL: whole numbers stay whole (contract section 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from dialects.column_types import BIG_DECIMAL, DOUBLE, INT, LONG, TIMESTAMP, duckdb_type, is_array, is_integral
from dialects.conversions import Typed, convert
from dialects.families.aggregate_entry import aggregate, own
from dialects.function_entry import MANY, Context, Function, Render, common_type, scalar, special
from dialects.functions import FUNCTIONS

_DATE_PARTS = (
    "year", "yearofweek", "quarter", "month", "week", "day", "dayofweek", "dayofyear", "hour", "minute", "second",
    "millisecond", "extract",
    "yow", "quarterofyear", "monthofyear", "weekofyear", "dayofmonth", "dow", "doy", "hourofday",
)  # fmt: skip
_MOMENTS = ("fromdatetime", "timestampadd", "dateadd")
_LONG_COUNTS = ("distinctcount", "distinctcountbitmap", "distinctcountsmarthll")


def _arithmetic(name: str, sign: str, whole_sign: str) -> Function:
    """Whole numbers of the wider type when both sides are whole; everything else as in the single-stage engine."""
    ordinary = FUNCTIONS[name].render

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        if not all(is_integral(one.data_type) for one in arguments):
            return ordinary(arguments, context)
        result = common_type(arguments)
        left, right = (f"CAST({one.sql} AS {duckdb_type(result)})" for one in arguments)
        right = f"nullif({right}, 0)" if whole_sign in ("//", "%") else right
        return Typed(f"({left} {whole_sign} {right})", result)

    return special(name, 2, 2, render, f"{sign}: whole numbers stay whole")


def _recast(name: str, result: str | Callable[[str], str]) -> Function:
    """The single-stage function with another result type."""
    known = FUNCTIONS[name]

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        found = known.render(arguments, context)
        wanted = result if isinstance(result, str) else result(arguments[0].data_type)
        return found if found.data_type == wanted else Typed(convert(found, wanted), wanted)

    return replace(known, render=render)


def _sum(arguments: Sequence[Typed], context: Context) -> Typed:
    value = arguments[0]
    if is_integral(value.data_type):
        return Typed(f"CAST(sum({value.sql}){context.where} AS BIGINT)", LONG)
    return FUNCTIONS["sumprecision" if value.data_type == BIG_DECIMAL else "sum"].render(arguments, context)


def _extreme(name: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if is_array(value.data_type):
            return FUNCTIONS[name].render(arguments, context)
        return Typed(f"{name}({value.sql}){context.where}", value.data_type)

    return render


def _count_distinct(arguments: Sequence[Typed], context: Context) -> Typed:
    row = ", ".join(one.sql for one in arguments)
    known = " AND ".join(f"{one.sql} IS NOT NULL" for one in arguments)
    return Typed(f"count(DISTINCT CASE WHEN {known} THEN ({row}) END){context.where}", LONG)


def _same(template: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        printed = ", ".join(one.sql for one in arguments[1:])
        extra = f", {printed}" if printed else ""
        return Typed(template.format(arguments[0].sql, extra, where=context.where), arguments[0].data_type)

    return render


def _grouping(arguments: Sequence[Typed], _: Context) -> Typed:
    return Typed(f"grouping({', '.join(one.sql for one in arguments)})", LONG)


WINDOW_FUNCTIONS: dict[str, Function] = {
    row.name: row
    for row in (
        aggregate("rownumber", "", LONG, "row_number(){where}", None, "place in the partition"),
        aggregate("rank", "", LONG, "rank(){where}", None, "place, ties share it"),
        aggregate("denserank", "", LONG, "dense_rank(){where}", None, "place among distinct ones"),
        aggregate("percentrank", "", DOUBLE, "percent_rank(){where}", None, "rank as a share"),
        aggregate("cumedist", "", DOUBLE, "cume_dist(){where}", None, "share of rows up to here"),
        aggregate("ntile", "i", INT, "ntile({0}){where}", None, "bucket of n"),
        own("lag", 1, 3, _same("lag({0}{1}){where}"), "value of an earlier row"),
        own("lead", 1, 3, _same("lead({0}{1}){where}"), "value of a later row"),
        own("firstvalue", 1, 1, _same("first_value({0}){where}"), "of the frame"),
        own("lastvalue", 1, 1, _same("last_value({0}){where}"), "of the frame"),
        own("nthvalue", 2, 2, _same("nth_value({0}{1}){where}"), "of the frame"),
        own("lagignorenulls", 1, 3, _same("lag({0}{1} IGNORE NULLS){where}"), "skipping nulls"),
        own("leadignorenulls", 1, 3, _same("lead({0}{1} IGNORE NULLS){where}"), "skipping nulls"),
        own("firstvalueignorenulls", 1, 1, _same("first_value({0} IGNORE NULLS){where}"), "skipping nulls"),
        own("lastvalueignorenulls", 1, 1, _same("last_value({0} IGNORE NULLS){where}"), "skipping nulls"),
    )
}

STAGE_FUNCTIONS: dict[str, Function] = FUNCTIONS | {
    row.name: row
    for row in (
        _arithmetic("plus", "+", "+"),
        _arithmetic("minus", "-", "-"),
        _arithmetic("times", "*", "*"),
        _arithmetic("divide", "/", "//"),
        _arithmetic("mod", "%", "%"),
        own("sum", 1, 1, _sum, "LONG of whole numbers"),
        own("min", 1, 1, _extreme("min"), "keeps the type"),
        own("max", 1, 1, _extreme("max"), "keeps the type"),
        own("countdistinct", 2, MANY, _count_distinct, "COUNT(DISTINCT a, b)"),
        *(replace(_recast(name, LONG), name=name) for name in _LONG_COUNTS),
        *(replace(_recast(name, LONG), name=name) for name in _DATE_PARTS if name in FUNCTIONS),
        *(replace(_recast(name, TIMESTAMP), name=name) for name in _MOMENTS if name in FUNCTIONS),
        _recast("percentile", lambda of: of),
        scalar("arraytomv", "a", lambda arguments: arguments[0].data_type, "{0}", "the elements, one by one in a key"),
        special("grouping", 1, MANY, _grouping, "which keys a grouping set leaves out"),
        special("groupingid", 1, MANY, _grouping, "which keys a grouping set leaves out"),
    )
}
