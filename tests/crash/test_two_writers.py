"""Two processes that both believe to own a partition: the frozen one wakes up late and changes nothing (I1, I5)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.commit_chain import assert_sound, chains, incarnation_of
from tests.conftest import KafkaBroker
from tests.crash.lossy_proxy import LossyProxy
from tests.produced import Produced, assert_exactly, schema, table, wait_for_all
from tests.service import Service, frozen, running, wait_until

FLUSH_ROWS = 300


@pytest.fixture
def first(tmp_path: Path, zk_root: str) -> Iterator[Service]:
    with running(tmp_path / "data", zk_root) as service:
        yield service


def writer_folders(service: Service) -> set[str]:
    """One for each writer that has or had a consuming file of the (only) partition."""
    return {path.name for path in (service.data_dir / "consuming").glob("*/*/*") if path.is_dir()}


def sealed_all(service: Service, produced: Produced) -> bool:
    return len(service.sealed("t")) == len(produced) // FLUSH_ROWS


def test_a_frozen_writer_that_wakes_up_changes_nothing(first: Service, kafka: KafkaBroker, zk_root: str) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(2 * FLUSH_ROWS + 100)
    first.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
    wait_for_all(first, "t", produced)
    wait_until(lambda: sealed_all(first, produced), "two segments are sealed")
    writers = writer_folders(first)
    with frozen(first.processes()), running(first.data_dir, zk_root, share_data_dir=True) as second:
        wait_until(lambda: writer_folders(second) - writers, "the second writer has a folder of its own")
        produced.send(FLUSH_ROWS)
        wait_for_all(second, "t", produced)
        wait_until(lambda: sealed_all(second, produced), "the second one commits")
        assert_sound(zk_root, "t", second.data_dir)
        chain = chains(zk_root, incarnation_of(zk_root, "t"))
    wait_for_all(first, "t", produced)
    produced.send(2 * FLUSH_ROWS)
    wait_for_all(first, "t", produced)
    wait_until(lambda: sealed_all(first, produced), "the first one goes on where the second one stopped")
    assert_exactly(first, "t", produced)
    (now,) = assert_sound(zk_root, "t", first.data_dir)
    assert now.steps[: len(chain[0].steps)] == chain[0].steps


def test_two_live_writers_commit_each_row_once(first: Service, kafka: KafkaBroker, zk_root: str) -> None:
    """Both consume and seal the same partition; whoever commits first wins, again and again."""
    produced = Produced.on_new_topic(kafka.bootstrap)
    first.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
    produced.send(10)
    first.wait_for_count("t", 10)
    with running(first.data_dir, zk_root, share_data_dir=True) as second:
        second.wait_for_count("t", 10)
        wait_until(lambda: len(writer_folders(second)) == 2, "both write")
        with produced.flowing():
            for paused in (first, second, first):
                with frozen([paused.ingest_process()]):
                    wait_until(partial(has_commits, zk_root, commits(zk_root) + 2), "the other one commits")
        for service in (first, second):
            wait_for_all(service, "t", produced)
    produced.send(FLUSH_ROWS)
    wait_for_all(first, "t", produced)
    wait_until(lambda: sealed_all(first, produced), "the one that is left seals all")
    assert_exactly(first, "t", produced)
    assert_sound(zk_root, "t", first.data_dir)


def has_commits(zk_root: str, number: int) -> bool:
    return commits(zk_root) >= number


def commits(zk_root: str) -> int:
    (chain,) = chains(zk_root, incarnation_of(zk_root, "t"))
    return len(chain.steps)


def test_a_commit_that_was_frozen_while_its_table_was_created_again_is_refused(
    tmp_path: Path, kafka: KafkaBroker, zookeeper: str, zk_root: str
) -> None:
    """The committer sleeps through the deletion and the new table's own commits: its incarnation is gone (P1, P2)."""
    old, new = (Produced.on_new_topic(kafka.bootstrap, seed=seed) for seed in (1, 2))
    with running(tmp_path / "data", zk_root) as service:
        service.upload(schema("t"), table("t", old.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
        old.send(FLUSH_ROWS + 50)
        wait_for_all(service, "t", old)
        wait_until(lambda: service.sealed("t"), "a segment is sealed")
        dropped = incarnation_of(zk_root, "t")
        old.send(FLUSH_ROWS - 51)
        wait_for_all(service, "t", old)
        with frozen([service.ingest_process()]):
            old.send(FLUSH_ROWS)  # taken in when it wakes up, and enough for a commit
            service.succeed("DELETE", "/tables/t")
            service.succeed("POST", "/tables", table("t", new.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
        new.send(2 * FLUSH_ROWS + 10)
        wait_until(lambda: counted(service) == len(new), "the new table's rows are there")
        wait_until(lambda: sealed_all(service, new), "the new table is sealed")
        assert_exactly(service, "t", new)
        assert chains(zk_root, dropped) == []
        assert_sound(zk_root, "t", service.data_dir)


def test_a_commit_on_its_way_while_its_table_was_created_again_is_refused(
    tmp_path: Path, kafka: KafkaBroker, zookeeper: str, zk_root: str
) -> None:
    """The committer is stopped between its last look and its transaction, by a ZooKeeper that it cannot reach."""
    old, new = (Produced.on_new_topic(kafka.bootstrap, seed=seed) for seed in (1, 2))
    with LossyProxy(zookeeper) as proxy, running(tmp_path / "b", zk_root) as other:
        through = zk_root.replace(zookeeper, proxy.address)
        with running(tmp_path / "a", through) as service:
            service.upload(schema("t"), table("t", old.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
            old.send(FLUSH_ROWS - 1)
            service.wait_for_count("t", len(old))
            dropped = incarnation_of(zk_root, "t")
            lost = proxy.lose_next_multi()
            old.send(2)
            wait_until(lost.is_set, "the transaction is lost on its way")
            with frozen(service.processes()):
                other.succeed("DELETE", "/tables/t")
                other.succeed("POST", "/tables", table("t", new.topic, kafka.bootstrap, flush_rows=FLUSH_ROWS))
                new.send(2 * FLUSH_ROWS)
                wait_until(lambda: sealed_all(other, new), "the new table is sealed elsewhere")
            wait_until(lambda: chains(zk_root, dropped) == [], "nothing of the old incarnation comes back")
            assert_exactly(other, "t", new)
            assert_sound(zk_root, "t", other.data_dir)


def counted(service: Service) -> int | None:
    """None while the table cannot be asked."""
    answer = service.answer("SELECT COUNT(*) FROM t")
    return None if answer["exceptions"] else int(answer["resultTable"]["rows"][0][0])
