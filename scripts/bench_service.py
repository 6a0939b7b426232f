"""A service to measure: started as users start it, asked over HTTP, its whole process tree's CPU added up."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psutil
import pyarrow as pa

from crushpad.managed.child import Child
from segments.status import read_statuses

CLICK_TYPES = [
    ("ts", pa.int64()),
    ("user_id", pa.int64()),
    ("event", pa.string()),
    ("city", pa.string()),
    ("amount", pa.float64()),
    ("qty", pa.int32()),
    ("session", pa.string()),
    ("url", pa.string()),
    ("ok", pa.bool_()),
]
_WORDS = {"int64": "LONG", "int32": "INT", "string": "STRING", "double": "DOUBLE", "bool": "BOOLEAN"}


def clicks_table(
    name: str, brokers: str, segment_rows: int, flush_time: str = "6h", blooms: tuple[str, ...] = ()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Schema and table config of the nine-field click stream."""
    fields = [{"name": column, "dataType": _WORDS[str(kind)]} for column, kind in CLICK_TYPES if column != "ts"]
    time_field = {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
    stream = {
        "streamType": "kafka",
        "stream.kafka.topic.name": name,
        "stream.kafka.broker.list": brokers,
        "stream.kafka.decoder.class.name": "org.apache.pinot.plugin.stream.kafka.KafkaJSONMessageDecoder",
        "stream.kafka.consumer.prop.auto.offset.reset": "smallest",
        "realtime.segment.flush.threshold.segment.rows": str(segment_rows),
        "realtime.segment.flush.threshold.time": flush_time,
    }
    table = {
        "tableName": name,
        "tableType": "REALTIME",
        "segmentsConfig": {"timeColumnName": "ts", "replication": "1"},
        "tenants": {},
        "tableIndexConfig": {"bloomFilterColumns": list(blooms)},
        "ingestionConfig": {"streamIngestionConfig": {"streamConfigMaps": [stream]}},
    }
    return {"schemaName": name, "dimensionFieldSpecs": fields, "dateTimeFieldSpecs": [time_field]}, table


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tree_cpu_s(pid: int) -> float:
    """User and system seconds of a process and all its living descendants."""
    root = psutil.Process(pid)
    times = [process.cpu_times() for process in [root, *root.children(recursive=True)]]
    return float(sum(t.user + t.system for t in times))


def cpu_by_process(pid: int) -> dict[str, float]:
    """CPU seconds of each process of the service, by what it is."""
    root = psutil.Process(pid)
    found: dict[str, float] = {}
    for process in [root, *root.children(recursive=True)]:
        line, times = process.cmdline(), process.cpu_times()
        name = next((part for part in line if part.startswith(("crushpad.", "query."))), "host")
        found[name] = found.get(name, 0.0) + times.user + times.system
    return found


class Service:
    """`crushpad serve` on free ports; a context manager."""

    def __init__(self, folder: Path, zookeeper: str, *flags: str) -> None:
        self._folder = folder
        self._port, broker = free_port(), free_port()
        argv = [sys.executable, "-m", "crushpad", "serve", "--data-dir", folder, "--zookeeper", zookeeper]
        ports = ["--port", self._port, "--broker-port", broker, "--log-format", "json"]
        self._child = Child([*map(str, argv + ports), *flags], name="serve", log_path=folder / "serve.log")
        self._http: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        self.start()
        self.wait(lambda: self.ready() and bool(self.rows("SELECT 1")), 60)
        return self

    def __exit__(self, *_: object) -> None:
        self._child.stop()

    @property
    def pid(self) -> int:
        return self._child.pid

    def start(self) -> None:
        self._child.start()

    def kill_tree(self) -> None:
        """SIGKILL to every process of the service at once."""
        root = psutil.Process(self.pid)
        for process in [*root.children(recursive=True), root]:
            process.kill()
        self._child.wait(10)

    def ready(self) -> bool:
        return self.request("GET", "/health")[0] == 200

    def wait(self, holds: Callable[[], bool], timeout_s: float, interval_s: float = 0.05) -> None:
        give_up = time.monotonic() + timeout_s
        while not holds():
            if time.monotonic() > give_up:
                raise TimeoutError(f"not within {timeout_s:g} s\n{self._child.log_tail()}")
            time.sleep(interval_s)

    def request(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Status and body over a connection that is kept; status 0 when nobody answers."""
        try:
            self._http = self._http or http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            data = None if body is None else json.dumps(body)
            self._http.request(method, path, data, {"Content-Type": "application/json"})
            answer = self._http.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._http = None
            return 0, b""

    def upload(self, schema: dict[str, Any], table: dict[str, Any]) -> None:
        for path, body in (("/schemas", schema), ("/tables", table)):
            status, answer = self.request("POST", path, body)
            if status != 200:
                raise RuntimeError(f"{path}: {status} {answer.decode()}")

    def query(self, sql: str) -> dict[str, Any]:
        status, body = self.request("POST", "/query/sql", {"sql": sql})
        return dict(json.loads(body)) if status == 200 else {}

    def rows(self, sql: str) -> list[list[Any]]:
        return list(self.query(sql).get("resultTable", {}).get("rows", []))

    def count(self, table: str) -> int:
        found = self.rows(f"SELECT COUNT(*) FROM {table}")
        return int(found[0][0]) if found else -1

    def segments(self, table: str) -> list[dict[str, Any]]:
        """Pinot's metadata of the sealed segments."""
        status, body = self.request("GET", f"/segments/{table}/zkmetadata")
        found = json.loads(body).values() if status == 200 else []
        return [segment for segment in found if segment["segment.realtime.status"] == "DONE"]

    def sealed_rows(self, table: str) -> int:
        return sum(int(segment["segment.total.docs"]) for segment in self.segments(table))

    def sealed_bytes(self, table: str) -> int:
        return sum(int(segment["segment.size.in.bytes"]) for segment in self.segments(table))

    def counters(self) -> dict[str, int]:
        """Totals of all ingest workers since they started."""
        workers = read_statuses(self._folder / "status", time.time_ns() // 1_000_000)
        return {name: sum(w.counters.get(name, 0) for w in workers) for name in ("records", "rows", "commits")}

    def rss_mb(self) -> float:
        root = psutil.Process(self.pid)
        return float(sum(p.memory_info().rss for p in [root, *root.children(recursive=True)])) / 2**20
