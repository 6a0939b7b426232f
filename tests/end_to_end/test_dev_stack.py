"""`scripts/dev_stack.py`: servers in the background that `down` ends, and only those."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from crushpad.managed.kafka import has_broker
from crushpad.managed.zookeeper import serves_requests

REPOSITORY = Path(__file__).parents[2]
TIMEOUT_S = 120


def dev_stack(command: str, data_dir: Path, zookeeper_port: int = 0) -> subprocess.CompletedProcess[str]:
    ports = ["--kafka-port", "0", "--zookeeper-port", str(zookeeper_port)]
    program = [sys.executable, "-m", "scripts.dev_stack", command, "--data-dir", str(data_dir), *ports]
    return subprocess.run(program, cwd=REPOSITORY, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    dev_stack("down", tmp_path)


def addresses(output: str) -> dict[str, int]:
    lines = (line.split() for line in output.splitlines())
    return {name: int(value.rpartition(":")[2]) for name, value in lines if name in {"kafka", "zookeeper"}}


def test_up_leaves_both_running_and_down_ends_them(data_dir: Path) -> None:
    up = dev_stack("up", data_dir)
    assert up.returncode == 0, up.stdout + up.stderr
    ports = addresses(up.stdout)
    assert has_broker(ports["kafka"])
    assert serves_requests(ports["zookeeper"])
    assert addresses(dev_stack("status", data_dir).stdout) == ports
    assert addresses(dev_stack("up", data_dir).stdout) == ports

    keeper = psutil.Process(json.loads((data_dir / "state.json").read_text())["pid"])
    processes = [keeper, *keeper.children(recursive=True)]
    assert dev_stack("down", data_dir).returncode == 0
    assert psutil.wait_procs(processes, timeout=0)[1] == []
    assert dev_stack("status", data_dir).returncode == 3


def test_down_leaves_a_process_alone_that_has_the_remembered_number_by_chance(data_dir: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        started = psutil.Process(bystander.pid).create_time() - 1000
        state = {"pid": bystander.pid, "started": started, "kafka": "", "zookeeper": ""}
        (data_dir / "state.json").write_text(json.dumps(state))
        assert "nothing runs" in dev_stack("down", data_dir).stdout
        assert bystander.poll() is None
        bystander.communicate(b"\n")


def test_up_shows_why_it_cannot_start(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        up = dev_stack("up", data_dir, zookeeper_port=port)
    assert up.returncode == 1
    assert up.stdout.startswith(f"port {port} on 127.0.0.1 is in use by another program")
    assert dev_stack("status", data_dir).returncode == 3
