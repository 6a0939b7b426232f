"""SELECTs planned once: what changes from batch to batch, and what does not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest

from engine.connection import BadQuery, Forbidden, TooLarge
from engine.projection import Projections
from engine.settings import Settings

SCHEMA = pa.schema([("n", pa.int64()), ("word", pa.string())])
SETTINGS = Settings(folders=(), threads=1, memory_limit_bytes=64 << 20)
DOUBLED = "SELECT n * 2 AS twice FROM t"
AS_NUMBER = "SELECT CAST(word AS BIGINT) AS number FROM t"


@pytest.fixture
def projections() -> Iterator[Projections]:
    made = Projections(SETTINGS, SCHEMA)
    yield made
    made.close()


def batch(*numbers: int, word: str = "1") -> pa.Table:
    return pa.table({"n": numbers, "word": [word] * len(numbers)}, SCHEMA)


def run(projections: Projections, sql: str, rows: pa.Table, bytes_max: int = 1 << 20) -> list[int]:
    made = projections.run(sql, rows, timeout_s=10, rows_max=100_000, bytes_max=bytes_max)
    return [int(value) for value in made.column(0).to_pylist()]


def test_each_batch_is_answered_from_its_own_rows(projections: Projections) -> None:
    assert run(projections, DOUBLED, batch(1, 2)) == [2, 4]
    assert run(projections, DOUBLED, batch(5)) == [10]
    assert run(projections, DOUBLED, batch(*range(50_000))) == [2 * n for n in range(50_000)]
    assert run(projections, DOUBLED, batch()) == []


def test_a_batch_that_fails_leaves_the_plan_as_it_was(projections: Projections) -> None:
    assert run(projections, AS_NUMBER, batch(1, word="7")) == [7]
    with pytest.raises(BadQuery, match="Could not convert"):
        run(projections, AS_NUMBER, batch(1, word="seven"))
    assert run(projections, AS_NUMBER, batch(1, word="8")) == [8]


def test_a_result_that_is_too_large_is_given_up_and_the_next_one_is_not(projections: Projections) -> None:
    with pytest.raises(TooLarge):
        run(projections, DOUBLED, batch(*range(50_000)), bytes_max=1000)
    assert run(projections, DOUBLED, batch(3)) == [6]


def test_rows_of_another_schema_are_not_taken(projections: Projections) -> None:
    with pytest.raises(ValueError, match="a batch of n: int64"):
        run(projections, DOUBLED, pa.table({"n": [1.5], "word": ["1"]}))


@pytest.mark.parametrize("sql", ["DROP TABLE t", "SELECT 1; SELECT 2", "SET threads = 2"])
def test_only_one_select_is_prepared(projections: Projections, sql: str) -> None:
    with pytest.raises(Forbidden):
        run(projections, sql, batch(1))


def test_one_that_nobody_holds_any_more_leaves_no_thread_behind() -> None:
    def watched() -> int:
        return sum(thread.name == "query deadlines" for thread in threading.enumerate())

    before = watched()
    dropped = Projections(SETTINGS, SCHEMA)
    assert watched() == before + 1
    del dropped
    assert watched() == before
