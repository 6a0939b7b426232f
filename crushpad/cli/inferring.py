"""`crushpad schema infer`: a schema proposed from the newest records of a topic."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.kafka_access import cluster_of, kafka_said
from crushpad.cli.printing import print_json, talk
from crushpad.cli.topic_records import newest_of
from ingest.topics_reading import Record
from tableconfigs.inference import infer_schema


def infer(topic: str, name: str | None, brokers: str, properties: Sequence[str], rows: int, timeout_s: float) -> None:
    """Print the proposal; what it rests on goes to standard error. Raises `Failure`."""
    with kafka_said(brokers):
        records = newest_of(cluster_of(brokers, properties, timeout_s), topic, (), rows)
    objects = [value for value in map(_object, records) if value is not None]
    if not objects:
        text = f"none of the newest {len(records)} records of {topic} is a JSON object"
        raise Failure(ExitCode.INVALID, f"{text}: a schema is proposed from JSON only")
    proposal = infer_schema(name or topic, objects)
    talk(f"from {len(objects)} JSON records of {topic}; {len(records) - len(objects)} others were left out")
    for note in proposal.notes:
        talk(note)
    print_json(proposal.schema)


def _object(record: Record) -> dict[str, Any] | None:
    try:
        value = json.loads(record.value or b"")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
