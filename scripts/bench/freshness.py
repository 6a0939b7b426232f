"""Freshness (B5) and truth under load (B6): from the broker's append of a row to the first answer that counts it.

Rows come at a steady rate from a process of their own, and the broker says when it appended each. The count is asked
for again 5 ms after each answer. Every table has a topic of its own, filled by the same generator.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np

from scripts.bench.abba import Numbers, Taken, taken
from scripts.bench.append_times import Milliseconds, append_times, create_timed_topic
from scripts.bench.data.clicks import CLICKS
from scripts.bench.delays import Seen, around_seals, delays, wrong_answers
from scripts.bench.figures import Better, Figure, Target
from scripts.bench.systems.port import System
from scripts.bench.topics import fill
from scripts.bench.waiting import until
from scripts.bench.world import World

PART = "freshness"
ASKED_AGAIN_S = 0.005
READY_S = 60
NEVER_S = 6 * 3600
CATCH_UP_S = 60
"""So long after the stream's end a row may come; who needs longer does not keep up, and is measured until then."""
MEASURED_S, WARM_S = 60, 10
QUICK_WARM_S = 2
"""Rows of the first seconds are not measured: a new table's partition is found in them."""
WARM = "fresh_warm"
WARM_ROWS, WARM_ROWS_QUICK = 1_000_000, 5_000
WARM_WITHIN_S = 300
SEED = 11
AROUND_SEALS = "max around seals"
WRONG = "answers below an earlier one, or above what Kafka has"
MISSING = "rows that no answer counted"
PERCENTILES: Mapping[str, float] = {"p50": 50, "p90": 90, "p99": 99, "max": 100}


@dataclass(frozen=True, slots=True)
class Load:
    """A rate, how often a segment is sealed within, and the targets in ms by percentile."""

    rate: int
    seals: int
    targets: Mapping[str, float]

    def segment_rows(self, seconds: int) -> int:
        rows = self.rate * seconds
        return rows // (self.seals + 1) + 1 if self.seals else 10 * rows


LOADS = (
    Load(1_000, 0, {"p50": 10, "p99": 40, "max": 100}),
    Load(20_000, 3, {"p50": 15, "p90": 30, "p99": 60, "max": 150}),
    Load(50_000, 3, {"p50": 30, "p99": 100}),
)


def run(world: World) -> Iterator[Figure]:
    warm, measured = spans(world)
    tables = (f"fresh{number}" for number in count())
    rows = WARM_ROWS_QUICK if world.quick else WARM_ROWS
    fill(world.brokers, WARM, 1, rows, partial(CLICKS.rows, SEED))

    def measure(system: System) -> Numbers:
        warm_up(system, world.brokers, rows)
        found: dict[str, float] = {}
        for load in LOADS:
            found |= under(load, system, world.brokers, next(tables), warm, measured)
        return found

    yield from figures(taken(world.systems, world.repetitions, measure))


def warm_up(system: System, brokers: str, rows: int) -> None:
    """Take in a topic and seal it: code that is compiled as it runs has run then."""
    system.create(CLICKS.table(WARM, brokers, 1, rows // 2 + 1, NEVER_S))
    until(lambda: system.count(WARM) == rows, WARM_WITHIN_S, f"{rows:,} rows are queryable")
    system.seal(WARM)
    until(lambda: system.sealed_rows(WARM) == rows, WARM_WITHIN_S, f"{rows:,} rows are sealed")
    system.drop(WARM)


def spans(world: World) -> tuple[int, int]:
    """Seconds of warming up and of measuring, of each load."""
    if not world.quick:
        return WARM_S, MEASURED_S
    turns = len(world.systems) * world.repetitions * len(LOADS)
    return QUICK_WARM_S, max(1, int(world.seconds / turns) - QUICK_WARM_S)


def under(load: Load, system: System, brokers: str, table: str, warm_s: int, measured_s: int) -> Numbers:
    """What one load measures of a system that runs."""
    seconds, segment_rows = warm_s + measured_s, load.segment_rows(warm_s + measured_s)
    create_timed_topic(brokers, table)
    system.create(CLICKS.table(table, brokers, 1, segment_rows, NEVER_S))
    until(lambda: system.count(table) == 0, READY_S, f"{table} is there")
    seen = watched(system, table, brokers, load.rate, seconds)
    system.drop(table)
    appended = append_times(brokers, table)
    waited, first = delays(appended, seen), load.rate * warm_s
    seals = around_seals(waited, segment_rows, load.rate, first) if load.seals else np.empty(0)
    said = {"answers": len(seen), WRONG: wrong_answers(appended, seen), MISSING: len(appended) - seen[-1].rows}
    return delayed(load, waited[first:], seals) | {name_of(load, word): number for word, number in said.items()}


def watched(system: System, table: str, brokers: str, rate: int, seconds: int) -> list[Seen]:
    """Every answer from the stream's begin until all rows are counted, or it takes too long."""
    argv = [sys.executable, "-m", "scripts.bench.steady", brokers, table, str(rate), str(seconds)]
    with subprocess.Popen(argv) as stream:
        seen = list(answers(system, table, rate * seconds, time.monotonic() + seconds + CATCH_UP_S))
    if stream.returncode:
        raise RuntimeError(f"the stream into {table} ended with status {stream.returncode}")
    return seen


def answers(system: System, table: str, rows: int, give_up: float) -> Iterator[Seen]:
    while time.monotonic() < give_up:
        counted = system.count(table)
        if counted >= 0:
            yield Seen(counted, time.time() * 1000)
        if counted == rows:
            return
        time.sleep(ASKED_AGAIN_S)  # the same rhythm for every system


def delayed(load: Load, waited: Milliseconds, seals: Milliseconds) -> dict[str, float]:
    """Percentiles of all rows, and the worst around a seal."""
    found = {name_of(load, word): float(np.percentile(waited, part)) for word, part in PERCENTILES.items()}
    return found | ({name_of(load, AROUND_SEALS): float(seals.max())} if seals.size else {})


def figures(found: Taken) -> Iterator[Figure]:
    for load in LOADS:
        for word in (*PERCENTILES, *([AROUND_SEALS] if load.seals else [])):
            targets = (Target(load.targets[word]),) if word in load.targets else ()
            yield _figure(found, name_of(load, word), "ms", "lower", targets)
        yield _figure(found, name_of(load, WRONG), "answers", "lower", (Target(0),))
        yield _figure(found, name_of(load, MISSING), "rows", "lower", (Target(0),))
        yield _figure(found, name_of(load, "answers"), "answers", "higher", ())


def _figure(found: Taken, name: str, unit: str, better: Better, targets: tuple[Target, ...]) -> Figure:
    return Figure(PART, name, unit, better, found.ours(name), found.peers(name), targets=targets)


def name_of(load: Load, word: str) -> str:
    return f"{load.rate:,} rows/s: {word}"
