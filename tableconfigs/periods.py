"""Pinot's periods: `6h`, `1d12h`, `30m`, `45s`."""

import re

UNIT_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000}
_PERIOD = re.compile(r"(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?(?:(?P<s>\d+)s)?", re.IGNORECASE)


def period_ms(text: str) -> int:
    """Milliseconds of a period. Raises ValueError, with the grammar, for anything else (a bare number too)."""
    match = _PERIOD.fullmatch(text.strip())
    if match is None or not match.group(0):
        raise ValueError(
            f"Invalid period: {text!r}, must be days, hours, minutes, seconds in order, as in 1d12h or 30m"
        )
    return sum(int(count) * UNIT_MS[unit] for unit, count in match.groupdict().items() if count)


def duration_ms(text: str) -> int:
    """Milliseconds of a period or of a plain number of milliseconds. Raises ValueError."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() else period_ms(plain)
