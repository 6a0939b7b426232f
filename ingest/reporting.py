"""What a worker says of its partitions, in words (contract 6.5)."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.partition import Partition
from ingest.table_run import TableRun, TopicRun
from segments.name import SegmentName
from segments.status import PartitionStatus, WorkerStatus


def worker_status(process: str, pid: int, now_ms: int, runs: Sequence[TableRun]) -> WorkerStatus:
    return WorkerStatus(
        process=process,
        pid=pid,
        written_ms=now_ms,
        partitions=[_partition(run, topic, p, now_ms) for run in runs for topic in run.topics for p in _of(topic)],
        counters=_counters(runs),
        problems={run.entry.name: run.trouble for run in runs if run.trouble},
    )


def _of(topic: TopicRun) -> list[Partition]:
    return list(topic.task.partitions.values())


def _partition(run: TableRun, topic: TopicRun, partition: Partition, now_ms: int) -> PartitionStatus:
    state, file = partition.state, partition.state.file
    return PartitionStatus(
        table=run.entry.name,
        partition=partition.identity.partition,
        topic=topic.stream.topic,
        segment_name=_segment_name(run, partition),
        state=state.phase.upper(),
        reason=state.reason or topic.task.trouble or topic.trouble,
        since_ms=partition.since_ms,
        current_offset=file.next_offset if file else None,
        upstream_offset=topic.task.upstream.get(partition.identity.kafka_partition),
        last_consumed_ms=partition.consumed_ms,
        availability_lag_ms=partition.availability_lag_ms,
        rows=file.rows if file else 0,
        rejects=partition.files.rejects_open if file else 0,
        bytes=file.size_bytes if file else 0,
        age_ms=max(0, now_ms - file.created_ms) if file else 0,
    )


def _segment_name(run: TableRun, partition: Partition) -> str | None:
    current = partition.state.current
    if current is None:
        return None
    sequence = current.record.sequence + len(partition.state.closed)
    created = current.record.created_ms
    return str(SegmentName.of(run.recipe.raw_table, partition.identity.partition, sequence, created))


def _counters(runs: Sequence[TableRun]) -> dict[str, int]:
    """Totals of the partitions that run now, since the process began."""
    totals: dict[str, int] = {}
    for run in runs:
        for partition in run.partitions:
            for name, value in partition.counters.items():
                totals[name] = totals.get(name, 0) + value
    return totals
