"""Topic, schema and table of the demo; all of them may be there already."""

from __future__ import annotations

import json
from importlib.resources import files

from crushpad.cli.api import Api
from crushpad.cli.exit_codes import ExitCode, Failure
from ingest.streams.producer import create_topic, end_offsets

TOPIC = TABLE = "clicks"
PARTITIONS = 2
SCHEMA_FILE, TABLE_FILE = "clicks_schema.json", "clicks_table.json"
TOPIC_SETTINGS = {"retention.bytes": str(1 << 30)}


def ensure_topic(brokers: str) -> int:
    """The number of rows that the topic has already, 0 when it was created just now. Raises `ProduceFailed`."""
    created = create_topic(brokers, TOPIC, PARTITIONS, TOPIC_SETTINGS)
    return 0 if created else sum(end_offsets(brokers, TOPIC))


def ensure_schema(api: Api) -> str:
    """Upload the schema; what the service said."""
    return str(api.call("POST", "schemas", body=resource(SCHEMA_FILE))["status"])


def ensure_table(api: Api, brokers: str, flush_rows: int) -> str:
    """Create the table, or bring it up to date: the ports and sizes of this run may differ. What the service said."""
    body = table_config(brokers, flush_rows)
    try:
        return str(api.call("POST", "tables", body=body)["status"])
    except Failure as failure:
        if failure.code is not ExitCode.CONFLICT:
            raise
    return str(api.call("PUT", "tables", TABLE, body=body)["status"])


def table_config(brokers: str, flush_rows: int) -> bytes:
    """The demo's table config for a Kafka at `brokers`, sealing every `flush_rows` rows of a partition."""
    config = json.loads(resource(TABLE_FILE))
    (stream,) = config["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    stream["stream.kafka.broker.list"] = brokers
    stream["realtime.segment.flush.threshold.segment.rows"] = str(flush_rows)
    return json.dumps(config).encode()


def resource(name: str) -> bytes:
    """A file of this package."""
    return files("crushpad.quickstart").joinpath(name).read_bytes()
