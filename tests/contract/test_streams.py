"""The stream suite, in memory and on a real Kafka; and what only Kafka shows."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from crushpad.managed.kafka import start_kafka
from ingest.streams.base import OutOfRange, StreamMetadata, StreamReader, StreamTrouble, StreamUnavailable, UnknownTopic
from ingest.streams.gathering import NOTHING
from ingest.streams.kafka import KafkaReader, consumer_settings
from ingest.streams.kafka_metadata import KafkaMetadata
from ingest.streams.memory import MemoryStream, MemoryTopic
from tests.contract.stream_suite import MetadataSuite, ReaderSuite, Reading, numbered, reading
from tests.kafka_topics import ADMIN_TIMEOUT_S, create_topic, delete_topic, fresh_name, produce
from tests.service import wait_until

QUEUE_KBYTES = 16 * 1024
METADATA_TIMEOUT_S = 10.0
AWAY_TIMEOUT_S = 1.0


class NeverAway(Exception):
    """A stream in memory can always be asked."""


class MemoryWorld:
    def __init__(self) -> None:
        self.created = 0
        self.topics: dict[str, MemoryTopic] = {}
        self.recreate()

    @property
    def log(self) -> MemoryTopic:
        return self.topics["topic"]

    def produce(self, partition: int, values: Sequence[bytes | None], first_ms: int = 1_000) -> None:
        for time_ms, value in enumerate(values, first_ms):
            self.log.append(partition, value, time_ms)

    def hide(self, partition: int, count: int) -> None:
        self.log.end[partition] += count

    def trim(self, partition: int, before: int) -> None:
        self.log.trim(partition, before)

    def drop(self) -> None:
        self.topics.clear()

    def recreate(self) -> None:
        self.created += 1
        self.topics["topic"] = MemoryTopic.of(f"id-{self.created}", {0: [], 1: []})

    def reader(self) -> AbstractContextManager[StreamReader]:
        return closing(MemoryStream(self.topics, "topic"))

    def metadata(self) -> AbstractContextManager[StreamMetadata]:
        return closing(MemoryStream(self.topics, "topic"))

    def away(self) -> AbstractContextManager[None]:
        raise NeverAway


class KafkaWorld:
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.topic = fresh_name("stream")
        self._reached = bootstrap
        self._timeout_s = METADATA_TIMEOUT_S
        self._create()

    def produce(self, partition: int, values: Sequence[bytes | None], first_ms: int = 1_000) -> None:
        produce(self.bootstrap, self.topic, [(partition, None, v, ms) for ms, v in enumerate(values, first_ms)])

    def hide(self, partition: int, count: int) -> None:
        producer = self._transactional()
        producer.begin_transaction()
        for _ in range(count):
            producer.produce(self.topic, b"aborted", partition=partition)
        producer.flush(ADMIN_TIMEOUT_S)
        producer.abort_transaction(ADMIN_TIMEOUT_S)

    def commit(self, partition: int, values: Sequence[bytes]) -> None:
        producer = self._transactional()
        producer.begin_transaction()
        for value in values:
            producer.produce(self.topic, value, partition=partition)
        producer.commit_transaction(ADMIN_TIMEOUT_S)

    @contextmanager
    def open_transaction(self, partition: int, values: Sequence[bytes]) -> Iterator[None]:
        """Records that are written and not yet committed; they are at the end."""
        producer = self._transactional()
        producer.begin_transaction()
        for value in values:
            producer.produce(self.topic, value, partition=partition)
        producer.flush(ADMIN_TIMEOUT_S)
        yield
        producer.commit_transaction(ADMIN_TIMEOUT_S)

    def _create(self) -> None:
        """Records of 1970 stay: retention goes by their times. Returns once the leaders know that they lead."""
        create_topic(self.bootstrap, self.topic, partitions=2, config={"retention.ms": "-1"})
        with self.metadata() as metadata:
            wait_until(lambda: _answers(metadata), "partitions have leaders")

    def _transactional(self) -> Producer:
        producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": fresh_name("writer")})
        producer.init_transactions(ADMIN_TIMEOUT_S)
        return producer

    def trim(self, partition: int, before: int) -> None:
        place = TopicPartition(self.topic, partition, before)
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.delete_records([place])[place].result(ADMIN_TIMEOUT_S)

    def drop(self) -> None:
        delete_topic(self.bootstrap, self.topic)

    def recreate(self) -> None:
        self.drop()
        self._create()

    def reader(self, isolation_level: str = "read_committed") -> AbstractContextManager[StreamReader]:
        return closing(KafkaReader(self.topic, consumer_settings(self._reached, isolation_level, {}, QUEUE_KBYTES)))

    def metadata(self, isolation_level: str = "read_committed") -> AbstractContextManager[StreamMetadata]:
        return closing(KafkaMetadata(self.topic, self._reached, isolation_level, {}, self._timeout_s))

    @contextmanager
    def away(self) -> Iterator[None]:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            self._reached, self._timeout_s = f"127.0.0.1:{nobody.getsockname()[1]}", AWAY_TIMEOUT_S
            yield
        self._reached, self._timeout_s = self.bootstrap, METADATA_TIMEOUT_S


def _answers(metadata: StreamMetadata) -> bool:
    try:
        return bool(metadata.latest([0, 1]))
    except (StreamUnavailable, UnknownTopic):
        return False


class TestMemoryReader(ReaderSuite):
    @pytest.fixture
    def world(self):
        return MemoryWorld()

    @pytest.mark.xfail(strict=True, raises=NeverAway)
    def test_a_stream_that_is_away_is_trouble_for_all(self, world):
        super().test_a_stream_that_is_away_is_trouble_for_all(world)


class TestMemoryMetadata(MetadataSuite):
    @pytest.fixture
    def world(self):
        return MemoryWorld()

    @pytest.mark.xfail(strict=True, raises=NeverAway)
    def test_a_stream_that_is_away_is_unavailable(self, world):
        super().test_a_stream_that_is_away_is_unavailable(world)


class TestKafkaReader(ReaderSuite):
    @pytest.fixture
    def world(self, kafka):
        return KafkaWorld(kafka.bootstrap)

    def test_committed_transactions_are_read_and_their_markers_are_not(self, world):
        world.commit(0, numbered(0, 3))
        world.hide(0, 2)
        world.commit(0, numbered(3, 6))
        with world.metadata() as metadata, reading(world) as it:
            it.begin((0, 0))
            it.until(0, metadata.latest([0])[0])
            assert it.values(0) == numbered(0, 6)
            assert it.offsets(0) == [0, 1, 2, 7, 8, 9]

    def test_a_key_and_headers_stay_with_their_record(self, world):
        writer = Producer({"bootstrap.servers": world.bootstrap})
        beside: list[dict[str, Any]] = [{}, {"key": b"k"}, {"headers": [("h", b"1")]}, {"key": b""}]
        for number, more in enumerate(beside):
            writer.produce(world.topic, f"v{number}".encode(), partition=0, **more)
        writer.flush(ADMIN_TIMEOUT_S)
        with reading(world) as it:
            it.begin((0, 0))
            records = [
                (value, each.key(), each.headers())
                for fetch in it.until(0, 4)
                for value, each in zip(fetch.payloads, fetch.envelopes or [NOTHING] * len(fetch.payloads), strict=True)
            ]
        assert records == [
            (b"v0", None, None),
            (b"v1", b"k", None),
            (b"v2", None, [("h", b"1")]),
            (b"v3", b"", None),
        ]

    def test_an_open_transaction_is_waited_for(self, world):
        world.produce(0, numbered(0, 2))
        with world.metadata() as metadata, reading(world) as it:
            it.begin((0, 0))
            with world.open_transaction(0, numbered(2, 4)):
                it.until(0, 2)
                it.quiet()
                assert it.values(0) == numbered(0, 2)
                assert metadata.latest([0]) == {0: 2}
            it.until(0, 5)
            assert it.values(0) == numbered(0, 4)

    def test_read_uncommitted_sees_what_was_aborted(self, world):
        world.hide(0, 3)
        with world.reader("read_uncommitted") as reader, world.metadata("read_uncommitted") as metadata:
            it = Reading(reader)
            it.begin((0, 0))
            it.until(0, metadata.latest([0])[0])
            assert it.values(0) == [b"aborted"] * 3

    def test_records_trimmed_while_they_are_read_are_out_of_range_and_not_skipped(self, world):
        world.produce(0, numbered(0, 10))
        with reading(world) as it:
            it.begin((0, 0))
            it.until(0, 10)
            it.reader.unassign([0])
            world.produce(0, numbered(10, 20))
            world.trim(0, before=15)
            it.begin((0, 10))
            it.until_event(OutOfRange)
            it.quiet()
            assert it.values(0) == numbered(0, 10)

    def test_brokers_that_went_away_are_heard_of_again_without_any_record(self, tmp_path):
        server = start_kafka(tmp_path / "kafka")
        try:
            world = KafkaWorld(server.address)
            world.produce(0, numbered(0, 10))
            with reading(world) as it:
                it.begin((0, 0))
                it.until(0, 10)
                server.child.kill()
                assert "Kafka is away" in it.until_event(StreamTrouble).detail
                it.events.clear()
                server = start_kafka(tmp_path / "kafka")
                it.until(0, 10)
                assert it.values(0) == []
                world.produce(0, numbered(10, 12))
                it.until(0, 12)
                assert it.values(0) == numbered(10, 12)
        finally:
            server.child.kill()

    def test_nothing_is_stored_in_kafka(self, world, kafka):
        world.produce(0, numbered(0, 3))
        with reading(world) as it:
            it.begin((0, 0))
            it.until(0, 3)
        admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
        groups = admin.list_consumer_groups().result(ADMIN_TIMEOUT_S)
        assert [group.group_id for group in groups.valid if "crushpad" in group.group_id] == []


class TestKafkaMetadata(MetadataSuite):
    @pytest.fixture
    def world(self, kafka):
        return KafkaWorld(kafka.bootstrap)
