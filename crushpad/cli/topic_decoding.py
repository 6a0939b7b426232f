"""The newest records of a topic, as a table of a running service would take them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from crushpad.cli.api import Api
from crushpad.cli.kafka_access import cluster_of, kafka_said
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows
from crushpad.cli.raw_values import cell
from crushpad.cli.topic_records import newest_of
from ingest.topics_reading import Record

COLUMNS = ["partition", "offset", "outcome", "reason", "field", "row"]
REQUEST_BYTES_MAX = 1_500_000
"""The service takes 2 MiB; a record larger than that is refused by it, in its words."""
REQUEST_RECORDS_MAX = 500


def print_decoded(
    topic: str,
    partitions: Sequence[int],
    count: int,
    table: str,
    endpoint: str,
    brokers: str,
    properties: Sequence[str],
    timeout_s: float,
    output: Output,
) -> None:
    """Print one line for each row that the table would make, and for each record that it would not take."""
    with kafka_said(brokers):
        records = newest_of(cluster_of(brokers, properties, timeout_s), topic, partitions, count)
    api = Api(endpoint, timeout_s)
    api.get("tables", table)  # an unknown table is said although there are no records
    tried = [each for group in _groups([_packed(record) for record in records]) for each in _asked(api, table, group)]
    print_rows(COLUMNS, (line for each in tried for line in _lines(each, output)), output)


def _asked(api: Api, table: str, group: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = api.call(
        "POST", "tables", table, "decode", body=json.dumps({"records": group}).encode()
    )
    return answer


def _lines(tried: dict[str, Any], output: Output) -> Iterator[list[Any]]:
    start = [tried[name] for name in COLUMNS[:-1]]
    for row in tried["rows"] or [None]:
        shown = cell(json.dumps(row, ensure_ascii=False)) if output is Output.TABLE and row is not None else row
        yield [*start, shown]


def _packed(record: Record) -> dict[str, Any]:
    return {
        "partition": record.partition,
        "offset": record.offset,
        "timestampMs": record.timestamp_ms,
        "key": _base64(record.key),
        "value": _base64(record.value),
        "headers": [{"key": name, "value": _base64(value)} for name, value in record.headers],
    }


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()


def _groups(records: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """As many records at once as a request may hold."""
    group: list[dict[str, Any]] = []
    size = 0
    for record in records:
        bytes_more = len(json.dumps(record))
        if group and (size + bytes_more > REQUEST_BYTES_MAX or len(group) == REQUEST_RECORDS_MAX):
            yield group
            group, size = [], 0
        group.append(record)
        size += bytes_more
    if group:
        yield group
