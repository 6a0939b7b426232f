"""Queries over HTTP (B7 to B9): Q1 to Q12 by one client, every system and the bare engine asked in turn.

Every answer is checked against DuckDB on the produced rows; the limit is DuckDB on our sealed files. The numbers of a
repetition are percentiles of its askings, in ms until the whole answer was there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from scripts.bench.abba import Taken
from scripts.bench.asking import Client
from scripts.bench.bare import Answer, Bare
from scripts.bench.comparison import Ask, Comparison
from scripts.bench.data.clicks import clicks_every
from scripts.bench.data.exponential import RATES, exponential
from scripts.bench.data.lineorder import LINEORDER
from scripts.bench.figures import Figure, Target
from scripts.bench.loading import SEED, Loaded, all_running, ingest, produce, rows_of
from scripts.bench.queries import clicks, star
from scripts.bench.queries import exponential as spread
from scripts.bench.queries.case import Case, Query, of_table
from scripts.bench.systems.crushpad import Crushpad
from scripts.bench.systems.port import System
from scripts.bench.world import World

PART = "query"
BARE = "bare DuckDB"
WRONG = "wrong answers"
DAY_MS = 24 * clicks.HOUR_MS
FULL_SECONDS = 5.0
"""For a case and a repetition; at most, unless it takes so long that a few askings need more."""
QUICK_SHARE = 0.4
"""Of a quick part's time; the rest goes into loading and checking."""
ALL_PERCENTILES = {"p50": 50, "p90": 90, "p99": 99}
MEDIAN = {"p50": 50}


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked of a loaded data set in each turn, and which percentiles are shown."""

    loaded: Loaded
    cases: Callable[[int], Sequence[Case]]
    percentiles: Mapping[str, int]


def run(world: World) -> Iterator[Figure]:
    asked = questions(world)
    seconds = seconds_of_a_case(world, sum(len(one.cases(0)) for one in asked))
    with all_running(world) as systems:
        for one in asked:
            produce(world.brokers, one.loaded)
            for system in systems:
                ingest(system, world.brokers, one.loaded)
            yield from figures(one, ask_all(one, systems, world.repetitions, seconds))
            for system in systems:
                system.drop(one.loaded.name)


def questions(world: World) -> list[Questions]:
    """The clicks have the size that the issue's figures are of; Q11 and Q12 are asked of smaller tables."""
    rows = rows_of(world, 3_000_000)
    others = rows // 3
    rates = RATES[:1] if world.quick else RATES
    lineorder = Loaded("asked_lineorder", LINEORDER, others, -(-others // 4))
    return [
        of_clicks(clicks_of_a_day("asked_clicks", rows, -(-rows // 6))),
        Questions(lineorder, lambda _turn: [*star.cases()], MEDIAN),
        *(of_rate(number, rate, others // 2) for number, rate in enumerate(rates)),
    ]


def clicks_of_a_day(table: str, rows: int, segment_rows: int) -> Loaded:
    """So many rows spread evenly over a day: a minute and an hour are the same share of it, whatever the size."""
    return Loaded(table, clicks_every(DAY_MS // rows), rows, segment_rows)


def span_of(loaded: Loaded, turn: int) -> clicks.Span:
    """The day, and the user of some row in it."""
    row = json.loads(loaded.data.rows(SEED, turn * 7_919 % loaded.rows, 1)[0])
    return clicks.Span(DAY_MS // loaded.rows * loaded.rows, row["user_id"])


def of_clicks(loaded: Loaded) -> Questions:
    return Questions(loaded, lambda turn: [*clicks.cases(span_of(loaded, turn), turn)], ALL_PERCENTILES)


def of_rate(number: int, rate: float, rows: int) -> Questions:
    loaded = Loaded(f"asked_exponential{number}", exponential(rate), rows, -(-rows // 2))
    return Questions(loaded, lambda _turn: [*spread.cases(rate)], MEDIAN)


def seconds_of_a_case(world: World, cases: int) -> float:
    return QUICK_SHARE * world.seconds / cases / world.repetitions if world.quick else FULL_SECONDS


def ask_all(asked: Questions, systems: Sequence[System], repetitions: int, seconds: float) -> Taken:
    """Every repetition asks everything of everybody, with literals of its own."""
    loaded, found = asked.loaded, Taken()
    askers = {system.name: partial(_over_http, Client(system.port)) for system in systems}
    limit, truth = Bare.over_files(files(systems[0], loaded.name), _names(loaded)), Bare.over_rows(loaded.arrow())
    known = cache(lambda text: truth.ask(text)[1])
    for turn in range(repetitions):
        everybody: dict[str, Ask] = {**askers, BARE: lambda query: limit.ask(query.bare)}
        comparison = Comparison(everybody, lambda query: known(query.expected), seconds)
        cases = [of_table(case, loaded.name) for case in asked.cases(turn)]
        took = {case.name: comparison.of(case) for case in cases}
        for name in everybody:
            mine = {case: times[name] for case, times in took.items() if name in times}
            found.add(name, percentiles(mine, asked.percentiles) | {WRONG: float(comparison.wrong[name])})
    return found


def files(ours: System, table: str) -> Sequence[Path]:
    """Our sealed files. Raises TypeError when the first system is not ours."""
    if not isinstance(ours, Crushpad):
        raise TypeError(f"the first system is {ours.name}, not Crushpad")
    return ours.files(table)


def percentiles(took: Mapping[str, Sequence[float]], wanted: Mapping[str, int]) -> dict[str, float]:
    """By `case percentile`."""
    return {
        f"{case} {word}": float(np.percentile(times, percent))
        for case, times in took.items()
        for word, percent in wanted.items()
    }


def figures(asked: Questions, found: Taken) -> Iterator[Figure]:
    for case in asked.cases(0):
        for word in asked.percentiles:
            yield from _figure(found, f"{case.name} {word}", "ms", case.targets if word == "p50" else ())
    yield from _figure(found, WRONG, "queries", (Target(0),), f"{asked.loaded.name}: {WRONG}")


def _figure(found: Taken, measure: str, unit: str, targets: tuple[Target, ...], name: str = "") -> Iterator[Figure]:
    """Nothing when we have no answer at all, which is a wrong answer already."""
    peers = found.peers(measure)
    bare = peers.pop(BARE, ())
    limits = {BARE: bare} if bare and measure != WRONG else {}
    if ours := found.ours(measure):
        yield Figure(PART, name or measure, unit, "lower", ours, peers, limits, targets)


def _over_http(client: Client, query: Query) -> Answer:
    return client.ask(query.sql)


def _names(loaded: Loaded) -> list[str]:
    return [name for name, _ in loaded.data.columns]
