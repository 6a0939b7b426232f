"""The ingest process kills itself at every named crash point while rows flow; afterwards every row is there once.

Kafka, ZooKeeper, the processes and the files are real. Invariants I1 (exactly one), I2 (nothing missing), I3 (durable
before visible), I4 (restart equality).
"""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.machine import Action
from tests.commit_chain import assert_sound
from tests.conftest import KafkaBroker
from tests.crash.lossy_proxy import LossyProxy
from tests.produced import Produced, assert_exactly, schema, table, wait_for_all
from tests.service import Service, running, wait_until

FLUSH_ROWS = 500
ROWS_BEFORE = 2 * FLUSH_ROWS + 100
ROWS_AFTER = FLUSH_ROWS
KILLS = 10

PERFORMED = [action.name.lower() for action in Action if action is not Action.FETCH]
"""What `perform` does. Fetched records come without being asked for: their point is `append`."""
ASKED_FOR = {"pause": "pauseConsumption", "grant": "forceCommit", "skip": "resumeConsumption?consumeFrom=largest"}
"""What is performed only when a person asks, by the route that asks for it."""
CALM = [name for name in PERFORMED if name not in {"unassign", "resolve", "probe", *ASKED_FOR}]


def points(names: list[str]) -> list[str]:
    return [f"{when} {name}" for name in names for when in ("before", "after")]


@pytest.fixture
def service(tmp_path: Path, zk_root: str) -> Iterator[Service]:
    service = Service(tmp_path / "data", zk_root)
    yield service
    service.kill()


def ingest_was_killed(service: Service) -> bool:
    ended = service.logged("process ended", status=-signal.SIGKILL)
    return any("ingest" in record["child"] for record in ended)


def assert_recovers(service: Service, produced: Produced, zk_root: str) -> None:
    """Start without the crash: what was there is there once, and what comes is sealed."""
    service.zookeeper = zk_root
    service.start()
    wait_for_all(service, "t", produced)
    sealed = len(service.sealed("t"))
    produced.send(ROWS_AFTER)
    wait_for_all(service, "t", produced)
    wait_until(lambda: len(service.sealed("t")) > sealed, "the next segment is committed")
    assert_exactly(service, "t", produced)
    assert_sound(zk_root, "t", service.data_dir)


@pytest.mark.parametrize("point", points([*CALM, "append"]))
def test_a_crash_of_ingestion_loses_and_doubles_nothing(
    point: str, service: Service, kafka: KafkaBroker, zk_root: str
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(ROWS_BEFORE)
    service.start(crash_at=point)
    service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
    with produced.flowing():
        wait_until(lambda: ingest_was_killed(service), f"ingestion kills itself {point}")
    service.kill()
    assert_recovers(service, produced, zk_root)


@pytest.mark.parametrize("point", points(["unassign"]))
def test_a_crash_while_ingestion_is_held_back_loses_and_doubles_nothing(
    point: str, service: Service, kafka: KafkaBroker, zk_root: str
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(ROWS_BEFORE)
    service.start(crash_at=point, disk_reserve_mb=2**40)
    service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
    wait_until(lambda: ingest_was_killed(service), f"ingestion kills itself {point}")
    service.kill()
    assert_recovers(service, produced, zk_root)


def test_a_crash_while_a_person_is_obeyed_does_not_forget_what_was_asked(
    service: Service, kafka: KafkaBroker, zk_root: str
) -> None:
    """One point of each for real, on one table; `test_partition_machine.py` tries the others in memory."""
    produced = Produced.on_new_topic(kafka.bootstrap)
    for when, name in (("after", "pause"), ("before", "grant"), ("after", "skip")):
        produced.send(100)
        service.start(crash_at=f"{when} {name}")
        if name == "pause":
            service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
        service.wait_for_count("t", len(produced))
        service.succeed("POST", f"/tables/t/{ASKED_FOR[name]}")
        wait_until(lambda: ingest_was_killed(service), f"ingestion kills itself {when} {name}")
        service.kill()
        service.start()
        wait_until(lambda: watermark(service) == len(produced), "everything is committed, as was asked")
        service.succeed("POST", "/tables/t/resumeConsumption")
        service.kill()
    assert_recovers(service, produced, zk_root)


def watermark(service: Service) -> int:
    """Where the next segment of the one partition starts."""
    reply = service.get("/tables/t/consumerWatermarks")
    return sum(each["offset"] for each in reply.body["watermarks"]) if reply.status == 200 else 0


@pytest.mark.parametrize("point", points(["resolve"]))
def test_a_crash_while_a_commit_is_in_doubt_loses_and_doubles_nothing(
    point: str, service: Service, kafka: KafkaBroker, zookeeper: str, zk_root: str
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(FLUSH_ROWS - 1)
    with LossyProxy(zookeeper) as proxy:
        service.zookeeper = zk_root.replace(zookeeper, proxy.address)
        service.start(crash_at=point)
        service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
        service.wait_for_count("t", len(produced))
        lost = proxy.lose_answer_of_next_multi()
        produced.send(ROWS_BEFORE)
        wait_until(lost.is_set, "the answer to a commit is lost")
        wait_until(lambda: ingest_was_killed(service), f"ingestion kills itself {point}")
        service.kill()
    assert_recovers(service, produced, zk_root)


def test_kills_of_all_processes_at_any_moment_lose_and_double_nothing(
    tmp_path: Path, zk_root: str, kafka: KafkaBroker
) -> None:
    """The moments are drawn from a seed: in the start, before and after the service is ready, within commits."""
    draw = random.Random(20_240_611)
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    with running(tmp_path / "data", zk_root) as service:
        service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
        with produced.flowing():
            for _ in range(KILLS):
                threading.Event().wait(draw.uniform(0, 1.5))
                service.kill()
                service.start(ready=draw.random() < 0.5)
        wait_for_all(service, "t", produced)
        assert len(assert_sound(zk_root, "t", service.data_dir)) == 2
