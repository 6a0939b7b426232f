"""Putting rejected records in once their config is mended: a commit like any other, of an empty range.

A *replay* is a step whose range `[start, start)` moves no offset and whose segment holds rows at offsets before it.
It is made by the same transaction on the same fence (P8), so it races with the partition's own commits and with other
replays exactly as they race with each other (P11, P12), and one sequence number has one winner.

The durable mark is the segment itself: an offset that one of its rows has, or that its list of filtered offsets names,
is *settled*. What is still to be replayed is therefore decided by the chain alone, as it was when the fence was read.
Only committed rejects are replayed: those of a consuming file may yet be decoded again (P20).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segments.arrow_schema import OFFSET
from segments.catalogue import PartitionEntry
from segments.commit import SealedFile, SegmentCommit, Versioned, plan_commit
from segments.history import Origin
from segments.identity import PartitionIdentity
from segments.stores.files import whole_file

Offsets = npt.NDArray[np.int64]

FILTERED_SCHEMA = pa.schema([pa.field(OFFSET, pa.int64(), nullable=False)])
BATCH_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Pending:
    """Committed rejects that are not settled, in offset order, and how many more there are behind them."""

    rejects: pa.Table
    left: int


def filtered_path(segment_path: Path) -> Path:
    """`<name>.filtered.parquet` beside `<name>.parquet`."""
    return segment_path.with_name(segment_path.name.removesuffix(".parquet") + ".filtered.parquet")


def write_filtered(offsets: Offsets, segment_path: Path) -> Path:
    """Write the offsets that a filter dropped, durably. Raises DiskFull, OSError."""
    path = filtered_path(segment_path)
    with whole_file(path) as file:
        pq.write_table(pa.table([offsets], schema=FILTERED_SCHEMA), file, compression="zstd", write_page_checksum=True)
    return path


def plan_replay(
    identity: PartitionIdentity,
    current: Versioned,
    sealed: SealedFile,
    *,
    config_version: int,
    schema_version: int,
    now_ms: int,
) -> SegmentCommit:
    """The commit of a replayed segment: the next record differs in its sequence only, the consuming file goes on.

    The step names the versions that its rows were made with. Raises ValueError when the range is not `[start, start)`.
    """
    record = current.record
    if sealed.end != record.start:
        raise ValueError(
            f"{sealed.name} ends at {sealed.end}: a replay moves no offset, the partition is at {record.start}"
        )
    commit = plan_commit(
        identity,
        current,
        sealed,
        config_version=record.config_version,
        schema_version=record.schema_version,
        now_ms=now_ms,
    )
    made_with = {"origin": Origin.REPLAYED, "config_version": config_version, "schema_version": schema_version}
    following = commit.following.model_copy(update={"created_ms": record.created_ms})
    return replace(commit, step=commit.step.model_copy(update=made_with), following=following)


def settled(entry: PartitionEntry) -> Offsets:
    """Offsets that are settled, ascending."""
    found = [pq.read_table(path, columns=[OFFSET]).column(OFFSET).to_numpy() for path in entry.settling_paths]
    return np.unique(np.concatenate([np.empty(0, np.int64), *found]))


def pending(entry: PartitionEntry, wanted: Offsets | None, rows_max: int, bytes_max: int) -> Pending:
    """The first committed rejects that are not settled, of `wanted` or of all; about `bytes_max` bytes at most."""
    done = settled(entry)
    taken: list[pa.Table] = []
    rows = size = left = 0
    for batch in _rejects(entry):
        offsets = batch.column(OFFSET).to_numpy()
        open_ones = ~np.isin(offsets, done) & (True if wanted is None else np.isin(offsets, wanted))
        found = batch.filter(pa.array(open_ones))
        room = rows_max - rows if size < bytes_max else 0
        taken.append(found.slice(0, room))
        rows, size = rows + taken[-1].num_rows, size + taken[-1].nbytes
        left += found.num_rows - taken[-1].num_rows
    return Pending(pa.concat_tables(taken) if taken else pa.table({}), left)


def _rejects(entry: PartitionEntry) -> Iterator[pa.Table]:
    """Committed rejects in offset order, a batch at a time."""
    for segment in entry.segments:
        if segment.rejects and segment.rejects_path is not None:
            with pq.ParquetFile(segment.rejects_path) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    yield pa.Table.from_batches([batch])


def offsets_of(rows: pa.Table | pa.RecordBatch) -> Offsets:
    """The distinct offsets of rows, ascending."""
    found: Offsets = pc.unique(rows.column(OFFSET)).to_numpy()
    return np.sort(found)
