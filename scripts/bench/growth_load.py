"""How ingestion grows: with partitions, with rows, with the size of a message; and how fresh it is after a backlog."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from scripts.bench import freshness
from scripts.bench.abba import running
from scripts.bench.data.clicks import CLICKS
from scripts.bench.data.dataset import FIRST_MS, DataSet
from scripts.bench.figures import Figure
from scripts.bench.freshness import Load
from scripts.bench.slope import Growth, flat, no_steeper
from scripts.bench.systems.port import System
from scripts.bench.topics import fill
from scripts.bench.waiting import until
from scripts.bench.world import World

SEED = 23
WITHIN_S = 1_800
NEVER_S = 6 * 3600
LOOK_EVERY_S = 0.1
SEGMENT_ROWS = 500_000
WARM_ROWS = 5_000
KEEPS = 0.9
"""Of the best point, what the last one and the fitted line have to keep."""
AFTER_BACKLOG = Load(1_000, 0, {})
AFTER_BACKLOG_S, AFTER_BACKLOG_QUICK_S = 20, 2


@dataclass(frozen=True, slots=True)
class Axes:
    """The places of each axis: partitions, all with so many rows; rows; bytes of a message, all with so many bytes."""

    partitions: tuple[int, ...]
    partition_rows: int
    rows: tuple[int, ...]
    message_bytes: tuple[int, ...]
    messages_bytes: int


FULL = Axes(
    partitions=(1, 2, 4, 8, 16, 32, 64),
    partition_rows=1_000_000,
    rows=(100_000, 1_000_000, 10_000_000),
    message_bytes=(50, 500, 5_000, 50_000, 900_000),
    messages_bytes=200_000_000,
)
QUICK_ROWS_A_SECOND, QUICK_BYTES_A_SECOND = 3_000, 100_000


def axes_of(world: World) -> Axes:
    """When quick, the small end of each axis, with what fits into about the time."""
    if not world.quick:
        return FULL
    rows = max(1_000, int(QUICK_ROWS_A_SECOND * world.seconds))
    messages_bytes = max(400_000, int(QUICK_BYTES_A_SECOND * world.seconds))
    return Axes((1, 8), rows, (rows // 2, 2 * rows), (50, 100_000), messages_bytes)


@dataclass(frozen=True, slots=True)
class Poured:
    """What a topic cost: CPU seconds until all of it was sealed, seconds until all of it was queryable."""

    cpu_s: float
    queryable_s: float


def run(world: World) -> Iterator[Figure]:
    axes = axes_of(world)
    with running(world.systems[0]()) as system:
        Axis(world, system, {WARM_ROWS: Topic(CLICKS, "growth_warm", 1, WARM_ROWS)}).poured()
        yield from by_partitions(system, world, axes)
        yield from by_rows(system, world, axes.rows)
        yield from after_backlog(system, world)
        yield from by_message(system, world, axes)


def by_partitions(system: System, world: World, axes: Axes) -> Iterator[Figure]:
    rows = axes.partition_rows
    topics = {place: Topic(CLICKS, f"growth_partitions_{place}", place, rows) for place in axes.partitions}
    found = Axis(world, system, topics).poured()
    speeds = {place: [rows / one.cpu_s for one in taken] for place, taken in found.items()}
    yield from flat(Growth("partitions", "rows per CPU-second", "rows/s", "higher", speeds), KEEPS)


def by_rows(system: System, world: World, places: tuple[int, ...]) -> Iterator[Figure]:
    """The topic is a backlog: all of it is there before the table is."""
    topics = {place: Topic(CLICKS, f"growth_rows_{place}", 1, place) for place in places}
    found = Axis(world, system, topics).poured()
    speeds = {place: [place / one.cpu_s for one in taken] for place, taken in found.items()}
    waits = {place: [one.queryable_s for one in taken] for place, taken in found.items()}
    yield from flat(Growth("rows", "rows per CPU-second", "rows/s", "higher", speeds), KEEPS)
    yield from no_steeper(Growth("backlog", "time until queryable", "s", "lower", waits), 1.0)


def after_backlog(system: System, world: World) -> Iterator[Figure]:
    """Freshness of a service that has caught up with all those backlogs, in this process's life."""
    measured_s = AFTER_BACKLOG_QUICK_S if world.quick else AFTER_BACKLOG_S
    found = freshness.under(
        AFTER_BACKLOG, system, world.brokers, "growth_after_backlog", freshness.QUICK_WARM_S, measured_s
    )
    for word in ("p50", "p99"):
        delay = found[freshness.name_of(AFTER_BACKLOG, word)]
        yield Figure("growth", f"backlog: freshness behind it, {word}", "ms", "lower", (delay,))


def by_message(system: System, world: World, axes: Axes) -> Iterator[Figure]:
    """Megabytes of messages a CPU-second: must not fall as messages grow."""
    rows = {place: axes.messages_bytes // place for place in axes.message_bytes}
    topics = {place: Topic(messages(place), f"growth_messages_{place}", 1, rows[place]) for place in rows}
    found = Axis(world, system, topics).poured()
    speeds = {place: [rows[int(place)] * place / 1e6 / one.cpu_s for one in taken] for place, taken in found.items()}
    yield from no_steeper(Growth("message bytes", "MB per CPU-second", "MB/s", "higher", speeds), 0.0)


@dataclass(frozen=True, slots=True)
class Topic:
    """So many rows of a data set, in a topic of so many partitions; its table has its name."""

    data: DataSet
    name: str
    partitions: int
    rows: int


@dataclass(frozen=True, slots=True)
class Axis:
    """The topic of each place on an axis."""

    world: World
    system: System
    topics: Mapping[int, Topic]

    def poured(self) -> Mapping[float, list[Poured]]:
        """What each place cost, once for each repetition; the places take turns."""
        for topic in self.topics.values():
            fill(self.world.brokers, topic.name, topic.partitions, topic.rows, partial(topic.data.rows, SEED))
        found: dict[float, list[Poured]] = {float(place): [] for place in self.topics}
        for _ in range(self.world.repetitions):
            for place, topic in self.topics.items():
                found[place].append(pour(self.system, self.world.brokers, topic))
        return found


def pour(system: System, brokers: str, topic: Topic) -> Poured:
    """Make a table of a topic that is there and wait for all of its rows; the table is dropped again."""
    name, rows = topic.name, topic.rows
    before, began = system.cpu_s(), time.monotonic()
    system.create(topic.data.table(name, brokers, topic.partitions, SEGMENT_ROWS, NEVER_S))
    until(lambda: system.count(name) == rows, WITHIN_S, f"{rows:,} rows of {name} are queryable", LOOK_EVERY_S)
    queryable_s = time.monotonic() - began
    system.seal(name)
    until(lambda: system.sealed_rows(name) == rows, WITHIN_S, f"{rows:,} rows of {name} are sealed", LOOK_EVERY_S)
    cpu_s = system.cpu_s() - before
    system.drop(name)
    return Poured(cpu_s, queryable_s)


def messages(size_bytes: int) -> DataSet:
    """Messages of so many bytes each: a time, and one text that fills the rest."""

    def rows(seed: int, first: int, count: int) -> list[bytes]:  # noqa: ARG001 - they are all alike but for the time
        return [message(FIRST_MS + number, size_bytes) for number in range(first, first + count)]

    return DataSet("messages", (("ts", pa.int64()), ("text", pa.string())), "ts", rows)


def message(moment_ms: int, size_bytes: int) -> bytes:
    head, tail = b'{"ts":%d,"text":"' % moment_ms, b'"}'
    return head + b"x" * (size_bytes - len(head) - len(tail)) + tail
