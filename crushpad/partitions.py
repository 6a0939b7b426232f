"""How each partition of a table is: what its worker says, joined with what is committed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crushpad.remedies import reason_of
from crushpad.words import duration, megabytes
from segments.catalogue import PartitionEntry, SegmentEntry, TableEntry
from segments.status import PartitionStatus, WorkerStatus

UNREPORTED = "UNREPORTED"
"""State of a partition that no worker speaks of."""

_NOBODY = PartitionStatus(table="", partition=0, topic="", state=UNREPORTED)


@dataclass(frozen=True, slots=True)
class PartitionReport:
    """One partition. Offsets name the next record to read; times are milliseconds."""

    table: str
    """With type."""
    partition: int
    topic: str
    status: PartitionStatus
    """What its worker says; state `UNREPORTED` when none does."""
    reason: str | None
    """Why rows do not flow, with what to do; None while they do."""
    owner: str | None
    """The worker that has it, `ingest-0`."""
    committed_offset: int | None
    last: SegmentEntry | None
    """The segment that was committed last."""

    @property
    def consuming(self) -> bool:
        return self.status.consuming

    @property
    def flush_waits_for(self) -> str | None:
        """When the consuming segment will be closed: `312,000 of 500,000 rows, or in 4 h 10 min`."""
        return flush_waits_for(self.status)

    def to_json(self) -> dict[str, Any]:
        """The partition as `GET /tables/{table}/partitions` has it."""
        status, last = self.status, self.last
        return {
            "table": self.table,
            "partition": self.partition,
            "topic": self.topic,
            "state": status.state,
            "reason": self.reason,
            "sinceMs": status.since_ms or None,
            "currentOffset": status.current_offset,
            "upstreamOffset": status.upstream_offset,
            "committedOffset": self.committed_offset,
            "lagRows": status.records_lag,
            "lagSeconds": _seconds(status.lag_ms),
            "availabilityLagMs": status.availability_lag_ms,
            "heldTo": held_to(status),
            "lastConsumedMs": status.last_consumed_ms,
            "consumingSegment": status.segment_name,
            "consumingRows": status.rows,
            "consumingBytes": status.bytes,
            "consumingAgeSeconds": _seconds(status.age_ms),
            "consumingRejects": status.rejects,
            "closedFiles": status.closed,
            "flushWaitsFor": self.flush_waits_for,
            "lastCommitMs": last.committed_ms if last else None,
            "lastSegment": last.name if last else None,
            "owner": self.owner,
        }


def partition_reports(entry: TableEntry, workers: Sequence[WorkerStatus]) -> list[PartitionReport]:
    """Every partition that the catalogue or a worker knows of, by number."""
    committed = {partition.partition: partition for partition in entry.partitions}
    said = {status.partition: (worker.process, status) for worker, status in _said(entry.name, workers)}
    return [_report(entry.name, p, committed.get(p), said.get(p)) for p in sorted(committed.keys() | said.keys())]


def problems_of(table: str, workers: Sequence[WorkerStatus]) -> list[str]:
    """What keeps the table as a whole from consuming, once each, with what to do."""
    found = (worker.problems[table] for worker in workers if table in worker.problems)
    return list(dict.fromkeys(reason_of("", problem, table) or problem for problem in found))


def flush_waits_for(status: PartitionStatus) -> str | None:
    """None where no file is open; bytes are named when they will be full before the rows are."""
    if status.rows_max is None or status.bytes_max is None or status.age_ms_max is None or not status.age_ms:
        return None
    if not status.rows and not status.rejects:
        return f"a first row; then {status.rows_max:,} rows, or an age of {duration(status.age_ms_max)}"
    full = f"{status.rows:,} of {status.rows_max:,} rows"
    if status.bytes * status.rows_max > status.rows * status.bytes_max:
        full = f"{megabytes(status.bytes)} of {megabytes(status.bytes_max)}"
    return f"{full}, or in {duration(status.age_ms_max - status.age_ms)}"


def held_to(status: PartitionStatus) -> str | None:
    """`100 records/s` while the table's rate limit lets records wait."""
    return None if status.held_to is None else f"{status.held_to:,.6g} records/s"


def _said(table: str, workers: Sequence[WorkerStatus]) -> Iterator[tuple[WorkerStatus, PartitionStatus]]:
    for worker in workers:
        yield from ((worker, status) for status in worker.partitions if status.table == table)


def _report(
    table: str, number: int, committed: PartitionEntry | None, said: tuple[str, PartitionStatus] | None
) -> PartitionReport:
    owner, status = said or (None, _NOBODY)
    return PartitionReport(
        table=table,
        partition=number,
        topic=committed.topic if committed else status.topic,
        status=status,
        reason=reason_of(status.state, status.reason, table, number),
        owner=owner,
        committed_offset=committed.committed_end if committed else None,
        last=committed.segments[-1] if committed and committed.segments else None,
    )


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else round(ms / 1000, 3)


def summary(entry: TableEntry, workers: Sequence[WorkerStatus]) -> Mapping[str, Any]:
    """A table in one line: Pinot's `ingestionStatus`, and how many of its partitions do what."""
    reports, problems = partition_reports(entry, workers), problems_of(entry.name, workers)
    stopped = [report for report in reports if not report.consuming]
    wrong = [*problems, *(f"partition {each.partition} is {each.status.state}: {each.reason}" for each in stopped)]
    lags = [report.status.lag_ms for report in reports if report.status.lag_ms is not None]
    return {
        "ingestionStatus": {
            "ingestionState": "UNHEALTHY" if wrong else "HEALTHY",
            "errorMessage": "; ".join(wrong),
        },
        "table": entry.name,
        "partitions": len(reports),
        "consuming": len(reports) - len(stopped),
        "lagRows": sum(report.status.records_lag or 0 for report in reports),
        "lagSeconds": _seconds(max(lags, default=None)),
        "segments": sum(len(partition.segments) for partition in entry.partitions),
        "segmentRows": sum(segment.rows for partition in entry.partitions for segment in partition.segments),
        "consumingRows": sum(report.status.rows for report in reports),
    }
