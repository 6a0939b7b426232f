"""A batch's way from payloads to rows: decode, transform, filter, time, sanitise, system columns (contract 7.1).

A pipeline is a pure function of records and config version (P4): no clock, no randomness, no position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.decoders.base import Decoder, Refused
from ingest.record_columns import RecordColumns
from ingest.record_times import held, record_times
from ingest.rejects import kept_headers, kept_key
from ingest.sanitising import TextLimit, sanitised
from ingest.streams.base import Fetched, Int64s
from ingest.streams.values import Values
from ingest.time_check import TimeCheck
from ingest.under_way import Batch, Places, Staged, UnderWay
from segments.consuming.file import Appended
from segments.consuming.rejects import REJECT_SCHEMA, pack
from segments.time_bounds import TimeColumn, time_bounds
from tableconfigs.stream import split_partition_id


class Transform:
    """Fills columns from expressions and drops rows, in whole batches. The empty one changes nothing."""

    def apply(self, rows: pa.RecordBatch) -> Staged:
        """The rows with columns filled, the mask of rows that the filter keeps, and rows that an expression refused."""
        return Staged(rows)


@dataclass(frozen=True, slots=True)
class Reading:
    """How the records of one topic are read: its decoder, and the columns that tell of the record."""

    decoder: Decoder
    record_columns: RecordColumns | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One config version's way. `columns` are the table's own columns, in order.

    `decoder` and `record_columns` read the table's first topic; `further_topics` are its others, in their order.
    `lenient` makes bad values null and keeps the row (`continueOnError`). `time_default` stands for a missing time.
    """

    decoder: Decoder
    columns: tuple[str, ...]
    schema: pa.Schema
    time: TimeColumn | None
    limits: tuple[TextLimit, ...]
    transform: Transform
    record_columns: RecordColumns | None = None
    time_check: TimeCheck | None = None
    time_default: pa.Scalar | None = None
    lenient: bool = False
    further_topics: tuple[Reading, ...] = ()

    def reading(self, partition: int) -> Reading:
        """How records of Pinot's partition id are read. (A table of one topic has Kafka's own partition numbers.)"""
        topic = split_partition_id(partition)[0] if self.further_topics else 0
        return self.further_topics[topic - 1] if topic else Reading(self.decoder, self.record_columns)

    def run(self, fetched: Fetched, partition: int) -> Appended:
        """Rows and rejects of one fetch. `partition` is Pinot's partition id. Raises DecoderWaits."""
        batch, tombstones = _without_tombstones(fetched)
        newest_ms = int(held(fetched.timestamps_ms).max(initial=0))
        if not batch.payloads:
            return Appended(
                None, None, fetched.next_offset, fetched.leader_epoch, tombstones=tombstones, newest_ms=newest_ms
            )
        way = self._way(batch, self.reading(partition), fetched.partition)
        rows = way.rows
        low, high = time_bounds(pa.Table.from_batches([rows]), self.time) if rows.num_rows else (None, None)
        return Appended(
            rows=self._with_system_columns(rows, way.places, partition) if rows.num_rows else None,
            rejects=_rejects(batch, way.refused, partition) if way.refused else None,
            next_offset=fetched.next_offset,
            leader_epoch=fetched.leader_epoch,
            filtered=way.filtered,
            tombstones=tombstones,
            newest_ms=newest_ms,
            time_min_ms=low,
            time_max_ms=high,
            incomplete=way.incomplete,
            sanitised=way.sanitised,
        )

    def _way(self, batch: Batch, reading: Reading, kafka_partition: int) -> UnderWay:
        """The stages in Pinot's order."""
        way = UnderWay(reading.decoder.decode(batch.payloads), batch)
        if reading.record_columns is not None:
            way.take(reading.record_columns.apply(way, batch, kafka_partition))
        way.take(self.transform.apply(way.rows))
        if way.rows.schema.names != list(self.columns):
            way.rows = way.rows.select(list(self.columns))
        if self.time_check is not None:
            way.take(self.time_check.apply(way.rows))
        way.rows = self._with_time(way.rows, way.places.timestamps_ms)
        way.take(sanitised(way.rows, self.limits, self.lenient))
        return way

    def _with_time(self, rows: pa.RecordBatch, timestamps_ms: Int64s) -> pa.RecordBatch:
        if self.time is None or not rows.column(self.time.name).null_count:
            return rows
        at = rows.schema.get_field_index(self.time.name)
        column = rows.column(at)
        default = self.time_default or record_times(timestamps_ms, self.time.format, column.type)
        return rows.set_column(at, rows.schema.field(at), pc.coalesce(column, default))

    def _with_system_columns(self, rows: pa.RecordBatch, places: Places, partition: int) -> pa.RecordBatch:
        system = [
            pa.array(np.full(rows.num_rows, partition, np.int32)),
            pa.array(places.offsets),
            pa.array(places.timestamps_ms).cast(pa.timestamp("ms")),
            pa.array(places.ordinals),
        ]
        return pa.RecordBatch.from_arrays([*rows.columns, *system], schema=self.schema)


def _without_tombstones(fetched: Fetched) -> tuple[Batch, int]:
    times_ms = held(fetched.timestamps_ms)
    if isinstance(fetched.payloads, Values) or all(fetched.payloads):
        return Batch(cast(Sequence[bytes], fetched.payloads), fetched.offsets, times_ms, fetched.envelopes), 0
    present = [payload for payload in fetched.payloads if payload is not None]
    mask = np.fromiter((p is not None for p in fetched.payloads), bool, len(fetched.payloads))
    envelopes = [fetched.envelopes[at] for at in np.flatnonzero(mask).tolist()] if fetched.envelopes else ()
    return Batch(present, fetched.offsets[mask], times_ms[mask], envelopes), len(fetched.payloads) - len(present)


def _rejects(batch: Batch, refused: list[Refused], partition: int) -> pa.RecordBatch:
    """Refused records with their place, reason and packed bytes, in offset order."""
    ordered = sorted(refused, key=lambda r: r.index)
    index = np.array([r.index for r in ordered], np.int64)
    envelopes = [batch.envelopes[at] for at in index] if batch.envelopes else [None] * len(index)
    return pa.RecordBatch.from_arrays(
        [
            pa.array(np.full(len(ordered), partition, np.int32)),
            pa.array(batch.offsets[index]),
            pa.array(batch.timestamps_ms[index]).cast(pa.timestamp("ms")),
            pa.array([r.reason for r in ordered], pa.string()),
            pa.array([r.field for r in ordered], pa.string()),
            pa.array([pack(batch.payloads[i]) for i in index], pa.binary()),
            pa.array(map(kept_key, envelopes), pa.binary()),
            pa.array(map(kept_headers, envelopes), REJECT_SCHEMA.field("headers").type),
        ],
        schema=REJECT_SCHEMA,
    )
