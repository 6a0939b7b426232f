"""Numbers as Java writes them, since they stand in names of result columns."""

from __future__ import annotations

import math
from decimal import Decimal

_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e7


def double_text(value: float) -> str:
    """`1.0`, `1.0E10`, `NaN`: Java's `Double.toString`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    minus = "-" if sign else ""
    if value == 0:
        return f"{minus}0.0"
    if _PLAIN_FROM <= abs(value) < _PLAIN_BELOW:
        plain = format(Decimal(repr(abs(value))), "f")
        return minus + (plain if "." in plain else f"{plain}.0")
    return f"{minus}{text[0]}.{text[1:] or '0'}E{exponent + len(text) - 1}"
