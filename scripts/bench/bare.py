"""DuckDB alone, in this process, with all processors: over files the limit of a query, over Arrow its truth."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from scripts.bench.queries.case import ROWS

Answer = tuple[float, list[list[Any]]]


class Bare:
    """One connection; the relation of all texts is `ROWS`."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(config={"threads": os.cpu_count() or 1})
        self._connection.execute("SET parquet_metadata_cache = true")

    @classmethod
    def over_files(cls, files: Sequence[Path], names: Sequence[str]) -> Bare:
        """The columns `names` of Parquet files."""
        bare = cls()
        listed = ", ".join(f"'{path}'" for path in files)
        bare._connection.execute(f"CREATE VIEW {ROWS} AS SELECT {', '.join(names)} FROM read_parquet([{listed}])")
        return bare

    @classmethod
    def over_rows(cls, rows: pa.Table) -> Bare:
        bare = cls()
        bare._connection.register(ROWS, rows)
        return bare

    def ask(self, sql: str) -> Answer:
        """(ms, rows)"""
        began = time.perf_counter()
        rows = self._connection.execute(sql).fetchall()
        return (time.perf_counter() - began) * 1000, [list(row) for row in rows]
