"""`crushpad table dry-run`: what a config would make of a topic's newest records. Nothing is created or changed."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.kafka_access import kafka_said
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk
from crushpad.cli.raw_values import cell
from crushpad.cli.topic_records import newest_of
from crushpad.cli.trying import invalid_config
from crushpad.secret_files import ConnectingEnvironment, checked_files
from ingest.topics import Cluster
from ingest.topics_reading import Record
from ingest.trial import Bench, Outcome, Trial
from segments.catalogue import TableEntry
from tableconfigs.notices import warnings_of
from tableconfigs.parsing import Parsed
from tableconfigs.schema import Schema
from tableconfigs.stream import StreamConfig, partition_id
from tableconfigs.table import TableConfig
from tableconfigs.validation import validate_table

COLUMNS = ["topic", "partition", "offset", "outcome", "reason", "field", "row"]


@dataclass(frozen=True)
class Wanted:
    """What to read: `topic` in place of the config's topics, `brokers` in place of its brokers, the newest `rows`."""

    topic: str | None
    brokers: str | None
    rows: int
    secrets_dir: Path | None
    timeout_s: float


def dry_run(config: Path, schema: Path, wanted: Wanted, output: Output) -> None:
    """Print what becomes of each record. Raises `Failure`: INVALID for a wrong config, FOUND when one is rejected."""
    environ = ConnectingEnvironment(os.environ, wanted.secrets_dir)
    table, columns = _checked(config, schema, environ)
    for warning in warnings_of(table):
        talk(f"warning: {warning}")
    bench = Bench(_entry(table, columns), environ)
    tried = [
        (stream.topic, record, bench.tried(record, partition_id(at, record.partition)))
        for at, stream in enumerate(_streams(table.value, wanted))
        for record in _newest(stream, wanted)
    ]
    print_rows(COLUMNS, [line for each in tried for line in _lines(*each, output)], output)
    _sum_up(Counter(trial.outcome for _, _, trial in tried))


def _checked(config: Path, schema: Path, environ: ConnectingEnvironment) -> tuple[Parsed[TableConfig], Parsed[Schema]]:
    with invalid_config(schema):
        columns = Schema.parse(schema.read_bytes())
    with invalid_config(config):
        table = TableConfig.parse(config.read_bytes(), environ)
        validate_table(table.value, columns.value)
    return table, columns


def _entry(table: Parsed[TableConfig], schema: Parsed[Schema]) -> TableEntry:
    """The table as the catalogue would have it."""
    return TableEntry(
        name=table.value.name_with_type,
        incarnation="dry-run",
        state="active",
        config_version=1,
        config=table.stored,
        schema_name=schema.value.schema_name,
        schema_version=1,
        schemas={1: schema.stored},
        created_ms=0,
        partitions=[],
    )


def _streams(table: TableConfig, wanted: Wanted) -> list[StreamConfig]:
    """The config's topics; or the one that is wanted, read as the config says of it, or of its first topic."""
    if wanted.topic is None:
        return list(table.streams)
    named = [stream for stream in table.streams if stream.topic == wanted.topic]
    return named or [replace(table.streams[0], topic=wanted.topic)]


def _newest(stream: StreamConfig, wanted: Wanted) -> list[Record]:
    """The newest records of all partitions together, in the order of their time."""
    brokers = wanted.brokers or stream.brokers
    with kafka_said(brokers):
        cluster = Cluster(brokers, checked_files(stream.client_properties, wanted.secrets_dir), wanted.timeout_s)
        records = newest_of(cluster, stream.topic, (), wanted.rows)
    ours = [record for record in records if stream.reads(record.partition)]
    return sorted(ours, key=lambda record: (record.timestamp_ms or 0, record.partition, record.offset))[-wanted.rows :]


def _lines(topic: str, record: Record, trial: Trial, output: Output) -> Iterator[list[Any]]:
    rows: list[Any] = [*trial.rows] or [None]
    for row in rows:
        own = None if row is None else {name: value for name, value in row.items() if not name.startswith("$")}
        yield [topic, record.partition, record.offset, str(trial.outcome), trial.reason, trial.field, _row(own, output)]


def _row(row: dict[str, Any] | None, output: Output) -> Any:
    if row is None:
        return None
    text = json.dumps(row, ensure_ascii=False, default=_text)
    return cell(text) if output is Output.TABLE else json.loads(text)


def _text(value: Any) -> str:
    """BYTES as hex digits, moments as text: as queries show them."""
    return value.hex() if isinstance(value, bytes) else str(value)


def _sum_up(outcomes: Counter[Outcome]) -> None:
    talk(", ".join(f"{outcomes[each]} {each}" for each in Outcome if outcomes[each]) or "the topic has no records")
    if outcomes[Outcome.REJECTED]:
        raise Failure(ExitCode.FOUND, f"{outcomes[Outcome.REJECTED]} of {outcomes.total()} records would be rejected")
