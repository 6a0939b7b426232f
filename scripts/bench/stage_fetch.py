"""B1: records from Kafka into the hands of ingestion, beside a loop that only consumes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from scripts.bench.data.clicks import CLICKS
from scripts.bench.fetching import WAYS
from scripts.bench.figures import Figure, Target
from scripts.bench.topics import fill
from scripts.bench.world import World

TOPIC = "stage-fetch"
SEED = 17
ROWS, QUICK_ROWS_A_SECOND = 2_000_000, 6_000
LOOP = "bare consume loop"


def run(world: World) -> Iterator[Figure]:
    rows = max(5_000, int(QUICK_ROWS_A_SECOND * world.seconds)) if world.quick else ROWS
    fill(world.brokers, TOPIC, 1, rows, partial(CLICKS.rows, SEED))
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for turn in range(world.repetitions):
        for way in sorted(WAYS, reverse=bool(turn % 2)):
            found[way].append(fetched(way, world.brokers, rows))
    yield _figure("fetch: CPU a record", "us", found, "cpu_s", 1e6 / rows, (Target(1.0, None), Target(1.25, LOOP)))
    yield _figure("fetch: longest wait for a batch", "ms", found, "longest_wait_s", 1e3, (Target(500.0, None),))


def fetched(way: str, brokers: str, rows: int) -> dict[str, float]:
    """What a fresh process measured of itself."""
    argv = [sys.executable, "-m", "scripts.bench.fetching", way, brokers, TOPIC, str(rows)]
    answer: dict[str, float] = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    return answer


def _figure(
    name: str, unit: str, found: dict[str, list[dict[str, float]]], key: str, factor: float, targets: tuple[Target, ...]
) -> Figure:
    ours, loop = (tuple(one[key] * factor for one in found[way]) for way in ("reader", "loop"))
    return Figure("stages", name, unit, "lower", ours, limits={LOOP: loop}, targets=targets)
