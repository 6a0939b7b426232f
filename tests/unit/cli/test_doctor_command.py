"""`crushpad doctor` without a service: data on standard output, 6 when something is bad."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from segments.catalogue import POINTER
from tests.unit.cli.conftest import Finished

Run = Callable[..., Finished]

CHECKS = {"java", "open files", "locked memory", "file size", "address space", "disk", "file system", "deep store",
          "kafka", "zookeeper", "service"}  # fmt: skip


def test_a_machine_that_is_well_is_0_and_nothing_is_made(crushpad: Run, tmp_path: Path):
    examined = crushpad("doctor", "--output", "json", CRUSHPAD_DISK_RESERVE_MB="0")

    found = {each["check"]: each for each in json.loads(examined.stdout)}
    assert examined.returncode == 0, examined.stdout
    assert found.keys() >= CHECKS
    assert (found["service"]["level"], found["kafka"]["level"]) == ("ok", "ok")
    assert list(tmp_path.iterdir()) == []


def test_servers_that_do_not_answer_are_6_with_what_to_do(crushpad: Run):
    away = "127.0.0.1:1"

    examined = crushpad("doctor", "--brokers", away, "--zookeeper", away, "--timeout", "0.3", "-o", "jsonl")

    bad = {each["check"]: each for each in map(json.loads, examined.stdout.splitlines()) if each["level"] == "bad"}
    assert examined.returncode == 6
    assert bad.keys() == {"kafka", "zookeeper"}
    assert all(away in each["finding"] and each["what to do"] for each in bad.values())
    assert examined.stderr == ""


def test_a_data_folder_that_cannot_be_read_is_a_finding(crushpad: Run, tmp_path: Path):
    (tmp_path / ".crushpad" / "catalogue" / POINTER).mkdir(parents=True)

    examined = crushpad("doctor", "-o", "jsonl")

    (service, *_) = [each for each in map(json.loads, examined.stdout.splitlines()) if each["check"] == "service"]
    assert examined.returncode == 6
    assert (service["level"], "cannot be read" in service["finding"]) == ("bad", True)


def test_settings_that_are_wrong_are_5(crushpad: Run):
    assert crushpad("doctor", CRUSHPAD_PORT="many").returncode == 5
