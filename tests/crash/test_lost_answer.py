"""A commit whose answer is lost, between the real service and the real ZooKeeper: exactly once afterwards (P11, I1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.commit_chain import assert_sound
from tests.conftest import KafkaBroker
from tests.crash.lossy_proxy import LossyProxy
from tests.produced import Produced, schema, table, wait_for_all
from tests.service import Service, running, wait_until

FLUSH_ROWS = 200


@pytest.fixture
def proxy(zookeeper: str) -> Iterator[LossyProxy]:
    with LossyProxy(zookeeper) as proxy:
        yield proxy


@pytest.fixture
def service(tmp_path: Path, proxy: LossyProxy, zookeeper: str, zk_root: str) -> Iterator[Service]:
    """A service that speaks to ZooKeeper through the proxy."""
    with running(tmp_path / "data", zk_root.replace(zookeeper, proxy.address)) as service:
        yield service


def test_commits_in_doubt_are_settled_without_loss_or_repetition(
    service: Service, proxy: LossyProxy, kafka: KafkaBroker, zk_root: str
) -> None:
    """Answers and whole requests are lost in turn, while rows flow and other commits go on."""
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
    produced.send(10)
    service.wait_for_count("t", 10)
    faults: list[Callable[[], Event]] = [proxy.lose_answer_of_next_multi, proxy.lose_next_multi]
    for fault in faults * 2:
        happened = fault()
        produced.send(2 * FLUSH_ROWS)
        wait_until(happened.is_set, "a commit is lost")
        wait_for_all(service, "t", produced)
    wait_until(
        lambda: len(service.sealed("t")) == 2 * (len(produced) // 2 // FLUSH_ROWS), "all full segments are sealed"
    )
    wait_for_all(service, "t", produced)
    assert_sound(zk_root, "t", service.data_dir)
    assert files_in_store(service.data_dir) == uris(zk_root, service.data_dir), (
        "a commit was repeated with another file"
    )


def test_a_commit_in_doubt_at_a_kill_is_settled_by_the_next_process(
    service: Service, proxy: LossyProxy, kafka: KafkaBroker, zk_root: str
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
    produced.send(FLUSH_ROWS - 1)
    service.wait_for_count("t", len(produced))
    lost = proxy.lose_answer_of_next_multi()
    produced.send(2)
    wait_until(lost.is_set, "the answer to a commit is lost")
    service.kill()
    service.start()
    produced.send(FLUSH_ROWS)
    wait_for_all(service, "t", produced)
    wait_until(lambda: len(service.sealed("t")) == 2, "the next segment is sealed")
    wait_for_all(service, "t", produced)
    assert_sound(zk_root, "t", service.data_dir)


def files_in_store(data_dir: Path) -> set[str]:
    """Keys of every segment, also of those that were swept."""
    root = data_dir / "segments"
    return {path.relative_to(root).as_posix() for path in root.rglob("*.parquet")}


def uris(zk_root: str, data_dir: Path) -> set[str]:
    return {step["uri"] for chain in assert_sound(zk_root, "t", data_dir) for step in chain.steps}
