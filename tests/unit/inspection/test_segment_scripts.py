"""The scripts: the same commands, run with nothing in PATH and without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.inspection.golden_commands import CASES
from tests.unit.inspection.golden_segments import GOLDEN

REPOSITORY = Path(__file__).parents[3]
NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(f"no network here: {event}")

sys.addaudithook(refuse)
"""
"""A `sitecustomize` that makes every use of a socket an error."""

RUN = ["list.table", "show.table", "columns.jsonl", "rows_offsets.csv", "verify.table", "diff.table", "sql.table"]


@pytest.fixture
def alone(tmp_path: Path) -> dict[str, str]:
    """An environment with no program and no network."""
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK)
    return {"PATH": "", "PYTHONPATH": f"{tmp_path}:{REPOSITORY}", "HOME": str(tmp_path)}


def run(script: str, arguments: tuple[str, ...], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(REPOSITORY / "scripts" / script), *arguments]
    return subprocess.run(argv, cwd=GOLDEN, env=environ, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", [*RUN, "convert.csv"])
def test_a_script_prints_what_its_command_prints(alone: dict[str, str], name: str):
    verb, *arguments = CASES[name]
    ended = run(f"segment_{verb}.py", tuple(arguments), alone)
    assert ended.stdout == (GOLDEN / name).read_text(), ended.stderr


def test_the_network_is_really_gone(alone: dict[str, str]):
    probe = [sys.executable, "-c", "import socket; socket.socket()"]
    ended = subprocess.run(probe, env=alone, capture_output=True, text=True, check=False)
    assert "no network here" in ended.stderr


def test_there_is_a_script_for_every_look_at_files():
    scripts = {path.stem.removeprefix("segment_") for path in (REPOSITORY / "scripts").glob("segment_*.py")}
    assert scripts == {"list", "show", "columns", "rows", "verify", "diff", "sql", "convert"}
