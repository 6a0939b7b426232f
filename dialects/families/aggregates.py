"""Aggregations. Without null handling an empty input has a value (contract section 2.5): `coalesce` prints it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dialects.column_types import (
    BIG_DECIMAL,
    BOOLEAN,
    DECIMAL_DUCKDB,
    DOUBLE,
    INT,
    LONG,
    STRING,
    array_of,
    duckdb_type,
    element_of,
    is_array,
)
from dialects.conversions import Typed, convert, convert_sql, decimal_text
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, Render, argument, literal_text
from dialects.literals import quote_string, value_sql

_BINS_MAX = 1_000
_INFINITY = "CAST('Infinity' AS DOUBLE)"
_MINUS_INFINITY = "CAST('-Infinity' AS DOUBLE)"
_NAN = "CAST('NaN' AS DOUBLE)"
_EMPTY_OF_TYPE = {
    "INT": "CAST(-2147483648 AS INTEGER)",
    "LONG": "CAST(-9223372036854775807 - 1 AS BIGINT)",
    "FLOAT": "CAST('NaN' AS FLOAT)",
    "DOUBLE": _NAN,
    "BOOLEAN": "FALSE",
    "STRING": "''",
}


def _aggregate(
    name: str,
    parameters: str,
    result: str,
    template: str,
    empty: str | None,
    doc: str,
    aliases: Sequence[str] = (),
) -> Function:
    """`{where}` stands where the FILTER clause goes; `empty` is the value over no rows (None: never null)."""

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        printed = [argument(value, kind, name) for value, kind in zip(arguments, parameters, strict=True)]
        sql = f"CAST({template.format(*printed, where=context.where)} AS {duckdb_type(result)})"
        return _or_empty(sql, result, empty, context)

    return Function(name, len(parameters), len(parameters), render, doc, tuple(aliases), aggregate=True)


def _own(name: str, minimum: int, maximum: int, render: Render, doc: str, aliases: Sequence[str] = ()) -> Function:
    return Function(name, minimum, maximum, render, doc, tuple(aliases), aggregate=True)


def _nullable(name: str, arguments: int, render: Render, doc: str) -> Function:
    """An aggregation that Pinot gives no value of its own over no rows."""
    return Function(name, arguments, arguments, render, doc, aggregate=True, nullable=True)


def _or_empty(sql: str, data_type: str, empty: str | None, context: Context) -> Typed:
    if empty is None or context.null_handling:
        return Typed(sql, data_type)
    return Typed(f"coalesce({sql}, {empty})", data_type)


def _count(arguments: Sequence[Typed], context: Context) -> Typed:
    counted = arguments[0].sql if arguments and context.null_handling else "*"
    return Typed(f"count({counted}){context.where}", LONG)


def _distinct_values(value: Typed, context: Context) -> str:
    """A list of the distinct values: for multi-value columns, of their elements."""
    listed = f"list({value.sql}){context.where}"
    return f"list_distinct({f'flatten({listed})' if is_array(value.data_type) else listed})"


def _distinct_count(result: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if is_array(value.data_type):
            counted = f"coalesce(len({_distinct_values(value, context)}), 0)"
        else:
            counted = f"count(DISTINCT {value.sql}){context.where}"
        return Typed(f"CAST({counted} AS {duckdb_type(result)})", result)

    return render


def _approximate_distinct_count(arguments: Sequence[Typed], context: Context) -> Typed:
    value = arguments[0]
    if is_array(value.data_type):
        return _distinct_count(LONG)(arguments, context)
    return Typed(f"CAST(approx_count_distinct({value.sql}){context.where} AS BIGINT)", LONG)


def _over_distinct(function: str, empty: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value = arguments[0]
        if is_array(value.data_type):
            numbers = convert_sql("e", element_of(value.data_type), DOUBLE)
            sql = f"list_{function}(list_transform({_distinct_values(value, context)}, lambda e: {numbers}))"
        else:
            sql = f"{function}(DISTINCT {convert(value, DOUBLE)}){context.where}"
        return _or_empty(sql, DOUBLE, empty, context)

    return render


def _percentile(fixed: int | None, result: str, empty: str) -> Render:
    """The element at index floor(n * p / 100) of the sorted values, the last one for p = 100: no interpolation."""

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        percent = float(fixed) if fixed is not None else _percent(arguments[1])
        value = arguments[0]
        values = f"list({_numbers(value)}){context.where}"
        ordered = f"list_sort({f'flatten({values})' if is_array(value.data_type) else values})"
        position = "-1" if percent == 100 else f"CAST(floor(len({ordered}) * {_double(percent)} / 100) AS BIGINT) + 1"
        sql = f"CAST({ordered}[{position}] AS {duckdb_type(result)})"
        return _or_empty(sql, result, empty, context)

    return render


def _numbers(value: Typed) -> str:
    """Numbers to sort: of each row one, or the elements."""
    if not is_array(value.data_type):
        return argument(value, "n", "percentile")
    numbers = convert_sql("e", element_of(value.data_type), DOUBLE)
    return f"list_transform({value.sql}, lambda e: {numbers})"


def _percent(value: Typed) -> float:
    text = literal_text(value, "percentile", "percent")
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise ValidationFault(f"Invalid percentile: {text}, it has to be between 0 and 100")
    return percent


def _percentiles() -> list[Function]:
    kinds = (
        ("percentile", DOUBLE, _MINUS_INFINITY, "exact; index floor(n * p / 100)"),
        ("percentileest", LONG, _EMPTY_OF_TYPE["LONG"], "exact here, whole numbers"),
        ("percentiletdigest", DOUBLE, _NAN, "exact here"),
        ("percentilekll", DOUBLE, _NAN, "exact here"),
        ("percentilesmarttdigest", DOUBLE, _MINUS_INFINITY, "exact here"),
    )
    rows = []
    for name, result, empty, doc in kinds:
        rows.append(_own(name, 2, 3, _percentile(None, result, empty), doc, (f"{name}mv",)))
        for percent in (50, 75, 90, 95, 99):
            fixed = _percentile(percent, result, empty)
            rows.append(_own(f"{name}{percent}", 1, 1, fixed, f"p{percent}, {doc}", (f"{name}{percent}mv",)))
    return rows


def _with_time(function: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        data_type = literal_text(arguments[2], "lastwithtime", "type").upper()
        if data_type not in _EMPTY_OF_TYPE:
            raise ValidationFault(f"Unsupported data type for lastwithtime/firstwithtime: {data_type}")
        value, moment = convert(arguments[0], data_type), convert(arguments[1], LONG)
        sql = f"{function}({value}, {moment}){context.where}"
        return _or_empty(sql, data_type, _EMPTY_OF_TYPE[data_type], context)

    return render


def _mode(arguments: Sequence[Typed], context: Context) -> Typed:
    """The most frequent value as DOUBLE; ties by the smallest, the largest or the average of them."""
    reducer = literal_text(arguments[1], "mode", "reducer").upper() if len(arguments) == 2 else "MIN"
    reducers = {"MIN": "list_min", "MAX": "list_max", "AVG": "list_avg"}
    if reducer not in reducers:
        raise ValidationFault(f"Invalid multi mode reducer of mode: {reducer}, use MIN, MAX or AVG")
    counts = f"histogram({argument(arguments[0], 'd', 'mode')}){context.where}"
    by_count = f"list_select(map_keys({counts}), list_grade_up(map_values({counts}), 'DESC'))"
    ties = f"list_histogram(map_values({counts}))[list_max(map_values({counts}))]"
    modes = f"list_slice({by_count}, 1, CAST({ties} AS BIGINT))"
    return _or_empty(f"{reducers[reducer]}({modes})", DOUBLE, _MINUS_INFINITY, context)


def _keeping_type(function: str, data_type: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        sql = f"CAST({function}({convert(arguments[0], data_type)}){context.where} AS {duckdb_type(data_type)})"
        empty = "CAST(0 AS BIGINT)" if function == "sum" else None
        return _or_empty(sql, data_type, empty, context)

    return render


def _sum_precision(arguments: Sequence[Typed], context: Context) -> Typed:
    decimals = f"CAST({convert(arguments[0], BIG_DECIMAL)} AS {DECIMAL_DUCKDB})"
    return _or_empty(decimal_text(f"sum({decimals}){context.where}"), STRING, "'0'", context)


def _array_agg(arguments: Sequence[Typed], context: Context) -> Typed:
    data_type = literal_text(arguments[1], "arrayagg", "type").upper()
    distinct = len(arguments) == 3 and literal_text(arguments[2], "arrayagg", "distinct flag").lower() == "true"
    if data_type not in (*_EMPTY_OF_TYPE, "TIMESTAMP"):
        raise ValidationFault(f"Unsupported data type for arrayagg: {data_type}")
    value = convert(arguments[0], data_type)
    sql = f"list({'DISTINCT ' if distinct else ''}{value}){context.where}"
    return Typed(f"coalesce({sql}, CAST([] AS {duckdb_type(data_type)}[]))", array_of(data_type))


def _list_agg(arguments: Sequence[Typed], context: Context) -> Typed:
    value, separator = convert(arguments[0], STRING), quote_string(literal_text(arguments[1], "listagg", "separator"))
    return _or_empty(f"string_agg({value}, {separator}){context.where}", STRING, "''", context)


def _any_value(arguments: Sequence[Typed], context: Context) -> Typed:
    return Typed(f"any_value({arguments[0].sql}){context.where}", arguments[0].data_type)


def _histogram(arguments: Sequence[Typed], context: Context) -> Typed:
    """Counts of [low, high] in bins of one width; the last bin holds its upper end too."""
    low, high, bins = (_bound(value) for value in arguments[1:])
    if not (math.isfinite(high - low) and low < high and bins in range(1, _BINS_MAX + 1)):
        raise ValidationFault(f"Function histogram needs finite bounds, lower < upper, and 1 to {_BINS_MAX} bins")
    value, last = argument(arguments[0], "d", "histogram"), int(bins) - 1
    position = f"least(floor(({value} - {_double(low)}) / {_double((high - low) / bins)}), {last})"
    inside = f"{value} BETWEEN {_double(low)} AND {_double(high)}"
    counts = (f"count(CASE WHEN {inside} AND {position} = {i} THEN 1 END){context.where}" for i in range(int(bins)))
    return Typed(f"[{', '.join(f'CAST({count} AS DOUBLE)' for count in counts)}]", array_of(DOUBLE))


def _bound(value: Typed) -> float:
    number = value.literal.value if value.literal is not None else None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ValidationFault("Function histogram needs numbers as its bounds and its number of bins")
    return float(min(max(number, -1e308), 1e308)) if isinstance(number, int) else number


def _double(value: float) -> str:
    return value_sql(value, DOUBLE)


def _extreme_by(function: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value, measure = arguments
        return Typed(f"{function}({value.sql}, {measure.sql}){context.where}", value.data_type)

    return render


def _ordinary(function: str, mv: Callable[[str, str], str], empty: str) -> Render:
    """SUM, MIN, MAX, AVG and MINMAXRANGE: DOUBLE, over values or over all elements of a multi-value column."""

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        value, where = arguments[0], context.where
        if is_array(value.data_type):
            numbers = convert_sql("e", element_of(value.data_type), DOUBLE)
            sql = mv(f"list_transform({value.sql}, lambda e: {numbers})", where)
        else:
            sql = function.format(argument(value, "n", "aggregate"), where=where)
        return _or_empty(f"CAST({sql} AS DOUBLE)", DOUBLE, empty, context)

    return render


def _range_mv(x: str, where: str) -> str:
    return f"max(list_max({x})){where} - min(list_min({x})){where}"


_ORDINARY = (
    _own("sum", 1, 1, _ordinary("sum({0}){where}", lambda x, w: f"sum(list_sum({x})){w}", "0e0"), "0 over no rows"),
    _own("min", 1, 1, _ordinary("min({0}){where}", lambda x, w: f"min(list_min({x})){w}", _INFINITY), "smallest"),
    _own("max", 1, 1, _ordinary("max({0}){where}", lambda x, w: f"max(list_max({x})){w}", _MINUS_INFINITY), "largest"),
    _own(
        "avg",
        1,
        1,
        _ordinary("avg({0}){where}", lambda x, w: f"sum(list_sum({x})){w} / sum(len({x})){w}", _MINUS_INFINITY),
        "-Infinity over no rows",
    ),
    _own(
        "minmaxrange",
        1,
        1,
        _ordinary("CAST(max({0}){where} AS DOUBLE) - min({0}){where}", _range_mv, _MINUS_INFINITY),
        "max - min",
    ),
)

_MULTI_VALUE = tuple(
    Function(f"{row.name}mv", row.minimum, row.maximum, row.render, f"{row.name} of all elements", (), aggregate=True)
    for row in _ORDINARY
)

AGGREGATES: tuple[Function, ...] = (
    _own("count", 0, 1, _count, "rows; with null handling the rows where x is not null"),
    _aggregate("countmv", "a", LONG, "sum(len({0})){where}", "0", "number of elements"),
    *_ORDINARY,
    *_MULTI_VALUE,
    _own(
        "distinctcount",
        1,
        2,
        _distinct_count(INT),
        "exact",
        (
            "distinctcountbitmap",
            "distinctcountsmarthll",
            "distinctcountmv",
            "distinctcountbitmapmv",
            "distinctcountsmarthllmv",
        ),
    ),
    _own("segmentpartitioneddistinctcount", 1, 1, _distinct_count(LONG), "exact here"),
    _own(
        "distinctcounthll",
        1,
        3,
        _approximate_distinct_count,
        "HyperLogLog",
        (
            "distinctcounthllplus",
            "distinctcountull",
            "distinctcountthetasketch",
            "distinctcountcpcsketch",
            "distinctcounthllmv",
            "distinctcounthllplusmv",
            "distinctcountullmv",
            "distinctcountcpcsketchmv",
        ),
    ),
    _own("distinctsum", 1, 1, _over_distinct("sum", "0e0"), "sum of distinct values", ("distinctsummv",)),
    _own("distinctavg", 1, 1, _over_distinct("avg", _NAN), "average of distinct values", ("distinctavgmv",)),
    *_percentiles(),
    _own("lastwithtime", 3, 3, _with_time("arg_max"), "value at the latest time"),
    _own("firstwithtime", 3, 3, _with_time("arg_min"), "value at the earliest time"),
    _own("mode", 1, 2, _mode, "ties by MIN, MAX or AVG"),
    _aggregate("stddevpop", "d", DOUBLE, "stddev_pop({0}){where}", _MINUS_INFINITY, "population", ("stddev",)),
    _aggregate("stddevsamp", "d", DOUBLE, "stddev_samp({0}){where}", _MINUS_INFINITY, "sample"),
    _aggregate("varpop", "d", DOUBLE, "var_pop({0}){where}", _MINUS_INFINITY, "population", ("variance",)),
    _aggregate("varsamp", "d", DOUBLE, "var_samp({0}){where}", _MINUS_INFINITY, "sample"),
    _aggregate("covarpop", "dd", DOUBLE, "covar_pop({0}, {1}){where}", _MINUS_INFINITY, "population"),
    _aggregate("covarsamp", "dd", DOUBLE, "covar_samp({0}, {1}){where}", _MINUS_INFINITY, "sample"),
    _aggregate("corr", "dd", DOUBLE, "corr({0}, {1}){where}", _MINUS_INFINITY, "correlation"),
    _aggregate("skewness", "d", DOUBLE, "skewness({0}){where}", _NAN, "third moment"),
    _aggregate("kurtosis", "d", DOUBLE, "kurtosis_pop({0}){where}", _NAN, "fourth moment"),
    _aggregate("booland", "b", BOOLEAN, "bool_and({0}){where}", "TRUE", "all true"),
    _aggregate("boolor", "b", BOOLEAN, "bool_or({0}){where}", "FALSE", "any true"),
    _own("sumprecision", 1, 3, _sum_precision, "decimal sum, as text"),
    _own("sumint", 1, 1, _keeping_type("sum", LONG), "whole-number sum", ("sumlong",)),
    _nullable("minlong", 1, _keeping_type("min", LONG), "keeps LONG"),
    _nullable("maxlong", 1, _keeping_type("max", LONG), "keeps LONG"),
    _nullable("minstring", 1, _keeping_type("min", STRING), "keeps STRING"),
    _nullable("maxstring", 1, _keeping_type("max", STRING), "keeps STRING"),
    _own("arrayagg", 2, 3, _array_agg, "all values as a list"),
    _own("listagg", 2, 2, _list_agg, "all values joined"),
    _nullable("anyvalue", 1, _any_value, "any one value"),
    _own("histogram", 4, 4, _histogram, "counts per bucket of equal width"),
    _nullable("argmin", 2, _extreme_by("arg_min"), "value where the measure is smallest: one row of ties"),
    _nullable("argmax", 2, _extreme_by("arg_max"), "value where the measure is largest: one row of ties"),
    _nullable("exprmin", 2, _extreme_by("arg_min"), "as argmin"),
    _nullable("exprmax", 2, _extreme_by("arg_max"), "as argmax"),
)
