"""A DuckDB that can read what it is given and nothing else (P27), one query at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from engine.few_rows import FEW, few_rows
from engine.functions.registry import register
from engine.profile import RowsSeen, rows_seen
from engine.settings import Settings
from engine.watchdog import Watchdog

BATCH_ROWS = 16_384
MESSAGE_CHARS_MAX = 1_000
"""DuckDB quotes the value that it cannot convert, however long that is."""


class EngineFault(Exception):
    """A query could not be answered. The message is fit for the sender."""


class BadQuery(EngineFault):
    """The query fails on this data: a cast, an overflow, a function's argument. Fix the query."""


class OutOfTime(EngineFault):
    """The deadline passed and the query was interrupted."""


class OutOfMemory(EngineFault):
    """The query needs more memory than one query may have."""


class TooLarge(EngineFault):
    """The result has more rows or bytes than one answer may have."""


class FileGone(EngineFault):
    """A file of the plan cannot be opened or read: plan again on a fresh view (P22)."""


class Forbidden(EngineFault):
    """The SQL is not one SELECT, or wants what this connection may not do: a bug of the planner, never a way in."""


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of one query and how many rows were looked at for them."""

    table: pa.Table
    seen: RowsSeen


class Engine:
    """One locked connection. Not thread-safe: one query at a time."""

    def __init__(self, settings: Settings) -> None:
        self._connection = locked(settings)
        self._watchdog = Watchdog(self._connection.interrupt)

    def run(
        self,
        sql: str,
        relations: Mapping[str, pa.Table],
        *,
        timeout_s: float,
        rows_max: int,
        bytes_max: int,
        limit: int | None = None,
    ) -> Result:
        """The rows of one SELECT over `relations` and Parquet files. Raises a subclass of EngineFault.

        `limit`: no more rows will come.
        """
        with self._registered(relations), self._watchdog.guard(timeout_s), named_faults():
            (statement,) = one_select(self._connection, sql)
            table = self._rows(statement, rows_max, bytes_max, limit)
            return Result(table, rows_seen(self._connection.get_profiling_information(format="json")))

    def _rows(self, statement: duckdb.Statement, rows_max: int, bytes_max: int, limit: int | None) -> pa.Table:
        table = few_rows(self._connection, statement) if limit is not None and limit <= FEW else None
        if table is None:
            return collected(self._connection.sql(statement).to_arrow_reader(BATCH_ROWS), rows_max, bytes_max)
        return within(table, rows_max, bytes_max)

    def stream(
        self, sql: str, relations: Mapping[str, pa.Table], *, timeout_s: float
    ) -> Generator[pa.RecordBatch, None, None]:
        """The rows of one SELECT as they come; each batch within `timeout_s`. Close it to run another query.

        Raises a subclass of EngineFault.
        """
        with self._registered(relations), named_faults():
            with self._watchdog.guard(timeout_s):
                (statement,) = one_select(self._connection, sql)
                reader = self._connection.sql(statement).to_arrow_reader(BATCH_ROWS)
            with reader:
                while (batch := self._next(reader, timeout_s)) is not None:
                    yield batch

    def _next(self, reader: pa.RecordBatchReader, timeout_s: float) -> pa.RecordBatch | None:
        with self._watchdog.guard(timeout_s):
            return next(reader, None)

    def close(self) -> None:
        self._watchdog.close()
        self._connection.close()

    @contextmanager
    def _registered(self, relations: Mapping[str, pa.Table]) -> Iterator[None]:
        for name, table in relations.items():
            self._connection.register(name, table)
        try:
            yield
        finally:
            for name in relations:
                self._connection.unregister(name)


def locked(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Every setting that opens a door is closed, then the lock is turned. Order matters: the lock comes last."""
    connection = duckdb.connect(":memory:")
    register(connection)
    for statement in _settings(settings):
        connection.execute(statement)
    return connection


def _settings(settings: Settings) -> list[str]:
    folders = ", ".join(_text(str(Path(folder)) + "/") for folder in settings.folders)
    return [
        f"SET threads = {settings.threads}",
        f"SET memory_limit = '{settings.memory_limit_bytes}B'",
        "SET temp_directory = ''",
        "SET TimeZone = 'UTC'",
        "SET parquet_metadata_cache = true",
        "SET python_enable_replacements = false",
        "SET autoload_known_extensions = false",
        "SET autoinstall_known_extensions = false",
        "SET allow_community_extensions = false",
        "SET allow_persistent_secrets = false",
        "SET enable_profiling = 'no_output'",
        f"SET allowed_directories = [{folders}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ]


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def one_select(connection: duckdb.DuckDBPyConnection, sql: str) -> list[duckdb.Statement]:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Forbidden("only one SELECT is run")
    return list(statements)


def collected(reader: pa.RecordBatchReader, rows_max: int, bytes_max: int) -> pa.Table:
    batches: list[pa.RecordBatch] = []
    rows = size = 0
    with reader:  # a result that is not fetched to its end keeps its relations
        for batch in reader:
            rows += batch.num_rows
            size += batch.nbytes
            if rows > rows_max or size > bytes_max:
                raise _too_large(rows_max, bytes_max)
            batches.append(batch)
    return pa.Table.from_batches(batches, reader.schema)


def within(table: pa.Table, rows_max: int, bytes_max: int) -> pa.Table:
    """The table itself. Raises TooLarge."""
    if table.num_rows > rows_max or table.nbytes > bytes_max:
        raise _too_large(rows_max, bytes_max)
    return table


def _too_large(rows_max: int, bytes_max: int) -> TooLarge:
    return TooLarge(f"the result has more than {rows_max} rows or {bytes_max} bytes; use a smaller LIMIT")


@contextmanager
def named_faults() -> Iterator[None]:
    """DuckDB's errors as ours, named for what to do next. Those of a running stream come as OSError, by their text."""
    try:
        yield
    except (MemoryError, pa.ArrowMemoryError) as error:
        raise OutOfMemory(_NO_MEMORY) from error
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise _fault(str(error)) from error


_NO_MEMORY = "the query needs more memory than one query may have"
_IN_FUNCTION = "Invalid Input Error: Python exception occurred while executing the UDF: "
_BY_PREFIX: dict[str, tuple[type[EngineFault], str | None]] = {
    "INTERRUPT": (OutOfTime, "the query took longer than its deadline"),
    "Out of Memory": (OutOfMemory, _NO_MEMORY),
    "IO Error": (FileGone, None),
    "Permission Error": (Forbidden, None),
}


def _fault(text: str) -> EngineFault:
    first_line = text.partition("\n")[0][:MESSAGE_CHARS_MAX]
    if first_line.startswith(_IN_FUNCTION):
        return _function_fault(first_line.removeprefix(_IN_FUNCTION))
    for prefix, (fault, message) in _BY_PREFIX.items():
        if first_line.startswith(prefix):
            return fault(message or first_line)
    return BadQuery(first_line)


def _function_fault(text: str) -> EngineFault:
    """What one of our own functions raised: its message, without the name of the exception."""
    kind, _, message = text.partition(": ")
    return OutOfMemory(_NO_MEMORY) if kind in ("MemoryError", "ArrowMemoryError") else BadQuery(message or kind)
