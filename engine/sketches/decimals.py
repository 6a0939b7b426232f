"""Sums of decimals, rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

from engine.functions.entry import ArrowFunction, by_row

_PRECISION_MAX = 1_000


def rounded(text: str, precision: int, scale: int) -> str:
    """To so many digits, then to so many after the point; a negative scale leaves them."""
    if not 0 < precision <= _PRECISION_MAX or scale > _PRECISION_MAX:
        raise ValueError(f"precision and scale are whole numbers up to {_PRECISION_MAX}, found {precision} and {scale}")
    value = Context(prec=precision, rounding=ROUND_HALF_EVEN).create_decimal(text)
    if scale >= 0:
        value = value.quantize(
            Decimal(1).scaleb(-scale), context=Context(prec=2 * _PRECISION_MAX, rounding=ROUND_HALF_EVEN)
        )
    return format(value, "f")


DECIMALS: tuple[ArrowFunction, ...] = (by_row("decimal_rounded", "VARCHAR INTEGER INTEGER", "VARCHAR", rounded),)
