"""`crushpad table convert`: the modern config is data, what changed is talk, exit codes as documented."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Finished

Run = Callable[..., Finished]

SAMPLE = Path(__file__).parents[2] / "golden" / "tableconfigs" / "llc_sample.table.json"


def test_the_config_goes_to_standard_output_and_the_changes_to_standard_error(crushpad: Run):
    finished = crushpad("table", "convert", str(SAMPLE))

    assert finished.returncode == 0
    assert json.loads(finished.stdout)["segmentsConfig"] == {"timeColumnName": "mtime", "replication": "1"}
    assert "/segmentsConfig/replicasPerPartition: is now replication" in finished.stderr


def test_both_come_in_one_document(crushpad: Run):
    answer = json.loads(crushpad("table", "convert", str(SAMPLE), "--output", "json").stdout)

    assert answer["config"]["tableName"] == "meetupRsvp"
    assert {"path": "/segmentsConfig/timeType", "what": "left out: the time column's format says its unit"} in answer[
        "changes"
    ]


@pytest.mark.parametrize("text", ["{", "[]", '{"schemaName": "s", "timeFieldSpec": {}}'])
def test_what_cannot_be_read_is_invalid(crushpad: Run, tmp_path: Path, text: str):
    file = tmp_path / "config.json"
    file.write_text(text)

    finished = crushpad("table", "convert", str(file))

    assert (finished.returncode, finished.stdout) == (5, "")
    assert str(file) in finished.stderr


def test_a_file_that_is_not_there_is_a_wrong_command_line(crushpad: Run):
    assert crushpad("table", "convert", "nosuch.json").returncode == 2
