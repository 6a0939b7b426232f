"""The main job on real servers: upload, produce, query, seal, restart, change, delete, create again."""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from segments.status import read_statuses
from tests.commit_chain import assert_sound, incarnation_of
from tests.conftest import KafkaBroker
from tests.kafka_topics import add_partitions, produce
from tests.produced import Produced, assert_exactly, schema, table, wait_for_all
from tests.service import QueryFailed, Service, running, wait_until

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.fixture(scope="module")
def zk_chroot(zookeeper: str) -> str:
    return f"{zookeeper}/main-job-{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zk_chroot: str) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("main-job") / "data", zk_chroot) as service:
        yield service


@pytest.fixture
def name() -> str:
    """A table name of this test."""
    return f"t_{uuid.uuid4().hex[:8]}"


def assert_answers(service: Service, name: str, produced: Produced) -> None:
    """Counts, filters and groups are what a loop over the produced rows says."""
    rows = produced.contents()
    cities = Counter(row["city"] for row in rows)
    sums = {city: float(sum(row["number"] for row in rows if row["city"] == city)) for city in cities}
    assert service.count(name) == len(rows)
    assert service.value(f"SELECT COUNT(*) FROM {name} WHERE city = 'Łódź' AND amount > 0") == sum(
        row["city"] == "Łódź" and row["amount"] > 0 for row in rows
    )
    assert service.value(f"SELECT COUNT(*) FROM {name} WHERE number BETWEEN 10 AND 59 AND lane IN (0, 7)") == sum(
        10 <= row["number"] <= 59 and row["lane"] == 0 for row in rows
    )
    assert service.rows(f"SELECT MIN(number), MAX(number) FROM {name}") == [
        [float(min(row["number"] for row in rows)), float(max(row["number"] for row in rows))]
    ]
    assert service.rows(f"SELECT city, COUNT(*), SUM(number) FROM {name} GROUP BY city ORDER BY city LIMIT 100") == [
        [city, cities[city], sums[city]] for city in sorted(cities)
    ]
    assert_exactly(service, name, produced)


def test_rows_are_answered_before_anything_is_sealed(service: Service, kafka: KafkaBroker, name: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    produced.send(600)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap))
    service.wait_for_count(name, 600)
    assert_answers(service, name, produced)
    assert service.sealed(name) == {}


def test_both_ports_answer_the_same(service: Service, kafka: KafkaBroker, name: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(10)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap))
    service.wait_for_count(name, 10)
    ask = {"sql": f"SELECT COUNT(*) FROM {name}"}
    for address in (service.http, service.broker):
        for path in ("/query/sql", "/sql"):
            assert service.request("POST", path, ask, at=address).body["resultTable"]["rows"] == [[10]]


@pytest.mark.parametrize(
    ("stream", "sealed_rows"),
    [
        ({"flush_rows": 400}, lambda rows: rows == [400, 400]),
        ({"flush_time": "2s"}, lambda rows: sum(rows) == 1000),
        ({"flush_size": "1M", "initial_rows": 400}, lambda rows: rows == [400]),
    ],
    ids=["rows", "time", "size"],
)
def test_answers_are_the_same_before_and_after_a_seal(
    stream: dict[str, Any],
    sealed_rows: Callable[[list[int]], bool],
    service: Service,
    kafka: KafkaBroker,
    name: str,
    zk_chroot: str,
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap, **stream))
    for _ in range(4):
        produced.send(250)
        wait_for_all(service, name, produced)
    assert_answers(service, name, produced)

    def rows() -> list[int]:
        return [int(sealed["segment.total.docs"]) for _, sealed in sorted(service.sealed(name).items())]

    wait_until(lambda: sealed_rows(rows()), f"{name} is sealed by {stream}")
    assert_answers(service, name, produced)
    assert_sound(zk_chroot, name, service.data_dir)


