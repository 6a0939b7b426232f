"""A fetch becomes rows and rejects: what is kept of each record, where it stands, and that nothing else is looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from ingest.decoders.base import SourceColumn
from ingest.decoders.json import JsonDecoder
from ingest.pipeline import Pipeline, Transform
from ingest.sanitising import TextLimit
from ingest.streams.base import Fetched
from ingest.transforms import transform_of
from segments.arrow_schema import OFFSET, ORDINAL, PARTITION, TIMESTAMP, row_schema
from segments.consuming.file import Appended
from segments.consuming.rejects import REJECT_SCHEMA, unpack
from segments.time_bounds import TimeColumn
from tableconfigs.datetime_format import DateTimeFormat

NOON_MS = 1_709_208_000_000
"""2024-02-29 12:00 UTC"""
COLUMNS = {
    "name": SourceColumn("STRING", False),
    "n": SourceColumn("INT", False),
    "tags": SourceColumn("STRING", True),
}


def pipeline(
    columns: Mapping[str, SourceColumn] = COLUMNS,
    time: TimeColumn | None = None,
    limits: Sequence[TextLimit] = (),
    drop: str | None = None,
) -> Pipeline:
    transform, source = (Transform(), columns) if drop is None else transform_of([], drop, columns)
    return Pipeline(JsonDecoder(source), tuple(columns), row_schema(columns), time, tuple(limits), transform)


def fetch(values: Sequence[Any], offsets: Sequence[int] | None = None, next_offset: int | None = None) -> Fetched:
    """One fetch of records: bytes and None as they are, other values as JSON; a millisecond between two."""
    payloads = [v if isinstance(v, bytes | None) else json.dumps(v).encode() for v in values]
    at = np.array(range(len(values)) if offsets is None else offsets, np.int64)
    end = next_offset if next_offset is not None else int(at[-1]) + 1
    return Fetched(3, payloads, at, NOON_MS + np.arange(len(values)), end, 5)


def ran(values: Sequence[Any], **how: Any) -> Appended:
    return pipeline(**how).run(fetch(values), 3)


def column(appended: Appended, name: str) -> list[Any]:
    assert appended.rows is not None
    return list(appended.rows.column(name).to_pylist())


def rejects(appended: Appended) -> list[dict[str, Any]]:
    assert appended.rejects is not None
    return list(appended.rejects.to_pylist())


def test_every_row_keeps_its_place() -> None:
    appended = pipeline().run(fetch([{"n": 1}, {"n": 2}], offsets=[10, 17], next_offset=20), 10_003)
    assert appended.rows is not None
    assert appended.rows.schema == row_schema(COLUMNS)
    assert column(appended, PARTITION) == [10_003, 10_003]
    assert column(appended, OFFSET) == [10, 17]
    assert column(appended, ORDINAL) == [0, 0]
    assert appended.rows.column(TIMESTAMP).cast(pa.int64()).to_pylist() == [NOON_MS, NOON_MS + 1]
    assert (appended.next_offset, appended.leader_epoch, appended.newest_ms) == (20, 5, NOON_MS + 1)


def test_an_empty_fetch_only_moves_the_offset() -> None:
    appended = pipeline().run(fetch([], next_offset=42), 3)
    assert appended == Appended(None, None, next_offset=42, leader_epoch=5)


def test_tombstones_are_counted_and_leave_their_neighbours_in_place() -> None:
    appended = ran([{"n": 1}, None, {"n": 3}, None])
    assert (column(appended, "n"), column(appended, OFFSET), appended.tombstones) == ([1, 3], [0, 2], 2)
    assert appended.rejects is None


def test_nothing_but_tombstones_are_no_rows_and_of_their_own_time() -> None:
    appended = ran([None, None])
    assert (appended.rows, appended.rejects, appended.tombstones, appended.next_offset) == (None, None, 2, 2)
    assert appended.newest_ms == NOON_MS + 1


def test_bad_records_are_kept_with_place_reason_and_bytes() -> None:
    bad = [b"\xff{", b'{"n":"many"}', b""]
    appended = pipeline().run(fetch([{"n": 1}, bad[0], None, bad[1], {"n": 2}, bad[2]], [5, 6, 8, 9, 12, 13]), 3)
    assert appended.rejects is not None
    assert appended.rejects.schema == REJECT_SCHEMA
    found = rejects(appended)
    assert [each[OFFSET] for each in found] == [6, 9, 13]
    assert [each["field"] for each in found] == ["", "$.n", ""]
    assert [unpack(each["raw"]) for each in found] == bad
    assert "many" in found[1]["reason"]
    assert {each[PARTITION] for each in found} == {3}
    assert (column(appended, "n"), column(appended, OFFSET)) == ([1, 2], [5, 12])
    assert (appended.next_offset, appended.tombstones) == (14, 1)


def test_nothing_but_bad_records_are_rejects_without_rows() -> None:
    appended = ran([b"{", b"["])
    assert (appended.rows, len(rejects(appended)), appended.next_offset) == (None, 2, 2)


def test_filtered_rows_are_counted_and_are_neither_rows_nor_rejects() -> None:
    appended = ran([{"n": 1}, {"n": 5}, b"bad", None, {"n": 7}, {"n": 2}], drop="n > 4")
    assert (column(appended, "n"), column(appended, OFFSET)) == ([1, 2], [0, 5])
    assert (appended.filtered, appended.tombstones, [r[OFFSET] for r in rejects(appended)]) == (2, 1, [2])


def test_a_fetch_that_is_filtered_away_only_moves_the_offset() -> None:
    appended = ran([{"n": 5}, {"n": 7}], drop="n > 4")
    assert (appended.rows, appended.rejects, appended.filtered, appended.next_offset) == (None, None, 2, 2)


def time_column(form: str) -> TimeColumn:
    return TimeColumn("t", DateTimeFormat.parse(form))


@pytest.mark.parametrize(
    ("form", "data_type", "wanted"),
    [
        ("1:MILLISECONDS:EPOCH", "LONG", NOON_MS),
        ("EPOCH|SECONDS", "LONG", NOON_MS // 1000),
        ("1:SECONDS:EPOCH", "INT", NOON_MS // 1000),
        ("EPOCH|MICROSECONDS|1", "LONG", NOON_MS * 1000),
        ("1:NANOSECONDS:EPOCH", "LONG", NOON_MS * 1_000_000),
        ("EPOCH|MINUTES|5", "LONG", NOON_MS // 300_000),
        ("1:HOURS:EPOCH", "INT", NOON_MS // 3_600_000),
        ("1:DAYS:EPOCH", "INT", 19_782),
        ("1:DAYS:EPOCH", "STRING", "19782"),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd", "STRING", "20240229"),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd", "INT", 20_240_229),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMddHH", "LONG", 2_024_022_912),
        ("SIMPLE_DATE_FORMAT|yyyy-MM-dd HH:mm:ss|Europe/Paris", "STRING", "2024-02-29 13:00:00"),
        ("SIMPLE_DATE_FORMAT", "STRING", "2024-02-29T12:00:00.000+00:00"),
    ],
)
def test_a_row_without_a_time_gets_its_records(form: str, data_type: str, wanted: Any) -> None:
    time = time_column(form)
    appended = ran([{"t": None}, {}], columns={"t": SourceColumn(data_type, False)}, time=time)
    assert column(appended, "t")[0] == wanted
    assert time.format.to_millis(wanted) <= NOON_MS
    assert appended.time_min_ms == time.format.to_millis(wanted)


def test_a_timestamp_column_without_a_time_gets_its_records() -> None:
    appended = ran([{}], columns={"t": SourceColumn("TIMESTAMP", False)}, time=time_column("TIMESTAMP"))
    assert appended.rows is not None
    assert appended.rows.column("t").cast(pa.int64()).to_pylist() == [NOON_MS]


def test_rows_with_a_time_keep_it_beside_rows_without() -> None:
    columns = {"t": SourceColumn("LONG", False)}
    appended = ran([{"t": 5}, {}, b"bad", {"t": 9}, {}], columns=columns, time=time_column("1:MILLISECONDS:EPOCH"))
    assert column(appended, "t") == [5, NOON_MS + 1, 9, NOON_MS + 4]
    assert (appended.time_min_ms, appended.time_max_ms) == (5, NOON_MS + 4)


@pytest.mark.parametrize(
    ("form", "data_type"),
    [
        ("1:MILLISECONDS:EPOCH", "INT"),
        ("1:NANOSECONDS:EPOCH", "LONG"),
        ("1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd", "STRING"),
        ("TIMESTAMP", "TIMESTAMP"),
    ],
)
@pytest.mark.parametrize("time_ms", [-(2**63), -1, 2**63 - 1, 10**15])
def test_a_record_time_that_nothing_can_hold_stops_nothing(form: str, data_type: str, time_ms: int) -> None:
    """Producers write any 64 bits as the time of a record."""
    record = Fetched(3, [b"{}"], np.array([0]), np.array([time_ms]), 1, 0)
    appended = pipeline({"t": SourceColumn(data_type, False)}, time_column(form)).run(record, 3)
    assert appended.rows is not None
    assert appended.rows.num_rows == 1
    appended.rows.column(TIMESTAMP).cast(pa.timestamp("us"))


def test_a_time_that_cannot_be_read_leaves_the_bounds_unknown() -> None:
    form = "1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd"
    appended = ran(
        [{"t": "yesterday"}, {"t": "20240229"}], columns={"t": SourceColumn("STRING", False)}, time=time_column(form)
    )
    assert (appended.time_min_ms, appended.time_max_ms) == (None, None)
    assert column(appended, "t") == ["yesterday", "20240229"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("short", "short"),
        ("", ""),
        ("eight888", "eight888"),
        ("nine99999", "nine9999"),
        ("ääääääää", "ääääääää"),
        ("ääääääääö", "ääääääää"),
        ("😀😀😀😀😀😀😀😀😀", "😀😀😀😀😀😀😀😀"),
        ("a\0b", "a"),
        ("\0", ""),
        ("123456789\0", "12345678"),
        (None, None),
    ],
)
def test_text_is_cut_at_nul_and_at_its_longest(text: str | None, wanted: str | None) -> None:
    appended = ran([{"name": "before"}, {"name": text}, {"name": "after"}], limits=[TextLimit("name", 8)])
    assert column(appended, "name") == ["before", wanted, "after"]


def test_the_same_fetch_gives_the_same_rows_and_rejects() -> None:
    """P4: no clock, no chance, no memory of what came before."""
    values = [{"n": 1, "name": "a\0"}, b"bad", None, {"tags": ["x", None]}, {"n": 9}, {"n": "no"}]
    how: dict[str, Any] = {"limits": [TextLimit("name", 8)], "drop": "n = 9"}
    once = pipeline(**how)
    first = once.run(fetch(values), 3)
    once.run(fetch([{"n": 5}, b"other"]), 3)
    for again in (once.run(fetch(values), 3), pipeline(**how).run(fetch(values), 3)):
        assert again == first


def test_the_outcome_of_a_record_does_not_depend_on_the_fetch_it_came_with() -> None:
    values = [{"n": i, "name": "x" * (i % 20), "tags": ["a"] * (i % 3)} for i in range(300)]
    whole = ran([*values, b"bad"], limits=[TextLimit("name", 8)])
    rows = [row for value in values for row in _rows(ran([value], limits=[TextLimit("name", 8)]))]
    assert [{**row, OFFSET: 0, TIMESTAMP: 0} for row in _rows(whole)] == [
        {**row, OFFSET: 0, TIMESTAMP: 0} for row in rows
    ]


def _rows(appended: Appended) -> list[dict[str, Any]]:
    assert appended.rows is not None
    return list(appended.rows.to_pylist())
