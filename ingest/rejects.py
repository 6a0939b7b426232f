"""What a table's policy makes of the rejected records of one fetch. Pure (P18, I6).

A budget is counted over one segment of one partition, so a segment that holds more rejects than the table allows is
never committed: the partition stops before the record that would be one too many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.streams.base import Envelope, Int64s
from segments.arrow_schema import OFFSET
from segments.consuming.file import Appended
from segments.consuming.rejects import HEADERS_BYTES_MAX, KEY_BYTES_MAX, without_bytes
from tableconfigs.rejects import RejectsConfig, RejectsPolicy

Bools = npt.NDArray[np.bool_]

SHARE_RECORDS_MIN = 100
"""A share is of at least so many records: the first record of a segment, rejected, is no share of 100 %."""

REMEDY = (
    "mend the schema or the table config, or change ingestionConfig.rejectsConfig; it goes on by itself after a change"
)


@dataclass(frozen=True, slots=True)
class Stop:
    """The record at `offset` must not be passed, for this reason."""

    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What the open segment holds already."""

    rows: int
    rejects: int


def stop_at(config: RejectsConfig, appended: Appended, before: Counted) -> Stop | None:
    """The first record of `appended` that the policy does not let pass, or None."""
    if appended.rejects is None:
        return None
    offsets = _offsets(appended.rejects)
    if config.policy is RejectsPolicy.FAIL:
        return _stop(appended.rejects, 0, "the table's policy for rejected records is fail")
    over = _first(_over_rows(config, len(offsets), before.rejects))
    by_share = _first(_over_share(config, offsets, _offsets(appended.rows), before))
    if over is not None and (by_share is None or over <= by_share):
        return _stop(appended.rejects, over, f"this segment's budget is {config.budget_rows} rejected records")
    if by_share is not None:
        return _stop(appended.rejects, by_share, f"this segment's budget is a share of {config.budget_share:g}")
    return None


def as_kept(config: RejectsConfig, rejects: pa.RecordBatch | None) -> pa.RecordBatch | None:
    """The rejects as the policy keeps them: with `skip`, without their bytes."""
    if rejects is None or config.policy is not RejectsPolicy.SKIP:
        return rejects
    return without_bytes(rejects)


def kept_key(envelope: Envelope | None) -> bytes | None:
    """The record's key, unless it is too long to be kept."""
    key = None if envelope is None else envelope.key()
    data = key.encode() if isinstance(key, str) else key
    return data if data is not None and len(data) <= KEY_BYTES_MAX else None


def kept_headers(envelope: Envelope | None) -> list[tuple[str, bytes | None]] | None:
    """The record's headers in their order, unless they are too large to be kept."""
    headers = list((None if envelope is None else envelope.headers()) or ())
    size = sum(len(name.encode()) + len(value or b"") for name, value in headers)
    return headers if headers and size <= HEADERS_BYTES_MAX else None


def _over_rows(config: RejectsConfig, found: int, before: int) -> Bools:
    limit = np.inf if config.budget_rows is None else config.budget_rows
    return np.arange(before + 1, before + found + 1) > limit


def _over_share(config: RejectsConfig, rejected: Int64s, rows: Int64s, before: Counted) -> Bools:
    """Whether each reject is one too many among the records up to it."""
    if config.budget_share is None:
        return np.zeros(len(rejected), np.bool_)
    count = np.arange(before.rejects + 1, before.rejects + len(rejected) + 1)
    records = before.rows + np.searchsorted(rows, rejected) + count
    allowed: npt.NDArray[np.float64] = config.budget_share * np.maximum(records, SHARE_RECORDS_MIN)
    return count > allowed


def _first(over: Bools) -> int | None:
    return int(np.argmax(over)) if over.any() else None


def _offsets(batch: pa.RecordBatch | None) -> Int64s:
    return np.empty(0, np.int64) if batch is None else batch.column(OFFSET).to_numpy()


def _stop(rejects: pa.RecordBatch, at: int, why: str) -> Stop:
    offset, reason = rejects.column(OFFSET)[at].as_py(), rejects.column("reason")[at].as_py()
    return Stop(offset, f"the record at offset {offset} is rejected ({reason}), and {why}: {REMEDY}")
