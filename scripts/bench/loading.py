"""A data set in every system: one topic, a table over it in each, all rows sealed before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pyarrow as pa

from scripts.bench.abba import running
from scripts.bench.data.dataset import DataSet
from scripts.bench.systems.port import System
from scripts.bench.topics import fill
from scripts.bench.waiting import until
from scripts.bench.world import World

SEED = 7
WITHIN_S = 900
LOOK_EVERY_S = 0.2
FLUSH_S = 6 * 3600
ARROW_ROWS = 100_000
QUICK_ROWS_A_SECOND, QUICK_ROWS_MIN = 6_000, 3_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """The first `rows` of a data set, in the topic and table `name`."""

    name: str
    data: DataSet
    rows: int
    segment_rows: int

    def arrow(self) -> pa.Table:
        """What was produced, once more."""
        starts = range(0, self.rows, ARROW_ROWS)
        return pa.concat_tables(self.data.arrow(SEED, first, min(ARROW_ROWS, self.rows - first)) for first in starts)


def rows_of(world: World, full: int) -> int:
    """How many rows a table of `full` ones has in this run: when quick, what the time is enough for."""
    return min(full, max(QUICK_ROWS_MIN, int(QUICK_ROWS_A_SECOND * world.seconds))) if world.quick else full


@contextmanager
def all_running(world: World) -> Iterator[Sequence[System]]:
    """All systems, ours first, idle until they are asked."""
    with ExitStack() as stack:
        yield [stack.enter_context(running(make())) for make in world.systems]


def produce(brokers: str, loaded: Loaded) -> None:
    fill(brokers, loaded.name, 1, loaded.rows, lambda first, count: loaded.data.rows(SEED, first, count))


def ingest(system: System, brokers: str, loaded: Loaded) -> None:
    """Returns when the system has all rows in committed segments."""
    system.create(loaded.data.table(loaded.name, brokers, 1, loaded.segment_rows, FLUSH_S))
    until(lambda: system.count(loaded.name) == loaded.rows, WITHIN_S, f"{loaded.rows:,} rows are queryable")
    system.seal(loaded.name)
    until(lambda: system.sealed_rows(loaded.name) == loaded.rows, WITHIN_S, "all rows are sealed", LOOK_EVERY_S)
