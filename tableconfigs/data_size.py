"""Pinot's data sizes: `200M`, `1.5G`, `150000`."""

import re
from decimal import Decimal

_FACTORS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[KMGTP]?)B?", re.IGNORECASE)


def size_bytes(text: str) -> int:
    """Bytes of a data size (K, M, G, T, P are powers of 1024). Raises ValueError with the grammar."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"Invalid data size: {text!r}, must be a number with an optional K, M, G, T or P, as in 200M")
    return int(Decimal(match["number"]) * _FACTORS[match["unit"].upper()])
