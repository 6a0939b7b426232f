"""What a part asks of a system, whatever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table over the topic of its name.

    `time_column` holds epoch milliseconds; a segment ends at `segment_rows` rows or after `flush_s` seconds; `keys` are
    columns that are asked for single values: they get the index a system has for that (bloom filter, inverted).
    """

    name: str
    brokers: str
    partitions: int
    columns: Sequence[tuple[str, pa.DataType]]
    time_column: str
    segment_rows: int
    flush_s: int
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes of a table's sealed segments: as the server reads them, and as the deep store keeps them."""

    server: float
    deep_store: float


class System(Protocol):
    """One installation on one machine: a folder and a place in ZooKeeper of its own, kept over `kill` and `start`."""

    @property
    def name(self) -> str:
        """As figures show it: `crushpad`, `pinot default`, `pinot tuned`."""
        ...

    @property
    def port(self) -> int:
        """The HTTP port that answers POST /query/sql."""
        ...

    def start(self) -> None:
        """Returns when it is healthy."""
        ...

    def stop(self) -> None:
        """An orderly end; harmless when it does not run."""
        ...

    def kill(self) -> None:
        """SIGKILL to all its processes at once."""
        ...

    def create(self, table: TableSpec) -> None:
        """Schema and table; it consumes from the earliest record on."""
        ...

    def drop(self, table: str) -> None: ...

    def count(self, table: str) -> int:
        """Rows that a query sees; -1 while it cannot say."""
        ...

    def sealed_rows(self, table: str) -> int:
        """Rows of segments that are committed."""
        ...

    def seal(self, table: str) -> None:
        """Ask it to commit what it consumes (Pinot's forceCommit); it does not wait."""
        ...

    def cpu_s(self) -> float:
        """Processor seconds of the whole process tree since its start."""
        ...

    def resident_mb(self) -> float:
        """Proportional set size of the whole process tree, MiB."""
        ...

    def stored(self, table: str) -> Stored: ...
