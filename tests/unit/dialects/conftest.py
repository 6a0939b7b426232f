"""A small relation that knows every type, and questions asked of it the way the query floor asks them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from dialects.binding import bind
from dialects.bound_query import BoundQuery
from dialects.column_types import ColumnType
from dialects.pinot import parse
from engine.functions.registry import register

NOW_MS = 1_700_000_000_000

SCHEMA = {
    "Carrier": ColumnType("STRING"),
    "Distance": ColumnType("INT"),
    "n": ColumnType("LONG"),
    "f": ColumnType("FLOAT"),
    "d": ColumnType("DOUBLE"),
    "big": ColumnType("BIG_DECIMAL"),
    "flag": ColumnType("BOOLEAN"),
    "ts": ColumnType("TIMESTAMP"),
    "js": ColumnType("JSON"),
    "raw": ColumnType("BYTES"),
    "m": ColumnType("MAP"),
    "tags": ColumnType("STRING", multi_value=True),
    "nums": ColumnType("INT", multi_value=True),
    "days": ColumnType("INT"),
    "ms": ColumnType("LONG"),
    "group.topic": ColumnType("STRING"),
}

_ROWS = r"""
CREATE TABLE t AS SELECT * FROM (VALUES
('AA', 100, 1::BIGINT, 1.5::FLOAT, 2.5::DOUBLE, '10.5', true, TIMESTAMP '2014-01-01 10:20:30.123',
 '{"a":{"b":"x"},"arr":[{"k":1},{"k":2}],"n":5}', '\xAB\xCD'::BLOB, '{"k":"v"}', ['a','b'], [1,2], 16071,
 1388571630123, 'x', 0, 10::BIGINT, TIMESTAMP '2014-01-01 10:20:31', 0, 's0'),
('AA', 300, 9223372036854775807, -1.5::FLOAT, 0::DOUBLE, '0.5', false, TIMESTAMP '2014-01-05 23:59:59',
 '{"a":{"b":"y"},"n":7}', ''::BLOB, '{}', ['b','c'], [3], 16075, 1388966399000, 'y', 0, 11,
 TIMESTAMP '2014-01-06 00:00:00', 0, 's0'),
('DL', -5, -7, 0::FLOAT, 'NaN'::DOUBLE, '9', true, TIMESTAMP '2015-03-01', '{}', '\x00'::BLOB, '{"k":"w"}',
 ['null'], [-2147483648], 16495, 1425168000000, 'z', 1, 0, TIMESTAMP '2015-03-01', 0, 's1')
) rows(Carrier, Distance, n, f, d, big, flag, ts, js, raw, m, tags, nums, days, ms, "group.topic", "$partition",
       "$offset", "$timestamp", "$ordinal", "$segmentName")
"""


@dataclass(frozen=True)
class Answer:
    """What a client would see: rows, names and Pinot types; `query` for what the planner sees."""

    query: BoundQuery
    rows: list[tuple[Any, ...]]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.query.output]

    @property
    def types(self) -> list[str]:
        return [column.data_type for column in self.query.output]


def bind_sql(sql: str, *, null_handling: bool = False, stored_nulls: bool = False) -> BoundQuery:
    return bind(parse(sql), SCHEMA, stored_nulls=stored_nulls, null_handling=null_handling, now_ms=NOW_MS)


@pytest.fixture(scope="session")
def relation() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        register(connection)
        connection.execute(_ROWS)
        yield connection


@pytest.fixture
def ask(relation: duckdb.DuckDBPyConnection) -> Callable[..., Answer]:
    def run(sql: str, **nulls: bool) -> Answer:
        query = bind_sql(sql, **nulls)
        return Answer(query, relation.execute(query.select).fetchall())

    return run


@pytest.fixture
def bound() -> Callable[..., BoundQuery]:
    return bind_sql


@pytest.fixture
def schema() -> dict[str, ColumnType]:
    return SCHEMA
