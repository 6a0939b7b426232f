"""Protobuf payloads: ptars makes whole batches of messages with plain fields, google.protobuf any record exactly."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from itertools import compress
from operator import length_hint
from typing import Any

import numpy as np
import ptars
import pyarrow as pa
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from ingest.decoders.base import Columns, Decoded, Refused
from ingest.decoders.coercion import CASTS
from ingest.decoders.columns import Record, arrow_schema
from ingest.decoders.protobuf_columns import Plan, plan_of
from ingest.decoders.records import RecordDecoder
from ingest.decoders.rules import needs_rule, ruled

_WRAPPERS = frozenset(f"google.protobuf.{kind}Value" for kind in
                      ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"))  # fmt: skip
_MOMENT = "google.protobuf.Timestamp"


class InvalidDescriptor(ValueError):
    """The descriptors do not describe the message."""


def descriptor_of(files: Iterable[descriptor_pb2.FileDescriptorProto], message: str) -> Descriptor:
    """The message called `message`, with or without its package. Raises InvalidDescriptor."""
    pool = descriptor_pool.DescriptorPool()
    names: list[str] = []
    try:
        for file in files:
            pool.Add(file)
            names += [f"{file.package}.{each.name}".lstrip(".") for each in file.message_type]
        return pool.FindMessageTypeByName(_full_name(message, names))
    except (KeyError, TypeError) as error:
        known = ", ".join(names) or "none"
        raise InvalidDescriptor(f"no message {message!r} in the descriptors, there are: {known} ({error})") from error


def _full_name(message: str, names: Sequence[str]) -> str:
    """Pinot's config has the short name or the full one."""
    short = [name for name in names if name.rpartition(".")[2] == message]
    return short[0] if message not in names and len(short) == 1 else message


class ProtobufReader:
    """One message a payload, exactly. A field without presence has its default; one with it is null when unset."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._message = message_factory.GetMessageClass(descriptor)
        self._name = descriptor.full_name
        self._record = record_maker(descriptor)

    def read(self, payloads: Sequence[bytes]) -> Sequence[Record | str]:
        return [self._one(payload) for payload in payloads]

    def reasons(self, payloads: Sequence[bytes]) -> dict[int, str]:
        """Why payloads are no messages, by index; nothing is made of the others."""
        found: dict[int, str] = {}
        left = iter(list(payloads))
        while length_hint(left):
            try:
                deque(map(self._message.FromString, left), maxlen=0)
            except (DecodeError, ValueError, RecursionError) as error:
                found[len(payloads) - length_hint(left) - 1] = self._reason(error)
        return found

    def _one(self, payload: bytes) -> Record | str:
        try:
            return self._record(self._message.FromString(payload))
        except (DecodeError, ValueError, RecursionError) as error:
            return self._reason(error)

    def _reason(self, error: Exception) -> str:
        return f"not Protobuf of the message {self._name}: {error}"


class ProtobufDecoder:
    """Batches by ptars where every column is a plain field, else and at need by records."""

    def __init__(self, descriptor: Descriptor, columns: Columns, lenient: bool) -> None:
        self._reader = ProtobufReader(descriptor)
        self._exact = RecordDecoder(self._reader, columns, CASTS, lenient)
        self._schema = arrow_schema(columns)
        self._plan: Plan | None = plan_of(descriptor, columns)
        config = ptars.PtarsConfig(enum_repr="string")
        self._fast = ptars.HandlerPool([descriptor.file], config).get_for_message(descriptor) if self._plan else None

    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        if self._plan is None:
            return self._exact.decode(payloads)
        rows = self._whole(payloads)
        return self._without_bad(payloads) if rows is None else Decoded(rows, None, ())

    def _without_bad(self, payloads: Sequence[bytes]) -> Decoded:
        """The fast reader's rows of the payloads that are messages; all exactly when it refuses these too.

        Refused is what both refuse: they differ on broken groups, and a record's fate must not depend on others (P4).
        """
        found = self._reader.reasons(payloads)
        reasons = {index: reason for index, reason in found.items() if self._read([payloads[index]]) is None}
        fine = np.ones(len(payloads), bool)
        fine[list(reasons)] = False
        rows = self._whole(list(compress(payloads, fine.tolist()))) if reasons and fine.any() else None
        if rows is None:
            return self._exact.decode(payloads)
        return Decoded(
            rows, np.flatnonzero(fine).tolist(), [Refused(index, reason) for index, reason in reasons.items()]
        )

    def _whole(self, payloads: Sequence[bytes]) -> pa.RecordBatch | None:
        """The batch by the vectorised reader; None when one of the messages needs the exact one."""
        read = self._read(payloads)
        if self._plan is None or read is None:
            return None
        columns = []
        for field in self._schema:
            column = self._plan.column(read, field)
            if needs_rule(column, field.type):
                return None
            columns.append(ruled(column).cast(field.type))
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)

    def _read(self, payloads: Sequence[bytes]) -> pa.RecordBatch | None:
        """What ptars makes of the payloads; None when it refuses one of them."""
        if self._fast is None:
            return None
        try:
            return self._fast.list_to_record_batch(list(payloads))
        except ValueError:
            return None


Make = Callable[[Any], Any]


def record_maker(descriptor: Descriptor) -> Callable[[Message], dict[str, Any]]:
    """Makes a message's record: nested messages are objects, enums their names, moments datetimes."""
    makers: Mapping[str, Make] = {field.name: _field_maker(field) for field in descriptor.fields}

    def record(message: Message) -> dict[str, Any]:
        return {name: make(message) for name, make in makers.items()}

    return record


def _field_maker(field: FieldDescriptor) -> Make:
    name, value = field.name, _value_maker(field)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        entry = _value_maker(field.message_type.fields_by_name["value"])
        return lambda message: {_key(key): entry(item) for key, item in getattr(message, name).items()}
    if field.is_repeated:
        return lambda message: [value(item) for item in getattr(message, name)]
    if field.has_presence:
        return lambda message: value(getattr(message, name)) if message.HasField(name) else None
    return lambda message: value(getattr(message, name))


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _value_maker(field: FieldDescriptor) -> Make:
    if field.enum_type is not None:
        names = {number: value.name for number, value in field.enum_type.values_by_number.items()}
        return lambda number: names.get(number, number)
    if field.message_type is None:
        return _as_it_is
    if field.message_type.full_name == _MOMENT:
        return lambda moment: moment.ToDatetime(tzinfo=UTC)
    if field.message_type.full_name in _WRAPPERS:
        return lambda wrapper: wrapper.value
    return _Nested(field.message_type)


def _as_it_is(value: Any) -> Any:
    return value


class _Nested:
    """Makes records of a message type when the first is met: types may contain themselves."""

    def __init__(self, descriptor: Descriptor) -> None:
        self._descriptor = descriptor
        self._record: Callable[[Message], dict[str, Any]] | None = None

    def __call__(self, message: Message) -> dict[str, Any]:
        if self._record is None:
            self._record = record_maker(self._descriptor)
        return self._record(message)
