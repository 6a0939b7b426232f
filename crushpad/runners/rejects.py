"""Answers one question about rejected records: `python -m crushpad.runners.rejects <settings as JSON> <zookeeper>`.

A `RejectsRequest` in, `{"status": 200, "body": ...}` out, or the status and the sentence of what stands in the way.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from crushpad import logs
from crushpad.rejects import Command, RejectsRequest
from crushpad.runners.rejects_here import House, Wrong, partitions_of
from crushpad.settings import Settings
from segments.arrow_alone import arrow_alone
from segments.consuming.frames import CorruptFrame
from segments.rejected import Rejected, kept, listed

READS_MAX = 5
Json = dict[str, Any]


def listing(house: House, request: RejectsRequest) -> Json:
    """The first `limit` rejects, and whether there are more."""
    table = house.table(request.table)
    views = (house.view(table.name, entry.partition) for entry in partitions_of(table, request.partition))
    found = itertools.chain.from_iterable(listed(view.entry, view.consuming, request.settled) for view in views)
    first = list(itertools.islice(found, request.limit + 1))
    return {
        "table": table.name,
        "rejects": [as_json(one) for one in first[: request.limit]],
        "more": len(first) > request.limit,
    }


def showing(house: House, request: RejectsRequest) -> Json:
    """One reject with its bytes."""
    table = house.table(request.table)
    (partition,) = (entry.partition for entry in partitions_of(table, request.partition))
    view, offset = house.view(table.name, partition), request.offset if request.offset is not None else -1
    about = next((one for one in listed(view.entry, view.consuming, with_settled=True) if one.offset == offset), None)
    record = kept(view.entry, view.consuming, offset)
    if about is None or record is None:
        raise Wrong(404, f"No record at offset {offset} of partition {partition} of '{table.name}' was rejected.")
    return {
        **as_json(about),
        "value": shown(record.value),
        "key": shown(record.key),
        "headers": [{"name": name, **(shown(value) or {})} for name, value in record.headers],
    }


def as_json(one: Rejected) -> Json:
    fields = asdict(one)
    return {("timestampMs" if name == "timestamp_ms" else name): value for name, value in fields.items()}


def shown(data: bytes | None) -> Json | None:
    """Bytes as text where they are UTF-8, else in base64; None where they were not kept."""
    if data is None:
        return None
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def replaying(settings: Settings, zookeeper: str) -> Callable[[House, RejectsRequest], Json]:
    """DuckDB, Kafka's client and ZooKeeper's are loaded for this alone."""

    def replay(house: House, request: RejectsRequest) -> Json:
        from crushpad.runners.replay import replayed

        return replayed(settings, zookeeper, house, request)

    return replay


def answered(house: House, request: RejectsRequest, how: Callable[[House, RejectsRequest], Json]) -> Json:
    """Files may change hands while they are read: then once more (P22)."""
    for _ in range(READS_MAX):
        try:
            return {"status": 200, "body": how(house, request)}
        except Wrong as wrong:
            return {"status": wrong.status, "error": str(wrong)}
        except (FileNotFoundError, CorruptFrame):
            continue
    return {"status": 503, "error": "files change hands: ask again"}


def main() -> None:
    arrow_alone()
    settings, zookeeper = Settings.model_validate_json(sys.argv[1]), sys.argv[2]
    request = RejectsRequest.model_validate_json(sys.stdin.read())
    logs.configure(settings.log_format, settings.log_level, "rejects")
    commands: Mapping[Command, Callable[[House, RejectsRequest], Json]] = {
        Command.LIST: listing,
        Command.SHOW: showing,
        Command.REPLAY: replaying(settings, zookeeper),
    }
    print(json.dumps(answered(House(settings), request, commands[request.command])), flush=True)
    os._exit(0)  # DuckDB's bindings have much to say of an interpreter that ends in order


if __name__ == "__main__":
    main()
