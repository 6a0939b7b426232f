"""Numbers as people say them."""

from __future__ import annotations

_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000))


def duration(ms: int) -> str:
    """`4 h 10 min` of milliseconds: the two largest units that count; `0 s` below a second."""
    parts = []
    for unit, size_ms in _UNITS:
        count, ms = divmod(max(0, ms), size_ms)
        parts.append((count, unit))
    first = next((at for at, (count, _) in enumerate(parts) if count), len(parts) - 1)
    said = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(said) or "0 s"


def megabytes(size_bytes: int) -> str:
    """`1,024 MB`; with one decimal below ten."""
    size = size_bytes / 2**20
    return f"{size:,.0f} MB" if size >= 10 else f"{size:.1f} MB"
