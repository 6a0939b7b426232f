"""What every stream must do: StreamReader and StreamMetadata. Subclass it with a `world` fixture."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

import pytest

from ingest.streams.base import (
    Assignment,
    Fetched,
    OutOfRange,
    StreamEvent,
    StreamMetadata,
    StreamReader,
    StreamTrouble,
    StreamUnavailable,
    UnknownTopic,
)

DEADLINE_S = 30.0
WAIT_S = 0.1
QUIET_S = 0.5
"""So long nothing may come where nothing should."""
ANY_EPOCH = -1

Kind = TypeVar("Kind", bound=StreamEvent)


class World(Protocol):
    """A topic of two partitions and the hands of those who write to it."""

    def produce(self, partition: int, values: Sequence[bytes | None], first_ms: int = 1_000) -> None:
        """Append `values`, the first with record time `first_ms`, each next one a millisecond later."""

    def hide(self, partition: int, count: int) -> None:
        """Append `count` offsets or more that no reader sees: aborted records, markers."""

    def trim(self, partition: int, before: int) -> None:
        """Have retention delete the records before an offset."""

    def drop(self) -> None:
        """Delete the topic."""

    def recreate(self) -> None:
        """Delete the topic and create one of the same name."""

    def reader(self) -> AbstractContextManager[StreamReader]: ...

    def metadata(self) -> AbstractContextManager[StreamMetadata]: ...

    def away(self) -> AbstractContextManager[None]:
        """Readers and metadata that are made meanwhile find nobody to talk to."""


class Reading:
    """Fetches and keeps what came."""

    def __init__(self, reader: StreamReader) -> None:
        self.reader = reader
        self.events: list[StreamEvent] = []

    def begin(self, *places: tuple[int, int]) -> None:
        self.reader.assign([Assignment(partition, offset, ANY_EPOCH) for partition, offset in places])

    def step(self, records_max: int = 10_000) -> list[StreamEvent]:
        found = self.reader.fetch(records_max, WAIT_S)
        self.events += found
        return found

    def until(self, partition: int, next_offset: int) -> list[Fetched]:
        """Fetch until the partition is read to `next_offset`; what came of it since the beginning."""
        return self._until(lambda: any(f.next_offset >= next_offset for f in self.fetched(partition)), partition)

    def until_event(self, kind: type[Kind]) -> Kind:
        self._until(lambda: any(isinstance(event, kind) for event in self.events), 0)
        return next(event for event in self.events if isinstance(event, kind))

    def quiet(self) -> list[StreamEvent]:
        """What comes within the time in which nothing should."""
        end = time.monotonic() + QUIET_S
        return [event for _ in iter(lambda: time.monotonic() < end, False) for event in self.step()]

    def fetched(self, partition: int) -> list[Fetched]:
        return [e for e in self.events if isinstance(e, Fetched) and e.partition == partition]

    def values(self, partition: int) -> list[bytes | None]:
        return [value for fetch in self.fetched(partition) for value in fetch.payloads]

    def offsets(self, partition: int) -> list[int]:
        return [int(offset) for fetch in self.fetched(partition) for offset in fetch.offsets]

    def _until(self, done, partition: int) -> list[Fetched]:
        end = time.monotonic() + DEADLINE_S
        while not done():
            assert time.monotonic() < end, f"nothing more came; so far {self.events}"
            self.step()
        return self.fetched(partition)


@contextmanager
def reading(world: World) -> Iterator[Reading]:
    with world.reader() as reader:
        yield Reading(reader)


def numbered(start: int, end: int) -> list[bytes]:
    return [f"value {number}".encode() for number in range(start, end)]


class ReaderSuite:
    def test_records_come_in_order_from_the_assigned_offset(self, world):
        world.produce(0, numbered(0, 3000))
        with reading(world) as it:
            it.begin((0, 1000))
            it.until(0, 3000)
            assert it.values(0) == numbered(1000, 3000)
            assert it.offsets(0) == list(range(1000, 3000))

    def test_each_fetch_begins_where_the_last_one_ended(self, world):
        world.produce(0, numbered(0, 1000))
        with reading(world) as it:
            it.begin((0, 0))
            at = 0
            for fetch in it.until(0, 1000):
                assert at <= min(fetch.offsets, default=at) <= max(fetch.offsets, default=at) <= fetch.next_offset
                at = fetch.next_offset
            assert at == 1000

    def test_a_fetch_gives_no_more_records_than_asked_for(self, world):
        world.produce(0, numbered(0, 50))
        world.produce(1, numbered(0, 50))
        with reading(world) as it:
            it.begin((0, 0), (1, 0))
            while len(it.values(0)) + len(it.values(1)) < 100:
                found = it.step(records_max=30)
                assert sum(len(event.payloads) for event in found if isinstance(event, Fetched)) <= 30
            assert (it.values(0), it.values(1)) == (numbered(0, 50), numbered(0, 50))

    def test_what_is_written_later_comes_too(self, world):
        with reading(world) as it:
            it.begin((0, 0))
            it.step()
            world.produce(0, numbered(0, 2))
            it.until(0, 2)
            world.produce(0, numbered(2, 4))
            it.until(0, 4)
            assert it.values(0) == numbered(0, 4)

    def test_partitions_do_not_mix(self, world):
        world.produce(0, [b"zero"] * 20)
        world.produce(1, [b"one"] * 20)
        with reading(world) as it:
            it.begin((0, 5), (1, 10))
            it.until(0, 20)
            it.until(1, 20)
            assert (it.values(0), it.values(1)) == ([b"zero"] * 15, [b"one"] * 10)

    def test_a_tombstone_is_none_and_an_empty_value_is_empty(self, world):
        world.produce(0, [b"a", None, b"", b"b"])
        with reading(world) as it:
            it.begin((0, 0))
            it.until(0, 4)
            assert it.values(0) == [b"a", None, b"", b"b"]

    def test_records_have_their_times(self, world):
        world.produce(0, numbered(0, 3), first_ms=1_700_000_000_000)
        with reading(world) as it:
            it.begin((0, 0))
            times = [int(time) for fetch in it.until(0, 3) for time in fetch.timestamps_ms]
            assert times == [1_700_000_000_000, 1_700_000_000_001, 1_700_000_000_002]

    def test_records_have_their_leader_epoch(self, world):
        world.produce(0, numbered(0, 3))
        with reading(world) as it:
            it.begin((0, 0))
            assert {fetch.leader_epoch for fetch in it.until(0, 3) if fetch.payloads} == {0}

    def test_a_hole_is_stepped_over(self, world):
        world.produce(0, numbered(0, 2))
        world.hide(0, 3)
        world.produce(0, numbered(2, 4))
        with world.metadata() as metadata, reading(world) as it:
            it.begin((0, 0))
            it.until(0, metadata.latest([0])[0])
            assert it.values(0) == numbered(0, 4)
            assert it.offsets(0)[:2] == [0, 1]
            assert it.offsets(0)[2] >= 5

    def test_the_next_offset_reaches_the_end_of_the_log_beyond_what_nobody_sees(self, world):
        world.produce(0, numbered(0, 2))
        world.hide(0, 3)
        with world.metadata() as metadata, reading(world) as it:
            end = metadata.latest([0])[0]
            assert end >= 5
            it.begin((0, 0))
            assert it.until(0, end)[-1].next_offset == end
            assert it.values(0) == numbered(0, 2)

    def test_reading_goes_on_from_within_a_hole(self, world):
        world.produce(0, numbered(0, 2))
        world.hide(0, 3)
        world.produce(0, numbered(2, 4))
        with reading(world) as it:
            it.begin((0, 3))
            while len(it.values(0)) < 2:
                it.step()
            assert it.values(0) == numbered(2, 4)

    def test_after_unassign_nothing_comes_not_even_what_was_fetched_ahead(self, world):
        world.produce(0, numbered(0, 5000))
        with reading(world) as it:
            it.begin((0, 0))
            while not it.values(0):
                it.step(records_max=10)
            it.reader.unassign([0])
            assert it.quiet() == []

    def test_after_unassign_the_others_go_on(self, world):
        world.produce(0, numbered(0, 1000))
        world.produce(1, numbered(0, 1000))
        with reading(world) as it:
            it.begin((0, 0), (1, 0))
            it.step(records_max=10)
            before = len(it.values(0))
            it.reader.unassign([0])
            it.until(1, 1000)
            assert len(it.values(0)) == before
            assert it.values(1) == numbered(0, 1000)

    @pytest.mark.parametrize("unassigned", [True, False])
    def test_assigned_again_the_very_next_record_comes(self, world, unassigned):
        world.produce(0, numbered(0, 5000))
        with reading(world) as it:
            it.begin((0, 0))
            while not it.values(0):
                it.step(records_max=10)
            for _ in range(5):
                at = len(it.values(0))
                if unassigned:
                    it.reader.unassign([0])
                it.begin((0, at))
                while len(it.values(0)) == at:
                    it.step(records_max=7)
            it.until(0, 5000)
            assert it.values(0) == numbered(0, 5000)

    def test_assigned_to_an_earlier_offset_records_come_again(self, world):
        world.produce(0, numbered(0, 100))
        with reading(world) as it:
            it.begin((0, 0))
            it.until(0, 100)
            it.events.clear()
            it.begin((0, 40))
            it.until(0, 100)
            assert it.values(0) == numbered(40, 100)

    def test_to_unassign_what_is_not_assigned_is_harmless(self, world):
        world.produce(0, numbered(0, 3))
        with reading(world) as it:
            it.reader.unassign([0, 1])
            it.begin((0, 0))
            it.reader.unassign([1])
            it.until(0, 3)
            assert it.values(0) == numbered(0, 3)

    def test_an_offset_that_retention_has_passed_is_out_of_range_and_nothing_is_skipped(self, world):
        world.produce(0, numbered(0, 100))
        world.trim(0, before=50)
        with reading(world) as it:
            it.begin((0, 10))
            event = it.until_event(OutOfRange)
            assert (event.partition, event.detail != "") == (0, True)
            it.quiet()
            assert it.values(0) == []
            it.begin((0, 50))
            it.until(0, 100)
            assert it.values(0) == numbered(50, 100)

    def test_an_offset_beyond_the_end_is_out_of_range_and_nothing_is_read_from_elsewhere(self, world):
        world.produce(0, numbered(0, 10))
        with reading(world) as it:
            it.begin((0, 1000))
            assert it.until_event(OutOfRange).partition == 0
            it.quiet()
            assert it.values(0) == []
            it.begin((0, 5))
            it.until(0, 10)
            assert it.values(0) == numbered(5, 10)

    def test_one_partition_out_of_range_does_not_hold_the_other(self, world):
        world.produce(0, numbered(0, 10))
        world.produce(1, numbered(0, 10))
        with reading(world) as it:
            it.begin((0, 1000), (1, 0))
            it.until(1, 10)
            it.until_event(OutOfRange)
            assert (it.values(0), it.values(1)) == ([], numbered(0, 10))

    def test_the_end_of_the_log_is_no_trouble(self, world):
        world.produce(0, numbered(0, 10))
        with reading(world) as it:
            it.begin((0, 10))
            assert not [event for event in it.quiet() if not isinstance(event, Fetched)]
            assert it.values(0) == []

    def test_upstream_is_the_end_of_the_log_as_the_last_fetch_saw_it(self, world):
        world.produce(0, numbered(0, 10))
        with reading(world) as it:
            it.begin((0, 4))
            it.until(0, 10)
            assert it.reader.upstream(0) == 10

    def test_nothing_is_known_of_the_upstream_of_a_partition_never_read(self, world):
        with reading(world) as it:
            assert it.reader.upstream(1) is None

    def test_a_partition_that_is_not_there_is_trouble(self, world):
        with reading(world) as it:
            it.begin((7, 0))
            trouble = it.until_event(StreamTrouble)
            assert trouble.partition in (7, None)
            assert "7" in trouble.detail

    def test_a_topic_that_was_dropped_is_trouble(self, world):
        world.produce(0, numbered(0, 10))
        world.drop()
        with reading(world) as it:
            it.begin((0, 5))
            assert it.until_event(StreamTrouble).detail != ""

    def test_a_stream_that_is_away_is_trouble_for_all(self, world):
        with world.away(), reading(world) as it:
            it.begin((0, 0))
            trouble = it.until_event(StreamTrouble)
            assert (trouble.partition, trouble.detail != "") == (None, True)


class MetadataSuite:
    @pytest.fixture
    def metadata(self, world):
        with world.metadata() as metadata:
            yield metadata

    def test_a_topic_has_a_lasting_id_and_its_partitions(self, metadata):
        found = metadata.describe()
        assert found.partitions == (0, 1)
        assert found.topic_id != ""
        assert metadata.describe() == found

    def test_a_topic_created_again_has_another_id(self, world, metadata):
        before = metadata.describe()
        world.recreate()
        after = metadata.describe()
        assert (after.topic, after.partitions) == (before.topic, before.partitions)
        assert after.topic_id != before.topic_id

    def test_earliest_and_latest_of_an_empty_log_are_zero(self, metadata):
        assert metadata.earliest([0, 1]) == metadata.latest([0, 1]) == {0: 0, 1: 0}

    def test_earliest_is_the_first_record_still_there_and_latest_the_next_to_come(self, world, metadata):
        world.produce(0, numbered(0, 10))
        world.produce(1, numbered(0, 3))
        world.trim(0, before=4)
        assert metadata.earliest([0, 1]) == {0: 4, 1: 0}
        assert metadata.latest([0, 1]) == {0: 10, 1: 3}
        assert metadata.latest([1]) == {1: 3}

    def test_no_partitions_have_no_offsets(self, metadata):
        assert metadata.earliest([]) == metadata.latest([]) == metadata.at_time([], 5) == {}

    @pytest.mark.parametrize(
        ("time_ms", "offset"), [(0, 0), (1_000, 0), (1_001, 1), (1_009, 9), (1_010, 10), (10**12, 10)]
    )
    def test_a_moment_is_the_first_record_at_or_after_it_or_the_end(self, world, metadata, time_ms, offset):
        world.produce(0, numbered(0, 10), first_ms=1_000)
        assert metadata.at_time([0], time_ms) == {0: offset}

    def test_a_moment_is_looked_up_in_each_partition(self, world, metadata):
        world.produce(0, numbered(0, 10), first_ms=1_000)
        world.produce(1, numbered(0, 10), first_ms=2_000)
        assert metadata.at_time([0, 1], 1_500) == {0: 10, 1: 0}

    def test_a_topic_that_is_not_there_is_unknown(self, world, metadata):
        world.drop()
        for question in (
            metadata.describe,
            lambda: metadata.earliest([0]),
            lambda: metadata.latest([0]),
            lambda: metadata.at_time([0], 5),
        ):
            with pytest.raises(UnknownTopic):
                question()

    def test_a_partition_that_is_not_there_has_no_offsets(self, metadata):
        with pytest.raises((UnknownTopic, StreamUnavailable)):
            metadata.latest([0, 7])

    def test_a_stream_that_is_away_is_unavailable(self, world):
        with world.away(), world.metadata() as metadata:
            for question in (metadata.describe, lambda: metadata.latest([0])):
                with pytest.raises(StreamUnavailable):
                    question()
