"""Confluent's wire format: a zero, four bytes of schema id, then Avro, JSON or Protobuf (contract 7.5)."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka.schema_registry import Schema

from ingest.decoders.avro import AvroDecoder, AvroReader, InvalidAvroSchema
from ingest.decoders.base import Columns, Decoded, Refused
from ingest.decoders.coercion import CASTS
from ingest.decoders.framing import ByHead, OneHeadDecoder, UnknownHead
from ingest.decoders.json import JsonDecoder, JsonReader
from ingest.decoders.records import RecordDecoder
from ingest.decoders.registry import Registry, UnknownSchema

HEAD_BYTES = 5


def head_of(payload: bytes) -> bytes:
    return payload[:HEAD_BYTES]


def schema_id(head: bytes) -> int:
    """Raises UnknownHead for bytes that are not Confluent's."""
    if len(head) < HEAD_BYTES:
        raise UnknownHead(f"the value has fewer than the {HEAD_BYTES} bytes with which Confluent's wire format begins")
    if head[0]:
        hint = ", this looks like plain JSON" if head[:1] in b"{[ \n\t" else ""
        raise UnknownHead(f"the value begins with the byte {head[0]}, Confluent's wire format with 0{hint}")
    return int.from_bytes(head[1:HEAD_BYTES])


def schema_of(registry: Registry, head: bytes, kind: str, form: str | None = None) -> Schema:
    """The schema that a head names. Raises UnknownHead when there is none or it is of another kind, DecoderWaits."""
    identifier = schema_id(head)
    try:
        schema = registry.schema(identifier, form)
    except UnknownSchema as unknown:
        raise UnknownHead(str(unknown)) from unknown
    if (schema.schema_type or "AVRO") != kind:
        raise UnknownHead(f"schema {identifier} is of type {schema.schema_type}, {kind} is needed")
    return schema


class AvroSchemas:
    """The writers' schemas that heads name."""

    def __init__(self, registry: Registry, raw_times: bool) -> None:
        self._registry, self._raw_times = registry, raw_times

    def reader_of(self, head: bytes) -> AvroReader:
        """Raises UnknownHead, DecoderWaits."""
        schema = schema_of(self._registry, head, "AVRO")
        try:
            return AvroReader(str(schema.schema_str), raw_times=self._raw_times, named=_named(self._registry, schema))
        except (InvalidAvroSchema, UnknownSchema) as error:
            raise UnknownHead(f"schema {schema_id(head)}: {error}") from error

    def reader(self, capacity: int) -> ByHead:
        return ByHead(head_of, self.reader_of, capacity)


def avro_decoder(schemas: AvroSchemas, columns: Columns, lenient: bool, capacity: int) -> OneHeadDecoder:
    """Batches of one schema by its vectorised decoder, mixed ones by records."""
    reader = schemas.reader(capacity)
    records = RecordDecoder(reader, columns, CASTS, lenient)
    return OneHeadDecoder(
        reader, records, lambda head: AvroDecoder(schemas.reader_of(head), columns, lenient), capacity
    )


def _named(registry: Registry, schema: Schema) -> list[str]:
    """The schemas that `schema` refers to, each after those that it refers to itself."""
    found = []
    for reference in schema.references or ():
        referred = registry.version(str(reference.subject), int(reference.version or 1))
        found += [*_named(registry, referred), str(referred.schema_str)]
    return found


def json_reader(registry: Registry, capacity: int) -> ByHead:
    """Reads JSON behind the id of a schema that the registry knows; values are not checked against it."""

    def reader_of(head: bytes) -> JsonReader:
        schema_of(registry, head, "JSON")
        return JsonReader()

    return ByHead(head_of, reader_of, capacity)


class ConfluentJsonDecoder:
    """Whole batches by the vectorised reader, once their heads are known to be good."""

    def __init__(self, reader: ByHead, columns: Columns, lenient: bool) -> None:
        self._reader, self._json = reader, JsonDecoder(columns, lenient)

    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        refused: list[Refused] = []
        for head, indices in self._reader.groups(payloads).items():
            refused += self._refused(head, indices)
        if not refused:
            return self._json.decode([payload[HEAD_BYTES:] for payload in payloads])
        bad = {each.index for each in refused}
        good = [index for index in range(len(payloads)) if index not in bad]
        decoded = self._json.decode([payloads[index][HEAD_BYTES:] for index in good])
        kept = good if decoded.kept is None else [good[at] for at in decoded.kept]
        inner = [Refused(good[each.index], each.reason, each.field) for each in decoded.refused]
        return Decoded(decoded.rows, kept, [*refused, *inner], decoded.incomplete)

    def _refused(self, head: bytes, indices: Sequence[int]) -> list[Refused]:
        try:
            self._reader.reader(head)
        except UnknownHead as unknown:
            return [Refused(index, str(unknown)) for index in indices]
        return []
