"""The quickstart's clicks in other formats than JSON, for benchmarks."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

import fastavro
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

_KINDS = {
    "ts": "long", "user_id": "long", "event": "string", "city": "string", "amount": "double", "qty": "int",
    "session": "string", "url": "string", "ok": "boolean",
}  # fmt: skip

AVRO_SCHEMA = {
    "type": "record",
    "name": "Click",
    "fields": [
        {"name": name, "type": ["null", kind] if name == "city" else kind, "default": None}
        if name == "city"
        else {"name": name, "type": kind}
        for name, kind in _KINDS.items()
    ],
}

_PROTOBUF_TYPES = {"long": "TYPE_INT64", "string": "TYPE_STRING", "double": "TYPE_DOUBLE", "int": "TYPE_INT32",
                   "boolean": "TYPE_BOOL"}  # fmt: skip


def avro_clicks(payloads: Sequence[bytes]) -> list[bytes]:
    schema = fastavro.parse_schema(AVRO_SCHEMA)
    return [_avro(schema, json.loads(payload)) for payload in payloads]


def _avro(schema: object, record: object) -> bytes:
    written = io.BytesIO()
    fastavro.schemaless_writer(written, schema, record)  # type: ignore[arg-type]
    return written.getvalue()


def click_message() -> type[Message]:
    """A message class with the fields of a click."""
    file = descriptor_pb2.FileDescriptorProto(name="click.proto", package="clicks", syntax="proto3")
    message = file.message_type.add(name="Click")
    for number, (name, kind) in enumerate(_KINDS.items(), 1):
        message.field.add(name=name, number=number, type=_PROTOBUF_TYPES[kind], label="LABEL_OPTIONAL")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made: type[Message] = message_factory.GetMessageClass(pool.FindMessageTypeByName("clicks.Click"))
    return made


def protobuf_clicks(payloads: Sequence[bytes], message: type[Message]) -> list[bytes]:
    return [message(**json.loads(payload)).SerializeToString() for payload in payloads]


def csv_clicks(payloads: Sequence[bytes]) -> list[bytes]:
    """Fields in the order of the clicks' keys; none holds a comma."""
    return [",".join(map(str, json.loads(payload).values())).encode() for payload in payloads]
