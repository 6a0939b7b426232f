"""Aggregations that keep values: as arrays, as joined text, as the rows where a measure is extreme."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import DOUBLE, LONG, STRING, array_of, duckdb_type, is_array
from dialects.conversions import Typed, convert
from dialects.families.aggregate_entry import EMPTY_OF_TYPE, or_empty, own
from dialects.faults import SyntaxFault, ValidationFault
from dialects.function_entry import MANY, Context, Function, Render, literal_text
from dialects.literals import null_sql, quote_string

_AGGREGATED = (*EMPTY_OF_TYPE, "TIMESTAMP", "BIG_DECIMAL", "JSON", "BYTES", "UUID")


def _array_agg(arguments: Sequence[Typed], context: Context) -> Typed:
    data_type = literal_text(arguments[1], "arrayagg", "type").upper()
    distinct = len(arguments) == 3 and literal_text(arguments[2], "arrayagg", "distinct flag").lower() == "true"
    if data_type not in _AGGREGATED:
        raise ValidationFault(f"Unsupported data type for ARRAY_AGG: {data_type}, use one of {', '.join(_AGGREGATED)}")
    value = arguments[0]
    where = context.filtered(f"({value.sql} IS NOT NULL)") if context.null_handling else context.where
    if is_array(value.data_type):
        listed = f"flatten(list({convert(value, array_of(data_type))}){where})"
        listed = f"list_distinct({listed})" if distinct else listed
    else:
        listed = f"list({'DISTINCT ' if distinct else ''}{convert(value, data_type)}){where}"
    if context.null_handling:
        return Typed(listed, array_of(data_type))
    return Typed(f"coalesce({listed}, CAST([] AS {duckdb_type(data_type)}[]))", array_of(data_type))


def _list_agg(arguments: Sequence[Typed], context: Context) -> Typed:
    value, separator = convert(arguments[0], STRING), quote_string(literal_text(arguments[1], "listagg", "separator"))
    distinct = len(arguments) == 3 and literal_text(arguments[2], "listagg", "distinct flag").lower() == "true"
    joined = f"string_agg({'DISTINCT ' if distinct else ''}{value}, {separator}){context.where}"
    return or_empty(joined, STRING, "''", context)


def _sum_array(result: str) -> Render:
    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        listed = f"list({convert(arguments[0], array_of(result))}){context.where}"
        return Typed(f"coalesce(pinot_sum_array_{result.lower()}({listed}), [])", array_of(result))

    return render


def _where_extreme(extreme: str) -> Render:
    """One row of the answer for each row of the group whose measures are the smallest or the largest together."""

    def render(arguments: Sequence[Typed], context: Context) -> Typed:
        if " OVER " in context.where:
            raise SyntaxFault(f"Rows of {extreme} measures cannot stand in a window: use FIRST_VALUE")
        value, *measures = arguments
        measure = f"row({', '.join(one.sql for one in measures)})"
        known = context.filtered(f"({' AND '.join(f'{one.sql} IS NOT NULL' for one in measures)})")
        pairs = f"list({{'of': {measure}, 'value': {value.sql}}}){known}"
        best = f"list_filter({pairs}, lambda e: e.of = {extreme}({measure}){known})"
        values = f"list_transform({best}, lambda e: e.value)"
        return Typed(f"unnest(coalesce({values}, [{null_sql(value.data_type)}]))", value.data_type)

    return render


def _extreme(name: str, extreme: str, doc: str, alias: str) -> Function:
    return Function(name, 2, MANY, _where_extreme(extreme), doc, (alias,), aggregate=True, nullable=True)


ARRAY_AGGREGATES: tuple[Function, ...] = (
    own("arrayagg", 2, 3, _array_agg, "all values as a list"),
    own("listagg", 2, 3, _list_agg, "all values joined"),
    own("sumarraylong", 1, 1, _sum_array(LONG), "arrays added position by position"),
    own("sumarraydouble", 1, 1, _sum_array(DOUBLE), "arrays added position by position"),
    _extreme("exprmin", "min", "value where the measures are smallest: a row for each tie", "argmin"),
    _extreme("exprmax", "max", "value where the measures are largest: a row for each tie", "argmax"),
)
