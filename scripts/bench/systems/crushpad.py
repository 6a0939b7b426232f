"""Crushpad: `crushpad serve` as users start it."""

from __future__ import annotations

import sys
from pathlib import Path

from crushpad.managed.child import Child
from crushpad.managed.server import free_port
from scripts.bench.systems import tables
from scripts.bench.systems.port import Stored, TableSpec
from scripts.bench.systems.served import Served


class Crushpad(Served):
    """One service on `folder`, under a chroot of its own in ZooKeeper."""

    def __init__(self, folder: Path, zookeeper: str, *flags: str) -> None:
        controller_port, port = free_port(), free_port()
        argv = [sys.executable, "-m", "crushpad", "serve", "--data-dir", str(folder)]
        argv += ["--zookeeper", f"{zookeeper}/{folder.name}", "--log-format", "json"]
        argv += ["--port", str(controller_port), "--broker-port", str(port), *flags]
        child = Child(argv, name="crushpad", log_path=folder / "serve.log")
        super().__init__("crushpad", child, controller_port, port)

    def healthy(self) -> bool:
        return all(self.get(port, "/health/readiness")[0] == 200 for port in (self._controller_port, self.port))

    def config(self, table: TableSpec) -> tuple[tables.Json, tables.Json]:
        return tables.schema(table), tables.config(table, {"bloomFilterColumns": list(table.keys)})

    def stored(self, table: str) -> Stored:
        """The server maps the files of the deep store, when that is a folder of its machine: there is one copy."""
        size = sum(int(said["segment.size.in.bytes"]) for said in self.sealed(table).values())
        return Stored(size, size)

    def files(self, table: str) -> list[Path]:
        """The Parquet files of the committed segments."""
        found = (self._succeed("GET", f"/segments/{table}/{name}/metadata") for name in self.sealed(table))
        return [Path(said["crushpad.path"]) for said in found]
