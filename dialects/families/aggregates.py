"""Aggregations. Without null handling an empty input has a value (contract section 2.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dialects.column_types import (
    BIG_DECIMAL,
    BOOLEAN,
    BYTES,
    DECIMAL_DUCKDB,
    DOUBLE,
    INT,
    JSON,
    LONG,
    MAP,
    STRING,
    UUID,
    array_of,
    duckdb_type,
    element_of,
    is_array,
)
from dialects.conversions import Typed, convert, convert_sql
from dialects.decimals import scale_sql, scaled_text
from dialects.families.aggregate_entry import (
    EMPTY_OF_TYPE,
    INFINITY,
    MINUS_INFINITY,
    NAN,
    aggregate,
    nullable,
    or_empty,
    own,
)
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render, argument, literal_int, literal_text, special


def _count(arguments: Sequence[Typed], context: Context) -> Typed:
    counted = arguments[0].sql if arguments and context.null_handling else "*"
    return Typed(f"count({counted}){context.where}", LONG)


def _grouping(arguments: Sequence[Typed], _: Context) -> Typed:
    return Typed(f"CAST(grouping({', '.join(one.sql for one in arguments)}) AS INTEGER)", INT)


def _with_time(function: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        data_type = literal_text(arguments[2], "lastwithtime", "type").upper()
        if data_type not in EMPTY_OF_TYPE:
            raise ValidationFault(f"Unsupported data type for lastwithtime/firstwithtime: {data_type}")
        value, moment = convert(arguments[0], data_type), convert(arguments[1], LONG)
        sql = f"{function}({value}, {moment}){context.where}"
        return or_empty(sql, data_type, EMPTY_OF_TYPE[data_type], context)

    return render


def _keeping_type(function: str, data_type: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if is_array(value.data_type):
            inner = f"list_{function}({convert(value, array_of(data_type))})"
        else:
            inner = convert(value, data_type)
        sql = f"CAST({function}({inner}){context.where} AS {duckdb_type(data_type)})"
        empty = "CAST(0 AS BIGINT)" if function == "sum" else None
        return or_empty(sql, data_type, empty, context)

    return render


def _shape(function: str, few: int) -> Render:
    """SKEWNESS and KURTOSIS: NaN for too few values, 0 for values that are all the same."""

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = argument(arguments[0], "d", function)
        measured = f"{function}(CASE WHEN isfinite({value}) THEN {value} END){context.where}"
        endless = f"coalesce(bool_or(NOT isfinite({value})){context.where}, FALSE)"
        counted = f"count({value}){context.where}"
        same = f"min({value}){context.where} = max({value}){context.where}"
        sql = (
            f"CASE WHEN {endless} THEN {NAN} WHEN {counted} > {few} AND {same} THEN 0e0 "
            f"WHEN {counted} > 0 THEN coalesce({measured}, {NAN}) END"
        )
        return or_empty(sql, DOUBLE, NAN, context)

    return render


def _sum_precision(arguments: Sequence[Typed], context: Context) -> Typed:
    value = arguments[0]
    text = f"pinot_decimal_text({value.sql})" if value.data_type == BYTES else convert(value, BIG_DECIMAL)
    longest = f"max({scale_sql(text)}){context.where}"
    total = scaled_text(f"sum(CAST({text} AS {DECIMAL_DUCKDB})){context.where}", longest)
    if len(arguments) > 1:
        limits = [literal_int(one, "sumprecision", "precision or scale") for one in arguments[1:]]
        total = f"pinot_decimal_rounded({total}, {limits[0]}, {limits[1] if len(limits) > 1 else -1})"
    return or_empty(total, STRING, "'0'", context)


def _any_value(arguments: Sequence[Typed], context: Context) -> Typed:
    return Typed(f"any_value({arguments[0].sql}){context.where}", arguments[0].data_type)


def _ordinary(function: str, mv: Callable[[str, str], str], empty: str) -> Render:
    """SUM, MIN, MAX, AVG and MINMAXRANGE: DOUBLE, over values or over all elements of a multi-value column."""

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value, where = arguments[0], context.where
        if value.column is not None and element_of(value.data_type) in _NO_NUMBERS:
            raise ValidationFault(f"Cannot aggregate values as numbers that are of type {value.data_type}")
        if is_array(value.data_type):
            numbers = convert_sql("e", element_of(value.data_type), DOUBLE)
            sql = mv(f"list_transform({value.sql}, lambda e: {numbers})", where)
        else:
            sql = function.format(argument(value, "n", "aggregate"), where=where)
        return or_empty(f"CAST({sql} AS DOUBLE)", DOUBLE, empty, context)

    return render


_NO_NUMBERS = frozenset({STRING, JSON, UUID, MAP, BYTES})


def _range_mv(x: str, where: str) -> str:
    return f"max(list_max({x})){where} - min(list_min({x})){where}"


_ORDINARY = (
    own("sum", 1, 1, _ordinary("sum({0}){where}", lambda x, w: f"sum(list_sum({x})){w}", "0e0"), "0 over no rows"),
    own("min", 1, 1, _ordinary("min({0}){where}", lambda x, w: f"min(list_min({x})){w}", INFINITY), "smallest"),
    own("max", 1, 1, _ordinary("max({0}){where}", lambda x, w: f"max(list_max({x})){w}", MINUS_INFINITY), "largest"),
    own(
        "avg",
        1,
        1,
        _ordinary("avg({0}){where}", lambda x, w: f"sum(list_sum({x})){w} / sum(len({x})){w}", MINUS_INFINITY),
        "-Infinity over no rows",
    ),
    own(
        "minmaxrange",
        1,
        1,
        _ordinary("CAST(max({0}){where} AS DOUBLE) - min({0}){where}", _range_mv, MINUS_INFINITY),
        "max - min",
    ),
)

_MULTI_VALUE = tuple(
    Function(f"{row.name}mv", row.minimum, row.maximum, row.render, f"{row.name} of all elements", (), aggregate=True)
    for row in _ORDINARY
)

AGGREGATES: tuple[Function, ...] = (
    special("grouping", 1, 31, _grouping, "bits of the keys that a grouping set leaves out", aliases=("groupingid",)),
    own("count", 0, 1, _count, "rows; with null handling the rows where x is not null"),
    aggregate("countmv", "a", LONG, "coalesce(sum(len({0})){where}, 0)", None, "number of elements"),
    *_ORDINARY,
    *_MULTI_VALUE,
    own("lastwithtime", 3, 3, _with_time("arg_max"), "value at the latest time"),
    own("firstwithtime", 3, 3, _with_time("arg_min"), "value at the earliest time"),
    aggregate("stddevpop", "d", DOUBLE, "stddev_pop({0}){where}", MINUS_INFINITY, "population", ("stddev",)),
    aggregate("stddevsamp", "d", DOUBLE, "stddev_samp({0}){where}", MINUS_INFINITY, "sample"),
    aggregate("varpop", "d", DOUBLE, "var_pop({0}){where}", MINUS_INFINITY, "population", ("variance",)),
    aggregate("varsamp", "d", DOUBLE, "var_samp({0}){where}", MINUS_INFINITY, "sample"),
    aggregate("covarpop", "dd", DOUBLE, "covar_pop({0}, {1}){where}", MINUS_INFINITY, "population"),
    aggregate("covarsamp", "dd", DOUBLE, "covar_samp({0}, {1}){where}", MINUS_INFINITY, "sample"),
    aggregate("corr", "dd", DOUBLE, "corr({0}, {1}){where}", MINUS_INFINITY, "correlation"),
    own("skewness", 1, 1, _shape("skewness", 2), "third moment of a sample; NaN below three values"),
    own("kurtosis", 1, 1, _shape("kurtosis", 3), "fourth moment of a sample; NaN below four values"),
    aggregate("booland", "b", BOOLEAN, "bool_and({0}){where}", "TRUE", "all true"),
    aggregate("boolor", "b", BOOLEAN, "bool_or({0}){where}", "FALSE", "any true"),
    own("sumprecision", 1, 3, _sum_precision, "decimal sum, as text"),
    own("sumint", 1, 1, _keeping_type("sum", LONG), "whole-number sum", ("sumlong",)),
    nullable("minlong", 1, _keeping_type("min", LONG), "keeps LONG"),
    nullable("maxlong", 1, _keeping_type("max", LONG), "keeps LONG"),
    nullable("minstring", 1, _keeping_type("min", STRING), "keeps STRING"),
    nullable("maxstring", 1, _keeping_type("max", STRING), "keeps STRING"),
    nullable("anyvalue", 1, _any_value, "any one value"),
)
