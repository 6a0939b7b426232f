"""Lines written to a topic."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.kafka_access import cluster_of, kafka_said, pairs
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows
from ingest.topics import checked_partitions
from ingest.topics_writing import NewRecord, write


@dataclass(frozen=True)
class Lines:
    """Where lines come from, and how one becomes a record."""

    file: Path | None
    key_separator: str | None
    null_value: str | None

    def records(self) -> Iterator[NewRecord]:
        """One record for each line, its line end left out. Raises `Failure` for a line without the separator."""
        with nullcontext(sys.stdin.buffer) if self.file is None else self.file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                yield self._record(number, line.removesuffix(b"\n").removesuffix(b"\r"))

    def _record(self, number: int, line: bytes) -> NewRecord:
        if self.key_separator is None:
            return NewRecord(None, self._value(line))
        key, separator, value = line.partition(self.key_separator.encode())
        if not separator:
            where = self.file or "standard input"
            raise Failure(ExitCode.INVALID, f"{where}, line {number}: there is no {self.key_separator!r} after the key")
        return NewRecord(key, self._value(value))

    def _value(self, text: bytes) -> bytes | None:
        return None if self.null_value is not None and text == self.null_value.encode() else text


def write_lines(
    topic: str,
    lines: Lines,
    partition: int | None,
    headers: Sequence[str],
    brokers: str,
    properties: Sequence[str],
    timeout_s: float,
    output: Output,
) -> None:
    """Write all lines; prints the offsets by partition."""
    named = list(pairs("--header", headers))
    cluster = cluster_of(brokers, properties, timeout_s)
    with kafka_said(brokers):
        there = cluster.metadata(topic, "read_committed").describe().partitions  # producing would create the topic
        checked_partitions(topic, [] if partition is None else [partition], there)
        written = write(cluster, topic, lines.records(), partition, named)
    columns = ["partition", "records", "firstOffset", "lastOffset"]
    print_rows(columns, [[w.partition, w.records, w.first, w.last] for w in written], output)
