"""Numbers: byte orders, and decimals as Pinot writes them to bytes."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation

import numpy as np
import pyarrow as pa

from dialects.java_numbers import double_text
from engine.functions.entry import PREFIX, ArrowFunction, by_row

_FACTORIAL_MAX = 20
_DECIMAL_DIGITS_MAX = 2000


def factorial(number: int) -> int:
    if not 0 <= number <= _FACTORIAL_MAX:
        raise ValueError(f"factorial takes 0 to {_FACTORIAL_MAX}, found {number}")
    return math.factorial(number)


def decimal_octets(text: str) -> bytes:
    """Scale in two bytes, then the digits as a signed number, big-endian."""
    try:
        sign, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation as error:
        raise ValueError(f"not a decimal number: '{text[:100]}'") from error
    if not isinstance(exponent, int) or len(digits) + abs(exponent) > _DECIMAL_DIGITS_MAX:
        raise ValueError(f"not a decimal of at most {_DECIMAL_DIGITS_MAX} digits: '{text[:100]}'")
    magnitude = int("".join(map(str, digits))) * int(10 ** max(exponent, 0))
    unscaled = -magnitude if sign else magnitude
    size = (unscaled.bit_length() if unscaled >= 0 else (unscaled + 1).bit_length()) // 8 + 1
    return max(-exponent, 0).to_bytes(2) + unscaled.to_bytes(size, signed=True)


def decimal_text(octets: bytes) -> str:
    if len(octets) < 3 or len(octets) > _DECIMAL_DIGITS_MAX:
        raise ValueError(f"{len(octets)} bytes are no decimal: two bytes of scale come before its digits")
    scale = int.from_bytes(octets[:2])
    return format(Decimal(int.from_bytes(octets[2:], signed=True)).scaleb(-scale), "f")


def number_text(text: str) -> str:
    """A FLOAT or DOUBLE that DuckDB has written, as Java writes it."""
    return double_text(float(text))


def _swapped(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    numbers = whole.fill_null(0).to_numpy(zero_copy_only=False).byteswap()
    return pa.array(numbers, mask=np.asarray(whole.is_null()))


def _log1p(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.log1p(whole.fill_null(0.0).to_numpy(zero_copy_only=False))
    return pa.array(logarithms, mask=np.asarray(whole.is_null()))


NUMBERS: tuple[ArrowFunction, ...] = (
    by_row("factorial", "BIGINT", "BIGINT", factorial),
    by_row("decimal_octets", "VARCHAR", "BLOB", decimal_octets),
    by_row("decimal_text", "BLOB", "VARCHAR", decimal_text),
    by_row("number_text", "VARCHAR", "VARCHAR", number_text),
    ArrowFunction(PREFIX + "byteswap_int", ("INTEGER",), "INTEGER", _swapped),
    ArrowFunction(PREFIX + "byteswap_long", ("BIGINT",), "BIGINT", _swapped),
    ArrowFunction(PREFIX + "log1p", ("DOUBLE",), "DOUBLE", _log1p),
)
