"""What stands around aggregations of the single-stage engine: its types are those of Pinot's scalar functions."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import DOUBLE, LONG, TIMESTAMP, is_integral, is_numeric
from dialects.conversions import Typed, convert
from dialects.families.whole_numbers import whole_arithmetic
from dialects.tree import Call, Node

_SIGNS = {"plus": "+", "add": "+", "minus": "-", "sub": "-", "times": "*", "mult": "*"}
_EXTREMES = frozenset({"least", "greatest"})
_OF_ANY_TYPE = frozenset({"case", "casewhen", "cast", "coalesce", "nullif"})
"""Those that can return anything there: such a column is OBJECT, and can be null."""


def is_of_any_type(node: Node) -> bool:
    """Whether Pinot does not know the type of what comes out, for a node that stands around aggregations."""
    return isinstance(node, Call) and node.function in _OF_ANY_TYPE


def after_aggregation(call: Call, arguments: Sequence[Typed], ordinary: Typed) -> Typed:
    """`COUNT(*) + 1` is LONG, `GREATEST(COUNT(*), 5)` is DOUBLE; all others are as in any row."""
    if call.function in _EXTREMES and is_numeric(ordinary.data_type):
        return Typed(convert(ordinary, DOUBLE), DOUBLE)
    if call.function in _SIGNS and len(arguments) == 2 and _are_whole(call, arguments):
        return Typed(whole_arithmetic(_SIGNS[call.function], arguments[0].sql, arguments[1].sql, LONG), LONG)
    return ordinary


def _are_whole(call: Call, arguments: Sequence[Typed]) -> bool:
    return all(is_integral(one.data_type) for one in arguments) and not any(map(is_of_any_type, call.arguments))


def object_sql(value: Typed) -> str:
    """An OBJECT as the answer shows it: moments are milliseconds."""
    return convert(value, LONG) if value.data_type == TIMESTAMP else value.sql
