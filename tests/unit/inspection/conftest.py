"""Commands on the golden segments."""

from __future__ import annotations

import pytest

from tests.unit.inspection.command_line import Crushpad, runner
from tests.unit.inspection.golden_segments import GOLDEN


@pytest.fixture
def crushpad(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Crushpad:
    """Runs `crushpad ARGUMENTS` in the folder of the golden segments."""
    monkeypatch.chdir(GOLDEN)
    return runner(monkeypatch, capsys)
