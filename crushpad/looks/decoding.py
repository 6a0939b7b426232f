"""What a table would make of records that somebody has: nothing is stored, and nothing is read from Kafka."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from typing import Any

from crushpad.looks.errors import CannotLook
from crushpad.looks.tracing import trial_fields
from crushpad.looks.world import World
from ingest.topics_reading import Record
from ingest.trial import Bench

Json = dict[str, Any]


def decode(world: World, question: Mapping[str, Any]) -> list[Json]:
    """`question` has `table` and `records`: partition, offset, timestampMs, and value as base64 or null."""
    bench = Bench(world.table(question["table"]), os.environ)
    return [_tried(bench, number, given) for number, given in enumerate(question["records"])]


def _tried(bench: Bench, number: int, given: Mapping[str, Any]) -> Json:
    record = _record(number, given)
    trial = bench.tried(record, record.partition)
    place = {"partition": record.partition, "offset": record.offset, "outcome": trial.outcome}
    return {**place, **trial_fields(trial)}


def _record(number: int, given: Mapping[str, Any]) -> Record:
    packed = given.get("value")
    try:
        value = None if packed is None else base64.b64decode(packed, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise CannotLook(400, f"records[{number}].value must be base64 or null") from None
    return Record(
        partition=given.get("partition", 0),
        offset=given.get("offset", number),
        timestamp_ms=given.get("timestampMs"),
        timestamp_kind="none",
        leader_epoch=-1,
        key=None,
        value=value,
        headers=(),
    )
