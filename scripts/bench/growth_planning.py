"""How planning grows with the number of segments: bind, prune and print a query over a catalogue in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from dialects.binding import bind
from dialects.pinot import Statement, parse
from query.plan import Part, Plan, plan
from query.tables import QueryTable, query_table
from scripts.bench.figures import Figure, Target
from scripts.bench.slope import Growth, no_steeper
from scripts.bench.world import World
from segments.catalogue import ColumnStats, PartitionEntry, SegmentEntry, TableEntry
from segments.view import PartitionView, TableView

PLACES = (1, 10, 100, 1_000, 10_000)
ROUNDS = 5
LINE_MS = 50.0
SEGMENT_ROWS = 100_000
FIRST_MS = 1_700_000_000_000
SCHEMA: dict[str, Any] = {
    "schemaName": "clicks",
    "dimensionFieldSpecs": [{"name": "city", "dataType": "STRING"}, {"name": "user_id", "dataType": "LONG"}],
    "metricFieldSpecs": [{"name": "amount", "dataType": "DOUBLE"}],
    "dateTimeFieldSpecs": [
        {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
    ],
}
CONFIG: dict[str, Any] = {"tableName": "clicks_REALTIME", "segmentsConfig": {"timeColumnName": "ts"}}


def run(world: World) -> Iterator[Figure]:
    part_of = {place: part(place) for place in PLACES}
    found = {float(place): [planning_ms(part_of[place]) for _ in range(world.repetitions)] for place in PLACES}
    growth = Growth("segments", "planning of a pruned query", "ms", "lower", found)
    yield from no_steeper(growth, 1.0)
    name = f"segments: planning over {PLACES[-1]:,} of them"
    yield Figure("growth", name, "ms", "lower", tuple(found[PLACES[-1]]), targets=(Target(LINE_MS),))


def planning_ms(over: Part) -> float:
    """The best of some rounds, each with a text of its own."""
    statements = [parse(query(number)) for number in range(ROUNDS)]
    return min(_planned_ms(statement, over) for statement in statements)


def query(segment: int) -> str:
    """A sum over a time range that one segment holds."""
    low = FIRST_MS + segment * SEGMENT_ROWS
    return f"SELECT SUM(amount), COUNT(*) FROM clicks WHERE ts BETWEEN {low} AND {low + SEGMENT_ROWS - 1}"


def planned(statement: Statement, over: Part) -> Plan:
    bound = bind(statement, over.table.types, stored_nulls=False, null_handling=False, now_ms=FIRST_MS)
    return plan(bound, over, null_handling=False, host="localhost")


def _planned_ms(statement: Statement, over: Part) -> float:
    began = time.perf_counter()
    planned(statement, over)
    return (time.perf_counter() - began) * 1000


def part(segments: int) -> Part:
    """One partition with so many segments, one behind the other in offsets and in time; its view."""
    table = query_table(entry(segments))
    return Part(table, _view(table))


def entry(segments: int) -> TableEntry:
    made = [segment(number) for number in range(segments)]
    end = segments * SEGMENT_ROWS
    only = PartitionEntry(0, "clicks", "topic", segments, 0, end, FIRST_MS, 1, 1, made, [])
    return TableEntry("clicks_REALTIME", "made", "active", 1, CONFIG, "clicks", 1, {1: SCHEMA}, FIRST_MS, [only])


def segment(number: int) -> SegmentEntry:
    start = number * SEGMENT_ROWS
    low, high = FIRST_MS + start, FIRST_MS + start + SEGMENT_ROWS - 1
    return SegmentEntry(
        name=f"clicks__0__{number}__20231114T2213Z",
        sequence=number,
        start=start,
        end=start + SEGMENT_ROWS,
        rows=SEGMENT_ROWS,
        rejects=0,
        path=f"/segments/{number}.parquet",
        size_bytes=2_000_000,
        digest="0" * 64,
        schema_version=1,
        attempt=f"{number:016x}",
        created_ms=low,
        committed_ms=high,
        time_min_ms=low,
        time_max_ms=high,
        columns={
            "ts": ColumnStats(low, high, 0),
            "amount": ColumnStats(0.0, 9999.0, 0),
            "user_id": ColumnStats(0, 2_000_000, 0),
            "city": ColumnStats("Berlin", "Toronto", 0),
        },
        blooms=[],
    )


def _view(table: QueryTable) -> TableView:
    only = table.entry.partitions[0]
    return TableView(table.entry, 1, (PartitionView(only, (), only.committed_end),))
