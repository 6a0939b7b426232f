"""Distances of vectors: multi-value columns and arrays of numbers of one length."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BOOLEAN, DOUBLE, INT, array_of, element_of, is_numeric
from dialects.conversions import Typed, convert
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, argument, literal_int, special


def vector(value: Typed, function: str) -> str:
    """SQL of a vector as DOUBLE[]. Raises ValidationFault."""
    argument(value, "a", function)
    if not is_numeric(element_of(value.data_type)):
        raise ValidationFault(f"Function {function} needs an array of numbers, found {value.data_type}")
    return convert(value, array_of(DOUBLE))


def _of_two(name: str, template: str, doc: str, *aliases: str) -> Function:
    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        return Typed(template.format(*(vector(value, name) for value in arguments)), DOUBLE)

    return special(name, 2, 2, render, doc, aliases=aliases)


def _cosine(arguments: Sequence[Typed], _: Context) -> Typed:
    left, right = (vector(value, "cosinedistance") for value in arguments[:2])
    default = convert(arguments[2], DOUBLE) if len(arguments) == 3 else "'NaN'::DOUBLE"
    distance = f"list_cosine_distance({left}, {right})"
    return Typed(f"CASE WHEN isnan({distance}) THEN {default} ELSE {distance} END", DOUBLE)


def _dimensions(arguments: Sequence[Typed], _: Context) -> Typed:
    return Typed(f"CAST(len({argument(arguments[0], 'a', 'vectordims')}) AS INTEGER)", INT)


def _norm(arguments: Sequence[Typed], _: Context) -> Typed:
    numbers = vector(arguments[0], "vectornorm")
    return Typed(f"sqrt(list_inner_product({numbers}, {numbers}))", DOUBLE)


def _similar(arguments: Sequence[Typed], context: Context) -> Typed:
    """The k rows of the whole table that are nearest by cosine; rows as far as the last of them count too."""
    if not context.relation:
        raise ValidationFault(
            "VECTOR_SIMILARITY filters one table: here use ORDER BY cosineDistance(x, ARRAY[...]) LIMIT k"
        )
    nearest = literal_int(arguments[2], "vectorsimilarity", "number of rows") if len(arguments) == 3 else _NEAREST
    column, sought = (vector(value, "vectorsimilarity") for value in arguments[:2])
    if nearest < 1:
        raise ValidationFault("VECTOR_SIMILARITY needs a number of rows above 0")
    distance = f"list_cosine_distance({column}, {sought})"
    ranked = f"SELECT {distance} AS d FROM {context.relation.removesuffix('.')} ORDER BY d LIMIT {nearest}"
    return Typed(f"coalesce({distance} <= (SELECT max(d) FROM ({ranked}) AS ranked), FALSE)", BOOLEAN)


_NEAREST = 10
_L1 = (
    "CASE WHEN list_inner_product({0}, {1}) IS NOT NULL THEN "  # refuses vectors of two lengths
    "coalesce(list_sum(list_transform(range(len({0})), lambda n: abs(({0})[n + 1] - ({1})[n + 1]))), 0e0) END"
)

VECTORS: tuple[Function, ...] = (
    special("cosinedistance", 2, 3, _cosine, "1 - cosine; a zero vector: the third argument, or NaN"),
    _of_two("innerproduct", "list_inner_product({0}, {1})", "sum of the products", "dotproduct"),
    _of_two("l2distance", "list_distance({0}, {1})", "Euclid's distance"),
    _of_two("euclideandistance", "power(list_distance({0}, {1}), 2)", "its square, as in Pinot"),
    _of_two("l1distance", _L1, "sum of the differences"),
    special(
        "vectorsimilarity",
        2,
        3,
        _similar,
        "filter: the k (10) nearest rows of the table by cosine, found by looking at all, before other filters",
    ),
    special("vectordims", 1, 1, _dimensions, "number of elements"),
    special("vectornorm", 1, 1, _norm, "length of the vector"),
)
