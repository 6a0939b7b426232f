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

from ingest.decoders.base import Decoded, Decoder, Refused
from ingest.record_times import held, record_times
from ingest.rejects import kept_headers, kept_key
from ingest.streams.base import Envelope, Fetched, Int64s
from segments.consuming.file import Appended
from segments.consuming.rejects import REJECT_SCHEMA, pack
from segments.time_bounds import TimeColumn, time_bounds

NUL = "\0"


@dataclass(frozen=True, slots=True)
class TextLimit:
    """STRING values are cut at NUL and at `length_max` characters (contract 7.1)."""

    column: str
    length_max: int


class Transform:
    """Fills columns from expressions and drops rows, in whole batches. The empty one changes nothing."""

    def apply(self, rows: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.BooleanArray | None, Sequence[Refused]]:
        """The rows with columns filled, the mask of rows to keep (None: all), and rows that an expression refused."""
        return rows, None, ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One config version's way. `columns` are the table's own columns, in order."""

    decoder: Decoder
    columns: tuple[str, ...]
    schema: pa.Schema
    time: TimeColumn | None
    limits: tuple[TextLimit, ...]
    transform: Transform

    def run(self, fetched: Fetched, partition: int) -> Appended:
        """Rows and rejects of one fetch. `partition` is Pinot's partition id."""
        batch, tombstones = _without_tombstones(fetched)
        newest_ms = int(held(fetched.timestamps_ms).max(initial=0))
        if not batch.payloads:
            return Appended(
                None, None, fetched.next_offset, fetched.leader_epoch, tombstones=tombstones, newest_ms=newest_ms
            )
        decoded = self.decoder.decode(batch.payloads)
        places = _places(batch, decoded.kept)
        rows, refused, filtered = self._transformed(decoded, places)
        rows = self._own(rows, places)
        low, high = time_bounds(pa.Table.from_batches([rows]), self.time) if rows.num_rows else (None, None)
        return Appended(
            rows=self._with_system_columns(rows, places, partition) if rows.num_rows else None,
            rejects=_rejects(batch, refused, partition) if refused else None,
            next_offset=fetched.next_offset,
            leader_epoch=fetched.leader_epoch,
            filtered=filtered,
            tombstones=tombstones,
            newest_ms=newest_ms,
            time_min_ms=low,
            time_max_ms=high,
        )

    def _transformed(self, decoded: Decoded, places: _Places) -> tuple[pa.RecordBatch, list[Refused], int]:
        rows, mask, refused = self.transform.apply(decoded.rows)
        found = [*decoded.refused, *(Refused(int(places.index[r.index]), r.reason, r.field) for r in refused)]
        if mask is None:
            return rows, found, 0
        places.keep(mask)
        return rows.filter(mask), found, rows.num_rows - len(places.index) - len(refused)

    def _own(self, rows: pa.RecordBatch, places: _Places) -> pa.RecordBatch:
        rows = rows.select(list(self.columns)) if rows.schema.names != list(self.columns) else rows
        for limit in self.limits:
            rows = _cut(rows, limit)
        return self._with_time(rows, places.timestamps_ms)

    def _with_time(self, rows: pa.RecordBatch, timestamps_ms: Int64s) -> pa.RecordBatch:
        if self.time is None or not rows.column(self.time.name).null_count:
            return rows
        column = rows.column(self.time.name)
        default = record_times(timestamps_ms, self.time.format, column.type)
        return _replaced(rows, self.time.name, pc.coalesce(column, default))

    def _with_system_columns(self, rows: pa.RecordBatch, places: _Places, partition: int) -> pa.RecordBatch:
        count = rows.num_rows
        system = [
            pa.array(np.full(count, partition, np.int32)),
            pa.array(places.offsets),
            pa.array(places.timestamps_ms).cast(pa.timestamp("ms")),
            pa.array(np.zeros(count, np.int32)),
        ]
        return pa.RecordBatch.from_arrays([*rows.columns, *system], schema=self.schema)


class _Places:
    """Where each row of a batch came from; `index` counts in the batch without tombstones."""

    __slots__ = ("index", "offsets", "timestamps_ms")

    def __init__(self, index: Int64s, offsets: Int64s, timestamps_ms: Int64s) -> None:
        self.index, self.offsets, self.timestamps_ms = index, offsets, timestamps_ms

    def keep(self, mask: pa.BooleanArray) -> None:
        kept = mask.to_numpy(zero_copy_only=False)
        self.index, self.offsets, self.timestamps_ms = self.index[kept], self.offsets[kept], self.timestamps_ms[kept]


@dataclass(frozen=True, slots=True)
class _Batch:
    payloads: Sequence[bytes]
    offsets: Int64s
    timestamps_ms: Int64s
    envelopes: Sequence[Envelope]


def _without_tombstones(fetched: Fetched) -> tuple[_Batch, int]:
    times_ms = held(fetched.timestamps_ms)
    if all(fetched.payloads):
        return _Batch(cast(Sequence[bytes], fetched.payloads), fetched.offsets, times_ms, fetched.envelopes), 0
    present = [payload for payload in fetched.payloads if payload is not None]
    mask = np.fromiter((p is not None for p in fetched.payloads), bool, len(fetched.payloads))
    envelopes = [fetched.envelopes[at] for at in np.flatnonzero(mask).tolist()] if fetched.envelopes else ()
    return _Batch(present, fetched.offsets[mask], times_ms[mask], envelopes), len(fetched.payloads) - len(present)


def _places(batch: _Batch, kept: Sequence[int] | None) -> _Places:
    if kept is None:
        return _Places(np.arange(len(batch.offsets)), batch.offsets, batch.timestamps_ms)
    index = np.array(kept, np.int64)
    return _Places(index, batch.offsets[index], batch.timestamps_ms[index])


def _rejects(batch: _Batch, refused: list[Refused], partition: int) -> pa.RecordBatch:
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


def _cut(rows: pa.RecordBatch, limit: TextLimit) -> pa.RecordBatch:
    column = rows.column(limit.column)
    longest = pc.max(pc.binary_length(column)).as_py()
    if longest is None:
        return rows
    if longest > limit.length_max:
        column = pc.utf8_slice_codeunits(column, 0, limit.length_max)
    if NUL.encode() in _text_of(column):
        column = pa.array([v if v is None else v.partition(NUL)[0] for v in column.to_pylist()], column.type)
    return rows if column is rows.column(limit.column) else _replaced(rows, limit.column, column)


def _text_of(column: pa.Array) -> bytes:
    """The text bytes of a string column, for one scan over all of it."""
    data = column.buffers()[2]
    return b"" if data is None else data.to_pybytes()


def _replaced(rows: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, rows.schema.field(at), column)
