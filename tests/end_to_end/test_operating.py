"""A running service says how it is: in words, as metrics, to the doctor and in its log; and the pages' commands work."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from crushpad.metrics import METRICS
from tests.conftest import KafkaBroker
from tests.produced import Produced, schema, table, wait_for_all
from tests.service import Service, running, wait_until

DOCS = Path(__file__).parents[2] / "docs"
FLUSH_ROWS, ROWS = 100, 250
COMMANDS = [
    line.strip()
    for page in ("operating.md", "metrics.md")
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines()
    if re.match(r" {4}(crushpad|curl) ", line)
]


@dataclass(frozen=True)
class World:
    """A service with the table `t`: two sealed segments, fifty consuming rows, one reject."""

    service: Service
    produced: Produced
    brokers: str
    zookeeper: str

    def crushpad(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = {"CRUSHPAD_ENDPOINT": f"http://{self.service.http}", "CRUSHPAD_DISK_RESERVE_MB": "0"}
        return subprocess.run(
            [sys.executable, "-m", "crushpad", *arguments],
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def partition(self) -> dict[str, Any]:
        (partition,) = self.service.get("/tables/t/partitions").body["partitions"]
        return dict(partition)

    def metrics(self) -> dict[str, float]:
        """Values by name, of the one partition or of the host."""
        found = families(self.service.get("/metrics").body)
        return {sample.name: sample.value for family in found for sample in family.samples}

    def lines(self, document: str) -> str:
        """A documented command with the addresses of this world in the place of the page's."""
        places = {
            "kafka1:9092": self.brokers,
            "zk1:2181/crushpad": self.zookeeper,
            "/var/lib/crushpad": str(self.service.data_dir),
            "localhost:9000": self.service.http,
        }
        for said, meant in places.items():
            document = document.replace(said, meant)
        return document


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, kafka: KafkaBroker, zookeeper: str) -> Iterator[World]:
    folder, root = tmp_path_factory.mktemp("operating"), f"{zookeeper}/operating-{os.getpid()}"
    produced = Produced.on_new_topic(kafka.bootstrap)
    with running(folder / "data", root) as service:
        service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
        produced.send(ROWS)
        wait_for_all(service, "t", produced)
        wait_until(lambda: len(service.sealed("t")) == ROWS // FLUSH_ROWS, "the full segments are sealed")
        made = World(service, produced, kafka.bootstrap, root)
        wait_until(lambda: made.partition()["lagSeconds"] == 0, "the worker has reported that it is caught up")
        yield made


def test_a_partition_says_where_it_is_and_what_it_waits_for(world: World):
    partition = world.partition()

    assert (partition["state"], partition["reason"], partition["owner"]) == ("CONSUMING", None, "ingest-0")
    assert (partition["currentOffset"], partition["upstreamOffset"], partition["lagRows"]) == (ROWS, ROWS, 0)
    assert (partition["committedOffset"], partition["consumingRows"]) == (200, 50)
    assert re.fullmatch(r"50 of 100 rows, or in \d+ min( \d+ s)?", partition["flushWaitsFor"])
    assert partition["lastSegment"] in world.service.sealed("t")


def test_a_table_is_healthy_for_people_and_for_pinots_clients(world: World):
    listed = world.crushpad("table", "status", "--output", "json")

    assert world.service.get("/tables/t/status?type=realtime").body["ingestionStatus"] == {
        "ingestionState": "HEALTHY",
        "errorMessage": "",
    }
    (status,) = json.loads(listed.stdout)
    assert (status["state"], status["segmentRows"], status["consumingRows"]) == ("HEALTHY", 200, 50)


def test_the_scrape_has_the_whole_list_and_counts_what_was_produced(world: World):
    world.service.count("t")

    wait_until(lambda: world.metrics()["crushpad_commits_total"] == 2, "the worker has reported both commits")
    found = world.metrics()

    assert found.keys() == {name for metric in METRICS for name in metric.samples}
    assert found["crushpad_records_consumed_total"] == found["crushpad_rows_decoded_total"] == ROWS
    assert found["crushpad_consumed_bytes_total"] > ROWS
    assert (found["crushpad_commits_total"], found["crushpad_segment_rows"]) == (2, 200)
    assert found["crushpad_commit_seconds_total"] > 0
    assert (found["crushpad_partition_consuming"], found["crushpad_lag_seconds"]) == (1, 0)
    assert found["crushpad_ingest_workers_reporting"] == found["crushpad_zookeeper_connected"] == 1
    assert found["crushpad_query_duration_seconds_count"] > 0


def test_each_commit_is_one_line_of_the_log(world: World):
    lines = world.service.logged("segment committed", table="t_REALTIME", partition=0)

    assert [(line["start"], line["end"], line["rows"]) for line in lines] == [(0, 100, 100), (100, 200, 100)]
    assert all(line["segment"].startswith("t__0__") for line in lines)
    assert all(line["bytes"] > 0 and line["milliseconds"] >= 0 for line in lines)


def test_the_doctor_finds_a_running_service_well(world: World):
    examined = world.crushpad(
        "doctor", "--data-dir", str(world.service.data_dir), "--zookeeper", world.zookeeper, "-o", "json"
    )

    found = {each["check"]: each for each in json.loads(examined.stdout)}
    assert examined.returncode == 0, examined.stdout
    assert world.brokers in found["kafka"]["finding"]
    assert (found["zookeeper"]["level"], found["clock"]["level"]) == ("ok", "ok")
    assert (found["service"]["finding"], found["partitions"]["finding"]) == ("1 ingest workers report", "all 1 consume")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_pages_does_what_it_says(world: World, command: str):
    program, *arguments = shlex.split(world.lines(command))

    if program == "curl":
        assert world.service.get(arguments[-1].partition(world.service.http)[2]).status == 200
        return
    done = world.crushpad(*arguments)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout


def test_a_paused_table_says_so_everywhere(world: World):
    world.service.request("POST", "/tables/t/pauseConsumption")
    wait_until(lambda: world.partition()["state"] == "PAUSED", "the pause is seen")
    world.produced.send(7)
    wait_until(lambda: world.partition()["lagRows"] == 7, "what comes meanwhile is lag, although nothing is read")
    wait_until(lambda: (world.partition()["lagSeconds"] or 0) > 0, "and it gets older")

    found, listed = world.metrics(), world.crushpad("partition", "list", "t")

    assert "resumeConsumption" in world.partition()["reason"]
    assert "resumeConsumption" in listed.stdout
    assert (found["crushpad_partition_paused"], found["crushpad_partition_consuming"]) == (1, 0)
    assert world.service.get("/tables/t/status").body["ingestionStatus"]["ingestionState"] == "UNHEALTHY"
    world.service.request("POST", "/tables/t/resumeConsumption")
    wait_until(lambda: world.partition()["state"] == "CONSUMING", "rows flow again")
