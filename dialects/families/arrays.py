"""Functions of multi-value columns, one row at a time."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import (
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    STRING,
    array_of,
    duckdb_type,
    element_of,
    is_array,
    is_numeric,
)
from dialects.comparisons import in_values
from dialects.conversions import Typed, convert, convert_sql
from dialects.families.predicates import condition
from dialects.faults import ValidationFault
from dialects.function_entry import (
    MANY,
    Context,
    Function,
    argument,
    common_type,
    literal_text,
    same_type,
    scalar,
    special,
)
from dialects.literals import quote_string, value_sql

GENERATED_MAX = 1_000_000
_SUFFIXES = ("int", "long", "float", "double", "string")


def _value_in(arguments: Sequence[Typed], _: Context) -> Typed:
    sql = argument(arguments[0], "a", "valuein")
    element = element_of(arguments[0].data_type)
    literals = [value.literal for value in arguments[1:] if value.literal is not None]
    if len(literals) != len(arguments) - 1:
        raise ValidationFault("Function valuein needs literals after the first argument")
    values = ", ".join(value_sql(value, element) for value in in_values(element, literals))
    kept = f"lambda e: e IN ({values})" if values else "lambda e: FALSE"
    return Typed(f"list_filter({sql}, {kept})", arguments[0].data_type)


def _constructor(arguments: Sequence[Typed], _: Context) -> Typed:
    data_type = common_type(arguments)
    if is_array(data_type):
        raise ValidationFault("ARRAY[...] takes single values")
    return Typed(f"[{', '.join(convert(value, data_type) for value in arguments)}]", array_of(data_type))


def _to_string(arguments: Sequence[Typed], _: Context) -> Typed:
    separator = quote_string(literal_text(arguments[1], "arraytostring", "delimiter"))
    texts = argument(arguments[0], "a", "arraytostring")
    if len(arguments) == 3:
        texts = f"list_transform({texts}, lambda e: coalesce(CAST(e AS VARCHAR), {convert(arguments[2], STRING)}))"
    return Typed(f"array_to_string({texts}, {separator})", STRING)


def _folded(name: str, sql: str, doc: str) -> Function:
    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        value = arguments[0]
        numbers = convert_sql("e", element_of(value.data_type), DOUBLE)
        return Typed(sql.format(f"list_transform({argument(value, 'a', name)}, lambda e: {numbers})"), DOUBLE)

    return special(name, 1, 1, render, doc, nullable=True)


def _with_element(name: str, result: str | None, sql: str, doc: str) -> Function:
    """A function of an array and one value of the array's element type."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        array, value = arguments
        printed = sql.format(argument(array, "a", name), convert(value, element_of(array.data_type)))
        return Typed(printed, result or array.data_type)

    return special(name, 2, 2, render, doc, aliases=[name + suffix for suffix in _SUFFIXES])


