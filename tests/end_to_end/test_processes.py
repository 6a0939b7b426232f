"""The processes of `crushpad serve`: started and ended together, started again when one dies, one host to a folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from crushpad.managed.server import RunningServer
from crushpad.managed.zookeeper import start_zookeeper
from tests.commit_chain import incarnation_of
from tests.conftest import KafkaBroker
from tests.produced import Produced, assert_exactly, schema, table, wait_for_all
from tests.service import QueryFailed, Service, frozen, gone, running, wait_until

STOP_S = 5.0
"""The longest that anybody has to wait for the end."""
BY_ITSELF_S = 4.0
"""Sooner than the host loses its patience."""


def serve(data_dir: Path, *more: object) -> subprocess.CompletedProcess[str]:
    """`crushpad serve` that is expected to end by itself."""
    argv = [sys.executable, "-m", "crushpad", "serve", "--data-dir", data_dir, *more]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CRUSHPAD_")}
    return subprocess.run(list(map(str, argv)), env=environ, capture_output=True, text=True, timeout=30, check=False)


def stopped_within(service: Service) -> float:
    """Seconds from SIGTERM to the end of the last process; the host says 0."""
    began = time.monotonic()
    service.stop()
    assert service.child.returncode == 0
    assert service.logged("stopping")
    return time.monotonic() - began


def process_of(service: Service, module: str) -> psutil.Process:
    def found() -> psutil.Process | None:
        return next((each for each in service.processes() if module in _arguments(each)), None)

    return wait_until(found, f"{module} runs")


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


# what keeps it from starting


@pytest.mark.parametrize("which", ["--port", "--broker-port"])
def test_a_taken_port_is_said_and_nothing_is_started(which: str, tmp_path: Path) -> None:
    other = "--broker-port" if which == "--port" else "--port"
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        ended = serve(tmp_path / "data", which, port, other, 0)
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data" / "zookeeper").exists()


def test_a_second_service_on_a_data_folder_is_refused(tmp_path: Path, zk_root: str) -> None:
    with running(tmp_path / "data", zk_root) as first:
        ended = serve(first.data_dir, "--zookeeper", zk_root, "--port", 0, "--broker-port", 0)
        assert ended.returncode == 1
        assert f"{first.data_dir} is in use by a running server" in ended.stderr
        assert first.is_ready()


def test_after_a_kill_the_data_folder_is_free_at_once(tmp_path: Path, zk_root: str) -> None:
    with running(tmp_path / "data", zk_root) as service:
        service.child.process.kill()
        service.start()
        assert service.is_ready()


# what it loads


@pytest.mark.parametrize("module", ["crushpad.runners.front", "crushpad.runners.host"])
def test_the_processes_that_somebody_waits_for_load_neither_duckdb_nor_arrow(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"duckdb", "pyarrow", "numpy", "confluent_kafka"} & set(loaded)


# how it ends


def test_a_service_without_work_ends_at_once(tmp_path: Path, zk_root: str) -> None:
    with running(tmp_path / "data", zk_root) as service:
        assert stopped_within(service) < BY_ITSELF_S


def test_a_service_that_consumes_and_answers_ends_at_once(tmp_path: Path, zk_root: str, kafka: KafkaBroker) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    with running(tmp_path / "data", zk_root) as service:
        service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=400))
        with produced.flowing():
            wait_until(lambda: service.sealed("t"), "segments are sealed")
            assert stopped_within(service) < BY_ITSELF_S


@pytest.fixture
def own_zookeeper(tmp_path: Path) -> Iterator[RunningServer]:
    server = start_zookeeper(tmp_path / "zookeeper")
    yield server
    server.child.process.send_signal(signal.SIGCONT)
    server.stop()


def test_the_end_does_not_wait_for_a_zookeeper_that_is_away(
    tmp_path: Path, own_zookeeper: RunningServer, kafka: KafkaBroker
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(100)
    with running(tmp_path / "data", f"{own_zookeeper.address}/c") as service:
        service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap))
        service.wait_for_count("t", 100)
        with frozen([psutil.Process(own_zookeeper.child.pid)]):
            assert stopped_within(service) < STOP_S + 1
        service.start()
        wait_for_all(service, "t", produced)


def test_the_end_does_not_wait_for_a_kafka_that_is_away(tmp_path: Path, zk_root: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, running(tmp_path / "data", zk_root) as service:
        service.upload(schema("t"), table("t", "topic", f"127.0.0.1:{silent.getsockname()[1]}"))
        silent.accept()
        assert stopped_within(service) < BY_ITSELF_S


def test_no_process_outlives_a_killed_host(tmp_path: Path, zk_root: str) -> None:
    with running(tmp_path / "data", zk_root, engine_processes=2) as service:
        processes = service.processes()
        assert len(processes) == len(["host", "front", "ingest", "engine", "engine"])
        service.child.process.kill()
        gone(processes)


# when one of them dies


@pytest.mark.parametrize("module", ["crushpad.runners.front", "crushpad.runners.ingest", "query.engine_process"])
def test_a_killed_process_is_started_again_and_the_service_goes_on(
    module: str, tmp_path: Path, zk_root: str, kafka: KafkaBroker
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(500)
    with running(tmp_path / "data", zk_root) as service:
        service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap, flush_rows=400))
        service.wait_for_count("t", 500)
        killed = process_of(service, module)
        killed.kill()
        gone([killed])
        produced.send(500)
        wait_until(lambda: answers(service) == len(produced), "all rows are answered, the new ones too")
        assert process_of(service, module).pid != killed.pid
        assert_exactly(service, "t", produced)


def answers(service: Service) -> int | None:
    """The count, by an engine; None while nobody answers."""
    try:
        return int(service.value("SELECT COUNT(*) FROM t WHERE number >= 0"))
    except (OSError, QueryFailed):
        return None


# its own ZooKeeper


def test_without_a_zookeeper_one_is_started_and_keeps_what_it_was_told(tmp_path: Path) -> None:
    service = Service(tmp_path / "data", None, zookeeper_port=0)
    try:
        service.start()
        service.succeed("POST", "/schemas", schema("kept"))
        processes = service.processes()
        assert any("QuorumPeerMain" in " ".join(_arguments(process)) for process in processes)
        service.stop()
        gone(processes)
        service.start()
        assert "kept" in service.get("/schemas").body
        processes = service.processes()
        service.child.process.kill()
        gone(processes)
    finally:
        service.kill()


# what it left behind


def test_what_is_left_of_a_table_that_was_dropped_meanwhile_is_removed(
    tmp_path: Path, zk_root: str, kafka: KafkaBroker
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(500)
    with running(tmp_path / "data", zk_root) as service:
        for name in ("dropped", "kept"):
            service.upload(schema(name), table(name, produced.topic, kafka.bootstrap, flush_rows=400))
            wait_for_all(service, name, produced)
        incarnations = {name: incarnation_of(zk_root, name) for name in ("dropped", "kept")}
        wait_until(lambda: service.sealed("dropped") and service.sealed("kept"), "both are sealed")
        service.stop()
        with running(tmp_path / "elsewhere", zk_root) as other:
            other.succeed("DELETE", "/tables/dropped")
        service.start()
        left = [service.data_dir / folder / incarnations["dropped"] for folder in ("consuming", "segments")]
        wait_until(lambda: not any(map(rows_in, left)), "no rows of the dropped table are left")
        assert rows_in(service.data_dir / "segments" / "deleted" / incarnations["dropped"])
        assert rows_in(service.data_dir / "consuming" / incarnations["kept"])
        assert_exactly(service, "kept", produced)


def rows_in(folder: Path) -> list[Path]:
    """Files that hold rows, sealed or not."""
    return [path for path in folder.rglob("*") if path.suffix in (".parquet", ".arrow")]
