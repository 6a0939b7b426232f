"""`crushpad serve` as a user has it: a real process on a data directory, spoken to over HTTP, stopped or killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

from crushpad.managed.child import Child

Json = Any
Value = TypeVar("Value")

READY_S = 60.0
WAIT_S = 60.0
LOOK_EVERY_S = 0.02
REQUEST_S = 30.0

QUICK: Mapping[str, Any] = {
    "engine_processes": 1,
    "partition_discovery_seconds": 0.5,
    "consuming_capacity_mb": 64,
    "release_grace_seconds": 1,
    "sweep_interval_seconds": 1,
    "disk_reserve_mb": 16,
    "log_format": "json",
}
"""Settings that let a test see soon what a user sees after minutes."""


def wait_until(holds: Callable[[], Value], what: str, within_s: float = WAIT_S) -> Value:
    """The first true answer of `holds`, asked again and again; AssertionError that says `what` after `within_s`."""
    give_up_at = time.monotonic() + within_s
    pause = threading.Event()
    while not (answer := holds()):
        assert time.monotonic() < give_up_at, f"{what}: not within {within_s:g} s; last answer: {answer!r}"
        pause.wait(LOOK_EVERY_S)
    return answer


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. `body` is parsed when it is JSON, else text."""

    status: int
    body: Json


class QueryFailed(AssertionError):
    """The answer has exceptions; `codes` are Pinot's."""

    def __init__(self, sql: str, exceptions: list[Json]) -> None:
        super().__init__(f"{sql}: {exceptions}")
        self.codes = [each["errorCode"] for each in exceptions]


