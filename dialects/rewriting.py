"""Aggregations over a column and a constant, as Pinot rewrites (and therefore names) them: SUM(x * 2) is SUM(x) * 2."""

from __future__ import annotations

from dialects.column_types import is_numeric
from dialects.tree import Call, Column, Literal, Node

_REVERSED = {"min": "max", "max": "min"}
_ADD, _SUBTRACT, _MULTIPLY = ("plus", "add"), ("minus", "sub"), ("times", "mult")
"""As they may be written, and as Pinot then writes them itself: SUM(x * 2) is called `mult(sum(x),'2')`."""
_OF_ELEMENTS = frozenset({("sum", "arraysum"), ("min", "arraymin"), ("max", "arraymax")})
"""Aggregations of aggregated lists, which Pinot names by all elements: `SUM(ARRAYSUM(x))` is `summv(x)`."""


def constant_pulled_out(node: Node) -> Node:
    """A select item without an alias; whatever is no such aggregation stays as it is."""
    match node:
        case Call(outer, (Call(inner, (Column() as column,)),)) if (outer, inner) in _OF_ELEMENTS:
            return Call(f"{outer}mv", (column,))
        case Call("sum" | "avg" | "min" | "max" as function, (Call(operator, (Column() as column, constant)),)):
            return _with_constant_right(function, operator, column, constant) or node
        case Call("sum" | "avg" | "min" | "max" as function, (Call(operator, (constant, Column() as column)),)):
            return _with_constant_left(function, operator, column, constant) or node
        case _:
            return node


def _with_constant_right(function: str, operator: str, column: Column, constant: Node) -> Node | None:
    if not _is_number(constant) or not _is_single(column):
        return None
    for names in (_ADD, _SUBTRACT):
        if operator in names:
            return Call(names[-1], (Call(function, (column,)), _counted(function, column, constant)))
    return _multiplied(function, column, constant) if operator in _MULTIPLY else None


def _with_constant_left(function: str, operator: str, column: Column, constant: Node) -> Node | None:
    if not _is_number(constant) or not _is_single(column):
        return None
    if operator in _SUBTRACT:
        aggregated = Call(_REVERSED.get(function, function), (column,))
        return Call("sub", (_counted(function, column, constant), aggregated))
    return _with_constant_right(function, operator, column, constant)


def _counted(function: str, column: Column, constant: Node) -> Node:
    """A sum has the constant once for each row."""
    return Call("mult", (constant, Call("count", (column,)))) if function == "sum" else constant


def _multiplied(function: str, column: Column, constant: Node) -> Node:
    negative = isinstance(constant, Literal) and constant.text.startswith("-")
    return Call("mult", (Call(_REVERSED.get(function, function) if negative else function, (column,)), constant))


def _is_number(node: Node) -> bool:
    return isinstance(node, Literal) and is_numeric(node.data_type)


def _is_single(column: Column) -> bool:
    return not column.type.multi_value and column.type.data_type != "BIG_DECIMAL"
