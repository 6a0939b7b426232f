"""Segments whose newest row is older than their table keeps rows (contract 4.7). Every part may be repeated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from segments.catalogue import PartitionEntry, SegmentEntry, TableEntry
from segments.deletion import delete_segments
from segments.registry import SegmentRegistry
from tableconfigs.field_specs import is_plausible_time
from tableconfigs.problems import Problem
from tableconfigs.references import resolve_all
from tableconfigs.segments_config import SegmentsConfig
from tableconfigs.source import StoredTable, TableState

log = structlog.get_logger()

WHO = "RetentionManager"


@dataclass(frozen=True, slots=True)
class Horizon:
    """Rows before `before_ms` (epoch) are older than the table keeps them; `why` is said of a segment that goes."""

    before_ms: int
    why: str

    def is_passed_by(self, newest_ms: int | None) -> bool:
        """Whether a segment with this newest time goes. A time that nobody believes never lets one go."""
        return newest_ms is not None and is_plausible_time(newest_ms) and newest_ms < self.before_ms


def horizon(config: SegmentsConfig, now_ms: int) -> Horizon | None:
    """None when rows are kept for ever."""
    if config.retention_ms is None:
        return None
    kept = f"{config.retention_time_value} {config.retention_time_unit}"
    return Horizon(now_ms - config.retention_ms, f"its rows are older than the table's retention, {kept}")


def expired(partition: PartitionEntry, at: Horizon) -> list[SegmentEntry]:
    """Segments of a partition to go. The one with the highest sequence number stays: it carries the partition's end."""
    newest = max((segment.sequence for segment in partition.segments), default=None)
    return [each for each in partition.segments if each.sequence != newest and at.is_passed_by(each.time_max_ms)]


def keeping(tables: Iterable[StoredTable], environ: Mapping[str, str]) -> dict[str, SegmentsConfig]:
    """What the tables say of retention, by incarnation. Nothing is said by those on their way out, nor by a section
    that cannot be read here, which is logged."""
    standing = [table for table in tables if table.state is not TableState.DELETING]
    read = {table.incarnation: _segments_config(table, environ) for table in standing}
    return {incarnation: config for incarnation, config in read.items() if config is not None}


def expire_segments(
    registry: SegmentRegistry, entries: Iterable[TableEntry], kept: Mapping[str, SegmentsConfig], now_ms: int
) -> list[str]:
    """Take segments that are older than `kept` says out of their history; returns their names.

    `entries` are those of the catalogue. An older one names fewer segments, so less goes, and the steps themselves are
    asked again before they are changed. Raises RegistryUnavailable.
    """
    found = []
    for entry in entries:
        at = horizon(kept[entry.incarnation], now_ms) if entry.incarnation in kept else None
        if at is not None:
            found += _expire(registry, entry, at)
    return found


def file_ages_ms(kept: Mapping[str, SegmentsConfig]) -> dict[str, int]:
    """How long files of deleted segments stay (ms), by incarnation, where a table says it."""
    said = {incarnation: config.deleted_retention_ms for incarnation, config in kept.items()}
    return {incarnation: age_ms for incarnation, age_ms in said.items() if age_ms is not None}


def _segments_config(table: StoredTable, environ: Mapping[str, str]) -> SegmentsConfig | None:
    """The section alone: what else a config refers to need not be known to whoever keeps house."""
    problems: list[Problem] = []
    section = resolve_all(table.config.get("segmentsConfig", {}), environ, problems, "/segmentsConfig")
    config = SegmentsConfig.model_validate(section)
    problems += config.problems()
    if problems:
        log.warning("retention waits", table=table.name_with_type, problems=[str(problem) for problem in problems])
        return None
    return config


def _expire(registry: SegmentRegistry, entry: TableEntry, at: Horizon) -> list[str]:
    found = {partition.partition: expired(partition, at) for partition in entry.partitions}
    going = {partition: [each.sequence for each in segments] for partition, segments in found.items() if segments}
    try:
        delete_segments(registry, entry.incarnation, going, WHO, at.why, lambda step: at.is_passed_by(step.time_max_ms))
    except KeyError:
        return []  # the table, or a step, went meanwhile
    return [each.name for segments in found.values() for each in segments]
