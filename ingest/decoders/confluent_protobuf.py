"""Confluent's Protobuf: behind the schema id stands which message of the schema's file it is, as a path of indices."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from confluent_kafka.schema_registry import Schema
from google.protobuf import (
    any_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError

from ingest.decoders.base import Columns
from ingest.decoders.coercion import CASTS
from ingest.decoders.confluent import HEAD_BYTES, schema_id, schema_of
from ingest.decoders.framing import ByHead, OneHeadDecoder, UnknownHead
from ingest.decoders.protobuf import ProtobufDecoder, ProtobufReader
from ingest.decoders.records import RecordDecoder
from ingest.decoders.registry import Registry, UnknownSchema

SERIALIZED = "serialized"
"""The registry's form of a Protobuf schema: a FileDescriptorProto in base64, so that nothing is compiled here."""

DEPTH_MAX = 32
FIRST_MESSAGE = b"\0"

_BUILT_IN = (any_pb2, duration_pb2, empty_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2)
"""Files that every schema may import and no registry holds."""


class ProtobufSchemas:
    """The messages that heads name, as the registry describes them."""

    def __init__(self, registry: Registry, capacity: int) -> None:
        self._registry, self._capacity = registry, capacity

    def reader(self) -> ByHead:
        return ByHead(head_of, lambda head: ProtobufReader(self.descriptor(head)), self._capacity)

    def descriptor(self, head: bytes) -> Descriptor:
        """Raises UnknownHead, DecoderWaits."""
        schema = schema_of(self._registry, head, "PROTOBUF", SERIALIZED)
        path = message_path(head[HEAD_BYTES:])
        try:
            return _message(self._file(schema), path)
        except (UnknownSchema, IndexError, KeyError, TypeError, ValueError, DecodeError, binascii.Error) as error:
            raise UnknownHead(f"schema {schema_id(head)} has no message {path} that can be read: {error}") from error

    def _file(self, schema: Schema) -> FileDescriptor:
        pool = DescriptorPool()
        for built_in in _BUILT_IN:
            pool.AddSerializedFile(built_in.DESCRIPTOR.serialized_pb)
        self._add_referred(schema, pool, set())
        file = _file_of(schema, "schema.proto")
        pool.Add(file)
        return pool.FindFileByName(file.name)

    def _add_referred(self, schema: Schema, pool: DescriptorPool, added: set[str]) -> None:
        for reference in schema.references or ():
            name = str(reference.name)
            if name not in added:
                added.add(name)
                referred = self._registry.version(str(reference.subject), int(reference.version or 1), SERIALIZED)
                self._add_referred(referred, pool, added)
                pool.Add(_file_of(referred, name))


def protobuf_decoder(schemas: ProtobufSchemas, columns: Columns, lenient: bool, capacity: int) -> OneHeadDecoder:
    """Batches of one message by its vectorised decoder, mixed ones by records."""
    reader = schemas.reader()
    records = RecordDecoder(reader, columns, CASTS, lenient)
    return OneHeadDecoder(
        reader, records, lambda head: ProtobufDecoder(schemas.descriptor(head), columns, lenient), capacity
    )


def head_of(payload: bytes) -> bytes:
    """Magic, schema id and message path. What is cut short is a head that names nothing."""
    if payload[HEAD_BYTES : HEAD_BYTES + 1] == FIRST_MESSAGE:
        return payload[: HEAD_BYTES + 1]
    at = HEAD_BYTES
    count, at = _varint(payload, at)
    for _ in range(min(count, DEPTH_MAX)):
        _, at = _varint(payload, at)
    return payload[:at]


def message_path(text: bytes) -> list[int]:
    """The indices of a message within its file, outermost first. Raises UnknownHead."""
    count, at = _varint(text, 0)
    if not text or count < 0 or count > DEPTH_MAX:
        raise UnknownHead("the value does not say which message of the schema it is")
    path = []
    for _ in range(count):
        index, at = _varint(text, at)
        path.append(index)
    return path or [0]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A zigzag number and where it ends; what is cut short counts as if zeros followed."""
    number = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            break
    return (number >> 1) ^ -(number & 1), at


def _message(file: FileDescriptor, path: Sequence[int]) -> Descriptor:
    """The message at a path of indices. Raises IndexError."""
    if min(path) < 0:
        raise IndexError("a negative index")
    found = list(file.message_types_by_name.values())[path[0]]
    for index in path[1:]:
        found = found.nested_types[index]
    return found


def _file_of(schema: Schema, name: str) -> FileDescriptorProto:
    """Raises ValueError for a registry that gives source text whatever it is asked."""
    text = str(schema.schema_str)
    if "message" in text and "{" in text:
        raise ValueError("the registry does not give Protobuf schemas in the form 'serialized'")
    file = FileDescriptorProto.FromString(base64.standard_b64decode(text))
    file.name = name
    return file
