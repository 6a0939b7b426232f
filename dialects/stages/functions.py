"""Functions whose types the multi-stage engine takes from SQL: whole numbers stay whole (contract section 2.3)."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import DOUBLE, INT, LONG, TIMESTAMP, duckdb_type, is_integral
from dialects.conversions import Typed
from dialects.families.aggregate_entry import aggregate, own
from dialects.function_entry import MANY, Context, Function, Render, common_type, scalar, special
from dialects.functions import FUNCTIONS
from dialects.stages.aggregations import STAGE_AGGREGATIONS, recast

_DATE_PARTS = (
    "year", "yearofweek", "quarter", "month", "week", "day", "dayofweek", "dayofyear", "hour", "minute", "second",
    "millisecond", "extract",
    "yow", "quarterofyear", "monthofyear", "weekofyear", "dayofmonth", "dow", "doy", "hourofday",
)  # fmt: skip
_MOMENTS = ("fromdatetime", "timestampadd", "dateadd")


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
        *STAGE_AGGREGATIONS,
        *(recast(name, LONG) for name in _DATE_PARTS if name in FUNCTIONS),
        *(recast(name, TIMESTAMP) for name in _MOMENTS if name in FUNCTIONS),
        scalar("arraytomv", "a", lambda arguments: arguments[0].data_type, "{0}", "the elements, one by one in a key"),
        special("grouping", 1, MANY, _grouping, "which keys a grouping set leaves out"),
        special("groupingid", 1, MANY, _grouping, "which keys a grouping set leaves out"),
    )
}
