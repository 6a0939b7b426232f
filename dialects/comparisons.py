"""A column compared with a literal: the literal as a value of the column's type, or what the comparison always is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dialects.column_types import is_integral
from dialects.faults import SyntaxFault
from dialects.literals import Value, cannot_convert, coerce
from dialects.tree import Literal

SIGNS = {
    "equals": "=",
    "not_equals": "<>",
    "greater_than": ">",
    "greater_than_or_equal": ">=",
    "less_than": "<",
    "less_than_or_equal": "<=",
}
FLIPPED = {"=": "=", "<>": "<>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
# A fraction or an out-of-range number against a whole-number column: `x > 1.5` is `x > 1`, `x < 1.5` is `x <= 1`.
_FRACTION_SIGNS = {">": ">", ">=": ">", "<": "<=", "<=": "<="}
_INTEGER_LIMITS = {"INT": 2**31, "LONG": 2**63}


def compare_literal(sign: str, data_type: str, literal: Literal) -> tuple[str, Value] | bool:
    """`x sign literal` for an x of a Pinot type: the sign and the value to compare with, or what it always is.

    Raises ValidationFault (700) if the literal cannot be read as that type, SyntaxFault for NULL.
    """
    if literal.value is None:
        raise SyntaxFault(f"Using NULL in {sign} filter is not supported")
    if is_integral(data_type) and isinstance(literal.value, int | float) and not isinstance(literal.value, bool):
        return _compare_integral(sign, _INTEGER_LIMITS[data_type], literal)
    return sign, coerce(literal, data_type)


def _compare_integral(sign: str, limit: int, literal: Literal) -> tuple[str, Value] | bool:
    number = literal.value
    assert isinstance(number, int | float)
    if math.isnan(number):
        raise cannot_convert(literal, "INT")
    if not -limit <= number < limit:
        return sign == "<>" or (sign in ("<", "<=") if number > 0 else sign in (">", ">="))
    if number == math.floor(number):
        return sign, int(number)
    return sign == "<>" if sign in ("=", "<>") else (_FRACTION_SIGNS[sign], math.floor(number))


def in_values(data_type: str, literals: Sequence[Literal]) -> list[Value]:
    """The values of an IN list that a column of the type can have at all. Raises as `compare_literal`."""
    outcomes = (compare_literal("=", data_type, literal) for literal in literals)
    return [outcome[1] for outcome in outcomes if not isinstance(outcome, bool)]
