"""Kafka away, ZooKeeper away, no room on the disk: queries go on, the reason is said, ingestion resumes by itself."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from crushpad.managed.kafka import start_kafka
from crushpad.managed.server import RunningServer
from crushpad.managed.zookeeper import start_zookeeper
from tests.commit_chain import assert_sound
from tests.conftest import KafkaBroker
from tests.produced import Produced, assert_exactly, schema, table, wait_for_all
from tests.service import Service, frozen, running, wait_until

FLUSH_ROWS = 300
MB = 1 << 20


class Restartable:
    """A server of our own that can be ended and started again on its data and port."""

    def __init__(self, start: Callable[[Path], RunningServer], data_dir: Path) -> None:
        self._start, self._data_dir = start, data_dir
        self._server = start(data_dir)
        self.address = self._server.address

    def kill(self) -> None:
        self._server.child.kill()

    def start(self) -> None:
        self._server = self._start(self._data_dir)
        assert self._server.address == self.address

    def process(self) -> psutil.Process:
        return psutil.Process(self._server.child.pid)


@contextmanager
def restartable(start: Callable[[Path], RunningServer], data_dir: Path) -> Iterator[Restartable]:
    server = Restartable(start, data_dir)
    try:
        yield server
    finally:
        server.kill()


def says_why(service: Service, words: str) -> list[str]:
    """What partitions say while they do not get on, if these words are in it."""
    return [each["reason"] for each in service.consumers("t") if words in (each["reason"] or "")]


def wait_for_reason(service: Service, words: str) -> None:
    """Until a partition says these words; the failure shows what the partitions say instead."""
    try:
        wait_until(lambda: says_why(service, words), f"{words!r} is said")
    except AssertionError as error:
        partitions, log = service.consumers("t"), service.log_text()
        raise AssertionError(f"{error}; the partitions: {partitions}; the log:\n{log}") from error


def started(service: Service, produced: Produced, brokers: str) -> None:
    """The table `t` with a sealed segment and consuming rows."""
    service.upload(schema("t"), table("t", produced.topic, brokers, flush_rows=FLUSH_ROWS))
    produced.send(FLUSH_ROWS + 100)
    wait_for_all(service, "t", produced)
    wait_until(lambda: service.sealed("t"), "a segment is sealed")


def sealed_rows(service: Service) -> int:
    return sum(int(segment["segment.total.docs"]) for segment in service.sealed("t").values())


def assert_goes_on(service: Service, produced: Produced, zk_root: str) -> None:
    produced.send(2 * FLUSH_ROWS)
    wait_for_all(service, "t", produced)
    wait_until(lambda: len(produced) - sealed_rows(service) < FLUSH_ROWS, "what fills a segment is sealed")
    assert_exactly(service, "t", produced)
    assert_sound(zk_root, "t", service.data_dir)


def test_kafka_goes_away_and_comes_back(tmp_path: Path, zk_root: str) -> None:
    with (
        restartable(start_kafka, tmp_path / "kafka") as kafka,
        running(tmp_path / "data", zk_root) as service,
    ):
        produced = Produced.on_new_topic(kafka.address)
        started(service, produced, kafka.address)
        kafka.kill()
        wait_for_reason(service, "Kafka is away")
        (partition,) = service.get("/tables/t/partitions").body["partitions"]
        assert "crushpad doctor --brokers" in partition["reason"]
        assert (partition["upstreamOffset"], partition["lagSeconds"]) == (None, None), "what is not known is not told"
        assert_exactly(service, "t", produced)
        service.restart()
        assert_exactly(service, "t", produced)
        assert service.get("/health").status == 200
        kafka.start()
        assert_goes_on(service, produced, zk_root)
        wait_until(lambda: service.consumers("t")[0]["reason"] is None, "the reason is gone")


def test_zookeeper_goes_away_and_comes_back_while_rows_flow(tmp_path: Path, kafka: KafkaBroker) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    with restartable(start_zookeeper, tmp_path / "zookeeper") as zookeeper:
        zk_root = f"{zookeeper.address}/crushpad"
        with running(tmp_path / "data", zk_root) as service:
            started(service, produced, kafka.bootstrap)
            zookeeper.kill()
            with produced.flowing(rows_at_once=50, pause_s=0.1):
                wait_until(lambda: service.count("t") >= 2 * FLUSH_ROWS, "rows are consumed without ZooKeeper")
                wait_for_reason(service, "ZooKeeper is away")
                assert service.request("POST", "/schemas", schema("other")).status == 503
                assert service.get("/health").status == 503
                zookeeper.start()
            wait_for_all(service, "t", produced)
            assert_goes_on(service, produced, zk_root)
            wait_until(lambda: service.get("/health").status == 200, "the service is ready again")


def test_queries_go_on_while_zookeeper_is_frozen(tmp_path: Path, kafka: KafkaBroker) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    with restartable(start_zookeeper, tmp_path / "zookeeper") as zookeeper:
        zk_root = f"{zookeeper.address}/crushpad"
        with running(tmp_path / "data", zk_root) as service:
            started(service, produced, kafka.bootstrap)
            with frozen([zookeeper.process()]):
                produced.send(50)
                wait_for_all(service, "t", produced)
                wait_until(lambda: service.get("/health").status == 503, "the service has noticed")
                assert_exactly(service, "t", produced)
            assert_goes_on(service, produced, zk_root)


def test_a_process_that_may_not_make_files_loses_nothing(tmp_path: Path, kafka: KafkaBroker, zk_root: str) -> None:
    """A limit below the size of a new consuming file; lifted, ingestion goes on by itself."""
    produced = Produced.on_new_topic(kafka.bootstrap)
    with running(tmp_path / "data", zk_root) as service:
        started(service, produced, kafka.bootstrap)
        pid = service.ingest_process().pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (MB, resource.RLIM_INFINITY))
        produced.send(FLUSH_ROWS)
        wait_for_reason(service, "File too large")
        wait_for_all(service, "t", produced)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        assert_goes_on(service, produced, zk_root)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)


def fill(ballast: Path, leave_bytes: int) -> None:
    """Take all space but `leave_bytes`."""
    room = os.statvfs(ballast.parent)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave_bytes)


def can_mount() -> bool:
    """Whether this user may mount file systems."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder) / "disk"):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


