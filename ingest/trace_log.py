"""What Kafka says of one offset: the record, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.streams.base import StreamUnavailable, UnknownTopic
from ingest.topics import Cluster
from ingest.topics_reading import OffsetGone, Record, record_at


@dataclass(frozen=True, slots=True)
class LogSays:
    """`[earliest, latest)` can be read. `record` is the one at the offset; `following` the next offset that has one.

    `aborted` says that the record belongs to a transaction that never happened. `trouble` says in a sentence why
    Kafka could not tell; then nothing else is known.
    """

    earliest: int = 0
    latest: int = 0
    record: Record | None = None
    following: int | None = None
    aborted: bool = False
    recreated: bool = False
    """The topic is not the one that the table read: its offsets mean other records."""
    trouble: str | None = None


def ask(
    cluster: Cluster, topic: str, topic_id: str, isolation_level: str, kafka_partition: int, offset: int
) -> LogSays:
    """Look at one offset as the table would. Never raises for what Kafka says."""
    try:
        return _asked(cluster, topic, topic_id, isolation_level, kafka_partition, offset)
    except (UnknownTopic, OffsetGone, StreamUnavailable, ValueError) as error:
        return LogSays(trouble=str(error))


def _asked(cluster: Cluster, topic: str, topic_id: str, isolation: str, partition: int, offset: int) -> LogSays:
    metadata = cluster.metadata(topic, isolation)
    now = metadata.describe()
    if partition not in now.partitions:
        return LogSays(trouble=f"topic {topic} has no partition {partition} any more")
    earliest, latest = metadata.earliest([partition])[partition], metadata.latest([partition])[partition]
    recreated = now.topic_id != topic_id
    if recreated or not earliest <= offset < latest:
        return LogSays(earliest, latest, recreated=recreated)
    found = record_at(cluster, topic, isolation, partition, offset, latest)
    if found is not None and found.offset == offset:
        return LogSays(earliest, latest, found)
    hidden = record_at(cluster, topic, "read_uncommitted", partition, offset, latest)
    aborted = hidden is not None and hidden.offset == offset
    return LogSays(earliest, latest, following=None if found is None else found.offset, aborted=aborted)
