"""The show: rows go into Kafka, answers come out, a segment is sealed; then the service stays until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from crushpad.cli.exit_codes import ExitCode
from crushpad.quickstart.sealed import Sealed, column_table, newest_sealed
from crushpad.quickstart.setup import PARTITIONS, TABLE, TOPIC, ensure_schema, ensure_table, ensure_topic
from crushpad.quickstart.stack import Stack, running_stack
from crushpad.quickstart.stream import ClickStream
from crushpad.quickstart.watch import Watch

SEALS_WITHIN_THE_SHOW = 2
"""Each partition gets its share of the rows and seals so often."""
TRICKLE_ROWS_PER_S = 500

QUERIES = (
    "SELECT COUNT(*), MIN(ts), MAX(ts) FROM clicks",
    "SELECT event, COUNT(*), SUM(amount) FROM clicks GROUP BY event ORDER BY COUNT(*) DESC",
    "SELECT city, AVG(amount) FROM clicks WHERE event = 'purchase' AND ok = true GROUP BY city "
    "ORDER BY AVG(amount) DESC LIMIT 3",
    "SELECT user_id, event, city, amount FROM clicks ORDER BY ts DESC LIMIT 3",
)


@dataclass(frozen=True)
class Plan:
    """What the person asked for."""

    data_dir: Path
    rows: int
    rate: int
    port: int
    broker_port: int
    once: bool


def run(plan: Plan) -> int:
    """The whole quickstart; returns the exit code.

    Raises `ManagedError`, `ProduceFailed`, `QuickstartFailed`, and `Failure` for what the service refuses.
    """
    console = Console(highlight=False)
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background job starts with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        with running_stack(plan.data_dir.resolve(), plan.port, plan.broker_port, console) as stack:
            Show(plan, stack, console).play()
    except KeyboardInterrupt:
        console.print("\nstopped; the next run on this folder goes on from here")
    return ExitCode.OK


class Show:
    """The acts, in order."""

    def __init__(self, plan: Plan, stack: Stack, console: Console) -> None:
        self._plan = plan
        self._stack = stack
        self._console = console
        self._watch = Watch(stack.api, stack.service, TABLE)
        self._ages_ms: list[int] = []

    def play(self) -> None:
        """Everything; returns when the show is over, or at Ctrl-C when it is to stay."""
        there = self._prepare()
        with ClickStream(self._stack.kafka, TOPIC, PARTITIONS, there) as stream:
            self._pour(stream, there)
            self._answer(there + self._plan.rows)
            sealed = self._watch.until("a sealed segment", lambda: newest_sealed(self._stack.api, TABLE))
            self._show_sealed(sealed)
            if not self._plan.once:
                self._invite(sealed)
                self._stay(stream)

    def _prepare(self) -> int:
        """Topic, schema and table; returns the number of rows that the topic has already."""
        there = ensure_topic(self._stack.kafka)
        flush_rows = max(1, self._plan.rows // PARTITIONS // SEALS_WITHIN_THE_SHOW)
        self._say(f"topic {TOPIC}: {PARTITIONS} partitions, {there:,} rows so far")
        self._say(f"schema: {ensure_schema(self._stack.api)}")
        self._say(f"table: {ensure_table(self._stack.api, self._stack.kafka, flush_rows)}")
        self._watch.until("all partitions to consume", lambda: self._watch.consuming() == PARTITIONS)
        return there

    def _pour(self, stream: ClickStream, there: int) -> None:
        """Produce the rows of the show and watch them become queryable."""
        stream.flow(self._plan.rate, limit=self._plan.rows)

        def all_counted() -> bool:
            stream.check()
            self._note_age(stream)
            counted = self._watch.count() - there
            rate = stream.produced / max(0.001, stream.seconds)
            self._progress(
                f"produced {stream.produced:,} of {self._plan.rows:,} rows, {rate:,.0f} rows/s; "
                f"queryable {max(0, counted):,}{self._age_words()}"
            )
            return counted >= self._plan.rows

        self._watch.until(f"{self._plan.rows:,} rows to be queryable", all_counted, self._plan.rows / self._plan.rate)

    def _answer(self, produced: int) -> None:
        self._say(f"\n{produced:,} rows produced, {self._watch.count():,} rows counted")
        if self._ages_ms:
            age = statistics.median(self._ages_ms)
            self._say(f"freshness: the newest row was {age:.0f} ms old when it was answered (median while streaming)")
        for sql in QUERIES:
            answer = self._watch.query(sql)
            self._say(f"\n> {sql}   ({answer['timeUsedMs']} ms)")
            self._console.print(_answer_table(answer))

    def _show_sealed(self, sealed: Sealed) -> None:
        self._say(f"\na sealed segment: {sealed.name}")
        self._say(
            f"  offsets [{sealed.start}, {sealed.end}), {sealed.rows:,} rows, "
            f"{sealed.size_bytes / max(1, sealed.rows):.1f} bytes/row, plain Parquet:\n  {sealed.path}"
        )
        self._console.print(column_table(sealed.path))

    def _invite(self, sealed: Sealed) -> None:
        python = min(sys.executable, os.path.relpath(sys.executable), key=len)
        command = "crushpad" if shutil.which("crushpad") else f"{python} -m crushpad"
        endpoint = "" if self._stack.http.endswith(":9000") else f" --endpoint http://{self._stack.http}"
        peek = f"import duckdb; duckdb.sql(\\\"FROM '{sealed.path}' LIMIT 3\\\").show()"
        self._say(f"""
serving; Ctrl-C ends everything. Logs are in {self._plan.data_dir / "logs"}
  API and queries     http://{self._stack.http}   (OpenAPI at /openapi.json)
  Pinot's query port  http://{self._stack.broker}/query/sql
  Kafka {self._stack.kafka}, ZooKeeper {self._stack.zookeeper}

type next:
  {command} query run "SELECT city, COUNT(*) FROM {TABLE} GROUP BY city"{endpoint}
  curl -s http://{self._stack.http}/tables/{TABLE}/consumingSegmentsInfo
  {python} -c "{peek}"
""")

    def _stay(self, stream: ClickStream) -> None:
        """Until Ctrl-C: a trickle of rows, and on a terminal a line about it."""
        stream.flow(min(TRICKLE_ROWS_PER_S, self._plan.rate))
        while True:
            stream.check()
            if self._console.is_terminal:
                self._note_age(stream)
                self._progress(f"streaming; {self._watch.count():,} rows queryable{self._age_words()}")
            self._watch.pause()

    def _note_age(self, stream: ClickStream) -> None:
        """Age of the newest row, if this stream made it and still flows: else it says nothing of freshness."""
        age_ms = self._watch.freshness_ms() if stream.flowing else None
        if age_ms is not None and age_ms < 1000 * stream.seconds:
            self._ages_ms.append(age_ms)

    def _age_words(self) -> str:
        return f", the newest {self._ages_ms[-1]} ms old" if self._ages_ms else ""

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)

    def _progress(self, text: str) -> None:
        """One line that is written over on a terminal, a plain line elsewhere."""
        if self._console.is_terminal:
            self._console.file.write(f"\r\x1b[2K{text}")
            self._console.file.flush()
        else:
            self._say(text)


def _answer_table(answer: dict[str, Any]) -> Table:
    columns = answer["resultTable"]["dataSchema"]["columnNames"]
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in answer["resultTable"]["rows"]:
        table.add_row(*map(_shown, row))
    return table


def _shown(value: object) -> str:
    """Pinot's sums, minima and maxima are doubles; whole ones are shown as such."""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.2f}"
    return str(value)
