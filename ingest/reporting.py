"""What a worker says of its partitions, in words (contract 6.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ingest.log_ends import LogEnds
from ingest.machine import Phase
from ingest.partition import Partition
from ingest.table_run import TableRun, TopicRun
from segments.identity import PartitionIdentity
from segments.name import SegmentName
from segments.status import PartitionStatus, WorkerStatus


class Reporter:
    """Makes one worker's status; between two of them it remembers how far each log reached when."""

    def __init__(self, process: str, pid: int) -> None:
        self._process, self._pid = process, pid
        self._ends: dict[PartitionIdentity, LogEnds] = {}

    def status(self, now_ms: int, runs: Sequence[TableRun], refused: Mapping[str, str]) -> WorkerStatus:
        """What is to be said now; `refused` tables are not run at all, with the reason."""
        running = [
            (run, topic, p) for run in runs for topic in run.topics for p in list(topic.task.partitions.values())
        ]
        self._ends = {p.identity: self._ends.get(p.identity) or LogEnds() for _, _, p in running}
        return WorkerStatus(
            process=self._process,
            pid=self._pid,
            written_ms=now_ms,
            partitions=[self._partition(*each, now_ms) for each in running],
            counters=_totals(partition for _, _, partition in running),
            problems={**refused, **{run.entry.name: run.trouble for run in runs if run.trouble}},
        )

    def _partition(self, run: TableRun, topic: TopicRun, partition: Partition, now_ms: int) -> PartitionStatus:
        state, file, limits = partition.state, partition.state.file, partition.limits
        next_offset, upstream = file.next_offset if file else None, _upstream(topic, partition)
        return PartitionStatus(
            table=run.entry.name,
            partition=partition.identity.partition,
            topic=topic.stream.topic,
            segment_name=_segment_name(run, partition),
            state=state.phase.upper(),
            reason=state.reason or topic.task.trouble or topic.trouble,
            since_ms=partition.since_ms,
            current_offset=next_offset,
            upstream_offset=upstream,
            last_consumed_ms=partition.consumed_ms,
            availability_lag_ms=partition.availability_lag_ms,
            rows=file.rows if file else 0,
            rejects=partition.files.rejects_open if file else 0,
            bytes=file.size_bytes if file else 0,
            age_ms=max(0, now_ms - file.created_ms) if file else 0,
            held_to=topic.held_to(partition.identity.kafka_partition),
            lag_ms=self._lag_ms(partition, now_ms, next_offset, upstream),
            closed=len(state.closed),
            rows_max=limits.rows_max,
            bytes_max=limits.bytes_max,
            age_ms_max=limits.age_ms_max,
            counters=dict(partition.counters),
        )

    def _lag_ms(self, partition: Partition, now_ms: int, next_offset: int | None, upstream: int | None) -> int | None:
        if upstream is None or next_offset is None:
            return None
        ends = self._ends[partition.identity]
        ends.look(now_ms, upstream)
        return ends.lag_ms(now_ms, next_offset, _newest_ms(partition))


def _upstream(topic: TopicRun, partition: Partition) -> int | None:
    """The log's end: the reader's, or for a partition that is not read that of the last look; None without Kafka."""
    number, file = partition.identity.kafka_partition, partition.state.file
    is_read = partition.state.phase is Phase.CONSUMING
    end = topic.task.upstream.get(number) if is_read else topic.ends.get(number)
    if end is None or topic.task.trouble or (topic.trouble and not is_read):
        return None
    return max(end, file.next_offset) if file else end  # what was read is there, whatever was heard last


def _newest_ms(partition: Partition) -> int | None:
    """Kafka's time of the newest record that was taken in."""
    if partition.consumed_ms is None or partition.availability_lag_ms is None:
        return None
    return partition.consumed_ms - partition.availability_lag_ms


def _segment_name(run: TableRun, partition: Partition) -> str | None:
    current = partition.state.current
    if current is None:
        return None
    sequence = current.record.sequence + len(partition.state.closed)
    created = current.record.created_ms
    return str(SegmentName.of(run.recipe.raw_table, partition.identity.partition, sequence, created))


def _totals(partitions: Iterable[Partition]) -> dict[str, int]:
    """Of the partitions that run now, since each was begun."""
    totals: Counter[str] = Counter()
    for partition in partitions:
        totals.update(partition.counters)
    return dict(totals)
