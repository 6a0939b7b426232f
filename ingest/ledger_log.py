"""Kafka's records beside what is kept of them: each one is a row, a reject, a tombstone, or dropped by the filter.

Records are read in batches, as ingestion reads them. Those of which nothing is kept go through the table's real
pipeline: what it makes a row or a reject of should be there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ingest.ports import Recipe
from ingest.streams.base import Assignment, Fetched, OutOfRange, StreamTrouble, StreamUnavailable
from ingest.streams.kafka import KafkaReader, consumer_settings
from ingest.streams.kafka_refusal import properties_refused
from ingest.topics import Cluster
from segments.arrow_schema import OFFSET
from segments.ledger_evidence import LogCompared
from segments.ledger_files import Int64s, Kept

BATCH = 20_000
WAIT_S = 0.5
QUEUE_KBYTES = 64 * 1024
EXAMPLES_MAX = 5


@dataclass(frozen=True, slots=True)
class Place:
    """One partition of a topic as a table reads it."""

    cluster: Cluster
    topic: str
    isolation_level: str
    kafka_partition: int
    partition: int
    """Pinot's id."""


def compare(place: Place, kept: Sequence[Kept], recipe: Recipe, earliest: int) -> list[LogCompared]:
    """Read the records of these ranges from `earliest` on, once, in order. Raises StreamUnavailable, ValueError."""
    tallies = [_Tally(each, max(each.start, earliest), recipe, place.partition) for each in kept if each.end > earliest]
    if tallies:
        for fetched in _records(place, tallies[0].start, tallies[-1].kept.end):
            for tally in tallies:
                tally.take(fetched)
    return [tally.compared() for tally in tallies]


def _records(place: Place, start: int, end: int) -> Iterator[Fetched]:
    cluster = place.cluster
    settings = consumer_settings(cluster.brokers, place.isolation_level, cluster.properties, QUEUE_KBYTES)
    with properties_refused(cluster.properties), closing(KafkaReader(place.topic, settings)) as reader:
        reader.assign([Assignment(place.kafka_partition, start, -1)])
        heard, at = time.monotonic(), start
        while at < end:
            for event in reader.fetch(BATCH, WAIT_S):
                if isinstance(event, OutOfRange):
                    raise StreamUnavailable(f"the records from {at} on are going while they are compared: try again")
                if isinstance(event, Fetched):
                    heard, at = time.monotonic(), event.next_offset
                    yield event
                elif isinstance(event, StreamTrouble) and time.monotonic() - heard > cluster.timeout_s:
                    raise StreamUnavailable(event.detail)
            if time.monotonic() - heard > cluster.timeout_s:
                raise StreamUnavailable(f"nothing came from {at} on for {cluster.timeout_s:g} s")


@dataclass(slots=True)
class _Tally:
    """Counts of one range, from `start` on."""

    kept: Kept
    start: int
    recipe: Recipe
    partition: int
    records: int = 0
    rows: int = 0
    rejects: int = 0
    tombstones: int = 0
    filtered: int = 0
    not_kept: list[Int64s] = field(default_factory=list)
    seen: list[Int64s] = field(default_factory=list)
    """Offsets of rows and rejects that Kafka has a record for."""

    def take(self, fetched: Fetched) -> None:
        mask = (fetched.offsets >= self.start) & (fetched.offsets < self.kept.end)
        offsets = fetched.offsets[mask]
        if not len(offsets):
            return
        is_row, is_reject = np.isin(offsets, self.kept.rows), np.isin(offsets, self.kept.rejects)
        self.records += len(offsets)
        self.rows += int(is_row.sum())
        self.rejects += int(is_reject.sum())
        self.seen.append(offsets[is_row | is_reject])
        self._explain(_some(fetched, np.flatnonzero(mask)[~(is_row | is_reject)]))

    def _explain(self, left: Fetched) -> None:
        """Records of which nothing is kept."""
        if not len(left.offsets):
            return
        made = self.recipe.pipeline.run(left, self.partition)
        self.tombstones += made.tombstones
        should = np.union1d(_offsets(made.rows), _offsets(made.rejects))
        self.filtered += len(left.offsets) - made.tombstones - len(should)
        if self._same_versions():
            self.not_kept.append(should)
        else:
            self.filtered += len(should)  # under the config of that time, which is not known any more

    def _same_versions(self) -> bool:
        ours = (self.recipe.config_version, self.recipe.schema_version)
        return (self.kept.config_version, self.kept.schema_version) == ours

    def compared(self) -> LogCompared:
        missing = _joined(self.not_kept)
        all_kept = np.union1d(self.kept.rows, self.kept.rejects)
        extra = np.setdiff1d(all_kept[all_kept >= self.start], _joined(self.seen))
        return LogCompared(
            start=self.start,
            end=self.kept.end,
            records=self.records,
            rows=self.rows,
            rejects=self.rejects,
            tombstones=self.tombstones,
            filtered=self.filtered,
            not_kept=len(missing),
            not_kept_examples=tuple(missing[:EXAMPLES_MAX].tolist()),
            not_in_log=len(extra),
            not_in_log_examples=tuple(extra[:EXAMPLES_MAX].tolist()),
        )


def _some(fetched: Fetched, at: Int64s) -> Fetched:
    return Fetched(
        fetched.partition,
        [fetched.payloads[index] for index in at.tolist()],
        fetched.offsets[at],
        fetched.timestamps_ms[at],
        fetched.next_offset,
        fetched.leader_epoch,
        [fetched.envelopes[index] for index in at.tolist()] if fetched.envelopes else (),
    )


def _offsets(batch: pa.RecordBatch | None) -> Int64s:
    return np.empty(0, np.int64) if batch is None else batch.column(OFFSET).to_numpy()


def _joined(parts: Sequence[Int64s]) -> Int64s:
    return np.concatenate([*parts, np.empty(0, np.int64)])
