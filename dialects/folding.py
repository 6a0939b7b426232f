"""Calls over literals that are worked out while reading, so that pruning sees values: clocks and arithmetic."""

import re
from collections.abc import Callable

from dialects.column_types import is_numeric
from dialects.faults import SyntaxFault, ValidationFault
from dialects.tree import Call, Literal, Node, number

_ISO_PERIOD = re.compile(
    r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE
)
_PERIOD_MS = (604_800_000, 86_400_000, 3_600_000, 60_000, 1_000)
_EPOCH_MS = {"seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "times": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
}
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
    if len(literals) != len(call.arguments) or not all(is_numeric(literal.data_type) for literal in literals):
        return call
    values = [literal.value for literal in literals if isinstance(literal.value, int | float)]
    folded = _fold_arithmetic(call.function, values) if len(values) == 2 else _fold_epoch(call.function, values)
    return call if folded is None else number(folded)


def _fold_clock(call: Call, now_ms: int | None) -> Node:
    if now_ms is None:
        raise ValidationFault(f"{call.function}() is not allowed here: the result would change from run to run")
    match call.arguments:
        case () if call.function == "now":
            return number(now_ms)
        case (Literal(str(period)),) if call.function == "ago":
            return number(now_ms - period_ms(period))
        case _:
            raise SyntaxFault(f"Wrong arguments of {call.function}(): use now() or ago('PT1H')")


def _fold_arithmetic(function: str, values: list[int | float]) -> float | None:
    left, right = float(values[0]), float(values[1])
    if function not in _ARITHMETIC or (function == "divide" and right == 0):
        return None
    return _ARITHMETIC[function](left, right)


def _fold_epoch(function: str, values: list[int | float]) -> int | None:
    if len(values) != 1 or not isinstance(values[0], int):
        return None
    if function.startswith("fromepoch") and function[9:] in _EPOCH_MS:
        return values[0] * _EPOCH_MS[function[9:]]
    if function.startswith("toepoch") and function[7:] in _EPOCH_MS and values[0] >= 0:
        return values[0] // _EPOCH_MS[function[7:]]
    return None
