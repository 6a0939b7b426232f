"""The quickstart as a person runs it: it shows real answers, goes on where it stopped, and leaves nobody behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROWS = 4_000
DEADLINE_S = 120
REPOSITORY = Path(__file__).parents[2]


def command(data_dir: Path, *more: str) -> list[str]:
    ports = ["--port", "0", "--broker-port", "0"]
    return [
        sys.executable,
        "-m",
        "crushpad",
        "quickstart",
        "--data-dir",
        str(data_dir),
        "--rows",
        str(ROWS),
        *ports,
        *more,
    ]


def environ() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CRUSHPAD_")}
    return inherited | {"PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}


def once(data_dir: Path) -> str:
    result = subprocess.run(
        command(data_dir, "--once"), env=environ(), capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_a_second_run_goes_on_where_the_first_stopped(tmp_path: Path):
    first, second = once(tmp_path / "data"), once(tmp_path / "data")

    assert f"{ROWS:,} rows produced, {ROWS:,} rows counted" in first
    assert f"{ROWS:,} rows so far" in second
    assert f"{2 * ROWS:,} rows produced, {2 * ROWS:,} rows counted" in second
    for shown in (first, second):
        name, path = re.findall(r"a sealed segment: (clicks__\d__\d+__\w+)\n.*\n  (/.*parquet)", shown)[0]
        assert name in path
        assert Path(path).stat().st_size > 0
        assert re.search(r"^session .*DELTA", shown, re.MULTILINE)


@contextmanager
def serving(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """A quickstart that has shown everything and stays."""
    process = subprocess.Popen(
        command(data_dir), env=environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    watchdog = threading.Timer(DEADLINE_S, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if "import duckdb" in line:
                break
        assert process.poll() is None, "".join(seen)
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()


def lives(process: psutil.Process) -> bool:
    """A zombie does not, whether or not somebody reaps it here."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all have ended, or do so soon."""
    deadline = time.monotonic() + 15
    pause = threading.Event()
    while any(map(lives, processes)):
        if time.monotonic() > deadline:
            return False
        pause.wait(0.05)
    return True


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_whatever_ends_it_no_child_stays(tmp_path: Path, number: signal.Signals, status: int):
    with serving(tmp_path / "data") as process:
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 5, "ZooKeeper, Kafka, the service, its front and its ingest worker"

        process.send_signal(number)

        assert process.wait(60) == status
        assert gone(children)
