"""The bench as a person runs it, with parts of a few thousand rows: that it runs, not what it measures."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts.bench.__main__ import PARTS

SECONDS = "0.2"


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "scripts.bench", *arguments], capture_output=True, text=True)


@pytest.mark.timeout(600)
def test_a_small_run_of_every_part_prints_its_figures_in_one_table():
    done = bench("--quick", "--seconds", SECONDS)
    assert done.returncode == 0, done.stderr
    for part in PARTS:
        assert f"\n\n{part}\n" in done.stdout
    assert "bare loop" in done.stdout
    assert "wrong answers" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "ingest,speed"), "no such part: speed; there are ingest, freshness"),
        (("--peer", "pinot"), "--peer and --peer-home belong together"),
        (("--peer", "pinot", "--peer-home", "."), "lib has no pinot-server-*.jar"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_starts(arguments, said):
    done = bench(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
