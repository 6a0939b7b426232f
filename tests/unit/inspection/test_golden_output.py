"""What each command prints of the golden segments, letter by letter; see `golden_commands`."""

from __future__ import annotations

import pytest

from tests.unit.inspection.command_line import Crushpad
from tests.unit.inspection.golden_commands import CASES
from tests.unit.inspection.golden_segments import GOLDEN

WITH_FINDINGS = {"diff.table"}


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_in_the_golden_file(crushpad: Crushpad, name: str):
    ended = crushpad("segment", *CASES[name])
    assert ended.stdout == (GOLDEN / name).read_text()
    assert ended.code == (6 if name in WITH_FINDINGS else 0)


def test_there_is_no_golden_output_without_a_command():
    assert {path.name for path in GOLDEN.iterdir() if path.is_file()} == set(CASES)
