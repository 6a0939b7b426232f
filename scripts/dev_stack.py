"""A real Kafka and a real ZooKeeper to develop against, in the background: `dev_stack.py up|down|status`.

`up` starts a keeper process, which has both servers as children; `down` ends the keeper, and with it the servers.
The keeper is remembered by process id *and* start time, so that `down` never ends somebody else's process.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
from rich.console import Console

from crushpad.managed.errors import ManagedError
from crushpad.managed.kafka import start_kafka
from crushpad.managed.progress import PlainFetchLines
from crushpad.managed.server import RunningServer
from crushpad.managed.zookeeper import start_zookeeper

DEFAULT_DATA_DIR = Path(__file__).parent.parent / ".crushpad" / "dev-stack"
STATE = "state.json"
READY = "ready"
END_TIMEOUT_S = 30


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    options.data_dir.mkdir(parents=True, exist_ok=True)
    match options.command:
        case "up":
            return up(options)
        case "down":
            return down(options.data_dir)
        case "status":
            return status(options.data_dir)
        case _:
            return keep(options)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A real Kafka and a real ZooKeeper to develop against.")
    parser.add_argument("command", choices=["up", "down", "status", "keep"], metavar="up|down|status")
    parser.add_argument("--data-dir", type=lambda text: Path(text).resolve(), default=DEFAULT_DATA_DIR)
    parser.add_argument("--kafka-port", type=int, default=19092, help="0 picks a free one (default: %(default)s)")
    parser.add_argument("--zookeeper-port", type=int, default=12181, help="0 picks a free one (default: %(default)s)")
    return parser.parse_args(arguments)


def up(options: argparse.Namespace) -> int:
    """Start the keeper, show what it says, and return when both servers answer."""
    if keeper_of(options.data_dir) is not None:
        return status(options.data_dir)
    ports = ["--kafka-port", str(options.kafka_port), "--zookeeper-port", str(options.zookeeper_port)]
    keeper = subprocess.Popen(
        [sys.executable, __file__, "keep", "--data-dir", str(options.data_dir), *ports],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    assert keeper.stdout is not None
    for line in keeper.stdout:
        if line.strip() == READY:
            return status(options.data_dir)
        print(line, end="", flush=True)
    return keeper.wait() or 1


def down(data_dir: Path) -> int:
    """End what `up` started here, and wait until it is gone."""
    keeper = keeper_of(data_dir)
    if keeper is None:
        print(f"nothing runs on {data_dir}")
        return 0
    keeper.terminate()
    keeper.wait(END_TIMEOUT_S)
    print(f"ended; the data stays in {data_dir}")
    return 0


def status(data_dir: Path) -> int:
    """Print the addresses; exit status 3 when nothing runs, as service managers have it."""
    if keeper_of(data_dir) is None:
        print(f"nothing runs on {data_dir}")
        return 3
    state = read_state(data_dir)
    print(f"kafka      {state['kafka']}\nzookeeper  {state['zookeeper']}\ndata       {data_dir}")
    return 0


def keep(options: argparse.Namespace) -> int:
    """The keeper: start both, say where they are, stay until told to end or until one of them ends."""
    ending = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    servers: list[RunningServer] = []
    try:
        start_servers(options, servers)
        write_state(options.data_dir, *servers)
        print(READY, flush=True)
        close_output()
        while all(server.child.running for server in servers) and signal.sigwait(ending) == signal.SIGCHLD:
            pass
    except ManagedError as error:
        print(error, flush=True)
        return 1
    finally:
        for server in reversed(servers):
            server.stop()
        (options.data_dir / STATE).unlink(missing_ok=True)
    return 0


def start_servers(options: argparse.Namespace, servers: list[RunningServer]) -> None:
    """Start ZooKeeper, then Kafka, adding each to `servers` as soon as it answers."""
    lines = PlainFetchLines(Console())
    servers.append(start_zookeeper(options.data_dir / "zookeeper", options.zookeeper_port, on_fetched=lines))
    servers.append(start_kafka(options.data_dir / "kafka", options.kafka_port, on_fetched=lines))


def close_output() -> None:
    """Let go of the pipe to `up`, which ends now."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.dup2(nowhere, sys.stderr.fileno())
    os.close(nowhere)


def write_state(data_dir: Path, zookeeper: RunningServer, kafka: RunningServer) -> None:
    keeper = psutil.Process()
    state = {"pid": keeper.pid, "started": keeper.create_time(), "zookeeper": zookeeper.address, "kafka": kafka.address}
    fresh = data_dir / f"{STATE}.new"
    fresh.write_text(json.dumps(state, indent=2) + "\n")
    fresh.replace(data_dir / STATE)


def read_state(data_dir: Path) -> dict[str, str]:
    state: dict[str, str] = json.loads((data_dir / STATE).read_text())
    return state


def keeper_of(data_dir: Path) -> psutil.Process | None:
    """The running keeper of a data directory, if that very process still runs."""
    if not (data_dir / STATE).exists():
        return None
    state = json.loads((data_dir / STATE).read_text())
    try:
        keeper = psutil.Process(state["pid"])
        return keeper if keeper.create_time() == state["started"] else None
    except psutil.NoSuchProcess:
        return None


if __name__ == "__main__":
    sys.exit(main())
