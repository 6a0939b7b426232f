"""Which partitions a topic has, and where a new one starts (contract 3.3, 4.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.streams.base import StreamMetadata, TopicInfo
from segments.history import ConsumingRecord
from segments.registry import PartitionsExist, SegmentRegistry
from tableconfigs.offset_criteria import Largest, OffsetCriteria, Period, Smallest, Timestamp
from tableconfigs.stream import StreamConfig, partition_id


def start_offsets(
    metadata: StreamMetadata, partitions: Sequence[int], criteria: OffsetCriteria, now_ms: int
) -> Mapping[int, int]:
    """First offset to read of each Kafka partition, as the table config asks. Raises StreamUnavailable."""
    match criteria:
        case Smallest():
            return metadata.earliest(partitions)
        case Largest():
            return metadata.latest(partitions)
        case Timestamp(ms):
            return metadata.at_time(partitions, ms)
        case Period(ms):
            return metadata.at_time(partitions, now_ms - ms)


def discover(
    registry: SegmentRegistry,
    metadata: StreamMetadata,
    stream: StreamConfig,
    topic_index: int,
    incarnation: str,
    versions: tuple[int, int],
    now_ms: int,
) -> list[int]:
    """Create the records of partitions that have none. Returns Pinot's ids of all partitions of this topic.

    The first time a table's partitions start where the config says; one that is found later starts at the smallest
    offset, so that nothing of it is missed. `versions`: config and schema version. Raises StreamUnavailable,
    UnknownTopic, RegistryUnavailable.
    """
    topic = metadata.describe()
    kafka = [p for p in topic.partitions if stream.reads(p)]
    known = registry.partitions(incarnation)
    new = [p for p in kafka if partition_id(topic_index, p) not in known]
    if new:
        first_time = not any(partition_id(topic_index, p) in known for p in kafka)
        criteria = stream.offset_criteria if first_time else Smallest()
        starts = start_offsets(metadata, new, criteria, now_ms)
        records = {partition_id(topic_index, p): _record(topic, starts[p], versions, now_ms) for p in new}
        _create(registry, incarnation, records)
    return [partition_id(topic_index, p) for p in kafka]


def _create(registry: SegmentRegistry, incarnation: str, records: Mapping[int, ConsumingRecord]) -> None:
    try:
        registry.create(incarnation, records)
    except PartitionsExist:
        return  # another host was first: its records count


def _record(topic: TopicInfo, start: int, versions: tuple[int, int], now_ms: int) -> ConsumingRecord:
    return ConsumingRecord(
        sequence=0,
        start=start,
        leader_epoch=-1,
        topic=topic.topic,
        topic_id=topic.topic_id,
        config_version=versions[0],
        schema_version=versions[1],
        created_ms=now_ms,
    )
