"""Partitions of a topic, and where a new one starts to read (contract 3.3, 4.6)."""

from __future__ import annotations

import pytest

from ingest.discovery import discover
from ingest.streams.base import UnknownTopic
from ingest.streams.memory import MemoryStream, MemoryTopic
from segments.registry import InMemoryRegistry
from tableconfigs.stream import StreamConfig

NOW_MS = 1_000_000
INCARNATION = "incarnation1"


def stream_config(**changes: str) -> StreamConfig:
    return StreamConfig.parse(
        {
            "streamType": "kafka",
            "stream.kafka.topic.name": "clicks",
            "stream.kafka.broker.list": "localhost:9092",
            "stream.kafka.consumer.type": "lowlevel",
            "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
            **changes,
        }
    )


def reset(word: str) -> StreamConfig:
    return stream_config(**{"stream.kafka.consumer.prop.auto.offset.reset": word})


@pytest.fixture
def topics() -> dict[str, MemoryTopic]:
    """Two partitions; record times are 990,000 ms and every 2 s on; retention has taken the first record of 0."""
    topic = MemoryTopic("topic-1", {0: [], 1: []}, end={0: 0, 1: 0})
    for number in range(5):
        topic.append(0, b"{}", 990_000 + 2_000 * number)
        topic.append(1, b"{}", 990_000 + 2_000 * number)
    topic.start[0] = 1
    return {"clicks": topic}


def discovered(topics: dict[str, MemoryTopic], stream: StreamConfig, registry: InMemoryRegistry, index: int = 0):
    """Start offsets by Pinot partition id."""
    discover(registry, MemoryStream(topics, "clicks"), stream, index, INCARNATION, (3, 2), NOW_MS)
    return {partition: found.record.start for partition, found in registry.partitions(INCARNATION).items()}


@pytest.mark.parametrize(
    ("word", "starts"),
    [
        ("smallest", {0: 1, 1: 0}),
        ("largest", {0: 5, 1: 5}),
        ("7s", {0: 2, 1: 2}),
        ("1970-01-01T00:16:36Z", {0: 3, 1: 3}),
        ("1970-01-02T00:00:00Z", {0: 5, 1: 5}),
    ],
)
def test_the_first_time_partitions_start_where_the_config_says(
    topics: dict[str, MemoryTopic], word: str, starts: dict[int, int]
) -> None:
    assert discovered(topics, reset(word), InMemoryRegistry()) == starts


def test_a_partition_that_is_added_later_starts_at_its_first_record(topics: dict[str, MemoryTopic]) -> None:
    """Whatever the config says: nothing of it may be missed."""
    registry = InMemoryRegistry()
    discovered(topics, reset("largest"), registry)
    topics["clicks"].records[2] = []
    topics["clicks"].end[2] = 0
    topics["clicks"].append(2, b"{}")
    assert discovered(topics, reset("largest"), registry) == {0: 5, 1: 5, 2: 0}


def test_known_partitions_are_left_as_they_are(topics: dict[str, MemoryTopic]) -> None:
    registry = InMemoryRegistry()
    discovered(topics, reset("smallest"), registry)
    before = registry.partitions(INCARNATION)
    discovered(topics, reset("largest"), registry)
    assert registry.partitions(INCARNATION) == before


def test_a_record_names_topic_and_versions(topics: dict[str, MemoryTopic]) -> None:
    registry = InMemoryRegistry()
    discovered(topics, reset("smallest"), registry)
    record = registry.partitions(INCARNATION)[1].record
    assert (record.sequence, record.topic, record.topic_id, record.leader_epoch) == (0, "clicks", "topic-1", -1)
    assert (record.config_version, record.schema_version, record.created_ms) == (3, 2, NOW_MS)


def test_partitions_of_another_topic_have_ids_of_their_own(topics: dict[str, MemoryTopic]) -> None:
    registry = InMemoryRegistry()
    discovered(topics, reset("largest"), registry)
    assert discovered(topics, reset("smallest"), registry, index=1) == {0: 5, 1: 5, 10_000: 1, 10_001: 0}


class CreatedMeanwhile(InMemoryRegistry):
    """Another host creates the same partitions just before."""

    def create(self, incarnation, records) -> None:
        super().create(incarnation, {p: r.model_copy(update={"start": 4}) for p, r in records.items()})
        super().create(incarnation, records)


def test_of_two_hosts_that_look_at_once_the_first_one_counts(topics: dict[str, MemoryTopic]) -> None:
    assert discovered(topics, reset("smallest"), CreatedMeanwhile()) == {0: 4, 1: 4}


def test_a_topic_that_is_not_there_is_named(topics: dict[str, MemoryTopic]) -> None:
    with pytest.raises(UnknownTopic, match="clicks"):
        discovered({}, reset("smallest"), InMemoryRegistry())
