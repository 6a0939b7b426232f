"""The scrape and the closed list: every name on the one is on the other, and says what status and catalogue say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
from starlette.testclient import TestClient

from crushpad.measuring import COUNTED, MeasuredAnswerer
from crushpad.metrics import METRICS
from ingest.counting import COUNTERS
from scripts import write_metrics
from segments.status import PartitionStatus
from tests.unit.http.conftest import NOW_MS, EchoAnswerer, House, entry, sealed, worker

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
PARTITION = {"table": "clicks_REALTIME", "partition": "0", "topic": "clicks"}

CONSUMING = PartitionStatus(
    table="clicks_REALTIME",
    partition=0,
    topic="clicks",
    state="CONSUMING",
    since_ms=NOW_MS - 7000,
    current_offset=300,
    upstream_offset=310,
    availability_lag_ms=40,
    lag_ms=1500,
    rows=50,
    bytes=4096,
    age_ms=60_000,
    counters={name: 10 * at for at, name in enumerate(COUNTERS)},
)


def ask(house: House, *queries: str) -> None:
    answerer = MeasuredAnswerer(EchoAnswerer(), house.measures, iter([0.0, 0.02] * len(queries)).__next__)
    for sql in queries:
        asyncio.run(answerer.answer(sql, {}))


@pytest.fixture
def busy(house: House) -> House:
    """One table, one partition that consumes, two queries answered."""
    house.publish(entry([sealed(0, 0, 100), sealed(1, 100, 250)]))
    house.statuses = [worker(CONSUMING)]
    ask(house, "SELECT 1", "error 190")
    return house


def scraped(client: TestClient) -> dict[str, list[tuple[Mapping[str, str], float]]]:
    found: dict[str, list[tuple[Mapping[str, str], float]]] = {}
    for family in prometheus(client.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def value(client: TestClient, name: str, **labels: str) -> float:
    (found,) = [each for said, each in scraped(client)[f"crushpad_{name}"] if said == labels]
    return found


def test_every_name_on_the_scrape_is_on_the_list_and_every_name_of_the_list_on_the_scrape(
    busy: House, client: TestClient
):
    assert set(scraped(client)) == {name for metric in METRICS for name in metric.samples}


def test_labels_are_those_of_the_list(busy: House, client: TestClient):
    found = scraped(client)

    for metric in METRICS:
        extra = {"le"} if metric.kind == "histogram" else set()
        for name in metric.samples:
            assert all(set(labels) - extra == set(metric.labels) for labels, _ in found[name]), name


def test_help_and_kind_are_those_of_the_list(busy: House, client: TestClient):
    said = {family.name: (family.documentation, family.type) for family in prometheus(client.get("/metrics").text)}

    assert said == {metric.name.removesuffix("_total"): (metric.help, metric.kind) for metric in METRICS}


def test_names_have_base_units_and_counters_end_in_total():
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.startswith("crushpad_")
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert not metric.name.endswith(("_ms", "_milliseconds", "_mb"))
        for unit in ("seconds", "bytes"):
            assert (unit in metric.unit) == (unit in metric.name), metric.name


def test_the_documentation_has_the_list():
    assert write_metrics.main(["--check"]) == 0, "run scripts/write_metrics.py"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("consumed_offset", 300),
        ("upstream_offset", 310),
        ("committed_offset", 250),
        ("lag_records", 10),
        ("lag_seconds", 1.5),
        ("availability_lag_seconds", 0.04),
        ("consuming_rows", 50),
        ("consuming_age_seconds", 60),
        ("partition_consuming", 1),
        ("partition_paused", 0),
        ("partition_state_seconds", 7),
        ("segments", 2),
        ("segment_rows", 250),
        ("segment_bytes", 25 * 250),
        ("last_commit_timestamp_seconds", (NOW_MS + 5000) / 1000),
    ],
)
def test_a_partition_is_measured(busy: House, client: TestClient, name: str, expected: float):
    assert value(client, name, **PARTITION) == pytest.approx(expected)


def test_what_workers_count_is_counted_under_its_name(busy: House, client: TestClient):
    assert {counter for counter, _ in COUNTED.values()} == set(COUNTERS)
    for metric, (counter, unit) in COUNTED.items():
        assert value(client, metric.name.removeprefix("crushpad_"), **PARTITION) == CONSUMING.counters[counter] * unit


def test_a_partition_that_nobody_speaks_of_is_not_measured_as_zero(busy: House, client: TestClient):
    busy.statuses = []

    assert value(client, "partition_reported", **PARTITION) == 0
    assert value(client, "ingest_workers_reporting") == 0
    assert "crushpad_lag_records" not in scraped(client)


def test_queries_are_counted_by_error_and_time(busy: House, client: TestClient):
    assert value(client, "queries_total", error_code="none") == 1
    assert value(client, "queries_total", error_code="190") == 1
    assert value(client, "query_duration_seconds_count") == 2
    assert value(client, "query_duration_seconds_sum") == pytest.approx(0.04)


@pytest.mark.parametrize(("changes", "expected"), [({}, 0), ({"problems": {"clicks_REALTIME": "Kafka is away"}}, 1)])
def test_a_problem_of_a_whole_table_shows(busy: House, client: TestClient, changes: dict[str, Any], expected: float):
    busy.statuses = [worker(CONSUMING, **changes)]

    assert value(client, "table_problem", table="clicks_REALTIME") == expected


def test_open_metrics_is_spoken_to_those_who_accept_it(busy: House, client: TestClient):
    answer = client.get("/metrics", headers={"Accept": OPEN_METRICS})

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert {family.name for family in open_metrics(answer.text)} == {
        metric.name.removesuffix("_total") for metric in METRICS
    }


def test_a_host_without_tables_has_metrics_too(client: TestClient):
    answer = client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    assert value(client, "build_info", version="0.1.0") == 1
    assert value(client, "disk_free_bytes") == 40


def test_scrapes_of_one_process_do_not_add_up(busy: House, client: TestClient):
    first = scraped(client)

    assert scraped(client) == first
