"""Rejected records under the newest config: what becomes of each. Pure (P4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from ingest.pipeline import Pipeline
from ingest.streams.base import Fetched
from segments.arrow_schema import OFFSET, TIMESTAMP
from segments.consuming.file import Appended
from segments.offsets import following
from segments.replay import Offsets, offsets_of


class Outcome(StrEnum):
    """What became of a rejected record."""

    ACCEPTED = "accepted"
    """It is a row now."""
    FILTERED = "filtered"
    """The table's filter drops it: it is settled, and no row."""
    REJECTED = "rejected again"
    NOT_KEPT = "bytes not kept"
    """Its bytes were not kept when it was rejected."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One record after a round. `reason` and `field` say why it is no row."""

    partition: int
    offset: int
    outcome: Outcome
    reason: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What was kept beside a rejected record's value."""

    kept_key: bytes | None
    kept_headers: Sequence[tuple[str, bytes | None]] | None

    def key(self) -> bytes | None:
        return self.kept_key

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        return self.kept_headers


@dataclass(frozen=True, slots=True)
class Decoded:
    """The records of a round, decoded under the newest config."""

    appended: Appended | None
    judged: Sequence[Judged]

    def offsets(self, outcome: Outcome) -> Offsets:
        return np.array([one.offset for one in self.judged if one.outcome is outcome], np.int64)


def decoded(pipeline: Pipeline, partition: int, leader_epoch: int, rejects: pa.Table) -> Decoded:
    """What `rejects` (in their sealed form) become; those whose bytes were not kept stay what they are."""
    if not rejects.num_rows:
        return Decoded(None, ())
    records = rejects.to_pylist()
    lost = [
        Judged(partition, r[OFFSET], Outcome.NOT_KEPT, r["reason"], r["field"]) for r in records if r["raw"] is None
    ]
    kept = rejects.filter(rejects.column("raw").is_valid())
    if not kept.num_rows:
        return Decoded(None, lost)
    appended = pipeline.run(_fetched(partition, leader_epoch, kept), partition)
    return Decoded(appended, [*_judged(partition, kept.column(OFFSET).to_numpy(), appended), *lost])


def _fetched(partition: int, leader_epoch: int, kept: pa.Table) -> Fetched:
    """The records as a fetch gave them once: value, key, headers, place and time (P4)."""
    records = kept.to_pylist()
    offsets = kept.column(OFFSET).to_numpy()
    return Fetched(
        partition=partition,
        payloads=[record["raw"] for record in records],
        offsets=offsets,
        timestamps_ms=kept.column(TIMESTAMP).cast(pa.int64()).to_numpy(),
        next_offset=following(int(offsets[-1])),
        leader_epoch=leader_epoch,
        envelopes=[_Envelope(record["key"], record["headers"]) for record in records],
    )


def _judged(partition: int, asked: Offsets, appended: Appended) -> Iterator[Judged]:
    rows = np.empty(0, np.int64) if appended.rows is None else offsets_of(appended.rows)
    again = {} if appended.rejects is None else {r[OFFSET]: r for r in appended.rejects.to_pylist()}
    for offset, is_row in zip(asked.tolist(), np.isin(asked, rows).tolist(), strict=True):
        if is_row:
            yield Judged(partition, offset, Outcome.ACCEPTED)
        elif offset in again:
            yield Judged(partition, offset, Outcome.REJECTED, again[offset]["reason"], again[offset]["field"])
        else:
            yield Judged(partition, offset, Outcome.FILTERED)
