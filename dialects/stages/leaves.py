"""Aggregations of a SELECT that Pinot leaves to the single-stage engine, over no rows and without null handling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dialects.column_types import BOOLEAN, DOUBLE, FLOAT, INT, LONG
from dialects.conversions import Typed
from dialects.families.aggregate_entry import INFINITY, MINUS_INFINITY, own
from dialects.function_entry import Context, Function

_AS_SINGLE_STAGE = frozenset(
    {"minmaxrange", "stddevpop", "stddevsamp", "varpop", "varsamp", "booland", "boolor", "percentiletdigest",
     "skewness", "kurtosis", "firstwithtime", "lastwithtime"}
)  # fmt: skip
"""SUM, AVG, MODE, PERCENTILE and all others are null."""
_EXTREMES = {
    "min": {INT: "2147483647", LONG: "9223372036854775807", BOOLEAN: "FALSE", FLOAT: INFINITY, DOUBLE: INFINITY},
    "max": {INT: "-2147483648", LONG: "-9223372036854775807 - 1", BOOLEAN: "FALSE", FLOAT: MINUS_INFINITY,
            DOUBLE: MINUS_INFINITY},
}  # fmt: skip


def _average(arguments: Sequence[Typed], context: Context) -> Typed:
    value = arguments[0].sql
    return Typed(f"trunc(sum({value}){context.where}) / count({value}){context.where}", DOUBLE)


AVERAGE_OF_WHOLE = own("avg", 1, 1, _average, "the sum, which is LONG, by the count")
"""Of whole numbers that are DOUBLE within the leaf."""


def or_empty_leaf(function: Function, name: str) -> Function:
    """The same with Pinot's value over no rows, where it has one."""
    if name not in _AS_SINGLE_STAGE and name not in _EXTREMES:
        return function

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        if name in _AS_SINGLE_STAGE:
            return function.render(arguments, replace(context, null_handling=False))
        found = function.render(arguments, context)
        empty = _EXTREMES[name].get(found.data_type)
        return found if empty is None else Typed(f"coalesce({found.sql}, {empty})", found.data_type)

    return replace(function, render=render)
