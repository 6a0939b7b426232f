"""What a table would make of records that somebody has: nothing is stored, and nothing is read from Kafka."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from crushpad.looks.errors import CannotLook
from crushpad.looks.tracing import trial_fields
from crushpad.looks.world import World
from ingest.decoders.base import DecoderWaits
from ingest.topics_reading import Record
from ingest.trial import Bench

Json = dict[str, Any]


def decode(world: World, question: Mapping[str, Any]) -> list[Json]:
    """`question` has `table` and `records` as the route describes them. Raises CannotLook."""
    bench = Bench(world.table(question["table"]), world.environ)
    try:
        return [_tried(bench, number, given) for number, given in enumerate(question["records"])]
    except DecoderWaits as error:
        raise CannotLook(503, str(error)) from error


def _tried(bench: Bench, number: int, given: Mapping[str, Any]) -> Json:
    record = _record(number, given)
    trial = bench.tried(record, record.partition)
    place = {"partition": record.partition, "offset": record.offset, "outcome": trial.outcome}
    return {**place, **trial_fields(trial)}


def _record(number: int, given: Mapping[str, Any]) -> Record:
    place = f"records[{number}]"
    return Record(
        partition=given["partition"],
        offset=given["offset"],
        timestamp_ms=given["timestampMs"],
        timestamp_kind="none",
        leader_epoch=-1,
        key=_bytes(f"{place}.key", given["key"]),
        value=_bytes(f"{place}.value", given["value"]),
        headers=tuple((h["key"], _bytes(f"{place}.headers", h["value"])) for h in given["headers"]),
    )


def _bytes(place: str, packed: str | None) -> bytes | None:
    try:
        return None if packed is None else base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise CannotLook(400, f"{place} must be base64 or null") from None
