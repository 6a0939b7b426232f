"""`segmentsConfig`: time column, retention, replication (contract 1.3)."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from tableconfigs.datetime_format import UNIT_MS
from tableconfigs.parsing import UPPER, OptionalText, PinotModel, Text
from tableconfigs.periods import period_ms
from tableconfigs.problems import Problem

_PATH = "/segmentsConfig"


class CompletionMode(StrEnum):
    """How a replica that did not commit gets the segment."""

    DEFAULT = "DEFAULT"
    DOWNLOAD = "DOWNLOAD"


class CompletionConfig(PinotModel):
    """`completionConfig`."""

    completion_mode: Annotated[CompletionMode, UPPER] = CompletionMode.DEFAULT


class ReplicaGroupStrategyConfig(PinotModel):
    """`replicaGroupStrategyConfig`, deprecated."""

    partition_column: OptionalText = None
    num_instances_per_partition: int = 1


class SegmentsConfig(PinotModel):
    """Where rows stand in time, how long they are kept and how many hosts hold them."""

    time_column_name: OptionalText = None
    time_type: OptionalText = None
    retention_time_unit: OptionalText = None
    retention_time_value: OptionalText = None
    deleted_segments_retention_period: OptionalText = None
    replaced_segments_retention_period: OptionalText = None
    lineage_entry_cleanup_retention_period: OptionalText = None
    untracked_segments_deletion_batch_size: OptionalText = None
    untracked_segments_retention_time_unit: OptionalText = None
    untracked_segments_retention_time_value: OptionalText = None
    segment_push_frequency: OptionalText = None
    segment_push_type: OptionalText = None
    replication: Text = "1"
    replicas_per_partition: OptionalText = None
    replica_group_strategy_config: ReplicaGroupStrategyConfig | None = None
    completion_config: CompletionConfig | None = None
    peer_segment_download_scheme: OptionalText = None
    crypter_class_name: OptionalText = None
    minimize_data_movement: bool = False

    @property
    def replicas(self) -> int:
        """Copies of each partition: `replicasPerPartition` wins over `replication` for realtime tables."""
        return int(self.replicas_per_partition or self.replication)

    @property
    def retention_ms(self) -> int | None:
        """How long after its newest row a segment is kept; None is for ever."""
        return _retention_ms(self.retention_time_unit, self.retention_time_value)

    @property
    def deleted_retention_ms(self) -> int | None:
        """How long files of deleted segments are kept; None leaves it to the service."""
        period = self.deleted_segments_retention_period
        return period_ms(period) if period else None

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the section on its own, time column aside."""
        yield from _count("replication", self.replication)
        if self.replicas_per_partition is not None:
            yield from _count("replicasPerPartition", self.replicas_per_partition)
        yield from _retention("retentionTime", self.retention_time_unit, self.retention_time_value)
        untracked = self.untracked_segments_retention_time_unit, self.untracked_segments_retention_time_value
        yield from _retention("untrackedSegmentsRetentionTime", *untracked)
        yield from self._period_problems()
        if self.segment_push_type and self.segment_push_type.upper() not in {"APPEND", "REFRESH"}:
            text = "invalid push type, must be APPEND or REFRESH"
            yield Problem(f"{_PATH}/segmentPushType", self.segment_push_type, text)
        yield from self._peer_problems()

    def _period_problems(self) -> Iterator[Problem]:
        for key, value in (
            ("deletedSegmentsRetentionPeriod", self.deleted_segments_retention_period),
            ("replacedSegmentsRetentionPeriod", self.replaced_segments_retention_period),
            ("lineageEntryCleanupRetentionPeriod", self.lineage_entry_cleanup_retention_period),
        ):
            try:
                period_ms(value or "0d")
            except ValueError as error:
                yield Problem(f"{_PATH}/{key}", value, str(error))

    def _peer_problems(self) -> Iterator[Problem]:
        scheme, path = self.peer_segment_download_scheme, f"{_PATH}/peerSegmentDownloadScheme"
        if not scheme:
            return
        if scheme.lower() not in {"http", "https"}:
            text = f"Invalid value '{scheme}' for peerSegmentDownloadScheme. Must be one of http or https"
            yield Problem(path, scheme, text)
        elif (self.replicas_per_partition or self.replication) in {"0", "1"}:
            yield Problem(path, scheme, "peerSegmentDownloadScheme can't be used when replication is < 2")

    def printed(self) -> dict[str, Any]:
        """As Pinot prints it: blank values are left out."""
        return {key: value for key, value in super().printed().items() if value != ""}


def _retention_ms(unit: str | None, value: str | None) -> int | None:
    return int(int(value) * UNIT_MS[unit.strip().upper()]) if unit and value else None


def _count(key: str, value: str) -> Iterator[Problem]:
    if not (value.strip().isdecimal() and int(value) > 0):
        yield Problem(f"{_PATH}/{key}", value, f"'{key}' must be a positive whole number")


def _retention(prefix: str, unit: str | None, value: str | None) -> Iterator[Problem]:
    if bool(unit) != bool(value):
        missing = f"{prefix}Unit" if value else f"{prefix}Value"
        yield Problem(f"{_PATH}/{missing}", None, f"'{prefix}Unit' and '{prefix}Value' must be set together")
    if unit and unit.strip().upper() not in UNIT_MS:
        yield Problem(
            f"{_PATH}/{prefix}Unit", unit, f"invalid retention time unit, must be one of {', '.join(UNIT_MS)}"
        )
    if value and not (value.strip().isdecimal() and int(value) > 0):
        yield Problem(f"{_PATH}/{prefix}Value", value, "invalid retention time value, must be a positive whole number")
