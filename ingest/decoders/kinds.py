"""Every kind of decoder that a config may name: one line in the table, one file, one model of its properties."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ingest.decoders.base import Columns, Decoder
from ingest.decoders.coercion import CASTS, JSON_CASTS, Casts
from ingest.decoders.json import JsonDecoder, JsonReader
from ingest.decoders.records import Reader, RecordDecoder, Shape
from tableconfigs.decoder_properties import (
    AvroProperties,
    CsvFormat,
    CsvProperties,
    DecoderProperties,
    ProtobufProperties,
    RegistryProperties,
    read_properties,
)
from tableconfigs.decoders import DecoderKind
from tableconfigs.problems import InvalidConfig, Problem

P = TypeVar("P", bound=DecoderProperties)

DESCRIPTOR_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the table wants of its decoder: columns, rows per record, and nulls for bad fields (`continueOnError`).

    `fields` are the schema's columns in their order, for formats whose fields have no names.
    """

    columns: Columns
    fields: tuple[str, ...]
    shape: Shape | None = None
    lenient: bool = False

    def by_records(self, reader: Reader, casts: Casts = CASTS) -> Decoder:
        return RecordDecoder(reader, self.columns, casts, self.lenient, self.shape)


def decoder_of(kind: DecoderKind, properties: Mapping[str, str], wanted: Wanted) -> Decoder:
    """Raises InvalidConfig for properties that name what is not there, such as a file."""
    try:
        return DECODERS[kind](read_properties(kind, properties), wanted)
    except (OSError, ValueError) as error:
        raise InvalidConfig([Problem("/stream.kafka.decoder.class.name", str(kind), str(error))]) from error


def _json(_: DecoderProperties, wanted: Wanted) -> Decoder:
    if wanted.shape is not None:
        return wanted.by_records(JsonReader(), JSON_CASTS)
    return JsonDecoder(wanted.columns, wanted.lenient)


def _avro(properties: DecoderProperties, wanted: Wanted) -> Decoder:
    from ingest.decoders.avro import AvroDecoder, AvroReader

    given = _of(AvroProperties, properties)
    reader = AvroReader(given.avro_schema, given.leading_bytes, given.extract_raw_time_values)
    if wanted.shape is not None:
        return wanted.by_records(reader)
    return AvroDecoder(reader, wanted.columns, wanted.lenient)


def _confluent_avro(properties: DecoderProperties, wanted: Wanted) -> Decoder:
    from ingest.decoders.confluent import AvroSchemas, avro_decoder
    from ingest.decoders.registry import Registry

    given = _of(RegistryProperties, properties)
    schemas = AvroSchemas(Registry(given.client_settings()), given.extract_raw_time_values)
    if wanted.shape is not None:
        return wanted.by_records(schemas.reader(given.capacity))
    return avro_decoder(schemas, wanted.columns, wanted.lenient, given.capacity)


def _confluent_json(properties: DecoderProperties, wanted: Wanted) -> Decoder:
    from ingest.decoders.confluent import ConfluentJsonDecoder, json_reader
    from ingest.decoders.registry import Registry

    given = _of(RegistryProperties, properties)
    reader = json_reader(Registry(given.client_settings()), given.capacity)
    if wanted.shape is not None:
        return wanted.by_records(reader, JSON_CASTS)
    return ConfluentJsonDecoder(reader, wanted.columns, wanted.lenient)


def _confluent_protobuf(properties: DecoderProperties, wanted: Wanted) -> Decoder:
    from ingest.decoders.confluent_protobuf import ProtobufSchemas, protobuf_decoder
    from ingest.decoders.registry import Registry

    given = _of(RegistryProperties, properties)
    schemas = ProtobufSchemas(Registry(given.client_settings()), given.capacity)
    if wanted.shape is not None:
        return wanted.by_records(schemas.reader())
    return protobuf_decoder(schemas, wanted.columns, wanted.lenient, given.capacity)


def _protobuf(properties: DecoderProperties, wanted: Wanted) -> Decoder:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    from ingest.decoders.protobuf import ProtobufDecoder, ProtobufReader, descriptor_of

    given = _of(ProtobufProperties, properties)
    files = FileDescriptorSet.FromString(_descriptor_file(given.descriptor_file)).file
    descriptor = descriptor_of(files, given.message_name)
    if wanted.shape is not None:
        return wanted.by_records(ProtobufReader(descriptor))
    return ProtobufDecoder(descriptor, wanted.columns, wanted.lenient)


def _descriptor_file(address: str) -> bytes:
    """A file of this host; `file:` may stand before its path. Raises OSError, ValueError."""
    path = Path(address.removeprefix("file://").removeprefix("file:"))
    if path.stat().st_size > DESCRIPTOR_BYTES_MAX:
        raise ValueError(f"{path} is larger than the {DESCRIPTOR_BYTES_MAX} bytes that a descriptor file may have")
    return path.read_bytes()


def _csv(properties: DecoderProperties, wanted: Wanted) -> Decoder:
    from ingest.decoders.csv import CsvForm, CsvReader

    given = _of(CsvProperties, properties)
    dialect = _CSV_FORMATS[given.file_format]
    delimiter = given.delimiter or dialect.delimiter
    header = given.header.split(delimiter) if given.header else wanted.fields
    names = tuple(name.strip() for name in header)
    form = CsvForm(
        names=names,
        lists=frozenset(name for name in names if name in wanted.columns and wanted.columns[name].multi_value),
        delimiter=delimiter,
        quote=given.quote_character or dialect.quote,
        escape=given.escape_character or dialect.escape,
        comment=given.comment_marker,
        null=given.null_string_value if given.null_string_value is not None else dialect.null,
        list_delimiter=given.multi_value_delimiter,
        trim=given.ignore_surrounding_spaces,
        skip_header=given.skip_header or given.header is None,
    )
    return wanted.by_records(CsvReader(form))


@dataclass(frozen=True, slots=True)
class _CsvDialect:
    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    null: str | None = None


_CSV_FORMATS: Mapping[CsvFormat, _CsvDialect] = {
    CsvFormat.DEFAULT: _CsvDialect(),
    CsvFormat.EXCEL: _CsvDialect(),
    CsvFormat.RFC4180: _CsvDialect(),
    CsvFormat.TDF: _CsvDialect(delimiter="\t"),
    CsvFormat.MYSQL: _CsvDialect(delimiter="\t", quote=None, escape="\\", null="\\N"),
}


def _of(model: type[P], properties: DecoderProperties) -> P:
    assert isinstance(properties, model)
    return properties


DECODERS: Mapping[DecoderKind, Callable[[DecoderProperties, Wanted], Decoder]] = {
    DecoderKind.JSON: _json,
    DecoderKind.AVRO_SIMPLE: _avro,
    DecoderKind.AVRO_CONFLUENT: _confluent_avro,
    DecoderKind.JSON_CONFLUENT: _confluent_json,
    DecoderKind.PROTOBUF: _protobuf,
    DecoderKind.PROTOBUF_CONFLUENT: _confluent_protobuf,
    DecoderKind.CSV: _csv,
}
