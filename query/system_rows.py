"""Rows of the system tables, in the order of their columns. Nothing is null: what is not known is -1, 0 or empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from query.running import RunningQueries
from segments.catalogue import Catalogue, PartitionEntry, SegmentEntry, TableEntry
from segments.status import PartitionStatus, WorkerStatus

Cell = str | int
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "tables": {
        "table": "STRING", "state": "STRING", "configVersion": "INT", "schemaVersion": "INT", "partitions": "INT",
        "segments": "INT", "rows": "LONG", "rejects": "LONG", "bytes": "LONG",
    },
    "segments": {
        "table": "STRING", "segment": "STRING", "partition": "INT", "sequence": "INT", "state": "STRING",
        "startOffset": "LONG", "endOffset": "LONG", "rows": "LONG", "rejects": "LONG", "bytes": "LONG",
        "origin": "STRING", "created": "TIMESTAMP", "committed": "TIMESTAMP", "minTime": "TIMESTAMP",
        "maxTime": "TIMESTAMP",
    },
    "partitions": {
        "table": "STRING", "partition": "INT", "topic": "STRING", "state": "STRING", "reason": "STRING",
        "worker": "STRING", "firstOffset": "LONG", "committedOffset": "LONG", "currentOffset": "LONG",
        "upstreamOffset": "LONG", "lagRecords": "LONG", "lagMs": "LONG", "segments": "INT", "gaps": "INT",
    },
    "queries": {
        "id": "STRING", "clientId": "STRING", "state": "STRING", "sql": "STRING", "tables": "STRING",
        "began": "TIMESTAMP", "ms": "LONG", "rows": "LONG", "code": "INT",
    },
}  # fmt: skip
"""Pinot's type word of each column. `segments.rows` and on are of sealed files; code is -1 without an error."""
UNKNOWN = -1
Owned = tuple[str, PartitionStatus]
"""A worker and what it says of one partition."""


def table_rows(catalogue: Catalogue) -> Iterator[tuple[Cell, ...]]:
    for entry in catalogue.tables.values():
        sealed = [segment for partition in entry.partitions for segment in partition.segments]
        yield (
            entry.name, entry.state, entry.config_version, entry.schema_version, len(entry.partitions), len(sealed),
            sum(one.rows for one in sealed), sum(one.rejects for one in sealed), sum(one.size_bytes for one in sealed),
        )  # fmt: skip


def segment_rows(catalogue: Catalogue, workers: Sequence[WorkerStatus]) -> Iterator[tuple[Cell, ...]]:
    """The sealed ones, then those that are consumed, as their workers last said."""
    said = _said(workers)
    for entry, partition in _partitions(catalogue):
        yield from (_sealed(entry.name, partition.partition, one) for one in partition.segments)
        worker = said.get((entry.name, partition.partition))
        if worker is not None and worker[1].segment_name is not None:
            yield _consuming(entry, partition, worker[1])


def _sealed(table: str, partition: int, one: SegmentEntry) -> tuple[Cell, ...]:
    return (
        table, one.name, partition, one.sequence, "ONLINE", one.start, one.end, one.rows, one.rejects, one.size_bytes,
        one.origin, one.created_ms, one.committed_ms, one.time_min_ms or 0, one.time_max_ms or 0,
    )  # fmt: skip


def _consuming(entry: TableEntry, partition: PartitionEntry, status: PartitionStatus) -> tuple[Cell, ...]:
    return (
        entry.name, status.segment_name or "", partition.partition, partition.sequence, status.state,
        partition.committed_end, _known(status.current_offset), status.rows, status.rejects, status.bytes, "stream",
        partition.created_ms, 0, 0, 0,
    )  # fmt: skip


def partition_rows(catalogue: Catalogue, workers: Sequence[WorkerStatus]) -> Iterator[tuple[Cell, ...]]:
    said = _said(workers)
    for entry, one in _partitions(catalogue):
        worker, status = said.get((entry.name, one.partition), ("", None))
        said_of_it: tuple[Cell, ...] = ("UNREPORTED", "", "") if status is None else (
            status.state, status.reason or "", worker,
        )  # fmt: skip
        offsets = (UNKNOWN,) * 4 if status is None else tuple(
            map(_known, (status.current_offset, status.upstream_offset, status.records_lag, status.lag_ms))
        )  # fmt: skip
        yield (
            entry.name, one.partition, one.topic, *said_of_it, one.first_start, one.committed_end, *offsets,
            len(one.segments), len(one.gaps),
        )  # fmt: skip


def query_rows(running: RunningQueries) -> Iterator[tuple[Cell, ...]]:
    """Those that run, then the last ones that were answered, the newest first."""
    for request_id, one in running.all():
        yield request_id, one.client_id or "", "running", one.sql, "", one.began_ms, 0, 0, UNKNOWN
    for done in reversed(running.recent()):
        yield (
            done.request_id, done.client_id, "failed" if done.code != UNKNOWN else "done", done.sql,
            ", ".join(done.tables), done.began_ms, done.took_ms, done.rows, done.code,
        )  # fmt: skip


def _partitions(catalogue: Catalogue) -> Iterator[tuple[TableEntry, PartitionEntry]]:
    return ((entry, partition) for entry in catalogue.tables.values() for partition in entry.partitions)


def _said(workers: Sequence[WorkerStatus]) -> dict[tuple[str, int], Owned]:
    return {(one.table, one.partition): (worker.process, one) for worker in workers for one in worker.partitions}


def _known(value: int | None) -> int:
    return UNKNOWN if value is None else value
