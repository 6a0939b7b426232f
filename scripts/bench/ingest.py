"""Ingestion end to end (B4, B14): a topic of clicks, until every row is queryable and committed.

Every system reads the same topics, after a warm-up on another one; the limit, a bare consume-and-parse loop, reads them
right after ours does. CPU is that of all the system's processes, from the table's creation to the last commit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from scripts.bench.abba import Numbers, Taken, taken
from scripts.bench.bare_loop import rows_per_cpu_s
from scripts.bench.data.clicks import CLICKS
from scripts.bench.figures import Figure, Target
from scripts.bench.systems.port import System, TableSpec
from scripts.bench.topics import fill
from scripts.bench.waiting import until
from scripts.bench.world import World

PART = "ingest"
OURS = "crushpad"
SEED = 7
PARTITIONS = (1, 4)
PATIENCE_S, ROWS_A_SECOND_MIN = 60, 5_000
LOOK_EVERY_S, WEIGH_EVERY_S = 0.25, 2.0
"""Weighing a large process holds it up for some milliseconds, and each look is a query: both are done seldom."""
QUICK_ROWS_A_SECOND = 8_000

PER_CPU, WALL, SERVER, DEEP_STORE, RESIDENT = "per CPU", "wall", "server", "deep store", "resident"
BARE = "bare loop"
DEFAULT = "pinot default"
ONE_PARTITION = "one partition"


@dataclass(frozen=True, slots=True)
class Load:
    """Rows to measure on and to warm up on, and rows of a segment."""

    rows: int
    warm: int
    segment_rows: int


def load_of(world: World) -> Load:
    """3 M rows after 1 M; when quick, what all the systems and both numbers of partitions take in about the time."""
    if not world.quick:
        return Load(rows=3_000_000, warm=1_000_000, segment_rows=500_000)
    rows = int(QUICK_ROWS_A_SECOND * world.seconds)
    return Load(rows, warm=rows // 4, segment_rows=rows // 6 + 1)


def run(world: World) -> Iterator[Figure]:
    load, rows = load_of(world), partial(CLICKS.rows, SEED)
    fill(world.brokers, "warm", 1, load.warm, rows)
    for partitions in PARTITIONS:
        fill(world.brokers, topic_of(partitions), partitions, load.rows, rows)
    found = taken(world.systems, world.repetitions, lambda system: measure(system, world.brokers, load))
    yield from speed(found)
    yield from weight(found)


def topic_of(partitions: int) -> str:
    return f"clicks{partitions}"


def measure(system: System, brokers: str, load: Load) -> Numbers:
    """Warm-up, then each number of partitions; one table at a time."""
    _ingest(system, _table("warm", brokers, 1, load.segment_rows), load.warm)
    system.drop("warm")
    found: dict[str, float] = {}
    for partitions in PARTITIONS:
        topic = topic_of(partitions)
        measured = _ingest(system, _table(topic, brokers, partitions, load.segment_rows), load.rows)
        system.drop(topic)
        found |= {f"{name} {partitions}": value for name, value in measured.items()}
        if system.name == OURS:
            found[f"{BARE} {partitions}"] = rows_per_cpu_s(brokers, topic, load.rows)
    return found


def _table(topic: str, brokers: str, partitions: int, segment_rows: int) -> TableSpec:
    return replace(CLICKS, keys=()).table(topic, brokers, partitions, segment_rows, flush_s=6 * 3600)


class Peak:
    """The highest memory of a system, as far as it was looked at."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._weighed_s = time.monotonic()
        self.mb = system.resident_mb()

    def look(self) -> None:
        if time.monotonic() - self._weighed_s > WEIGH_EVERY_S:
            self.mb = max(self.mb, self._system.resident_mb())
            self._weighed_s = time.monotonic()


def _ingest(system: System, table: TableSpec, rows: int) -> Numbers:
    peak, within_s = Peak(system), PATIENCE_S + rows / ROWS_A_SECOND_MIN
    before, began = system.cpu_s(), time.monotonic()

    def reached(seen: int) -> bool:
        peak.look()
        return seen == rows

    system.create(table)
    until(lambda: reached(system.count(table.name)), within_s, f"{rows:,} rows are queryable", LOOK_EVERY_S)
    queryable_s = time.monotonic() - began
    system.seal(table.name)
    until(lambda: reached(system.sealed_rows(table.name)), within_s, f"{rows:,} rows are sealed", LOOK_EVERY_S)
    spent, stored = system.cpu_s() - before, system.stored(table.name)
    return {
        PER_CPU: rows / spent,
        WALL: rows / queryable_s,
        SERVER: stored.server / rows,
        DEEP_STORE: stored.deep_store / rows,
        RESIDENT: max(peak.mb, system.resident_mb()),
    }


def speed(found: Taken) -> Iterator[Figure]:
    for partitions in PARTITIONS:
        spread = f"{partitions} partition{'s' * (partitions > 1)}"
        limits = {BARE: found.ours(f"{BARE} {partitions}")}
        targets = (Target(10, DEFAULT), Target(0.9, BARE))
        if partitions != PARTITIONS[0]:
            limits |= {ONE_PARTITION: found.ours(f"{PER_CPU} {PARTITIONS[0]}")}
            targets = (Target(10, DEFAULT), Target(0.9, ONE_PARTITION))
        ours, peers = both(found, PER_CPU, partitions)
        yield Figure(PART, f"rows per CPU-second, {spread}", "rows/s", "higher", ours, peers, limits, targets)
        ours, peers = both(found, WALL, partitions)
        yield Figure(PART, f"rows a second, {spread}", "rows/s", "higher", ours, peers, targets=targets[:1])


def weight(found: Taken) -> Iterator[Figure]:
    """Bytes of the table with one partition; memory at its highest."""
    for kind, name, line in ((SERVER, "on the server", 24), (DEEP_STORE, "in the deep store", 22)):
        ours, peers = both(found, kind, PARTITIONS[0])
        yield Figure(PART, f"bytes a row {name}", "bytes", "lower", ours, peers, targets=(Target(line),))
    for partitions in PARTITIONS:
        ours, peers = both(found, RESIDENT, partitions)
        name = f"peak memory, {partitions} partition{'s' * (partitions > 1)}"
        yield Figure(PART, name, "MB", "lower", ours, peers, targets=(Target(600),))


def both(found: Taken, kind: str, partitions: int) -> tuple[tuple[float, ...], dict[str, tuple[float, ...]]]:
    """Ours and the peers'."""
    measure = f"{kind} {partitions}"
    return found.ours(measure), found.peers(measure)
