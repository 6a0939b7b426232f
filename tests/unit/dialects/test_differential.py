"""Random queries over random tables: our answer against plain Python over the same rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialects.binding import bind
from dialects.column_types import ColumnType
from dialects.pinot import parse
from engine.functions.registry import register

Row = dict[str, Any]
SCHEMA = {
    "city": ColumnType("STRING"),
    "age": ColumnType("INT"),
    "amount": ColumnType("DOUBLE"),
    "open": ColumnType("BOOLEAN"),
    "tags": ColumnType("STRING", multi_value=True),
}
_ARROW = pa.schema(
    [
        ("city", pa.string()),
        ("age", pa.int32()),
        ("amount", pa.float64()),
        ("open", pa.bool_()),
        ("tags", pa.list_(pa.string())),
    ]
)
_WORDS = ("Bern", "bern", "Chur", "", "a%b")
_rows = st.lists(
    st.fixed_dictionaries(
        {
            "city": st.sampled_from(_WORDS),
            "age": st.integers(-3, 9),
            "amount": st.integers(-8, 8).map(lambda n: n / 4),
            "open": st.booleans(),
            "tags": st.lists(st.sampled_from("xyz"), min_size=1, max_size=3),
        }
    ),
    max_size=20,
)


@dataclass(frozen=True)
class Part:
    """A piece of SQL and what it means."""

    sql: str
    of: Callable[..., Any]


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
}


def _compared(column: str, sign: str, value: Any) -> Part:
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return Part(f"{column} {sign} {text}", lambda row: _SIGNS[sign](row[column], value))


def _tagged(sign: str, tag: str) -> Part:
    if sign == "=":
        return Part(f"tags = '{tag}'", lambda row: tag in row["tags"])
    return Part(f"tags <> '{tag}'", lambda row: tag not in row["tags"])


def _listed(negated: bool, ages: list[int]) -> Part:
    word = "NOT IN" if negated else "IN"
    return Part(f"age {word} ({', '.join(map(str, ages))})", lambda row: (row["age"] in ages) != negated)


def _between(low: int, high: int) -> Part:
    return Part(f"age BETWEEN {low} AND {high}", lambda row: low <= row["age"] <= high)


def _joined(word: str, left: Part, right: Part) -> Part:
    together = all if word == "AND" else any
    return Part(f"({left.sql} {word} {right.sql})", lambda row: together((left.of(row), right.of(row))))


def _not(inner: Part) -> Part:
    return Part(f"NOT ({inner.sql})", lambda row: not inner.of(row))


_signs = st.sampled_from(sorted(_SIGNS))
_simple = st.one_of(
    st.just(Part("age > -10", lambda _: True)),
    st.builds(_compared, st.just("age"), _signs, st.integers(-3, 9)),
    st.builds(_compared, st.just("age"), _signs, st.sampled_from([0.5, 2.0, -1.25])),
    st.builds(_compared, st.just("amount"), _signs, st.sampled_from([0.25, 1, -2])),
    st.builds(_compared, st.just("city"), _signs, st.sampled_from(_WORDS)),
    st.builds(_tagged, st.sampled_from(["=", "<>"]), st.sampled_from("xyz")),
    st.builds(_listed, st.booleans(), st.lists(st.integers(-3, 9), min_size=1, max_size=3)),
    st.builds(_between, st.integers(-3, 9), st.integers(-3, 9)),
    st.just(Part("open", lambda row: row["open"])),
    st.just(Part("city LIKE 'B%'", lambda row: row["city"].lower().startswith("b"))),
)
_conditions = st.recursive(
    _simple,
    lambda inner: st.one_of(st.builds(_joined, st.sampled_from(["AND", "OR"]), inner, inner), st.builds(_not, inner)),
    max_leaves=4,
)


def _ranked(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[-1] if percent == 100 else ordered[math.floor(len(ordered) * percent / 100)]


def _most_frequent(values: Sequence[float]) -> float:
    counts = Counter(values)
    return min(value for value, count in counts.items() if count == max(counts.values()))


def _over(function: Callable[[list[Any]], Any], column: str, empty: Any) -> Callable[[list[Row]], Any]:
    return lambda rows: function([row[column] for row in rows]) if rows else empty


def _elements(rows: list[Row]) -> list[str]:
    return [tag for row in rows for tag in row["tags"]]


_AGGREGATIONS = (
    Part("count(*)", len),
    Part("sum(age)", _over(sum, "age", 0.0)),
    Part("sum(amount * 4)", lambda rows: sum(row["amount"] * 4 for row in rows)),
    Part("sum(age + 1)", lambda rows: sum(row["age"] + 1 for row in rows)),
    Part("min(amount)", _over(min, "amount", math.inf)),
    Part("max(age)", _over(max, "age", -math.inf)),
    Part("avg(age)", _over(lambda ages: sum(ages) / len(ages), "age", -math.inf)),
    Part("minmaxrange(age)", _over(lambda ages: max(ages) - min(ages), "age", -math.inf)),
    Part("mode(age)", _over(_most_frequent, "age", -math.inf)),
    Part("percentile(age, 50)", _over(lambda ages: _ranked(ages, 50), "age", -math.inf)),
    Part("percentile90(amount)", _over(lambda amounts: _ranked(amounts, 90), "amount", -math.inf)),
    Part("percentile(age, 100)", _over(lambda ages: _ranked(ages, 100), "age", -math.inf)),
    Part("distinctcount(city)", lambda rows: len({row["city"] for row in rows})),
    Part("distinctsum(age)", lambda rows: float(sum({row["age"] for row in rows}))),
    Part("distinctcountmv(tags)", lambda rows: len(set(_elements(rows)))),
    Part("distinctcountthetasketch(city)", lambda rows: len({row["city"] for row in rows})),
    Part("countmv(tags)", lambda rows: len(_elements(rows))),
    Part("boolor(open)", lambda rows: any(row["open"] for row in rows)),
    Part("booland(open)", lambda rows: all(row["open"] for row in rows)),
    Part(
        "funnelcount(steps(age > 0, open), correlateby(city))",
        lambda rows: [
            len(first := {row["city"] for row in rows if row["age"] > 0}),
            len(first & {row["city"] for row in rows if row["open"]}),
        ],
    ),
    Part(
        "histogram(age, -3, 9, 4)",
        lambda rows: [float(n) for n in _binned([row["age"] for row in rows])],
    ),
)


def _binned(ages: list[int]) -> list[int]:
    found = Counter(min((age + 3) // 3, 3) for age in ages)
    return [found[place] for place in range(4)]


def _filtered(aggregation: Part, condition: Part) -> Part:
    sql = f"{aggregation.sql} FILTER (WHERE {condition.sql})"
    if " * " in aggregation.sql or " + " in aggregation.sql:
        return aggregation
    return Part(sql, lambda rows: aggregation.of([row for row in rows if condition.of(row)]))


_aggregations = st.one_of(
    st.sampled_from(_AGGREGATIONS), st.builds(_filtered, st.sampled_from(_AGGREGATIONS), _conditions)
)
_KEYS = (
    Part("city", lambda row: [row["city"]]),
    Part("open", lambda row: [row["open"]]),
    Part("age + 1", lambda row: [row["age"] + 1]),
    Part("tags", lambda row: row["tags"]),
    Part("upper(city)", lambda row: [row["city"].upper()]),
    Part("CASE WHEN age > 3 THEN 'old' ELSE 'young' END", lambda row: ["old" if row["age"] > 3 else "young"]),
)
_keys = st.lists(st.sampled_from(_KEYS), min_size=1, max_size=2, unique_by=lambda key: key.sql)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        register(connection)
        yield connection


def _answer(connection: duckdb.DuckDBPyConnection, rows: list[Row], sql: str) -> list[tuple[Any, ...]]:
    bound = bind(parse(sql), SCHEMA, stored_nulls=False, null_handling=False, now_ms=0)
    connection.register("t", pa.Table.from_pylist(rows, _ARROW))
    return connection.execute(bound.select).fetchall()


def _matching(rows: list[Row], where: Part) -> list[Row]:
    return [row for row in rows if where.of(row)]


_few = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_few
@given(rows=_rows, where=_conditions)
def test_rows(connection: duckdb.DuckDBPyConnection, rows: list[Row], where: Part) -> None:
    answer = _answer(connection, rows, f"SELECT city, age, tags FROM t WHERE {where.sql} LIMIT 100")
    assert answer == [(row["city"], row["age"], row["tags"]) for row in _matching(rows, where)]


@_few
@given(rows=_rows, where=_conditions, aggregations=st.lists(_aggregations, min_size=3, max_size=8))
def test_aggregations(
    connection: duckdb.DuckDBPyConnection, rows: list[Row], where: Part, aggregations: list[Part]
) -> None:
    items = ", ".join(one.sql for one in aggregations)
    (answer,) = _answer(connection, rows, f"SELECT {items} FROM t WHERE {where.sql}")
    found = _matching(rows, where)
    assert list(answer) == [_near(one.of(found)) for one in aggregations]


@_few
@given(rows=_rows, where=_conditions, keys=_keys, aggregation=_aggregations, least=st.integers(0, 2))
def test_groups(
    connection: duckdb.DuckDBPyConnection,
    rows: list[Row],
    where: Part,
    keys: list[Part],
    aggregation: Part,
    least: int,
) -> None:
    named = ", ".join(key.sql for key in keys)
    sql = f"SELECT {named}, {aggregation.sql}, count(*) AS rows FROM t WHERE {where.sql} GROUP BY {named}"
    answer = _answer(connection, rows, f"{sql} HAVING rows > {least} ORDER BY rows DESC LIMIT 1000")
    groups = _groups(_matching(rows, where), keys)
    expected = {group: (aggregation.of(found), len(found)) for group, found in groups.items() if len(found) > least}
    assert {row[: len(keys)]: row[len(keys) :] for row in answer} == {
        group: tuple(map(_near, values)) for group, values in expected.items()
    }
    assert [row[-1] for row in answer] == sorted((row[-1] for row in answer), reverse=True)


def _groups(rows: list[Row], keys: list[Part]) -> dict[tuple[Any, ...], list[Row]]:
    """A row counts once for each element of a multi-value key."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        for group in product(*(key.of(row) for key in keys)):
            groups.setdefault(group, []).append(row)
    return groups


@_few
@given(rows=_rows, keys=_keys, count=st.integers(1, 5), skipped=st.integers(0, 3))
def test_distinct_pages(
    connection: duckdb.DuckDBPyConnection, rows: list[Row], keys: list[Part], count: int, skipped: int
) -> None:
    named = ", ".join(key.sql for key in keys)
    order = ", ".join(str(at + 1) for at in range(len(keys)))
    answer = _answer(connection, rows, f"SELECT DISTINCT {named} FROM t ORDER BY {order} LIMIT {skipped}, {count}")
    assert answer == sorted(_groups(rows, keys))[skipped : skipped + count]


def _near(value: Any) -> Any:
    """Sums in another order differ in their last digits."""
    return pytest.approx(value) if isinstance(value, float) and math.isfinite(value) else value
