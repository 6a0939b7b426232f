"""What stands around aggregations of the single-stage engine: its types are those of Pinot's scalar functions."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import LONG, STRING, is_array, is_integral
from dialects.conversions import Typed, convert
from dialects.families.whole_numbers import whole_arithmetic

_SIGNS = {"plus": "+", "add": "+", "minus": "-", "sub": "-", "times": "*", "mult": "*"}
_OF_ANY_TYPE = frozenset({"case", "casewhen", "cast", "coalesce", "nullif"})
"""Those that can return anything there: such a column is STRING."""


def after_aggregation(function: str, arguments: Sequence[Typed], ordinary: Typed) -> Typed:
    """`COUNT(*) + 1` is LONG, `CASE WHEN SUM(x) > 0 THEN 1 ELSE 0 END` is STRING; all others are as in any row."""
    if function in _SIGNS and len(arguments) == 2 and all(is_integral(one.data_type) for one in arguments):
        return Typed(whole_arithmetic(_SIGNS[function], arguments[0].sql, arguments[1].sql, LONG), LONG)
    if function in _OF_ANY_TYPE and not is_array(ordinary.data_type):
        return Typed(convert(ordinary, STRING), STRING)
    return ordinary
