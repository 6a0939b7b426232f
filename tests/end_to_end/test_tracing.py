"""The way of single records and the ledger of whole tables, on a real service: every fate, and every damage, in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from kazoo.client import KazooClient

from tests.conftest import KafkaBroker
from tests.documented_commands import REPOSITORY, Finished, run_page
from tests.kafka_topics import create_topic, delete_topic, fresh_name, produce
from tests.service import Service, running, wait_until

Json = dict[str, Any]
SECRET = "hidden-in-the-environment"
ROW = b'{"city": "Oslo", "amount": 1}'
EXPRESSION = "upper(city)"

SCHEMA = {
    "schemaName": "clicks",
    "dimensionFieldSpecs": [{"name": "city", "dataType": "STRING"}, {"name": "loud", "dataType": "STRING"}],
    "metricFieldSpecs": [{"name": "amount", "dataType": "DOUBLE"}],
    "dateTimeFieldSpecs": [
        {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
    ],
}


def table_config(topic: str, brokers: str, flush_rows: int) -> Json:
    stream = {
        "streamType": "kafka",
        "stream.kafka.topic.name": topic,
        "stream.kafka.broker.list": brokers,
        "stream.kafka.isolation.level": "read_committed",
        "stream.kafka.consumer.prop.auto.offset.reset": "smallest",
        "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder",
        "realtime.segment.flush.threshold.rows": "0",
        "realtime.segment.flush.threshold.segment.rows": str(flush_rows),
    }
    return {
        "tableName": "clicks",
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": "ts", "replication": "1"},
        "tenants": {},
        "tableIndexConfig": {"loadMode": "MMAP"},
        "ingestionConfig": {
            "filterConfig": {"filterFunction": "city = '${FORBIDDEN}' OR amount < 0"},
            "transformConfigs": [{"columnName": "loud", "transformFunction": EXPRESSION}],
            "streamIngestionConfig": {"streamConfigMaps": [stream]},
        },
        "metadata": {},
    }


class House:
    """A service with a table, and the command line against it."""

    def __init__(self, service: Service, brokers: str, topic: str) -> None:
        self.service, self.brokers, self.topic = service, brokers, topic

    def crushpad(self, *arguments: str) -> Finished:
        return subprocess.run(
            [sys.executable, "-m", "crushpad", *arguments, "--endpoint", f"http://{self.service.http}"],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def trace(self, offset: int) -> Json:
        """What the route says; nothing secret is in it."""
        found: Json = self.service.succeed("GET", f"/tables/clicks/trace?partition=0&offset={offset}")
        assert SECRET not in str(found)
        return found

    def traces(self, *offsets: int) -> list[Json]:
        """Two at once: each is answered by a process of its own."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self.trace, offsets))

    def ledger(self, *options: str) -> tuple[int, Json, str]:
        finished = self.crushpad("ledger", "verify", "clicks", *options, "--output", "json")
        found: Json = json.loads(finished.stdout)
        return finished.returncode, found, finished.stderr

    def send(self, *values: bytes | None) -> None:
        produce(self.brokers, self.topic, [(0, b"key", value, None) for value in values])

    def delete_before(self, offset: int) -> None:
        """As retention does."""
        place = TopicPartition(self.topic, 0, offset)
        admin = AdminClient({"bootstrap.servers": self.brokers})
        admin.delete_records([place])[place].result(30)

    def read_up_to(self, offset: int) -> None:
        def reached() -> bool:
            return any(one["partitionToOffsetMap"] == {"0": str(offset)} for one in self.service.consumers("clicks"))

        wait_until(reached, f"offset {offset} is next")


def transact(brokers: str, topic: str, value: bytes, *, commit: bool) -> None:
    """One record and the marker of its transaction."""
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": fresh_name("transaction")})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, value, partition=0)
    producer.flush(30)
    if commit:
        producer.commit_transaction(30)
    else:
        producer.abort_transaction(30)


@pytest.fixture
def opened(
    tmp_path: Path, zk_root: str, kafka: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], House]]:
    """A house whose table seals after so many rows."""
    monkeypatch.setenv("FORBIDDEN", SECRET)
    topic = fresh_name("clicks")
    create_topic(kafka.bootstrap, topic)
    with running(tmp_path / "data", zk_root) as service:

        def made(flush_rows: int) -> House:
            service.upload(SCHEMA, table_config(topic, kafka.bootstrap, flush_rows))
            return House(service, kafka.bootstrap, topic)

        yield made


