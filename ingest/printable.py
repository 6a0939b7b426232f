"""Values and records as JSON that is safe to show: bytes as text where they are text, nothing cut without saying so."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ingest.topics_reading import Record

BYTES_MAX = 64 * 1024
"""Of one key, value or header that is shown whole."""


def bytes_json(raw: bytes | None) -> Any:
    """None, the text, or `{"base64": ...}` for what is no UTF-8; `{"cut": ..., "bytes": n}` when it is too long."""
    if raw is None:
        return None
    if len(raw) > BYTES_MAX:
        return {"cut": raw[:BYTES_MAX].decode(errors="replace"), "bytes": len(raw)}
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def record_json(record: Record) -> dict[str, Any]:
    """A raw record as Kafka has it."""
    return {
        "offset": record.offset,
        "timestamp": None if record.timestamp_ms is None else moment_json(record.timestamp_ms),
        "timestampKind": record.timestamp_kind,
        "leaderEpoch": record.leader_epoch,
        "key": bytes_json(record.key),
        "headers": [{"key": name, "value": bytes_json(value)} for name, value in record.headers],
        "bytes": None if record.value is None else len(record.value),
        "value": bytes_json(record.value),
    }


def row_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as Arrow gives it."""
    return {name: _value_json(value) for name, value in row.items()}


def moment_json(epoch_ms: int) -> Any:
    """ISO time in UTC; the number where no calendar has it."""
    try:
        return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return epoch_ms


def _value_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return bytes_json(value)
    if isinstance(value, datetime | date | Decimal):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list | tuple):
        return [_value_json(each) for each in value]
    return row_json(value) if isinstance(value, dict) else value
