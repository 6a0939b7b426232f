"""Values as JSON and a terminal can show them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any


def plain(value: Any) -> Any:
    """Times as ISO 8601, bytes as hex (as Pinot does), and NaN and infinities as their names."""
    if isinstance(value, datetime):
        return iso(round(value.replace(tzinfo=UTC).timestamp() * 1000))
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def iso(epoch_ms: int | None) -> str | None:
    """`2025-10-09T08:53:20.000Z`; a number that no calendar has stays a number's text."""
    if epoch_ms is None:
        return None
    try:
        moment = datetime.fromtimestamp(epoch_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return str(epoch_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{epoch_ms % 1000:03d}Z"


def moment_ms(text: str) -> int:
    """Epoch ms of a number or of ISO 8601; without a zone it is UTC. Raises ValueError."""
    if text.lstrip("-").isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
