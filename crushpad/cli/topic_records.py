"""Records of a topic printed: from a place on, the newest ones, or what a table makes of them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.kafka_access import cluster_of, kafka_said
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows
from crushpad.cli.raw_values import shown
from ingest.topics import Cluster, checked_partitions
from ingest.topics_reading import Reading, Record, newest, read

COLUMNS = ["partition", "offset", "timestampMs", "key", "value", "headers"]
TOMBSTONE = "(tombstone)"
"""In a table for people; the other forms have a null."""
STREAMED = (Output.JSONL, Output.CSV)
ISOLATION = "read_committed"

_PLACE = re.compile(r"beginning|end|-?\d{1,18}")


@dataclass(frozen=True)
class Wanted:
    """Which records: `partitions` (none: all), from `start` on, `limit` at most (0: no limit)."""

    partitions: Sequence[int]
    start: str
    limit: int
    follow: bool
    idle_s: float | None

    def check(self, output: Output) -> None:
        """Raises `Failure` for what does not go together."""
        if not _PLACE.fullmatch(self.start):
            raise Failure(ExitCode.USAGE, f"--from must be beginning, end, an offset or -N, not {self.start!r}")
        endless = self.limit == 0 or (self.follow and self.idle_s is None)
        if endless and output not in STREAMED:
            raise Failure(
                ExitCode.USAGE,
                f"--output {output} prints all at once at the end; for an endless read take jsonl or csv",
            )


@dataclass(frozen=True)
class Bounds:
    """`[earliest, latest)` of each partition, as of now."""

    earliest: Mapping[int, int]
    latest: Mapping[int, int]


def print_records(
    topic: str, wanted: Wanted, brokers: str, properties: Sequence[str], timeout_s: float, output: Output
) -> None:
    """Print records as they come (jsonl, csv) or at the end (table, json)."""
    wanted.check(output)
    cluster = cluster_of(brokers, properties, timeout_s)
    with kafka_said(brokers), _reader_may_leave():
        bounds = _bounds(cluster, topic, wanted.partitions)
        reading = Reading(
            {p: _start(topic, p, wanted.start, bounds) for p in bounds.latest},
            None if wanted.follow else bounds.latest,
            wanted.idle_s if wanted.follow else timeout_s,
        )
        records = _until_interrupted(read(cluster, topic, ISOLATION, reading))
        print_rows(COLUMNS, _rows(islice(records, wanted.limit or None), output), output)


def print_newest(
    topic: str,
    partitions: Sequence[int],
    count: int,
    brokers: str,
    properties: Sequence[str],
    timeout_s: float,
    output: Output,
) -> None:
    """Print the newest `count` records of each partition."""
    with kafka_said(brokers), _reader_may_leave():
        found = newest_of(cluster_of(brokers, properties, timeout_s), topic, partitions, count)
        print_rows(COLUMNS, _rows(found, output), output)


def newest_of(cluster: Cluster, topic: str, partitions: Sequence[int], count: int) -> list[Record]:
    """The newest `count` records of each partition (none named: all). Raises as `ingest.topics_reading.read`."""
    bounds = _bounds(cluster, topic, partitions)
    return newest(cluster, topic, bounds.earliest, bounds.latest, count)


def _bounds(cluster: Cluster, topic: str, partitions: Sequence[int]) -> Bounds:
    metadata = cluster.metadata(topic, ISOLATION)
    chosen = checked_partitions(topic, partitions, metadata.describe().partitions)
    return Bounds(metadata.earliest(chosen), metadata.latest(chosen))


def _start(topic: str, partition: int, start: str, bounds: Bounds) -> int:
    """Where to begin. Raises `Failure` for an offset that the partition does not have."""
    low, high = bounds.earliest[partition], bounds.latest[partition]
    if start in ("beginning", "end"):
        return low if start == "beginning" else high
    if start.startswith("-"):
        return max(low, high + int(start))
    if not low <= int(start) <= high:
        raise Failure(
            ExitCode.NOT_FOUND, f"partition {partition} of {topic} has offsets {low} up to {high}, not {start}"
        )
    return int(start)


def _rows(records: Iterable[Record], output: Output) -> Iterator[list[Any]]:
    for record in records:
        headers = [{"key": name, "value": shown(value, output)} for name, value in record.headers]
        is_tombstone = record.value is None and output is Output.TABLE
        key, value = shown(record.key, output), TOMBSTONE if is_tombstone else shown(record.value, output)
        yield [record.partition, record.offset, record.timestamp_ms, key, value, headers]


def _until_interrupted(records: Iterator[Record]) -> Iterator[Record]:
    """Ctrl-C is how following ends."""
    try:
        yield from records
    except KeyboardInterrupt:
        return


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Rows go out one by one; `| head` closes our standard output when it has enough."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
