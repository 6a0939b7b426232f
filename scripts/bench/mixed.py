"""Queries while rows stream in (B11): what a stream costs sixteen clients, and how far it falls behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from scripts.bench.abba import Numbers, Taken, order
from scripts.bench.clients import percentile, together
from scripts.bench.figures import Better, Figure, Target, share
from scripts.bench.loading import ingest, produce, rows_of
from scripts.bench.mix import mix
from scripts.bench.query import clicks_of_a_day
from scripts.bench.systems.port import System
from scripts.bench.waiting import until
from scripts.bench.world import World

PART = "qps"
CLIENTS = 16
RATE = 100_000
CATCH_UP_S = 600
QUICK_SHARE = 0.15
WARM_SHARE = 0.25
IDLE, STREAMING, RATIO, LAG, PER_SECOND = (
    "p99 idle",
    "p99 streaming",
    "p99 streaming to idle",
    "lag at the end",
    "requests/s streaming",
)


@dataclass(frozen=True, slots=True)
class Stream:
    """A table of `base` sealed rows, into which `RATE` rows a second come for so long."""

    base: int
    segment_rows: int
    seconds: int


def stream_of(world: World) -> Stream:
    base = rows_of(world, 1_000_000)
    if not world.quick:
        return Stream(base, 500_000, seconds=20)
    turns = world.repetitions * len(world.systems)
    return Stream(base, base, seconds=max(1, round(QUICK_SHARE * world.seconds / turns)))


def run(world: World, systems: Sequence[System]) -> Iterator[Figure]:
    """Every measurement has a table and a topic of its own."""
    stream, found, numbers = stream_of(world), Taken(), count()
    for at in order(len(systems), world.repetitions):
        found.add(systems[at].name, measure(systems[at], world.brokers, f"streamed{next(numbers)}", stream))
    yield from figures(found)


def measure(system: System, brokers: str, table: str, stream: Stream) -> Numbers:
    """The same clients without the stream and with it; then until its last row is counted."""
    loaded = clicks_of_a_day(table, stream.base, stream.segment_rows)
    produce(brokers, loaded)
    ingest(system, brokers, loaded)
    requests = mix(loaded)
    together(system.port, requests, CLIENTS, stream.seconds * WARM_SHARE)
    idle = together(system.port, requests, CLIENTS, stream.seconds)
    argv = [sys.executable, "-m", "scripts.bench.steady", brokers, table, str(RATE), str(stream.seconds)]
    with subprocess.Popen(argv) as streaming:
        busy = together(system.port, requests, CLIENTS, stream.seconds)
    if streaming.returncode:
        raise RuntimeError(f"the stream into {table} ended with status {streaming.returncode}")
    rows = stream.base + RATE * stream.seconds
    lag = until(lambda: system.count(table) == rows, CATCH_UP_S, f"{rows:,} rows are queryable")
    system.drop(table)
    alone, under = percentile(idle.answered, 99), percentile(busy.answered, 99)
    return {IDLE: alone, STREAMING: under, RATIO: share(under, alone), LAG: lag, PER_SECOND: busy.per_second}


def figures(found: Taken) -> Iterator[Figure]:
    yield _figure(found, IDLE, "ms")
    yield _figure(found, STREAMING, "ms")
    yield _figure(found, RATIO, "times", (Target(2),))
    yield _figure(found, PER_SECOND, "requests/s", better="higher")
    yield _figure(found, LAG, "s", (Target(1),))


def _figure(found: Taken, word: str, unit: str, targets: tuple[Target, ...] = (), better: Better = "lower") -> Figure:
    name = f"{CLIENTS} clients and {RATE:,} rows/s: {word}"
    return Figure(PART, name, unit, better, found.ours(word), found.peers(word), targets=targets)