def test_every_fate_of_a_record_is_told_apart(opened: Callable[[int], House], tmp_path: Path) -> None:
    house = opened(2)
    house.send(b'{"city": "Rom", "amount": 1}', b'{"city": "Ulm", "amount": -1}', None, b'{"amount": "many"}')
    house.send(b'{"city": "Bern", "loud": "own"}')
    house.service.wait_for_count("clicks", 2)
    wait_until(lambda: house.service.sealed("clicks"), "two rows are sealed")
    transact(house.brokers, house.topic, ROW, commit=False)
    transact(house.brokers, house.topic, ROW, commit=True)
    house.read_up_to(9)

    good, filtered, tombstone, rejected, own, aborted, marker, consuming, beyond = house.traces(
        0, 1, 2, 3, 4, 5, 6, 7, 9
    )

    # a good record, from Kafka to its segment
    assert (good["fate"], good["record"]["key"], good["record"]["value"]) == (
        "visible", "key", '{"city": "Rom", "amount": 1}'
    )  # fmt: skip
    assert good["trial"]["decoded"] == [{"city": "Rom", "loud": None, "amount": 1.0, "ts": None}]
    assert good["trial"]["transforms"] == [{"column": "loud", "expression": EXPRESSION, "did": "filled"}]
    assert [(row["loud"], row["$offset"]) for row in good["rows"]] == [("ROM", 0)]
    assert good["trial"]["rows"] == good["rows"]
    assert good["segment"]["state"] == "committed"
    assert good["segment"]["name"] in house.service.sealed("clicks")
    assert good["segment"]["visibleNotBefore"] <= good["segment"]["visibleNotAfter"] == good["segment"]["committed"]
    assert good["segment"]["start"] <= 0 < good["segment"]["end"]
    assert own["trial"]["transforms"][0]["did"] == "kept"
    assert own["rows"][0]["loud"] == "own"
    # what is no row
    assert (filtered["fate"], filtered["rows"]) == ("filtered", [])
    assert filtered["trial"]["filteredBy"] == "city = '${FORBIDDEN}' OR amount < 0"
    assert (tombstone["fate"], tombstone["record"]["value"]) == ("tombstone", None)
    assert (rejected["fate"], rejected["reject"]["field"]) == ("rejected", "$.amount")
    assert "many" in rejected["reject"]["reason"]
    assert rejected["reject"]["reason"] in rejected["sentence"]
    assert "rejects replay" in rejected["advice"]
    # what is no record
    assert (aborted["fate"], "aborted" in aborted["sentence"]) == ("hole", True)
    assert (marker["fate"], "the next record is at 7" in marker["sentence"]) == ("hole", True)
    # what is not committed, and what is not there
    assert (consuming["fate"], consuming["segment"]["state"]) == ("visible", "consuming")
    assert consuming["segment"]["committed"] is None
    assert (beyond["fate"], beyond["record"]) == ("beyond-the-end", None)
    assert "ends at 9" in beyond["sentence"]

    assert_exit_codes(house)
    assert_the_ledger_counts_all_of_it(house)
    assert_pages_commands_run(house, tmp_path)
    assert_a_replayed_record_is_visible(house)
    assert_lost_records_are_told_before_and_after_their_gap_is_accepted(house)


def assert_exit_codes(house: House) -> None:
    ended = {
        ("trace", "clicks", "0", "99"): (3, "ends at 9"),
        ("trace", "clicks", "5", "0"): (3, "no partition 5; it has 0"),
        ("ledger", "verify", "nosuch"): (3, "nosuch"),
        ("ledger", "verify", "clicks", "--partition", "5"): (3, "no partition 5; it has 0"),
    }
    for arguments, (code, said) in ended.items():
        finished = house.crushpad(*arguments)
        assert (finished.returncode, said in finished.stderr) == (code, True), finished
        assert "Traceback" not in finished.stderr


def assert_the_ledger_counts_all_of_it(house: House) -> None:
    code, found, said = house.ledger("--deep")
    assert (code, found["holds"]) == (0, True), said
    (proof,) = found["partitions"]
    assert (proof["start"], proof["visibleEnd"], proof["rows"], proof["rejects"]) == (0, 9, 3, 1)
    assert all(check["looked"] and check["holds"] for check in proof["checks"])
    kinds = ("records", "rows", "rejects", "tombstones", "filtered")
    assert [sum(each[kind] for each in proof["compared"]) for kind in kinds] == [6, 3, 1, 1, 1]


def assert_pages_commands_run(house: House, folder: Path) -> None:
    words = {"peek clicks": f"peek {house.topic} --brokers {house.brokers}"}
    ended = list(run_page("tracing.md", folder, words, f"--endpoint http://{house.service.http}"))
    assert [(line, each.stderr) for line, each in ended if each.returncode] == []
    outcomes = [json.loads(line) for line in ended[3][1].stdout.splitlines()]
    assert [each["outcome"] for each in outcomes] == ["row", "filtered", "tombstone", "rejected", "row", "row"]
    assert "rejected" in ended[2][1].stdout
    (not_looked,) = [line.split() for line in ended[4][1].stdout.splitlines() if "not looked" in line]
    assert not_looked[:3] == ["0", "I1", "records"]
    assert "3 rows, 1 rejects" in ended[4][1].stderr


