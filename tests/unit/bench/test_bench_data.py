"""The data sets D1 to D7: the same rows for everyone, of the columns that are said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from scripts.bench.data.bids import BIDS
from scripts.bench.data.clicks import CLICKS, clicks_every
from scripts.bench.data.dataset import FIRST_MS, DataSet
from scripts.bench.data.exponential import RATES, exponential
from scripts.bench.data.flights import FLIGHTS
from scripts.bench.data.github import GITHUB
from scripts.bench.data.lineorder import LINEORDER
from scripts.bench.data.wide import wide

FLAT = [CLICKS, BIDS, FLIGHTS, LINEORDER, wide(), exponential(RATES[0])]
ALL = [*FLAT, GITHUB]


def by_name(data: DataSet) -> str:
    return data.name


def first_rows(data: DataSet, count: int = 1_000) -> list[Mapping[str, Any]]:
    return [json.loads(row) for row in data.rows(7, 0, count)]


@pytest.mark.parametrize("data", ALL, ids=by_name)
def test_a_row_depends_on_the_seed_and_on_its_number_alone(data: DataSet) -> None:
    rows = data.rows(7, 0, 300)
    assert len(rows) == 300
    assert data.rows(7, 100, 50) + data.rows(7, 150, 50) == rows[100:200]
    assert data.rows(8, 0, 300) != rows


@pytest.mark.parametrize("data", ALL, ids=by_name)
def test_rows_have_the_columns_of_the_table(data: DataSet) -> None:
    names = {name for name, _ in data.columns}
    assert all(set(row) == names for row in first_rows(data, 50))
    assert {data.time_column, *data.keys} <= names


@pytest.mark.parametrize("data", FLAT, ids=by_name)
def test_values_have_the_types_of_the_columns(data: DataSet) -> None:
    assert list(zip(data.arrow(7, 0, 200).schema.names, data.arrow(7, 0, 200).schema.types, strict=True)) == [
        *data.columns
    ]


def test_the_sets_are_as_wide_as_they_are_said_to_be() -> None:
    assert [len(data.columns) for data in FLAT] == [9, 7, 78, 23, 105, 9]
    assert wide(20).columns == wide(105).columns[:20]


def test_clicks_come_at_the_step_that_is_asked_for() -> None:
    times = [row["ts"] for row in first_rows(clicks_every(28), 3)]
    assert times == [FIRST_MS, FIRST_MS + 28, FIRST_MS + 56]


def test_events_of_a_forge_are_nested_and_of_many_sizes() -> None:
    sizes = [len(row) for row in GITHUB.rows(7, 0, 1_000)]
    assert 300 <= min(sizes) < 400
    assert 2_000 < max(sizes) <= 3_000
    push = next(row for row in first_rows(GITHUB) if row["type"] == "PushEvent")
    assert push["payload"]["size"] == len(push["payload"]["commits"])


def test_lineorder_has_the_domains_of_the_star_schema_benchmark() -> None:
    rows = first_rows(LINEORDER, 20_000)
    assert {row["d_year"] for row in rows} == set(range(1992, 1999))
    assert len({row["p_brand1"] for row in rows}) == 1_000
    assert len({row["c_city"] for row in rows}) == len({row["s_city"] for row in rows}) == 250
    assert {row["lo_discount"] for row in rows} == set(range(11))
    assert {row["lo_quantity"] for row in rows} == set(range(1, 51))
    assert max(row["d_weeknuminyear"] for row in rows) == 53


def test_lineorder_rows_agree_with_themselves() -> None:
    for row in first_rows(LINEORDER):
        assert str(row["lo_orderdate"]).startswith(str(row["d_yearmonthnum"]))
        assert row["p_brand1"].startswith(row["p_category"])
        assert row["p_category"].startswith(row["p_mfgr"])
        assert row["lo_revenue"] == row["lo_extendedprice"] * (100 - row["lo_discount"]) // 100


def test_a_small_rate_has_many_distinct_values_and_a_large_one_few() -> None:
    distinct = [len({row["int_col"] for row in first_rows(exponential(rate))}) for rate in RATES]
    assert distinct[0] > 500 > 20 > distinct[1] > distinct[2]
