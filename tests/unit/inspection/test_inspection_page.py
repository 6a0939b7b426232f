"""The commands of `docs/inspection.md` run as they are written there."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.main import get_command

from crushpad.cli.segment import app
from tests.unit.inspection.command_line import Crushpad, runner
from tests.unit.inspection.golden_segments import GOLDEN

PAGE = (Path(__file__).parents[3] / "docs" / "inspection.md").read_text(encoding="utf-8")
LINES = [line.removeprefix("    $ ") for line in PAGE.splitlines() if line.startswith("    $ ")]
ASSIGNMENT = re.compile(r"([A-Z])=(\S+)\Z")


@pytest.fixture
def crushpad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Crushpad:
    """Runs `crushpad ARGUMENTS` in a folder with the data folder of the page."""
    data = tmp_path / ".crushpad"
    shutil.copytree(GOLDEN / "segments", data / "segments")
    shutil.copytree(GOLDEN.parent / "consuming" / "1", data / "consuming" / "a1b2c3" / "topic-id.3")
    monkeypatch.chdir(tmp_path)
    return runner(monkeypatch, capsys)


def test_every_command_of_the_page_works(crushpad: Crushpad):
    named: dict[str, str] = {}
    runs = 0
    for line in LINES:
        if assigned := ASSIGNMENT.match(line):
            named[f"${assigned[1]}"] = assigned[2]
            continue
        program, *arguments = [named.get(word, word) for word in shlex.split(line)]
        ended = crushpad(*arguments)
        assert program == "crushpad"
        assert ended.code == (6 if arguments[1] == "diff" else 0), (line, ended.stderr)
        runs += 1
    assert runs > 20
    assert Path("clicks.csv").read_text().startswith("ts,city,amount\n")
    assert Path("clicks.parquet").is_file()


def test_the_page_names_every_command():
    verbs = get_command(app).commands  # type: ignore[attr-defined]
    assert [verb for verb in verbs if f"crushpad segment {verb} " not in PAGE] == []
