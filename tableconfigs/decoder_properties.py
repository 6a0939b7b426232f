"""What may stand behind `stream.kafka.decoder.prop.`: one model for each kind of decoder (contract 3.6)."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from tableconfigs.decoders import DecoderKind
from tableconfigs.parsing import UPPER
from tableconfigs.problems import did_you_mean


def _code_points(value: object) -> object:
    """`\\t` and its like, as configs write what JSON text cannot show well."""
    return {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}.get(value, value) if isinstance(value, str) else value


Character = Annotated[str, BeforeValidator(_code_points), Field(min_length=1, max_length=1)]


class DecoderProperties(BaseModel):
    """Read from a flat map of strings. `extract_raw_time_values` keeps what a format calls a moment as its number."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    record_extractor_class: str | None = Field(None, alias="recordExtractorClass")
    extract_raw_time_values: bool = Field(False, alias="extractRawTimeValues")

    @classmethod
    def names(cls) -> list[str]:
        """The properties as configs write them."""
        return [field.alias or name for name, field in cls.model_fields.items()]


class JsonProperties(DecoderProperties):
    """JSON text. The binary forms of JSON are not read."""

    json_format: Annotated[str, UPPER, Field(pattern="^(TEXT|AUTO)$")] = Field("TEXT", alias="jsonFormat")


class AvroProperties(DecoderProperties):
    """Avro whose writer's schema stands in the config."""

    avro_schema: str = Field(alias="schema", min_length=1)
    leading_bytes: int = Field(0, alias="leading.bytes.to.strip", ge=0)


class RegistryProperties(DecoderProperties):
    """Confluent's wire format. Stores are PEM files; `user_info` is `user:password`."""

    url: str = Field(alias="schema.registry.rest.url", min_length=1)
    capacity: int = Field(1_000, alias="cached.schema.map.capacity", ge=1)
    credentials_source: str = Field("USER_INFO", alias="basic.auth.credentials.source")
    user_info: str | None = Field(None, alias="basic.auth.user.info")
    schema_registry_user_info: str | None = Field(None, alias="schema.registry.basic.auth.user.info")
    ca_location: str | None = Field(None, alias="schema.registry.ssl.ca.location")
    truststore_location: str | None = Field(None, alias="schema.registry.ssl.truststore.location")
    truststore_type: str = Field("PEM", alias="schema.registry.ssl.truststore.type")
    truststore_password: str | None = Field(None, alias="schema.registry.ssl.truststore.password")
    keystore_location: str | None = Field(None, alias="schema.registry.ssl.keystore.location")
    keystore_type: str = Field("PEM", alias="schema.registry.ssl.keystore.type")
    keystore_password: str | None = Field(None, alias="schema.registry.ssl.keystore.password")
    certificate_location: str | None = Field(None, alias="schema.registry.ssl.certificate.location")
    key_location: str | None = Field(None, alias="schema.registry.ssl.key.location")
    key_password: str | None = Field(None, alias="schema.registry.ssl.key.password")

    @model_validator(mode="after")
    def _readable(self) -> Self:
        for store in ("truststore", "keystore"):
            kind, path = getattr(self, f"{store}_type"), getattr(self, f"{store}_location")
            if path and (kind.upper() != "PEM" or path.endswith((".jks", ".p12", ".pfx"))):
                raise ValueError(
                    f"schema.registry.ssl.{store}.location must be a PEM file, {store} type {kind} is not read"
                )
        if self.credentials_source.upper() not in {"USER_INFO", "URL"}:
            raise ValueError("basic.auth.credentials.source must be USER_INFO or URL")
        return self

    def client_settings(self) -> dict[str, str | int]:
        """Settings of confluent-kafka's registry client, in its names."""
        key = self.key_location or self.keystore_location
        settings = {
            "url": self.url,
            "basic.auth.user.info": self.user_info or self.schema_registry_user_info,
            "ssl.ca.location": self.ca_location or self.truststore_location,
            "ssl.certificate.location": self.certificate_location or self.keystore_location,
            "ssl.key.location": key,
            "ssl.key.password": (self.key_password or self.keystore_password) if key else None,
            "cache.capacity": self.capacity,
        }
        return {name: value for name, value in settings.items() if value is not None}


class ProtobufProperties(DecoderProperties):
    """Protobuf by a descriptor file, as `protoc --include_imports --descriptor_set_out` writes it."""

    descriptor_file: str = Field(alias="descriptorFile", min_length=1)
    message_name: str = Field(alias="protoClassName", min_length=1)


class CsvFormat(StrEnum):
    """The dialects of Commons CSV that Pinot names."""

    DEFAULT = "DEFAULT"
    EXCEL = "EXCEL"
    MYSQL = "MYSQL"
    RFC4180 = "RFC4180"
    TDF = "TDF"


class CsvProperties(DecoderProperties):
    """One line a message; without `header` the schema's columns in their order."""

    file_format: Annotated[CsvFormat, UPPER] = Field(CsvFormat.DEFAULT, alias="fileFormat")
    header: str | None = None
    delimiter: Character | None = None
    comment_marker: Character | None = Field(None, alias="commentMarker")
    escape_character: Character | None = Field(None, alias="escapeCharacter")
    multi_value_delimiter: str = Field(";", alias="multiValueDelimiter")
    null_string_value: str | None = Field(None, alias="nullStringValue")
    skip_header: bool = Field(False, alias="skipHeader")
    ignore_empty_lines: bool = Field(True, alias="ignoreEmptyLines")
    ignore_surrounding_spaces: bool = Field(True, alias="ignoreSurroundingSpaces")
    quote_character: Character | None = Field(None, alias="quoteCharacter")
    quote_mode: str | None = Field(None, alias="quoteMode")
    record_separator: str | None = Field(None, alias="recordSeparator")


PROPERTIES: Mapping[DecoderKind, type[DecoderProperties]] = {
    DecoderKind.JSON: JsonProperties,
    DecoderKind.AVRO_SIMPLE: AvroProperties,
    DecoderKind.AVRO_CONFLUENT: RegistryProperties,
    DecoderKind.JSON_CONFLUENT: RegistryProperties,
    DecoderKind.PROTOBUF: ProtobufProperties,
    DecoderKind.PROTOBUF_CONFLUENT: RegistryProperties,
    DecoderKind.CSV: CsvProperties,
}
"""The kinds of messages that are read, each with its properties."""


def read_properties(kind: DecoderKind, properties: Mapping[str, str]) -> DecoderProperties:
    """The properties of a decoder. Raises pydantic's ValidationError; `property_problems` says the same in words."""
    return PROPERTIES[kind].model_validate(dict(properties))


def property_problems(kind: DecoderKind, properties: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """`(property, what is wrong with it)`."""
    try:
        read_properties(kind, properties)
    except ValidationError as error:
        for each in error.errors():
            name = str(each["loc"][0]) if each["loc"] else ""
            missing = each["type"] == "missing"
            yield name, _missing(kind, name) if missing else each["msg"].removeprefix("Value error, ")


def unknown_properties(kind: DecoderKind, properties: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """`(property, hint)` of those that this kind of decoder does not have."""
    known = PROPERTIES[kind].names()
    yield from ((name, did_you_mean(name, known)) for name in properties if name not in known)


def _missing(kind: DecoderKind, name: str) -> str:
    if name == "descriptorFile":
        return "Missing property of descriptorFile for ProtoBufMessageDecoder"
    return f"must be given for {kind} messages"
