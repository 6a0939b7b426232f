"""A worker that cannot say how it is goes on, and tells the log instead."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from ingest.dead_letters import DeadLetters, Outlet
from ingest.ports import Source
from ingest.table_run import Share
from ingest.worker import Worker, WorkerSettings
from segments.catalogue import CatalogueReader, CatalogueWriter, TableEntry
from segments.dead_letters import InMemoryDeadLetterRegistry
from segments.status import read_statuses, status_path
from tableconfigs.stream import StreamConfig
from tests.unit.ingest.partition_bench import INCARNATION, Bench

STATUS_S = 1.0


def unasked(_: StreamConfig) -> Outlet:
    raise AssertionError("no table has dead letters")


def worker(bench: Bench) -> Worker:
    settings = WorkerSettings(
        share=Share(0, 1),
        seal_threads=1,
        discovery_s=60.0,
        status_s=STATUS_S,
        disk_reserve_bytes=0,
        budget_bytes=1 << 20,
        status_path=status_path(bench.folder / "status", "ingest-0"),
        disk=bench.folder,
    )
    connect: dict[object, Source] = {}
    letters = DeadLetters(InMemoryDeadLetterRegistry(), unasked, {}, lambda _: True, lambda: 0.0)
    catalogue = CatalogueReader(bench.folder / "catalogue")
    return Worker(catalogue, lambda _: bench.ports(), connect.__getitem__, letters, settings)


def step(bench: Bench, running: Worker) -> None:
    bench.now_ms += int(STATUS_S * 1000)
    running.step()


def test_a_table_whose_config_cannot_be_run_says_why(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    running = worker(bench)
    writer = CatalogueWriter(tmp_path / "catalogue")
    table = TableEntry("clicks_REALTIME", INCARNATION, "active", 1, {"tableName": "clicks"}, "clicks", 1, {}, 0, [])
    writer.publish({table.name: table}, bench.now_ms)
    writer.close()

    step(bench, running)

    (status,) = read_statuses(tmp_path / "status", bench.now_ms)
    assert "tableType" in status.problems["clicks_REALTIME"]


def test_a_report_that_fails_is_one_log_line_and_the_next_one_may_succeed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    running, in_the_way = worker(bench), tmp_path / "status"
    in_the_way.touch()

    with capture_logs() as lines:
        for _ in range(3):
            step(bench, running)
    in_the_way.unlink()
    step(bench, running)

    (line,) = lines
    assert line["event"] == "worker cannot report"
    assert str(tmp_path / "status" / "ingest-0.status") in line["reason"]
    assert [status.process for status in read_statuses(tmp_path / "status", bench.now_ms)] == ["ingest-0"]
