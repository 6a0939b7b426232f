"""A rate limit hands on so many records a second, each once and in order, and lets no partition wait for another."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.streams.base import Assignment, Fetched, OutOfRange, StreamEvent
from ingest.streams.memory import MemoryStream, MemoryTopic
from ingest.streams.paced import AHEAD_S, PacedReader


class Stand:
    """A topic in memory behind a paced reader, and a clock that a test moves."""

    def __init__(self, rate: float, *records: int) -> None:
        self.topic = MemoryTopic.of("id", {p: [b"%d" % n for n in range(count)] for p, count in enumerate(records)})
        self.stream = MemoryStream({"t": self.topic}, "t")
        self.now_ms = 1_000
        self.reader = PacedReader(self.stream, rate, lambda: self.now_ms)
        self.read: dict[int, list[int]] = {p: [] for p in range(len(records))}
        self.next_offsets: dict[int, int] = {}
        self.assign(*range(len(records)))

    def assign(self, *partitions: int, at: int = 0) -> None:
        self.reader.assign([Assignment(p, at, -1) for p in partitions])

    def after(self, milliseconds: int) -> list[StreamEvent]:
        self.now_ms += milliseconds
        events = self.reader.fetch(10_000, 0.0)
        for event in events:
            if isinstance(event, Fetched):
                self.read[event.partition] += event.offsets.tolist()
                self.next_offsets[event.partition] = event.next_offset
        return events


def test_so_many_records_a_second_are_handed_on() -> None:
    stand = Stand(100, 1_000)
    counts = [len(stand.read[0]) for _ in range(8) if stand.after(250) is not None]
    assert counts == [25, 50, 75, 100, 125, 150, 175, 200]
    assert stand.read[0] == list(range(200))


def test_no_more_than_a_second_is_saved_up() -> None:
    stand = Stand(100, 1_000)
    stand.after(60_000)
    assert len(stand.read[0]) == 100


def test_less_than_a_record_a_second_is_a_rate_too() -> None:
    stand = Stand(0.5, 10)
    counts = [len(stand.read[0]) for _ in range(4) if stand.after(1_000) is not None]
    assert counts == [0, 1, 1, 2]


def test_a_slow_partition_keeps_nobody_else_waiting() -> None:
    """The first has a backlog, the second one record at a time."""
    stand = Stand(100, 5_000, 0)
    stand.after(0)
    for number in range(20):
        stand.topic.append(1, b"fresh")
        stand.after(500)
        assert stand.read[1] == list(range(number + 1)), "handed on in the fetch that follows"
    assert len(stand.read[0]) == 1_000


def test_little_is_read_ahead() -> None:
    stand = Stand(10, 5_000)
    for _ in range(100):
        stand.after(100)
    assert stand.read[0] == list(range(100))
    assert stand.stream.fetched_records <= 100 + 2 * 10 * AHEAD_S


def test_held_is_a_partition_whose_records_wait() -> None:
    stand = Stand(100, 110, 5)
    stand.after(1_000)
    assert [stand.reader.is_held(p) for p in (0, 1, 7)] == [True, False, False]
    stand.after(1_000)
    assert not stand.reader.is_held(0)


def test_the_end_of_a_log_is_told_once_everything_before_it_was() -> None:
    stand = Stand(100, 150)
    stand.after(1_000)
    assert stand.next_offsets[0] == 100
    stand.after(1_000)
    assert stand.next_offsets[0] == 150


def test_what_is_lost_is_told_behind_what_waits() -> None:
    stand = Stand(100, 300)
    stand.after(1_000)
    stand.topic.append(0, b"late")
    stand.topic.append(0, b"later")
    stand.topic.trim(0, 302 - 1)
    events = [event for _ in range(5) for event in stand.after(1_000)]
    assert stand.read[0] == list(range(300))
    assert isinstance(events[-1], OutOfRange)


def test_who_is_assigned_anew_begins_where_it_says() -> None:
    stand = Stand(100, 1_000)
    stand.after(500)
    stand.reader.unassign([0])
    stand.after(500)
    assert stand.read[0] == list(range(50)), "nothing that waited comes late"
    stand.assign(0, at=50)
    stand.after(500)
    assert stand.read[0] == list(range(100))


def test_the_log_end_is_known_also_while_a_partition_is_let_go() -> None:
    stand = Stand(10, 1_000)
    stand.after(100)
    assert stand.reader.upstream(0) == 1_000


@pytest.mark.parametrize("rate", [1, 7, 500])
def test_a_new_rate_holds_at_once(rate: float) -> None:
    stand = Stand(100, 10_000)
    stand.after(1_000)
    stand.reader.rate = rate
    before = len(stand.read[0])
    stand.after(1_000)
    assert len(stand.read[0]) - before == rate


@given(
    counts=st.lists(st.integers(0, 300), min_size=1, max_size=3),
    steps=st.lists(st.integers(0, 2_000), max_size=40),
    rate=st.floats(0.5, 500),
)
def test_each_record_comes_once_in_order_and_never_too_soon(
    counts: Sequence[int], steps: Sequence[int], rate: float
) -> None:
    stand = Stand(rate, *counts)
    for milliseconds in steps:
        stand.after(milliseconds)
        for partition, count in enumerate(counts):
            read = stand.read[partition]
            assert read == list(range(len(read)))
            assert len(read) <= min(count, rate * sum(steps) / 1000 + 1)
