"""What a person may ask of partitions: commit now, go on behind a gap. The consuming record carries it (P5, P11)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from segments.commit import Versioned
from segments.history import ConsumingRecord, Skip
from segments.jobs import Job, JobSegment, JobStore, JobType
from segments.name import SegmentName
from segments.registry import SegmentRegistry
from tableconfigs.source import StoredTable


class NoSuchPartition(LookupError):
    """Give up, or name another one."""


class NotConsuming(ValueError):
    """A segment was named that nobody is consuming now: list them again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. Segments are named as when it began."""

    job: Job
    waiting: tuple[str, ...]


def consuming_name(raw_table: str, partition: int, record: ConsumingRecord) -> str:
    return str(SegmentName.of(raw_table, partition, record.sequence, record.created_ms))


def named(
    current: Mapping[int, Versioned], raw_table: str, partitions: Collection[int], segments: Collection[str]
) -> list[int]:
    """The partitions that are meant, by number, by the name of their consuming segment, or all of them.

    Raises NoSuchPartition, NotConsuming.
    """
    if unknown := sorted(set(partitions) - current.keys()):
        raise NoSuchPartition(f"table {raw_table} has no partitions {unknown}, it has {sorted(current)}")
    by_name = {consuming_name(raw_table, number, each.record): number for number, each in current.items()}
    if missing := sorted(set(segments) - by_name.keys()):
        raise NotConsuming(f"Cannot commit segments that are not in CONSUMING state: {missing}")
    return sorted({*partitions, *(by_name[name] for name in segments)} or current)


def force_commit(
    registry: SegmentRegistry,
    jobs: JobStore,
    table: StoredTable,
    wanted: Iterable[int],
    job_id: str,
    now_ms: int,
    kind: JobType = JobType.FORCE_COMMIT,
) -> Job:
    """Ask the partitions to commit what they have read. The job is kept when all of them were asked.

    Raises RegistryUnavailable: who asks again harms nothing.
    """
    raw_table = table.name_with_type.rpartition("_")[0]
    asked = {p: registry.flag(table.incarnation, p, lambda _: {"force_commit": job_id}) for p in wanted}
    segments = tuple(
        JobSegment(name=consuming_name(raw_table, p, each.record), partition=p, sequence=each.record.sequence)
        for p, each in asked.items()
    )
    job = Job(
        id=job_id,
        type=kind,
        table=table.name_with_type,
        incarnation=table.incarnation,
        submitted_ms=now_ms,
        segments=segments,
    )
    jobs.put(job)
    return job


def progress(registry: SegmentRegistry, jobs: JobStore, job_id: str) -> Progress:
    """Which segments of a job are not committed yet. One without a record to commit is done at once.

    Raises NoSuchJob, RegistryUnavailable.
    """
    job = jobs.get(job_id)
    now = registry.partitions(job.incarnation)
    return Progress(job, tuple(each.name for each in job.segments if _waits(each, now.get(each.partition))))


def _waits(segment: JobSegment, now: Versioned | None) -> bool:
    """A partition that is gone waits for nothing."""
    if now is None or now.record.sequence > segment.sequence:
        return False
    return now.record.force_commit is not None


def skip(registry: SegmentRegistry, table: StoredTable, partitions: Iterable[int], wish: Skip) -> None:
    """Ask partitions to go on behind a gap, which becomes a step of their chain (I6).

    Raises NoSuchPartition, RegistryUnavailable.
    """
    for partition in partitions:
        try:
            registry.flag(table.incarnation, partition, lambda _: {"skip": wish})
        except KeyError as error:
            raise NoSuchPartition(f"table {table.name_with_type} has no partition {partition}") from error
