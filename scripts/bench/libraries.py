"""What libraries alone make of payloads: each the fastest way to the same columns that it has in one thread."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

import duckdb
import fastavro
import msgspec
import orjson
import ptars
import pyarrow as pa
import pyarrow.json as pj
from google.protobuf.message import Message

from scripts.bench.turns import Work
from scripts.click_formats import AVRO_SCHEMA

DUCKDB_SHAPE = json.dumps({
    "ts": "BIGINT", "user_id": "BIGINT", "event": "VARCHAR", "city": "VARCHAR", "amount": "DOUBLE", "qty": "INTEGER",
    "session": "VARCHAR", "url": "VARCHAR", "ok": "BOOLEAN",
})  # fmt: skip


def json_readers(payloads: Sequence[bytes], schema: pa.Schema) -> dict[str, Work]:
    """Clicks as columns of `schema`."""
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    connection = duckdb.connect(config={"threads": 1})

    def by_pyarrow() -> pa.Table:
        joined = b"\n".join(payloads)
        read = pj.ReadOptions(use_threads=False, block_size=len(joined) + 1)
        return pj.read_json(pa.py_buffer(joined), read_options=read, parse_options=options)

    def by_duckdb() -> pa.Table:
        texts = pa.table({"j": pa.array(payloads, pa.string())})
        query = f"SELECT unnest(json_transform(j, '{DUCKDB_SHAPE}')) FROM texts"
        return connection.register("texts", texts).sql(query).to_arrow_table()

    return {
        "pyarrow.json": by_pyarrow,
        "DuckDB": by_duckdb,
        "orjson": lambda: pa.RecordBatch.from_pylist([orjson.loads(p) for p in payloads], schema),
        "msgspec": lambda: pa.RecordBatch.from_pylist([msgspec.json.decode(p) for p in payloads], schema),
    }


def fastavro_alone(payloads: Sequence[bytes]) -> Work:
    """Records as dictionaries."""
    schema, read = fastavro.parse_schema(AVRO_SCHEMA), fastavro.schemaless_reader
    return lambda: [read(io.BytesIO(payload), schema, None) for payload in payloads]


def ptars_alone(message: type[Message], payloads: Sequence[bytes]) -> Work:
    """One Arrow batch."""
    handler = ptars.HandlerPool([message.DESCRIPTOR.file]).get_for_message(message.DESCRIPTOR)
    batch = list(payloads)
    return lambda: handler.list_to_record_batch(batch)
