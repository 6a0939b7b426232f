"""What `crushpad segment sql` prints: the answer of a locked engine that has one segment and no file to open."""

from __future__ import annotations

from typing import Any

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows
from crushpad.cli.segment_looks import named_failures
from engine.connection import Engine, EngineFault, OutOfMemory, OutOfTime, TooLarge
from engine.settings import Settings
from segments.inspection.opening import open_segment
from segments.inspection.rows import json_rows
from segments.inspection.sealed import SealedFile

RELATION = "segment"
MEMORY_BYTES = 1024**3
ROWS_MAX = 10_000_000
THREADS = 2
TRY_AGAIN = (OutOfMemory, OutOfTime, TooLarge)
"""Faults of size, not of the query's text."""


def print_answer(address: str, sql: str, timeout_s: float, output: Output) -> None:
    """The rows of one SELECT."""
    with named_failures():
        relation = _relation(address)
    engine = Engine(Settings(folders=(), threads=THREADS, memory_limit_bytes=MEMORY_BYTES))
    try:
        result = engine.run(sql, {RELATION: relation}, timeout_s=timeout_s, rows_max=ROWS_MAX, bytes_max=MEMORY_BYTES)
    except EngineFault as error:
        code = ExitCode.FAILURE if isinstance(error, TRY_AGAIN) else ExitCode.INVALID
        raise Failure(code, f"{error}; the segment's rows are the table `{RELATION}`") from error
    finally:
        engine.close()
    print_rows(result.table.column_names, json_rows(iter(result.table.to_batches())), output)


def _relation(address: str) -> Any:
    """Sealed rows as a data set, of which the engine reads the columns that it needs; consuming rows as they are."""
    import pyarrow.dataset as ds

    segment = open_segment(address)
    return ds.dataset(segment.path, format="parquet") if isinstance(segment, SealedFile) else segment.table()
