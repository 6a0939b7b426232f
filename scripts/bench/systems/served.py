"""A system that is one child process (with children of its own) and speaks Pinot's HTTP on two ports."""

from __future__ import annotations

import http.client
import json
from abc import ABC, abstractmethod
from typing import Any

from crushpad.managed.child import Child
from scripts.bench.asking import Client, Refused
from scripts.bench.systems import processes
from scripts.bench.systems.port import Stored, TableSpec
from scripts.bench.systems.tables import Json

START_S = 180.0
STOP_S = 30.0
REQUEST_S = 60.0


class Failed(Exception):
    """A system refused what the bench asked of it; says what and why."""


class NotFound(Failed):
    """It does not know the table, or does not yet."""


class Served(ABC):
    """All that a `System` has to do and that both do alike; `port` is the broker's."""

    def __init__(self, name: str, child: Child, controller_port: int, port: int) -> None:
        self.name = name
        self.port = port
        self._child = child
        self._controller_port = controller_port
        self._asked: Client | None = None

    @property
    def pid(self) -> int:
        """Of the process that is the root of all others."""
        return self._child.pid

    @abstractmethod
    def healthy(self) -> bool:
        """Whether it answers on all its ports."""

    @abstractmethod
    def config(self, table: TableSpec) -> tuple[Json, Json]:
        """Schema and table config."""

    @abstractmethod
    def stored(self, table: str) -> Stored: ...

    def start(self) -> None:
        self._child.start()
        self._child.wait_until(self.healthy, START_S)

    def stop(self) -> None:
        self._forget_connection()
        if self._child.running:
            self._child.stop(STOP_S)

    def kill(self) -> None:
        self._forget_connection()
        processes.kill(self._child.pid)
        self._child.wait()

    def create(self, table: TableSpec) -> None:
        """Raises `Failed` when it is refused."""
        schema, config = self.config(table)
        self._succeed("POST", "/schemas", schema)
        self._succeed("POST", "/tables", config)

    def drop(self, table: str) -> None:
        self._succeed("DELETE", f"/tables/{table}?type=realtime&retention=0d")
        self._succeed("DELETE", f"/schemas/{table}")

    def count(self, table: str) -> int:
        try:
            self._asked = self._asked or Client(self.port)
            return int(self._asked.ask(f"SELECT COUNT(*) FROM {table}")[1][0][0])
        except (OSError, http.client.HTTPException, Refused):
            return -1

    def sealed(self, table: str) -> dict[str, Json]:
        """Pinot's metadata of each committed segment, by its name; none while the table is not known everywhere."""
        try:
            found = self._succeed("GET", f"/segments/{table}/zkmetadata?type=REALTIME")
        except NotFound:
            return {}
        return {name: said for name, said in found.items() if said["segment.realtime.status"] == "DONE"}

    def sealed_rows(self, table: str) -> int:
        return sum(int(said["segment.total.docs"]) for said in self.sealed(table).values())

    def seal(self, table: str) -> None:
        self._succeed("POST", f"/tables/{table}/forceCommit?type=REALTIME")

    def cpu_s(self) -> float:
        return processes.cpu_s(self._child.pid)

    def resident_mb(self) -> float:
        return processes.resident_mb(self._child.pid)

    def get(self, port: int, path: str) -> tuple[int, bytes]:
        """Status and body; status 0 when nobody answers."""
        try:
            return request(port, "GET", path)
        except (OSError, http.client.HTTPException):
            return 0, b""

    def _succeed(self, method: str, path: str, body: object = None) -> Any:
        status, answer = request(self._controller_port, method, path, body)
        if status != http.client.OK:
            refused = NotFound if status == http.client.NOT_FOUND else Failed
            raise refused(f"{self.name}: {method} {path}: HTTP {status}: {answer.decode(errors='replace')}")
        return json.loads(answer)

    def _forget_connection(self) -> None:
        if self._asked is not None:
            self._asked.close()


def request(port: int, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    """Status and body of one request over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_S)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
