"""Aggregations over a column and a constant, as Pinot rewrites (and therefore names) them: SUM(x * 2) is SUM(x) * 2."""

from __future__ import annotations

from dialects.column_types import is_numeric
from dialects.tree import Call, Column, Literal, Node

_REVERSED = {"min": "max", "max": "min"}


def constant_pulled_out(node: Node) -> Node:
    """A select item without an alias; whatever is no such aggregation stays as it is."""
    match node:
        case Call("sum" | "avg" | "min" | "max" as function, (Call(operator, (Column() as column, constant)),)):
            return _with_constant_right(function, operator, column, constant) or node
        case Call("sum" | "avg" | "min" | "max" as function, (Call(operator, (constant, Column() as column)),)):
            return _with_constant_left(function, operator, column, constant) or node
        case _:
            return node


def _with_constant_right(function: str, operator: str, column: Column, constant: Node) -> Node | None:
    if not _is_number(constant) or not _is_single(column):
        return None
    match operator:
        case "plus" | "minus":
            return Call(operator, (Call(function, (column,)), _counted(function, column, constant)))
        case "times":
            return _multiplied(function, column, constant)
        case _:
            return None


def _with_constant_left(function: str, operator: str, column: Column, constant: Node) -> Node | None:
    if not _is_number(constant) or not _is_single(column):
        return None
    match operator:
        case "plus":
            return Call("plus", (Call(function, (column,)), _counted(function, column, constant)))
        case "minus":
            aggregated = Call(_REVERSED.get(function, function), (column,))
            return Call("minus", (_counted(function, column, constant), aggregated))
        case "times":
            return _multiplied(function, column, constant)
        case _:
            return None


def _counted(function: str, column: Column, constant: Node) -> Node:
    """A sum has the constant once for each row."""
    return Call("times", (constant, Call("count", (column,)))) if function == "sum" else constant


def _multiplied(function: str, column: Column, constant: Node) -> Node:
    negative = isinstance(constant, Literal) and constant.text.startswith("-")
    return Call("times", (Call(_REVERSED.get(function, function) if negative else function, (column,)), constant))


def _is_number(node: Node) -> bool:
    return isinstance(node, Literal) and is_numeric(node.data_type)


def _is_single(column: Column) -> bool:
    return not column.type.multi_value and column.type.data_type != "BIG_DECIMAL"
