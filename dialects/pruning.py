"""Conditions that every row of an answer meets: what segments can be pruned by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dialects.bound_query import Predicate, Sign
from dialects.comparisons import FLIPPED, SIGNS, compare_literal, in_values
from dialects.tree import Call, Column, Literal, Node

_PRUNING_SIGNS: dict[str, Sign] = {"=": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


def certain_predicates(condition: Node | None) -> tuple[Predicate, ...]:
    """The comparisons of single-value columns with literals that a condition's AND parts consist of.

    Anything else (OR, NOT, expressions, multi-values) says nothing here. Raises QueryFault for literals that do
    not fit.
    """
    return () if condition is None else tuple(_predicates(condition))


def is_certain(condition: Node | None) -> bool:
    """Whether `certain_predicates` says all of the condition: rows that meet those predicates meet it."""
    match condition:
        case None:
            return True
        case Call("and", parts):
            return all(map(is_certain, parts))
        case Call(function):
            return len(list(_predicates(condition))) == (2 if function == "between" else 1)
        case _:
            return False


def _predicates(node: Node) -> Iterator[Predicate]:
    if isinstance(node, Call) and node.function == "and":
        for part in node.arguments:
            yield from _predicates(part)
    elif isinstance(node, Call):
        yield from _of_call(Call(node.function, tuple(map(_without_cast, node.arguments))))


def _without_cast(node: Node) -> Node:
    """A cast to the type that a column has anyway, or of text to TIMESTAMP, changes no comparison."""
    match node:
        case Call("cast", (Column() as column, Literal(text=word))) if column.type.word == word:
            return column
        case Call("cast", (Literal(str()) as literal, Literal(text="TIMESTAMP"))):
            return literal
        case _:
            return node


def _of_call(node: Call) -> Iterator[Predicate]:
    match node:
        case Call("in", (Column() as column, *values)) if not column.type.multi_value:
            yield from _membership(column, values)
        case Call("between", (Column() as column, Literal() as low, Literal() as high)):
            yield from _comparison(column, ">=", low)
            yield from _comparison(column, "<=", high)
        case Call(function, (Column() as column, Literal() as literal)) if function in SIGNS:
            yield from _comparison(column, SIGNS[function], literal)
        case Call(function, (Literal() as literal, Column() as column)) if function in SIGNS:
            yield from _comparison(column, FLIPPED[SIGNS[function]], literal)


def _comparison(column: Column, sign: str, literal: Literal) -> Iterator[Predicate]:
    if column.type.multi_value or literal.value is None:
        return
    outcome = compare_literal(sign, column.type.data_type, literal)
    if not isinstance(outcome, bool) and outcome[0] in _PRUNING_SIGNS and _is_exact(column, outcome[1]):
        yield Predicate(column.name, _PRUNING_SIGNS[outcome[0]], (outcome[1],))


def _membership(column: Column, values: Sequence[Node]) -> Iterator[Predicate]:
    literals = [value for value in values if isinstance(value, Literal)]
    found = in_values(column.type.data_type, literals)
    if len(literals) == len(values) and found and all(_is_exact(column, value) for value in found):
        yield Predicate(column.name, "in", tuple(found))


def _is_exact(column: Column, value: object) -> bool:
    """Timestamps beyond Python's calendar stay numbers, and FLOAT columns round the literal: neither is certain."""
    return column.type.data_type != "FLOAT" and not (column.type.data_type == "TIMESTAMP" and isinstance(value, int))