if can_mount():

    def test_a_full_disk_stops_partitions_with_a_reason_until_there_is_room(
        tmp_path: Path, kafka: KafkaBroker, zk_root: str
    ) -> None:
        """The reserve that is kept for sealing: ingestion holds before the disk is really full."""
        produced = Produced.on_new_topic(kafka.bootstrap)
        with (
            small_disk(tmp_path / "the disk is") as disk,
            running(disk / "data", zk_root, disk_reserve_mb=8) as service,
        ):
            started(service, produced, kafka.bootstrap)
            ballast = disk / "ballast"
            fill(ballast, leave_bytes=6 * MB)
            wait_for_reason(service, "the disk is")
            (consumer,) = service.wait_for_state("t", "BLOCKED")
            assert consumer["consumerState"] == "NOT_CONSUMING"
            before = Produced(produced.brokers, produced.topic, rows=produced.rows.copy())
            produced.send(100)
            assert_exactly(service, "t", before)
            ballast.unlink()
            assert_goes_on(service, produced, zk_root)

    def test_a_disk_without_a_single_free_block_loses_nothing(tmp_path: Path, kafka: KafkaBroker, zk_root: str) -> None:
        produced = Produced.on_new_topic(kafka.bootstrap)
        with (
            small_disk(tmp_path / "the disk is") as disk,
            running(disk / "data", zk_root, disk_reserve_mb=0) as service,
        ):
            started(service, produced, kafka.bootstrap)
            ballast = disk / "ballast"
            fill(ballast, leave_bytes=0)
            with produced.flowing():
                wait_for_reason(service, "the disk is")
                service.count("t")
            ballast.unlink()
            assert_goes_on(service, produced, zk_root)