def test_a_sealed_segment_is_parquet_that_anything_reads(service: Service, kafka: KafkaBroker, name: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(500)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap, flush_rows=500))
    (segment,) = wait_until(lambda: service.sealed(name), "a segment is sealed")
    said = service.succeed("GET", f"/segments/{name}/{segment}/metadata")
    path = Path(said["crushpad.path"])

    facts = json.loads(pq.read_metadata(path).metadata[b"crushpad"])
    assert facts | {"name": segment, "table": f"{name}_REALTIME", "topic": produced.topic} == facts
    assert (facts["start"], facts["end"], facts["rows"], facts["partition"]) == (0, 500, 500, 0)
    hashes = [row["hash"] for row in produced.contents()]
    assert sorted(pq.read_table(path).column("hash").to_pylist()) == sorted(hashes)

    asked = f"""SELECT "$partition", "$offset", "$ordinal", hash FROM read_parquet('{path}')"""
    assert Counter(duckdb.connect().execute(asked).fetchall()) == produced.rows


def test_a_restart_keeps_every_answer_and_reads_nothing_again(service: Service, kafka: KafkaBroker, name: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    produced.send(2500)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap, flush_rows=400))
    service.wait_for_count(name, 2500)
    for end in (service.stop, service.kill):
        end()
        service.start()
        assert_answers(service, name, produced)
        service.wait_for_state(name, "CONSUMING", partitions=2)
        assert records_read(service) == 0
    produced.send(100)
    wait_for_all(service, name, produced)
    wait_until(lambda: records_read(service) == 100, "only the new records were read")


def records_read(service: Service) -> int:
    """Records that the running workers have taken from Kafka since they started."""
    statuses = read_statuses(service.data_dir / "status", time.time_ns() // 1_000_000)
    return sum(status.counters.get("records", 0) for status in statuses)


def test_a_table_created_again_is_another_one(service: Service, kafka: KafkaBroker, name: str, zk_chroot: str) -> None:
    old, new = (Produced.on_new_topic(kafka.bootstrap, seed=seed) for seed in (1, 2))
    old.send(1000)
    new.send(300)
    service.upload(schema(name), table(name, old.topic, kafka.bootstrap, flush_rows=400))
    service.wait_for_count(name, 1000)
    wait_until(lambda: len(service.sealed(name)) == 2, "two segments are sealed")
    incarnation = incarnation_of(zk_chroot, name)

    service.succeed("DELETE", f"/tables/{name}")
    service.succeed("POST", "/tables", table(name, new.topic, kafka.bootstrap, flush_rows=200))
    wait_until(lambda: counted(service, name) == 300, "only the rows of the new table are there")
    assert_answers(service, name, new)
    assert incarnation_of(zk_chroot, name) != incarnation
    wait_until(lambda: not files_of(service, incarnation), "the old table's files are gone")
    assert_answers(service, name, new)
    assert_sound(zk_chroot, name, service.data_dir)


def counted(service: Service, name: str) -> int | None:
    """None while the table cannot be asked."""
    try:
        return service.count(name)
    except QueryFailed:
        return None


def files_of(service: Service, incarnation: str) -> list[Path]:
    """What is left of an incarnation, but for what was moved to `deleted`."""
    folders = (service.data_dir / folder / incarnation for folder in ("segments", "consuming"))
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.name != "lock"]


def test_a_deleted_table_is_unknown(service: Service, kafka: KafkaBroker, name: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(10)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap))
    service.wait_for_count(name, 10)
    assert service.request("DELETE", f"/schemas/{name}").status == 409
    service.succeed("DELETE", f"/tables/{name}")
    wait_until(lambda: service.answer(f"SELECT COUNT(*) FROM {name}")["exceptions"], "the table is unknown")
    assert service.error_of(f"SELECT COUNT(*) FROM {name}")["errorCode"] == 190
    assert service.get(f"/tables/{name}").status == 404
    assert name not in service.get("/tables").body["tables"]
    service.succeed("DELETE", f"/schemas/{name}")


