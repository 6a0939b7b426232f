"""Functions whose types the multi-stage engine takes from SQL: whole numbers stay whole (contract section 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from dialects.column_types import DOUBLE, FLOAT, INT, LONG, TIMESTAMP, duckdb_type, is_integral, is_numeric
from dialects.conversions import Typed, convert
from dialects.families.aggregate_entry import aggregate, own
from dialects.families.whole_numbers import whole_arithmetic, whole_division, whole_remainder
from dialects.function_entry import MANY, Context, Function, Render, common_type, scalar, special
from dialects.functions import FUNCTIONS
from dialects.stages.aggregations import STAGE_AGGREGATIONS, recast

_DATE_PARTS = (
    "year", "yearofweek", "quarter", "month", "week", "day", "dayofweek", "dayofyear", "hour", "minute", "second",
    "millisecond", "extract",
    "yow", "quarterofyear", "monthofyear", "weekofyear", "dayofmonth", "dow", "doy", "hourofday",
)  # fmt: skip
_AS_ARGUMENT = ("abs", "ceil", "ceiling", "floor", "sign", "truncate")
_MOMENTS = ("fromdatetime", "timestampadd")
_MILLISECONDS = ("dateadd",)
_OF_NUMBERS = ("greatest", "least")


def _arithmetic(name: str, sign: str) -> Function:
    """Whole numbers of the wider type when both sides are whole; else FLOAT or DOUBLE, decimals included."""
    ordinary = FUNCTIONS[name].render

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        if any(one.data_type == TIMESTAMP for one in arguments) and len(arguments) == 2:
            return _of_moments(sign, arguments)
        data_type = common_type(arguments)
        if len(arguments) > 2 or not all(is_numeric(one.data_type) for one in arguments):
            return ordinary(arguments, context)
        if is_integral(data_type):
            left, right = (f"CAST({one.sql} AS {duckdb_type(data_type)})" for one in arguments)
            return Typed(_WHOLE[sign](left, right, data_type), data_type)
        left, right = (convert(one, DOUBLE) for one in arguments)
        wanted = FLOAT if data_type == FLOAT and all(_fits_float(one) for one in arguments) else DOUBLE
        return Typed(f"CAST({left} {sign} {right} AS {duckdb_type(wanted)})", wanted)

    return special(name, 2, 3, render, f"{sign}: whole numbers stay whole", aliases=FUNCTIONS[name].aliases)


def _of_moments(sign: str, arguments: Sequence[Typed]) -> Typed:
    """Milliseconds; of two moments they are a moment again, as in Pinot."""
    left, right = (convert(one, LONG) for one in arguments)
    found = Typed(_WHOLE[sign](left, right, LONG), LONG)
    both = all(one.data_type == TIMESTAMP for one in arguments)
    return Typed(convert(found, TIMESTAMP), TIMESTAMP) if both else found


def _fits_float(value: Typed) -> bool:
    """A literal with a fraction is a decimal, which together with FLOAT makes DOUBLE."""
    return value.literal is None or value.data_type != DOUBLE


def _remainder(arguments: Sequence[Typed], context: Context) -> Typed:
    """Of whole numbers it has the type of the divisor."""
    if not all(is_integral(one.data_type) for one in arguments):
        return FUNCTIONS["mod"].render(arguments, context)
    dividend, divisor = arguments
    return Typed(whole_remainder(dividend.sql, divisor.sql, divisor.data_type), divisor.data_type)


_WHOLE: dict[str, Callable[[str, str, str], str]] = {
    "/": whole_division,
    **{sign: partial(whole_arithmetic, sign) for sign in "+-*"},
}


def _same(template: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        printed = ", ".join(one.sql for one in arguments[1:])
        extra = f", {printed}" if printed else ""
        return Typed(template.format(arguments[0].sql, extra, where=context.where), arguments[0].data_type)

    return render


def _case_or_default(arguments: Sequence[Typed], context: Context) -> Typed:
    return FUNCTIONS["case"].render(arguments, replace(context, null_handling=False))


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
        aggregate("ntile", "i", LONG, "ntile({0}){where}", None, "bucket of n"),
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

_ARITHMETIC = (
    _arithmetic("plus", "+"),
    _arithmetic("minus", "-"),
    _arithmetic("times", "*"),
    _arithmetic("divide", "/"),
)
ARITHMETIC = frozenset({"mod", *(name for row in _ARITHMETIC for name in (row.name, *row.aliases))})
"""Functions whose values depend on which engine works them out."""
STAGE_FUNCTIONS: dict[str, Function] = FUNCTIONS | {
    name: row
    for row in (
        *_ARITHMETIC,
        special("mod", 2, 2, _remainder, "%: whole numbers stay whole"),
        *STAGE_AGGREGATIONS,
        *(recast(name, LONG) for name in _DATE_PARTS if name in FUNCTIONS),
        *(recast(name, lambda of: of if is_numeric(of) else DOUBLE) for name in _AS_ARGUMENT),
        *(recast(name, TIMESTAMP) for name in _MOMENTS if name in FUNCTIONS),
        *(recast(name, LONG) for name in _MILLISECONDS),
        recast("timestampdiff", INT),
        *(recast(name, lambda of: DOUBLE if is_numeric(of) or of == TIMESTAMP else of) for name in _OF_NUMBERS),
        scalar("arraytomv", "a", lambda arguments: arguments[0].data_type, "{0}", "the elements, one by one in a key"),
        special("grouping", 1, MANY, _grouping, "which keys a grouping set leaves out"),
        special("caseordefault", 2, MANY, _case_or_default, "CASE of what is read: no ELSE is zero or empty"),
        special("groupingid", 1, MANY, _grouping, "which keys a grouping set leaves out"),
    )
    for name in (row.name, *row.aliases)
}
