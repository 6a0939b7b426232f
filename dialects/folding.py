"""Calls over literals that are worked out while reading, so that pruning sees values: clocks and arithmetic."""

import math
import operator
import re
from collections.abc import Callable

from dialects.column_types import DOUBLE, INT, LONG
from dialects.faults import SyntaxFault, ValidationFault
from dialects.tree import Call, Literal, Node, number, whole

_ISO_PERIOD = re.compile(
    r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE
)
_PERIOD_MS = (604_800_000, 86_400_000, 3_600_000, 60_000, 1_000)
_EPOCH_MS = {"seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
_WHOLE: dict[str, Callable[[int, int], int]] = {
    **dict.fromkeys(("plus", "add"), operator.add),
    **dict.fromkeys(("minus", "sub"), operator.sub),
    **dict.fromkeys(("times", "mult"), operator.mul),
}
_REAL: dict[str, Callable[[float, float], float]] = {
    **dict.fromkeys(("plus", "add"), operator.add),
    **dict.fromkeys(("minus", "sub"), operator.sub),
    **dict.fromkeys(("times", "mult"), operator.mul),
    **dict.fromkeys(("divide", "div"), lambda a, b: _divided(a, b)),
    "mod": lambda a, b: math.fmod(a, b) if b and math.isfinite(a) else math.nan,
}
_LONGS = 2**64
_FOLDED = frozenset({INT, LONG, DOUBLE})
VOLATILE = frozenset({"now", "ago"})


def period_ms(text: str) -> int:
    """An ISO-8601 period such as PT1H or P1DT2H30M, in milliseconds. Raises ValidationFault."""
    match = _ISO_PERIOD.fullmatch(text)
    if match is None or not any(match.groups()[1:]):
        raise ValidationFault(f"Not an ISO-8601 period: '{text}', for example PT1H or P7D")
    parts = zip(match.groups()[1:], _PERIOD_MS, strict=True)
    total = sum(round(float(value) * unit) for value, unit in parts if value)
    return -total if match.group(1) == "-" else total


def fold(call: Call, now_ms: int | None) -> Node:
    """The literal that a call over literals stands for, or the call itself. Raises QueryFault for bad arguments."""
    if call.function in VOLATILE:
        return _fold_clock(call, now_ms)
    literals = [argument for argument in call.arguments if isinstance(argument, Literal)]
    if len(literals) != len(call.arguments) or any(literal.data_type not in _FOLDED for literal in literals):
        return call
    values = [literal.value for literal in literals if isinstance(literal.value, int | float)]
    if len(values) == 2:
        return _fold_arithmetic(call.function, values[0], values[1]) or call
    epoch = _fold_epoch(call.function, values)
    return call if epoch is None else whole(epoch)


def _fold_clock(call: Call, now_ms: int | None) -> Node:
    if now_ms is None:
        raise ValidationFault(f"{call.function}() is not allowed here: the result would change from run to run")
    match call.arguments:
        case () if call.function == "now":
            return whole(now_ms)
        case (Literal(str(period)),) if call.function == "ago":
            return whole(now_ms - period_ms(period))
        case _:
            raise SyntaxFault(f"Wrong arguments of {call.function}(): use now() or ago('PT1H')")


def _fold_arithmetic(function: str, left: int | float, right: int | float) -> Literal | None:
    """Whole numbers stay whole, as Java's longs, but for quotients and remainders."""
    if function in _WHOLE and isinstance(left, int) and isinstance(right, int):
        return whole((_WHOLE[function](left, right) + _LONGS // 2) % _LONGS - _LONGS // 2)
    return number(_REAL[function](float(left), float(right))) if function in _REAL else None


def _divided(left: float, right: float) -> float:
    """Java's division: zero divides too."""
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1.0, right)


def _fold_epoch(function: str, values: list[int | float]) -> int | None:
    if len(values) != 1 or not isinstance(values[0], int):
        return None
    if function.startswith("fromepoch") and function[9:] in _EPOCH_MS:
        return values[0] * _EPOCH_MS[function[9:]]
    if function.startswith("toepoch") and function[7:] in _EPOCH_MS and values[0] >= 0:
        return values[0] // _EPOCH_MS[function[7:]]
    return None