def test_a_changed_flush_threshold_seals_and_holds_from_then_on(
    service: Service, kafka: KafkaBroker, name: str, zk_chroot: str
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(250)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap))
    service.wait_for_count(name, 250)
    service.succeed("PUT", f"/tables/{name}", table(name, produced.topic, kafka.bootstrap, flush_rows=100))
    wait_until(lambda: len(service.sealed(name)) == 1, "the change seals what was consumed before it")
    produced.send(200)
    wait_until(lambda: len(service.sealed(name)) == 3, "the new threshold holds")
    (chain,) = assert_sound(zk_chroot, name, service.data_dir)
    assert [(step["rows"], step["config_version"]) for step in chain.steps] == [(250, 1), (100, 2), (100, 2)]
    assert_answers(service, name, produced)


def test_a_column_added_later_has_its_default_in_older_rows(service: Service, kafka: KafkaBroker, name: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(150)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap, flush_rows=100))
    service.wait_for_count(name, 150)
    country = {"name": "country", "dataType": "STRING", "defaultNullValue": "nowhere"}
    service.succeed("PUT", f"/schemas/{name}", schema(name, [country]))
    wait_until(lambda: len(service.sealed(name)) == 2, "the rows of the old schema are sealed")
    values = (json.dumps({**row, "country": "PE"}).encode() for row in produced.contents()[:30])
    produce(kafka.bootstrap, produced.topic, [(0, None, value, None) for value in values])
    service.wait_for_count(name, 180)
    asked = f"SELECT country, COUNT(*) FROM {name} GROUP BY country ORDER BY country"
    assert service.rows(asked) == [["PE", 30], ["nowhere", 150]]
    assert service.value(f"SELECT COUNT(*) FROM {name} WHERE country <> 'PE'") == 150


def test_partitions_added_to_the_topic_are_picked_up_from_their_first_record(
    service: Service, kafka: KafkaBroker, name: str, zk_chroot: str
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(100)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap, flush_rows=40))
    service.wait_for_count(name, 100)
    add_partitions(kafka.bootstrap, produced.topic, 3)
    produced.partitions = 3
    produced.send(300)
    wait_for_all(service, name, produced)
    assert [chain.partition for chain in assert_sound(zk_chroot, name, service.data_dir)] == [0, 1, 2]


def instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("offset", "first"),
    [
        (lambda now: "smallest", 0),
        (lambda now: "largest", 30),
        (lambda now: instant(now - DAY_MS), 10),
        (lambda now: "2d", 10),
        (lambda now: "2h", 20),
    ],
    ids=["smallest", "largest", "timestamp", "period-days", "period-hours"],
)
def test_a_new_table_starts_where_it_is_told_to(
    offset: Callable[[int], str], first: int, service: Service, kafka: KafkaBroker, name: str
) -> None:
    now = time.time_ns() // 1_000_000
    produced = Produced.on_new_topic(kafka.bootstrap)
    for age_ms in (3 * DAY_MS, DAY_MS, HOUR_MS):
        produced.send(10, timestamp_ms=now - age_ms)
    service.upload(schema(name), table(name, produced.topic, kafka.bootstrap, offset=offset(now)))
    service.wait_for_state(name, "CONSUMING")
    produced.send(5)
    service.wait_for_count(name, 35 - first)
    assert service.rows(f'SELECT MIN("$offset"), MAX("$offset") FROM {name}') == [[float(first), 34.0]]


def test_two_tables_read_one_topic_each_for_itself(service: Service, kafka: KafkaBroker, name: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    produced.send(500)
    for each, flush_rows in ((name, 100), (f"{name}_b", 1000)):
        service.upload(schema(each), table(each, produced.topic, kafka.bootstrap, flush_rows=flush_rows))
    for each in (name, f"{name}_b"):
        wait_for_all(service, each, produced)
    service.succeed("DELETE", f"/tables/{name}")
    produced.send(100)
    wait_for_all(service, f"{name}_b", produced)


def test_of_two_uploads_at_once_one_wins(service: Service, kafka: KafkaBroker, name: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    with ThreadPoolExecutor(2) as both:
        for each in (f"{name}_{number}" for number in range(5)):
            service.succeed("POST", "/schemas", schema(each))
            config = table(each, produced.topic, kafka.bootstrap)
            replies = list(both.map(lambda body: service.request("POST", "/tables", body), [config, config]))
            assert sorted(reply.status for reply in replies) == [200, 409], replies
            service.succeed("DELETE", f"/tables/{each}")
