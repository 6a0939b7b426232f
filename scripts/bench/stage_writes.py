"""B15: bytes written to disk for each byte of record values that comes in, until all of it is queryable and sealed."""

from __future__ import annotations

from collections.abc import Iterator

import psutil

from scripts.bench.abba import Taken, order, running
from scripts.bench.data.clicks import CLICKS
from scripts.bench.figures import Figure, Target
from scripts.bench.systems.port import System
from scripts.bench.topics import fill
from scripts.bench.waiting import until
from scripts.bench.world import World

TOPIC = "stage_writes"
SEED = 19
ROWS, QUICK_ROWS_A_SECOND = 1_000_000, 3_000
WITHIN_S = 600
NEVER_S = 6 * 3600
AMPLIFICATION_MAX = 1.3
AMPLIFICATION = "bytes written for a byte that came in"


def run(world: World) -> Iterator[Figure]:
    rows = max(2_000, int(QUICK_ROWS_A_SECOND * world.seconds)) if world.quick else ROWS
    sizes: list[int] = []

    def made(first: int, count: int) -> list[bytes]:
        batch = CLICKS.rows(SEED, first, count)
        sizes.append(sum(map(len, batch)))
        return batch

    fill(world.brokers, TOPIC, 1, rows, made)
    found = Taken()
    for number in order(len(world.systems), world.repetitions):
        others = {process.pid for process in descendants()}
        with running(world.systems[number]()) as system:
            written = ingested(system, world.brokers, rows, others)
            found.add(system.name, {AMPLIFICATION: written / sum(sizes)})
    ours, peers = found.ours(AMPLIFICATION), found.peers(AMPLIFICATION)
    yield Figure("stages", AMPLIFICATION, "ratio", "lower", ours, peers, targets=(Target(AMPLIFICATION_MAX),))


def ingested(system: System, brokers: str, rows: int, others: set[int]) -> int:
    """Bytes that the system's processes wrote for a table of these rows; `others` are not its processes."""
    before = written_bytes(others)
    system.create(CLICKS.table(TOPIC, brokers, 1, rows // 4 + 1, NEVER_S))
    until(lambda: system.count(TOPIC) == rows, WITHIN_S, f"{rows:,} rows are queryable")
    system.seal(TOPIC)
    until(lambda: system.sealed_rows(TOPIC) == rows, WITHIN_S, f"{rows:,} rows are sealed")
    return written_bytes(others) - before


def written_bytes(others: set[int]) -> int:
    """What all descendants of this process but `others` sent to disks so far, mapped files included."""
    return sum(process.io_counters().write_bytes for process in descendants() if process.pid not in others)


def descendants() -> list[psutil.Process]:
    return list(psutil.Process().children(recursive=True))