def assert_a_replayed_record_is_visible(house: House) -> None:
    service = house.service
    mended = table_config(house.topic, house.brokers, 2)
    mended["ingestionConfig"]["continueOnError"] = True
    service.succeed("PUT", "/tables/clicks", mended)
    wait_until(lambda: len(service.sealed("clicks")) == 2, "what was read by the old config is committed")
    service.succeed("POST", "/tables/clicks/rejects/replay")
    service.wait_for_count("clicks", 4)

    replayed = house.trace(3)

    assert (replayed["fate"], replayed["rows"][0]["$offset"]) == ("visible", 3)
    assert replayed["reject"]["replay"] in replayed["sentence"]
    assert replayed["trial"]["badFieldsBecameNull"] is True
    code, found, said = house.ledger("--deep")
    assert (code, found["partitions"][0]["replayed"]) == (0, 1), said


def assert_lost_records_are_told_before_and_after_their_gap_is_accepted(house: House) -> None:
    service = house.service
    service.succeed("POST", "/tables/clicks/pauseConsumption")
    wait_until(lambda: not service.get("/tables/clicks/pauseStatus").body["consumingSegments"], "nothing is read")
    house.send(ROW, ROW)
    assert house.trace(9)["fate"] == "not-yet-read"

    house.delete_before(10)

    lost, good, passed = house.traces(9, 0, 1)
    assert (lost["fate"], "Kafka begins at 10" in lost["sentence"]) == ("lost", True)
    assert (good["fate"], good["record"], good["rows"][0]["loud"]) == ("visible", None, "ROM")
    assert (passed["fate"], "it begins at 10 now" in passed["sentence"]) == ("no-row", True)
    code, _, said = house.ledger()
    assert (code, "records-lost" in said) == (6, True)

    service.succeed("POST", "/tables/clicks/resumeConsumption?consumeFrom=smallest&comment=retention+was+too+short")
    house.read_up_to(11)

    gap = house.trace(9)
    assert (gap["fate"], gap["gap"]["start"], gap["gap"]["end"]) == ("lost", 9, 10)
    assert "retention was too short" in gap["sentence"]
    assert gap["gap"]["who"]
    code, found, said = house.ledger("--deep")
    assert (code, [each["end"] for each in found["partitions"][0]["gaps"]]) == (0, [10]), said


def test_damage_to_files_and_steps_is_found_and_named(
    opened: Callable[[int], House], zk_root: str, tmp_path: Path
) -> None:
    house = opened(2)
    house.send(*[ROW] * 8)
    wait_until(lambda: len(house.service.sealed("clicks")) == 4, "four segments are sealed")
    house.read_up_to(8)
    assert house.ledger("--deep")[0] == 0
    first, second = sorted((tmp_path / "data" / "segments").rglob("*.parquet"))[:2]

    whole = first.read_bytes()
    os.chmod(first, 0o600)
    first.write_bytes(whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
    code, _, said = house.ledger("--deep")
    assert (code, "digest-differs" in said) == (6, True), said
    first.write_bytes(second.read_bytes())
    code, _, said = house.ledger()
    assert (code, "file-differs" in said) == (6, True), said
    first.unlink()
    code, _, said = house.ledger()
    assert (code, "file-missing" in said) == (6, True), said
    first.write_bytes(whole)
    assert house.ledger("--deep")[0] == 0

    delete_step(zk_root, 1)
    code, found, said = house.ledger()
    assert (code, "step-missing" in said) == (6, True), said
    (chain,) = [check for check in found["partitions"][0]["checks"] if check["check"] == "chain"]
    assert [violation["sequence"] for violation in chain["violations"]] == [1]


def delete_step(zk_root: str, sequence: int) -> None:
    client = KazooClient(zk_root)
    client.start()
    (incarnation,) = client.get_children("/partitions")
    client.delete(f"/partitions/{incarnation}/0/{sequence:010d}")
    client.stop()
    client.close()


def test_a_trace_and_a_ledger_without_kafka_say_what_is_known(opened: Callable[[int], House], tmp_path: Path) -> None:
    house = opened(1000)
    house.send(ROW)
    house.service.wait_for_count("clicks", 1)
    delete_topic(house.brokers, house.topic)

    found = house.trace(0)

    assert (found["fate"], found["record"]) == ("visible", None)
    assert house.topic in found["kafka"]["trouble"]
    assert found["rows"][0]["loud"] == "OSLO"
    code, ledger, said = house.ledger("--deep")
    assert (code, ledger["holds"]) == (1, True)
    assert house.topic in said
