"""Recovery (B13): `kill -9` of everything with consuming rows, and a start over sealed segments."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scripts.bench.abba import Numbers, Taken, taken
from scripts.bench.data.clicks import CLICKS
from scripts.bench.figures import Figure, Target
from scripts.bench.systems.port import System
from scripts.bench.topics import fill
from scripts.bench.waiting import until
from scripts.bench.world import World
from segments.status import WorkerStatus, read_statuses

PART = "recovery"
OURS = "crushpad"
SEED = 13
LOADED_WITHIN_S = 300
FULL_WITHIN_S = 300
SAID_WITHIN_S = 30
ASKED_AGAIN_S = 0.01
NEVER_S = 6 * 3600
START_S, START_SEGMENT_S = 2.0, 0.0001
"""What a start may take, and more of it for each sealed segment."""


@dataclass(frozen=True, slots=True)
class Back:
    """How a system came back: seconds from its start, and answers below the full count."""

    began_ms: int
    first_answer_s: float
    full_count_s: float
    short: int


@dataclass(frozen=True, slots=True)
class Size:
    consuming_rows: int
    segments: int
    segment_rows: int

    @property
    def sealed_rows(self) -> int:
        return self.segments * self.segment_rows


FULL = Size(400_000, 100, 10_000)
QUICK_ROWS_A_SECOND, QUICK_SEGMENTS, QUICK_SEGMENT_ROWS = 3_000, 5, 1_000


def run(world: World) -> Iterator[Figure]:
    size = size_of(world)
    for topic, rows in (("recovery", size.consuming_rows), ("restart", size.sealed_rows)):
        fill(world.brokers, topic, 1, rows, partial(CLICKS.rows, SEED))
    yield from figures(taken(world.systems, world.repetitions, lambda system: measured(system, world, size)), size)


def size_of(world: World) -> Size:
    if not world.quick:
        return FULL
    return Size(max(1_000, int(QUICK_ROWS_A_SECOND * world.seconds)), QUICK_SEGMENTS, QUICK_SEGMENT_ROWS)


def measured(system: System, world: World, size: Size) -> Numbers:
    killed = after_kill(system, world.brokers, size.consuming_rows)
    found = {"first": killed.first_answer_s, "full": killed.full_count_s, "short": killed.short}
    again = {"read again": records_read(world.folder, killed.began_ms)} if system.name == OURS else {}
    return {**found, **again, "restart": after_stop(system, world.brokers, size)}


def records_read(folder: Path, since_ms: int) -> float:
    """Records that the service below `folder` took from Kafka, once its workers have said so since `since_ms`."""
    said: list[WorkerStatus] = []

    def has_said() -> bool:
        found = (one for place in folder.rglob("status") for one in read_statuses(place, since_ms))
        said[:] = [one for one in found if one.written_ms > since_ms and one.partitions]
        return bool(said)

    until(has_said, SAID_WITHIN_S, "an ingest worker says what it has read")
    return float(sum(one.counters.get("records", 0) for one in said))


def after_kill(system: System, brokers: str, rows: int) -> Back:
    """One table whose rows are all in consuming segments."""
    system.create(CLICKS.table("recovery", brokers, 1, 10 * rows, NEVER_S))
    until(lambda: system.count("recovery") == rows, LOADED_WITHIN_S, f"{rows:,} rows are queryable")
    system.kill()
    return started(system, "recovery", rows)


def after_stop(system: System, brokers: str, size: Size) -> float:
    """Seconds from start to full count of a second table whose rows are all sealed."""
    system.create(CLICKS.table("restart", brokers, 1, size.segment_rows, NEVER_S))
    until(lambda: system.sealed_rows("restart") == size.sealed_rows, LOADED_WITHIN_S, "all rows are sealed")
    system.stop()
    return started(system, "restart", size.sealed_rows).full_count_s


def started(system: System, table: str, rows: int) -> Back:
    """Start it, and ask from the first moment on until the count is full. Raises what the start raises."""
    began_ms, began = time.time_ns() // 1_000_000, time.monotonic()
    first, short = None, 0
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(system.start)
        while (counted := system.count(table)) != rows:
            if counted >= 0:
                first, short = first or time.monotonic() - began, short + 1
            if starting.done():
                starting.result()
            if time.monotonic() - began > FULL_WITHIN_S:
                raise TimeoutError(
                    f"{system.name} counts {counted:,} of {rows:,} rows {FULL_WITHIN_S} s after its start"
                )
            time.sleep(ASKED_AGAIN_S)  # a client that asks again: what it sees is the measure
        full = time.monotonic() - began
        starting.result()
    return Back(began_ms, first or full, full, short)


def figures(found: Taken, size: Size) -> Iterator[Figure]:
    killed = f"kill -9, {size.consuming_rows:,} consuming rows"
    restart_s = START_S + START_SEGMENT_S * size.segments
    for measure, name, unit, target in (
        ("first", f"{killed}: first answer", "s", 1.5),
        ("full", f"{killed}: full count", "s", 2.0),
        ("read again", f"{killed}: records read again from Kafka", "records", 0.0),
        ("short", f"{killed}: answers below the full count", "answers", 0.0),
        ("restart", f"restart over {size.segments} sealed segments: full count", "s", restart_s),
    ):
        yield Figure(PART, name, unit, "lower", found.ours(measure), found.peers(measure), targets=(Target(target),))