def _of_two(name: str, result: str | None, sql: str, doc: str) -> Function:
    """A function of two arrays; the second takes the type of the first."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        left, right = arguments
        printed = sql.format(argument(left, "a", name), convert(right, left.data_type))
        return Typed(printed, result or left.data_type)

    return special(name, 2, 2, render, doc, aliases=[name + suffix for suffix in _SUFFIXES])


def _typed(name: str, parameters: str, sql: str, doc: str) -> Function:
    return scalar(name, parameters, same_type, sql, doc, aliases=[name + suffix for suffix in _SUFFIXES])


def _map_value(arguments: Sequence[Typed], _: Context) -> Typed:
    """The value beside the first key that is equal."""
    keys, values = argument(arguments[0], "a", "mapvalue"), argument(arguments[2], "a", "mapvalue")
    key = convert(arguments[1], element_of(arguments[0].data_type))
    return Typed(f"({values})[list_position({keys}, {key})]", element_of(arguments[2].data_type))


def _filter_elements(arguments: Sequence[Typed], context: Context) -> Typed:
    """The condition over `e` stands third, put there when its text was read."""
    if len(arguments) != 3:
        raise ValidationFault("FILTERMV needs a multi-value column and a condition on v in quotes")
    kept = condition(arguments[2], context)
    return Typed(f"list_filter({argument(arguments[0], 'a', 'filtermv')}, lambda e: {kept})", arguments[0].data_type)


def _generated(data_type: str) -> Function:
    """From a start by a step to an end that belongs to it."""
    name = f"generate{data_type.lower()}array"

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        _check_size(name, [value.literal.value if value.literal else None for value in arguments])
        start, end, step = (convert(value, data_type) for value in arguments)
        count = f"CAST(trunc(({end} - {start}) / nullif({step}, 0)) AS BIGINT) + 1"
        made = convert_sql(f"({start} + n * {step})", LONG if data_type == INT else data_type, data_type)
        sql = f"list_transform(range(CASE WHEN {count} <= {GENERATED_MAX} THEN {count} END), lambda n: {made})"
        return Typed(sql, array_of(data_type))

    doc = f"start, end, step; null for a step of 0 or more than {GENERATED_MAX} elements"
    return special(name, 3, 3, render, doc, nullable=True)


def _check_size(name: str, literals: Sequence[object]) -> None:
    """Raises ValidationFault for literals that make no array, or too long a one."""
    match literals:
        case (int() | float() as start, int() | float() as end, int() | float() as step):
            if step == 0 or (end - start) / step >= GENERATED_MAX:
                raise ValidationFault(f"Function {name} needs a step that makes 1 to {GENERATED_MAX} elements")


def _element(arguments: Sequence[Typed]) -> str:
    found = arguments[0].data_type
    return element_of(found) if is_array(found) else found


def _element_at(arguments: Sequence[Typed], _: Context) -> Typed:
    array, place = argument(arguments[0], "a", "arrayelementat"), argument(arguments[1], "i", "arrayelementat")
    element = element_of(arguments[0].data_type)
    none = "0" if is_numeric(element) else "''"
    return Typed(f"coalesce({array}[{place}], CAST({none} AS {duckdb_type(element)}))", element)


INT_ARRAY = array_of(INT)
_INDEXES = "list_transform(list_filter(range(len({0})), lambda n: ({0})[n + 1] = {1}), lambda n: CAST(n AS INTEGER))"
_SUM = "CAST(coalesce(list_sum({0}), 0) AS BIGINT)"

ARRAYS: tuple[Function, ...] = (
    scalar("arraylength", "a", INT, "CAST(len({0}) AS INTEGER)", "number of elements", aliases=("cardinality",)),
    special("valuein", 2, MANY, _value_in, "keeps only these elements"),
    scalar("arraymin", "a", _element, "list_min({0})", "smallest element", nullable=True),
    scalar("arraymax", "a", _element, "list_max({0})", "largest element", nullable=True),
    _folded("arraysum", "list_sum({0})", "sum of the elements"),
    _folded("arrayaverage", "list_avg({0})", "average of the elements"),
    special("arrayvalueconstructor", 1, MANY, _constructor, "ARRAY[...]", aliases=("array",)),
    _typed("arrayreverse", "a", "list_reverse({0})", "backwards"),
    _typed("arraysort", "a", "list_sort({0})", "ascending"),
    _typed("arraydistinct", "a", "list_distinct({0})", "each element once"),
    _typed("arrayslice", "aii", "list_slice({0}, {1} + 1, {2})", "0-based, end exclusive"),
    _of_two("arrayconcat", None, "list_concat({0}, {1})", "one after the other"),
    _of_two("arrayunion", None, "list_distinct(list_concat({0}, {1}))", "in either"),
    _of_two("arraysoverlap", BOOLEAN, "list_has_any({0}, {1})", "share an element"),
    _with_element("arraycontains", BOOLEAN, "list_contains({0}, {1})", "is an element"),
    _with_element("arrayindexof", INT, "CAST(coalesce(list_position({0}, {1}), 0) - 1 AS INTEGER)", "0-based, -1"),
    _with_element("arrayremove", None, "list_filter({0}, lambda e: e <> {1})", "without this element"),
    special(
        "arrayelementat",
        2,
        2,
        _element_at,
        "1-based; 0 or empty where there is none",
        aliases=[f"arrayelementat{suffix}" for suffix in _SUFFIXES],
    ),
    _with_element("arrayindexesof", INT_ARRAY, _INDEXES, "0-based places of an element"),
    _with_element("arraypushback", None, "list_append({0}, {1})", "with an element at the end"),
    _with_element("arraypushfront", None, "list_prepend({1}, {0})", "with an element at the start"),
    _of_two("arrayintersect", None, "list_filter({0}, lambda e: list_contains({1}, e))", "in both"),
    _of_two("arrayexcept", None, "list_filter({0}, lambda e: NOT list_contains({1}, e))", "in the first only"),
    scalar(
        "intersectindices", "aa", INT_ARRAY, "list_filter({0}, lambda e: list_contains({1}, e))", "in both, sorted ones"
    ),
    scalar("arraysumint", "a", INT, f"CAST(xor({_SUM} & 4294967295, 2147483648) - 2147483648 AS INTEGER)", "wraps"),
    scalar("arraysumlong", "a", LONG, _SUM, "sum of whole numbers"),
    *(_generated(data_type) for data_type in (INT, LONG, FLOAT, DOUBLE)),
    special("mapvalue", 3, 3, _map_value, "keys, key, values: the value beside the key", nullable=True),
    special("filtermv", 2, 3, _filter_elements, "elements that meet a condition on v, such as 'v > 5 AND v <> 7'"),
    special("arraytostring", 2, 3, _to_string, "joined; the third argument stands for nulls"),
)
