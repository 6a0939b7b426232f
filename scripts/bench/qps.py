"""Many clients at once (B10) and while rows stream in (B11): requests a second, latency, errors and refusals.

Two loads: a mix of Q2 over an hour, Q4 and Q5, each with many different literals, and COUNT(*) alone. All systems hold
the same rows and take turns. More clients than may wait are refused: fast, and without harm to the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scripts.bench import mixed
from scripts.bench.abba import Numbers, Taken, order
from scripts.bench.clients import Tally, percentile, request, together
from scripts.bench.figures import BEST_PEER, Better, Figure, Target
from scripts.bench.loading import all_running, ingest, produce, rows_of
from scripts.bench.mix import mix
from scripts.bench.queries.case import of_table
from scripts.bench.queries.clicks import count
from scripts.bench.query import clicks_of_a_day
from scripts.bench.systems.port import System
from scripts.bench.world import World

PART = "qps"
TABLE = "many_clients"
CLIENTS = (1, 4, 16, 64)
OVERLOAD = 256
MIX, COUNT = "mix", "COUNT(*)"
FULL_S, WARM_S = 10.0, 3.0
QUICK_S_MIN = 0.2
QUICK_SHARE = 0.4
"""Of a quick part's time; the rest goes into loading and into rows that stream in."""
PER_SECOND, ERRORS, REFUSED, REFUSAL = "requests/s", "errors", "refused", "refusal p99"
MANY_MORE = (Target(2, BEST_PEER), Target(0.9, f"{CLIENTS[-2]} clients"))
MORE = (Target(1.5, BEST_PEER),)
HALF, NOT_SLOWER = (Target(0.5, BEST_PEER),), (Target(1, BEST_PEER),)
REFUSED_WITHIN_MS = 50


@dataclass(frozen=True, slots=True)
class Load:
    """So many clients that send these requests."""

    name: str
    clients: int
    requests: Sequence[bytes]

    def measure(self, word: str) -> str:
        return f"{self.name}, {self.clients} client{'s' * (self.clients > 1)}: {word}"


def run(world: World) -> Iterator[Figure]:
    rows = rows_of(world, 3_000_000)
    loaded = clicks_of_a_day(TABLE, rows, -(-rows // 6))
    counting = [request(query.sql) for query in of_table(count(), TABLE).queries]
    mixture = mix(loaded)
    loads = [Load(name, n, requests) for name, requests in ((MIX, mixture), (COUNT, counting)) for n in CLIENTS]
    loads.append(Load(MIX, OVERLOAD, mixture))
    seconds, warm_s = seconds_of_a_load(world, len(loads))
    with all_running(world) as systems:
        produce(world.brokers, loaded)
        for system in systems:
            ingest(system, world.brokers, loaded)
        yield from figures(loads, ask_all(loads, systems, world.repetitions, seconds, warm_s))
        yield from mixed.run(world, systems)


def seconds_of_a_load(world: World, loads: int) -> tuple[float, float]:
    """To measure each, and to warm up before the first."""
    if not world.quick:
        return FULL_S, WARM_S
    turns = (loads + 1) * world.repetitions * len(world.systems)
    seconds = max(QUICK_S_MIN, QUICK_SHARE * world.seconds / turns)
    return seconds, seconds


def ask_all(loads: Sequence[Load], systems: Sequence[System], repetitions: int, seconds: float, warm_s: float) -> Taken:
    found = Taken()
    for number in order(len(systems), repetitions):
        system = systems[number]
        together(system.port, loads[0].requests, CLIENTS[-2], warm_s)
        numbers: dict[str, float] = {}
        for load in loads:
            tally = together(system.port, load.requests, load.clients, seconds)
            numbers |= {load.measure(word): number for word, number in summary(tally).items()}
        found.add(system.name, numbers)
    return found


def summary(tally: Tally) -> Numbers:
    """Percentiles of nothing are zero: there are errors to see then, or no refusals."""
    return {
        PER_SECOND: tally.per_second,
        "p50": percentile(tally.answered, 50),
        "p99": percentile(tally.answered, 99),
        ERRORS: float(tally.errors),
        REFUSED: float(len(tally.refused)),
        REFUSAL: percentile(tally.refused, 99),
    }


def figures(loads: Sequence[Load], found: Taken) -> Iterator[Figure]:
    for load in loads:
        if load.clients == OVERLOAD:
            yield from _of_overload(load, found)
        else:
            yield from _of_load(load, found)


def _of_load(load: Load, found: Taken) -> Iterator[Figure]:
    most = load.clients == CLIENTS[-1]
    fewer = Load(load.name, CLIENTS[-2], ()).measure(PER_SECOND)
    limits = {f"{CLIENTS[-2]} clients": found.ours(fewer)} if most else {}
    yield _figure(found, load, PER_SECOND, PER_SECOND, "higher", MANY_MORE if most else MORE, limits)
    yield _figure(found, load, "p50", "ms")
    slowest = (Target(100),) if load.name == COUNT else HALF
    yield _figure(found, load, "p99", "ms", targets=slowest if most else NOT_SLOWER)
    yield _figure(found, load, ERRORS, "requests", targets=(Target(0),))


def _of_overload(load: Load, found: Taken) -> Iterator[Figure]:
    yield _figure(found, load, PER_SECOND, PER_SECOND, "higher", MORE)
    yield _figure(found, load, "p99", "ms")
    yield _figure(found, load, ERRORS, "requests", targets=(Target(0),))
    yield _figure(found, load, REFUSED, "requests")
    yield _figure(found, load, REFUSAL, "ms", targets=(Target(REFUSED_WITHIN_MS),))


def _figure(
    found: Taken,
    load: Load,
    word: str,
    unit: str,
    better: Better = "lower",
    targets: tuple[Target, ...] = (),
    limits: Mapping[str, tuple[float, ...]] | None = None,
) -> Figure:
    name = load.measure(word)
    return Figure(PART, name, unit, better, found.ours(name), found.peers(name), limits or {}, targets)
