"""How queries grow: with segments that they need not read, with columns that they do not name, and with clients."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from ingest.decoders.base import SourceColumn
from ingest.decoders.json import JsonDecoder
from scripts.bench.abba import running
from scripts.bench.asking import Client, Refused
from scripts.bench.data.clicks import CLICKS
from scripts.bench.data.dataset import FIRST_MS, DataSet
from scripts.bench.data.wide import wide
from scripts.bench.figures import Figure
from scripts.bench.loading import SEED, Loaded, ingest, produce
from scripts.bench.slope import Growth, flat, no_collapse, points
from scripts.bench.systems.port import System
from scripts.bench.turns import best_cpu_s
from scripts.bench.world import World

SEGMENT_ROWS = 500
DECODED_ROWS = 2_000
DECODE_ROUNDS = 5
KEEPS_SPEED, KEEPS_LATENCY = 0.9, 1.25
"""What a flat measure may change by: a speed at least, a latency at most."""
_WORDS = {"int32": "INT", "int64": "LONG", "string": "STRING", "double": "DOUBLE", "bool": "BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Axes:
    """The places of each axis, and how much is asked at each."""

    segments: tuple[int, ...]
    columns: tuple[int, ...]
    column_rows: int
    clients: tuple[int, ...]
    asked: int
    seconds: float


FULL = Axes((1, 10, 100, 1_000), (5, 20, 105), 200_000, (1, 2, 4, 8, 16, 32, 64), 200, 10.0)
QUICK_SEGMENTS_MAX = 30


def axes_of(world: World) -> Axes:
    """When quick, the small end of each axis, with what fits into about the time."""
    if not world.quick:
        return FULL
    segments = max(2, min(QUICK_SEGMENTS_MAX, int(world.seconds)))
    return Axes((1, segments), (5, 105), 2_000, (1, 64), 20, max(0.2, world.seconds / 35))


def run(world: World) -> Iterator[Figure]:
    axes = axes_of(world)
    yield from decoding(axes, world.repetitions)
    with running(world.systems[0]()) as system:
        client = Client(system.port)
        yield from by_columns(system, client, world, axes)
        yield from by_segments(system, client, world, axes)
        yield from by_clients(system, world, axes)


def by_segments(system: System, client: Client, world: World, axes: Axes) -> Iterator[Figure]:
    """A sum over the time of one segment, while the table has more and more others."""
    found: dict[float, list[float]] = {}
    for place in axes.segments:
        load(system, world, CLICKS, f"growth_segments_{place}", place * SEGMENT_ROWS, SEGMENT_ROWS)
        asked = _in_one_segment(f"growth_segments_{place}")
        found[float(place)] = [latency_ms(client, asked, axes.asked) for _ in range(world.repetitions)]
    yield from flat(Growth("segments", "pruned query", "ms", "lower", found), KEEPS_LATENCY)


def _in_one_segment(table: str) -> Callable[[int], str]:
    """The query numbered so, each with a text of its own, all over the time of the table's first segment."""
    within = f"ts BETWEEN {FIRST_MS} AND {FIRST_MS + SEGMENT_ROWS - 1}"
    return lambda number: f"SELECT SUM(amount), COUNT(*) FROM {table} WHERE {within} AND amount >= 0.{number:06d}"


def by_columns(system: System, client: Client, world: World, axes: Axes) -> Iterator[Figure]:
    """A sum of one column, while the table has more and more others."""
    found: dict[float, list[float]] = {}
    for place in axes.columns:
        table = f"growth_columns_{place}"
        load(system, world, wide(place), table, axes.column_rows, axes.column_rows)

        def asked(number: int, table: str = table) -> str:
            return f"SELECT SUM(size_0), COUNT(*) FROM {table} WHERE size_0 >= -{number}"

        found[float(place)] = [latency_ms(client, asked, axes.asked) for _ in range(world.repetitions)]
        system.drop(table)
    yield from flat(Growth("columns", "sum of one of them", "ms", "lower", found), KEEPS_LATENCY)


def decoding(axes: Axes, repetitions: int) -> Iterator[Figure]:
    """Megabytes of JSON a core: parsing costs bytes, not columns."""
    found = {float(place): [decode_mb_s(place) for _ in range(repetitions)] for place in axes.columns}
    yield from points(Growth("columns", "decode JSON", "MB/s", "higher", found))


def decode_mb_s(columns: int) -> float:
    data = wide(columns)
    payloads = data.rows(SEED, 0, DECODED_ROWS)
    decoder = JsonDecoder({name: SourceColumn(_WORDS[str(kind)], False) for name, kind in data.columns})
    taken = best_cpu_s({"decode": lambda: decoder.decode(payloads)}, DECODE_ROUNDS)["decode"]
    return sum(map(len, payloads)) / 1e6 / taken


def by_clients(system: System, world: World, axes: Axes) -> Iterator[Figure]:
    """Answers a second to clients that ask at once: what it is at its best must not be lost when there are more."""
    asked = _in_one_segment(f"growth_segments_{axes.segments[-1]}")
    found: dict[float, list[float]] = {}
    for place in axes.clients:
        found[float(place)] = [answers_s(system.port, place, asked, axes.seconds) for _ in range(world.repetitions)]
    growth = Growth("clients", "answers a second", "1/s", "higher", found)
    yield from no_collapse(growth, KEEPS_SPEED)


def answers_s(port: int, clients: int, asked: Callable[[int], str], seconds: float) -> float:
    """Good answers a second to so many threads, each with a connection of its own."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as pool:
        counts = pool.map(lambda number: _good_answers(port, number, asked, until), range(clients))
        return sum(counts) / seconds


def _good_answers(port: int, number: int, asked: Callable[[int], str], until: float) -> int:
    client, good, at = Client(port), 0, number * 10_007
    while time.monotonic() < until:
        at += 1
        good += _is_answered(client, asked(at % 1_000_000))
    client.close()
    return good


def _is_answered(client: Client, sql: str) -> bool:
    """False when the service says that it has too much to do."""
    try:
        client.ask(sql)
    except Refused as refused:
        if refused.status != 503:
            raise
        return False
    return True


def latency_ms(client: Client, asked: Callable[[int], str], times: int) -> float:
    """The median, after one that is not counted."""
    return median([client.ask(asked(number))[0] for number in range(times + 1)][1:])


def load(system: System, world: World, data: DataSet, table: str, rows: int, segment_rows: int) -> None:
    """A table whose rows are all sealed."""
    loaded = Loaded(table, data, rows, segment_rows)
    produce(world.brokers, loaded)
    ingest(system, world.brokers, loaded)