class Service:
    """One service on `data_dir`; it can be ended in every way and started again. `settings` go into CRUSHPAD_...

    Without `zookeeper` it starts one of its own.
    """

    def __init__(self, data_dir: Path, zookeeper: str | None, **settings: Any) -> None:
        self.data_dir = data_dir
        self.zookeeper = zookeeper
        self.settings = {**QUICK, **settings}
        self._log = data_dir.with_name(f"{data_dir.name}-{id(self):x}.log")
        self._child: Child | None = None
        self.http = ""
        self.broker = ""

    # its life

    def start(self, ready: bool = True, **more: Any) -> Service:
        """Start on free ports. `more`: settings of this run alone. Without `ready` it is only begun."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith("CRUSHPAD_") or k == "CRUSHPAD_CACHE_DIR"}
        named = {f"CRUSHPAD_{name.upper()}": str(value) for name, value in {**self.settings, **more}.items()}
        options = {"--data-dir": self.data_dir, "--zookeeper": self.zookeeper, "--port": 0, "--broker-port": 0}
        argv = [
            sys.executable,
            "-m",
            "crushpad",
            "serve",
            *(str(part) for pair in options.items() if pair[1] is not None for part in pair),
        ]
        self._child = Child(argv, name="crushpad serve", env=environ | named, log_path=self._log).start()
        self.child.wait_until(self._listens, READY_S)
        if ready:
            self.child.wait_until(self.is_ready, READY_S)
        return self

    @property
    def child(self) -> Child:
        assert self._child is not None, "the service was not started"
        return self._child

    def stop(self) -> None:
        """SIGTERM, and wait until the last process is gone."""
        processes = self.processes()
        self.child.stop(30)
        gone(processes)

    def kill(self) -> None:
        """SIGKILL to every process at once, as if the machine's power had gone for them."""
        processes = self.processes()
        for process in processes:
            with _may_be_gone():
                process.kill()
        self.child.kill()
        gone(processes)

    def restart(self, **more: Any) -> Service:
        self.stop()
        return self.start(**more)

    def processes(self) -> list[psutil.Process]:
        """The host and everything that it started, the host first."""
        if self._child is None or not self._child.running:
            return []
        with _may_be_gone():
            host = psutil.Process(self._child.pid)
            return [host, *host.children(recursive=True)]
        return []

    def ingest_process(self) -> psutil.Process:
        """The worker that consumes."""
        return wait_until(self._ingest_process, "an ingest worker runs")

    def log_records(self) -> list[dict[str, Any]]:
        """What the last run has logged so far."""
        whole = (line for line in self.log_text().splitlines() if line.startswith("{") and line.endswith("}"))
        return [json.loads(line) for line in whole]

    def log_text(self) -> str:
        """Everything that the last run has written so far."""
        return self._log.read_text()

    def logged(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        """Log records of this event whose fields have these values."""
        wanted = {"event": event, **fields}
        return [record for record in self.log_records() if wanted.items() <= record.items()]

    def is_ready(self) -> bool:
        try:
            return self.get("/health/readiness").status == 200
        except OSError:
            return False

    # its API

    def get(self, path: str) -> Reply:
        return self.request("GET", path)

    def request(self, method: str, path: str, body: Json = None, at: str | None = None) -> Reply:
        """One request to the controller port, or to the address `at`. Raises OSError when nobody answers."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{at or self.http}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_S) as answer:
                return Reply(answer.status, _parsed(answer.read()))
        except urllib.error.HTTPError as error:
            return Reply(error.code, _parsed(error.read()))

    def succeed(self, method: str, path: str, body: Json = None) -> Json:
        """The body of an answer that must be a 200."""
        reply = self.request(method, path, body)
        assert reply.status == 200, f"{method} {path}: {reply}"
        return reply.body

    def upload(self, schema: Json, table: Json) -> None:
        self.succeed("POST", "/schemas", schema)
        self.succeed("POST", "/tables", table)

    # its answers

    def answer(self, sql: str, **options: Any) -> Json:
        """The whole broker response."""
        text = ";".join(f"{name}={value}" for name, value in options.items())
        reply = self.request("POST", "/query/sql", {"sql": sql, "queryOptions": text}, at=self.broker)
        assert reply.status == 200, f"{sql}: {reply}"
        return reply.body

    def rows(self, sql: str, **options: Any) -> list[list[Any]]:
        """The rows of the answer. Raises QueryFailed."""
        found = self.answer(sql, **options)
        if found["exceptions"]:
            raise QueryFailed(sql, found["exceptions"])
        rows: list[list[Any]] = found["resultTable"]["rows"]
        return rows

    def error_of(self, sql: str) -> Json:
        """The one exception of an answer that must have one."""
        (error,) = self.answer(sql)["exceptions"]
        return error

    def value(self, sql: str) -> Any:
        ((value,),) = self.rows(sql)
        return value

    def count(self, table: str) -> int:
        return int(self.value(f"SELECT COUNT(*) FROM {table}"))

    def wait_for_count(self, table: str, rows: int, within_s: float = WAIT_S) -> None:
        """Until `table` has `rows` rows; more of them than that fail at once."""

        def counted() -> bool:
            try:
                found = self.count(table)
            except (OSError, QueryFailed):
                return False
            assert found <= rows, f"{table} has {found} rows, only {rows} were produced"
            return found == rows

        wait_until(counted, f"{table} has {rows} rows", within_s)

    def segments(self, table: str) -> dict[str, dict[str, str]]:
        """Pinot's metadata by segment name; none while this host does not know the table yet."""
        reply = self.get(f"/segments/{table}/zkmetadata")
        assert reply.status in (200, 404), reply
        return reply.body if reply.status == 200 else {}

    def sealed(self, table: str) -> dict[str, dict[str, str]]:
        return {name: each for name, each in self.segments(table).items() if each["segment.realtime.status"] == "DONE"}

    def consumers(self, table: str) -> list[dict[str, Any]]:
        """What each consuming segment's process says of it; nothing while this host does not know the table yet."""
        reply = self.get(f"/tables/{table}/consumingSegmentsInfo")
        assert reply.status in (200, 404), reply
        found = reply.body["_segmentToConsumingInfoMap"] if reply.status == 200 else {}
        return [one for consumers in found.values() for one in consumers]

    def wait_for_state(self, table: str, state: str, partitions: int = 1) -> list[dict[str, Any]]:
        """Until `partitions` partitions of the table are in `state`; what they say then."""

        def found() -> list[dict[str, Any]]:
            consumers = [one for one in self.consumers(table) if one["state"] == state]
            return consumers if len(consumers) >= partitions else []

        return wait_until(found, f"{partitions} partitions of {table} are {state}")

    def _listens(self) -> bool:
        found = self.logged("listening") if self._log.exists() else []
        if found:
            self.http, self.broker = (f"127.0.0.1:{found[-1][name]}" for name in ("port", "broker_port"))
        return bool(found)

    def _ingest_process(self) -> psutil.Process | None:
        for process in self.processes():
            with _may_be_gone():
                if "crushpad.runners.ingest" in process.cmdline():
                    return process
        return None


def gone(processes: list[psutil.Process]) -> None:
    """Wait until all of them are; none may stay behind."""
    wait_until(lambda: not any(map(_lives, processes)), f"{processes} are gone")


def _lives(process: psutil.Process) -> bool:
    """A zombie does not: its new parent may take its time to bury it."""
    with _may_be_gone():
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


@contextmanager
def running(data_dir: Path, zookeeper: str, **settings: Any) -> Iterator[Service]:
    """A service that is ready, and gone afterwards."""
    service = Service(data_dir, zookeeper, **settings)
    try:
        yield service.start()
    finally:
        service.kill()


@contextmanager
def frozen(processes: list[psutil.Process]) -> Iterator[None]:
    """SIGSTOP for the time of the block, SIGCONT after it."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with _may_be_gone():
                process.send_signal(signal.SIGCONT)


@contextmanager
def _may_be_gone() -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess:
        return


def _parsed(body: bytes) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
