"""One ZooKeeper and one Kafka for a whole test run, started when the first test asks, in as many processes as it has.

The pool lives in the process that was started as pytest. Under pytest-xdist the workers ask it over a loopback socket:
they send a server's name and get its address. The servers are children of the pytest process and end with it.
"""

from __future__ import annotations

import shutil
import socket
import socketserver
import tempfile
import threading
from pathlib import Path
from typing import Protocol

from rich.console import Console

from crushpad.managed.kafka import start_kafka
from crushpad.managed.progress import fetch_display
from crushpad.managed.server import HOST, RunningServer
from crushpad.managed.zookeeper import start_zookeeper

KAFKA_FOR_TESTS = {
    # a test of retention or compaction waits for the broker's own housekeeping: let it be frequent
    "log.retention.check.interval.ms": 200,
    "log.cleaner.backoff.ms": 200,
    "log.segment.delete.delay.ms": 200,
    "log.initial.task.delay.ms": 200,
    # flushes are the page cache's business here: nothing in a test run survives the machine
    "num.io.threads": 4,
    "num.network.threads": 2,
}
START_TIMEOUT_S = 280


class Servers(Protocol):
    """Where tests get their real servers from."""

    def address_of(self, name: str) -> str:
        """`host:port` of "kafka" or "zookeeper", started if need be."""


class ServerPool:
    """Starts each server at most once and ends them all."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="crushpad-test-servers-"))
        self._running: dict[str, RunningServer] = {}
        self._lock = threading.Lock()

    def address_of(self, name: str) -> str:
        with self._lock:
            if name not in self._running:
                self._running[name] = self._start(name)
            return self._running[name].address

    def close(self) -> None:
        with self._lock:
            for server in self._running.values():
                server.child.kill()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, name: str) -> RunningServer:
        with fetch_display(Console(stderr=True)) as on_fetched:
            if name == "kafka":
                return start_kafka(self._folder / name, properties=KAFKA_FOR_TESTS, on_fetched=on_fetched)
            return start_zookeeper(self._folder / name, on_fetched=on_fetched)


class PoolDoor(socketserver.ThreadingTCPServer):
    """Lets the worker processes of a run ask its pool."""

    daemon_threads = True

    def __init__(self, pool: Servers) -> None:
        super().__init__((HOST, 0), _Question)
        self.pool = pool
        threading.Thread(target=self.serve_forever, daemon=True, name="server-pool").start()

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port


class _Question(socketserver.StreamRequestHandler):
    server: PoolDoor

    def handle(self) -> None:
        name = self.rfile.readline().decode().strip()
        self.wfile.write(self.server.pool.address_of(name).encode())


class RemotePool:
    """The pool as a worker process sees it."""

    def __init__(self, port: int) -> None:
        self._port = port

    def address_of(self, name: str) -> str:
        with socket.create_connection((HOST, self._port), START_TIMEOUT_S) as connection:
            connection.sendall(f"{name}\n".encode())
            address = connection.makefile().read()
        if not address:
            raise RuntimeError(f"{name} could not be started; the pytest process printed why")
        return address
