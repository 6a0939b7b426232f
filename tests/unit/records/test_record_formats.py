"""Contract 3.6 and 7.5: each format's messages as rows, with edge values, nulls, wrong types and bytes that are none."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import fastavro
import pytest
from confluent_kafka.schema_registry import Schema
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2, wrappers_pb2
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders.avro import FEW_ROWS, AvroDecoder, AvroReader
from ingest.decoders.base import DecoderWaits, SourceColumn
from ingest.decoders.coercion import CASTS
from ingest.decoders.confluent import AvroSchemas, ConfluentJsonDecoder, avro_decoder, json_reader
from ingest.decoders.confluent_protobuf import ProtobufSchemas, protobuf_decoder
from ingest.decoders.csv import CsvForm, CsvReader
from ingest.decoders.protobuf import ProtobufDecoder, ProtobufReader
from ingest.decoders.records import RecordDecoder
from ingest.decoders.registry import Registry
from tests.unit.records.records_table import AVRO_DECODER, CSV_DECODER, NOON_MS, PROTOBUF_DECODER, RecordTable

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)
UUID_TEXT = "123e4567-e89b-12d3-a456-426614174000"


def avro(kind: Any, *values: Any) -> tuple[str, list[bytes]]:
    """The schema of a record with one field `v` of `kind`, and a message for each value."""
    schema = {"type": "record", "name": "R", "fields": [{"name": "v", "type": kind}]}
    parsed, messages = fastavro.parse_schema(schema), []
    for value in values:
        written = io.BytesIO()
        fastavro.schemaless_writer(written, parsed, {"v": value})
        messages.append(written.getvalue())
    return json.dumps(schema), messages


def avro_column(kind: Any, data_type: str, *values: Any, **properties: str) -> list[Any]:
    schema, messages = avro(kind, *values)
    return RecordTable({"v": data_type}, AVRO_DECODER, {"schema": schema, **properties}).column("v", *messages)


DECIMAL = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
MICROS = {"type": "long", "logicalType": "timestamp-micros"}
DAY = {"type": "int", "logicalType": "date"}
TIME_OF_DAY = {"type": "int", "logicalType": "time-millis"}
ENUM = {"type": "enum", "name": "E", "symbols": ["A", "B"]}


@pytest.mark.parametrize(
    ("kind", "data_type", "value", "wanted"),
    [
        ("int", "INT", -(2**31), -(2**31)),
        ("long", "LONG", 2**63 - 1, 2**63 - 1),
        ("long", "INT", 2**31, -(2**31)),
        ("double", "LONG", 1.9, 1),
        ("float", "FLOAT", 1.5, 1.5),
        ("double", "DOUBLE", float("nan"), None),
        ("double", "DOUBLE", float("-inf"), float("-inf")),
        ("double", "STRING", 1e10, "1.0E10"),
        ("double", "STRING", 0.001, "0.001"),
        ("double", "STRING", 100.0, "100.0"),
        ("boolean", "INT", True, 1),
        ("boolean", "BOOLEAN", False, False),
        ("string", "STRING", "ä😀", "ä😀"),
        ("string", "LONG", " 7 ", 7),
        ("string", "BYTES", "0a0B", b"\n\x0b"),
        ("bytes", "BYTES", b"\0\xff", b"\0\xff"),
        ("bytes", "STRING", b"\0\xff", "00ff"),
        (ENUM, "STRING", "B", "B"),
        (["null", "string"], "STRING", None, None),
        (["null", "long"], "LONG", 5, 5),
        (DECIMAL, "BIG_DECIMAL", Decimal("12.50"), "12.5"),
        (DECIMAL, "STRING", Decimal("12.50"), "12.50"),
        (DECIMAL, "DOUBLE", Decimal("12.50"), 12.5),
        (MILLIS, "TIMESTAMP", NOON, NOON_MS),
        (MILLIS, "LONG", NOON, NOON_MS),
        (MILLIS, "STRING", NOON, "2024-02-29 12:00:00.0"),
        (MICROS, "TIMESTAMP", NOON.replace(microsecond=123_999), NOON_MS + 123),
        (MILLIS, "TIMESTAMP", datetime(1960, 1, 1, microsecond=999_000, tzinfo=UTC), -315_619_199_001),
        ("long", "TIMESTAMP", 5, 5),
        (DAY, "INT", date(1970, 1, 3), 2),
        (DAY, "STRING", date(2024, 2, 29), "2024-02-29"),
        (DAY, "TIMESTAMP", date(1970, 1, 2), 86_400_000),
        (TIME_OF_DAY, "LONG", time(0, 0, 1), 1_000),
        ({"type": "string", "logicalType": "uuid"}, "STRING", UUID(UUID_TEXT), UUID_TEXT),
        ({"type": "array", "items": "int"}, "INT*", [1, 2], [1, 2]),
        ({"type": "array", "items": "int"}, "INT*", [], None),
        ({"type": "array", "items": "int"}, "INT", [7], 7),
        ({"type": "array", "items": "int"}, "STRING", [1, 2], "[1,2]"),
        ({"type": "map", "values": "int"}, "JSON", {"a": 1}, '{"a":1}'),
        ({"type": "map", "values": "int"}, "INT*", {"a": 1}, [1]),
    ],
)
def test_contract_7_5_avro_values(kind: Any, data_type: str, value: Any, wanted: Any) -> None:
    assert avro_column(kind, data_type, value) == [wanted]


def test_contract_3_6_avro_raw_time_values_stay_numbers() -> None:
    assert avro_column(MICROS, "LONG", NOON, extractRawTimeValues="true") == [NOON_MS * 1_000]


def test_contract_3_6_avro_leading_bytes_are_stripped() -> None:
    schema, (message,) = avro("int", 7)
    table = RecordTable({"v": "INT"}, AVRO_DECODER, {"schema": schema, "leading.bytes.to.strip": "2"})
    assert table.column("v", b"xx" + message) == [7]


@pytest.mark.parametrize("payload", [b"", b"\x80", b"\xff" * 12, b"\x06ab"])
def test_contract_7_4_bytes_that_are_no_avro_are_refused_and_their_neighbours_stay(payload: bytes) -> None:
    schema, good = avro("string", "a", "b")
    table = RecordTable({"v": "STRING"}, AVRO_DECODER, {"schema": schema})
    assert table.column("v", good[0], payload, good[1]) == ["a", "b"]
    assert [index for index, _, _ in table.reasons(good[0], payload, good[1])] == [1]


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=10))
@settings(max_examples=100, deadline=None)
def test_contract_7_4_no_bytes_stop_an_avro_decoder(payloads: list[bytes]) -> None:
    schema, _ = avro(["null", {"type": "array", "items": DECIMAL}, MILLIS, ENUM, "string"])
    decoded = RecordDecoder(AvroReader(schema), {"v": SourceColumn("STRING", False)}, CASTS).decode(payloads)
    assert decoded.rows.num_rows + len(decoded.refused) == len(payloads)


PLAIN_AVRO = {"type": "record", "name": "P", "fields": [
    {"name": "i", "type": "int"}, {"name": "l", "type": ["null", "long"]}, {"name": "f", "type": "float"},
    {"name": "d", "type": "double"}, {"name": "b", "type": "boolean"}, {"name": "s", "type": ["string", "null"]},
    {"name": "other", "type": "long"}, {"name": "y", "type": "bytes"},
]}  # fmt: skip
PLAIN_AVRO_COLUMNS = {
    "i": SourceColumn("LONG", False), "l": SourceColumn("LONG", False), "f": SourceColumn("FLOAT", False),
    "d": SourceColumn("DOUBLE", False), "b": SourceColumn("BOOLEAN", False), "s": SourceColumn("STRING", False),
    "absent": SourceColumn("INT", True), "y": SourceColumn("BYTES", False),
}  # fmt: skip


def plain_avro(**fields: Any) -> bytes:
    written = io.BytesIO()
    fastavro.schemaless_writer(written, fastavro.parse_schema(PLAIN_AVRO), fields)
    return written.getvalue()


ORDINARY = plain_avro(i=1, l=None, f=0.5, d=1.5, b=True, s="x", other=9, y=b"z")
plain_records = st.builds(
    plain_avro,
    i=st.integers(-(2**31), 2**31 - 1),
    l=st.none() | st.integers(-(2**63), 2**63 - 1),
    f=st.floats(width=32),
    d=st.floats(),
    b=st.booleans(),
    s=st.none() | st.text(max_size=6),
    other=st.integers(-(2**63), 2**63 - 1),
    y=st.binary(max_size=6),
)
cut_records = st.tuples(plain_records, st.integers(0, 60), st.binary(max_size=3)).map(
    lambda part: part[0][: part[1]] + part[2]
)


@given(st.lists(plain_records | cut_records | st.binary(max_size=30), min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_contract_7_5_both_ways_of_reading_avro_agree(payloads: list[bytes]) -> None:
    reader = AvroReader(json.dumps(PLAIN_AVRO))
    batch = [ORDINARY] * (2 * FEW_ROWS) + payloads + [ORDINARY]
    fast = AvroDecoder(reader, PLAIN_AVRO_COLUMNS, lenient=False).decode(batch)
    exact = RecordDecoder(reader, PLAIN_AVRO_COLUMNS, CASTS).decode(batch)
    assert repr(fast.rows.to_pylist()) == repr(exact.rows.to_pylist())
    assert list(fast.refused) == list(exact.refused)
    assert list(fast.kept or ()) == list(exact.kept or ())


CSV_COLUMNS = {"a": "INT", "l": "STRING*", "d": "BIG_DECIMAL", "s": "STRING"}


@pytest.mark.parametrize(
    ("properties", "line", "wanted"),
    [
        ({}, "1,x;y,1.50,t", (1, ["x", "y"], "1.5", "t")),
        ({}, "1,,,", (1, None, None, None)),
        ({}, "1", (1, None, None, None)),
        ({}, ' 1 , x , 0 ,"a, ""b"""', (1, ["x"], "0", 'a, "b"')),
        ({}, "1,x,2,t\r\n", (1, ["x"], "2", "t")),
        ({"header": "s,a"}, "t,5", (5, None, None, "t")),
        ({"delimiter": "|", "header": "a|s"}, "5|t,u", (5, None, None, "t,u")),
        ({"delimiter": "\\t"}, "1\tx\t2\tt", (1, ["x"], "2", "t")),
        ({"fileFormat": "TDF"}, "1\tx\t2\tt", (1, ["x"], "2", "t")),
        ({"fileFormat": "MYSQL"}, "1\t\\N\t2\t\\N", (1, None, "2", None)),
        ({"multiValueDelimiter": "|"}, "1,x|y;z,2,t", (1, ["x", "y;z"], "2", "t")),
        ({"nullStringValue": "n/a"}, "1,n/a,2,n/a", (1, None, "2", None)),
        ({"quoteCharacter": "'"}, "1,x,2,'t,u'", (1, ["x"], "2", "t,u")),
        ({"escapeCharacter": "\\"}, "1,x,2,t\\,u", (1, ["x"], "2", "t,u")),
        ({"ignoreSurroundingSpaces": "false"}, "1,x,2, t ", (1, ["x"], "2", " t ")),
    ],
)
def test_contract_3_6_csv_lines(properties: Mapping[str, str], line: str, wanted: Sequence[Any]) -> None:
    (row,) = RecordTable(CSV_COLUMNS, CSV_DECODER, properties).rows(line.encode())
    assert tuple(row.values()) == wanted


def test_contract_7_4_lines_that_are_no_rows_are_refused_with_a_reason() -> None:
    table = RecordTable(CSV_COLUMNS, CSV_DECODER, {"header": "a,s", "skipHeader": "true", "commentMarker": "#"})
    bad = [b"a,s", b"# note", b"", b"1,2,3", b'1,"t', b"x,t", b"\xff", b"1,t\n2,u"]
    assert [index for index, _, _ in table.reasons(*bad)] == list(range(len(bad)))


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=10))
@settings(max_examples=100, deadline=None)
def test_contract_7_4_no_bytes_stop_a_csv_decoder(payloads: list[bytes]) -> None:
    reader = CsvReader(CsvForm(("a", "b"), frozenset({"b"})))
    columns = {"a": SourceColumn("DOUBLE", False), "b": SourceColumn("INT", True)}
    decoded = RecordDecoder(reader, columns, CASTS).decode(payloads)
    assert decoded.rows.num_rows + len(decoded.refused) == len(payloads)


Field = descriptor_pb2.FieldDescriptorProto


def message_file() -> descriptor_pb2.FileDescriptorProto:
    """A message of every kind of field."""
    file = descriptor_pb2.FileDescriptorProto(name="all.proto", package="p", syntax="proto3")
    file.dependency.extend(["google/protobuf/timestamp.proto", "google/protobuf/wrappers.proto"])
    kind = file.enum_type.add(name="Kind")
    kind.value.add(name="NONE", number=0)
    kind.value.add(name="SOME", number=1)
    message = file.message_type.add(name="All")
    plain = {"i": "INT32", "l": "INT64", "u": "UINT64", "f": "FLOAT", "d": "DOUBLE", "b": "BOOL", "s": "STRING",
             "y": "BYTES"}  # fmt: skip
    for number, (name, data_type) in enumerate(plain.items(), 1):
        message.field.add(name=name, number=number, type=f"TYPE_{data_type}", label="LABEL_OPTIONAL")
    message.field.add(name="many", number=20, type="TYPE_STRING", label="LABEL_REPEATED")
    message.field.add(name="kind", number=21, type="TYPE_ENUM", type_name=".p.Kind", label="LABEL_OPTIONAL")
    message.field.add(
        name="o", number=22, type="TYPE_INT32", label="LABEL_OPTIONAL", proto3_optional=True, oneof_index=0
    )
    message.oneof_decl.add(name="_o")
    for number, (name, type_name) in enumerate({"self": "p.All", "at": "google.protobuf.Timestamp",
                                                "w": "google.protobuf.Int32Value"}.items(), 30):  # fmt: skip
        message.field.add(
            name=name, number=number, type="TYPE_MESSAGE", type_name=f".{type_name}", label="LABEL_OPTIONAL"
        )
    return file


FILE = message_file()
POOL = descriptor_pool.DescriptorPool()
for needed in (timestamp_pb2, wrappers_pb2):
    POOL.AddSerializedFile(needed.DESCRIPTOR.serialized_pb)
POOL.Add(FILE)
All: type[Message] = message_factory.GetMessageClass(POOL.FindMessageTypeByName("p.All"))
PLAIN_COLUMNS = {
    "i": SourceColumn("INT", False), "l": SourceColumn("LONG", False), "f": SourceColumn("FLOAT", False),
    "d": SourceColumn("DOUBLE", False), "b": SourceColumn("BOOLEAN", False), "s": SourceColumn("STRING", False),
    "y": SourceColumn("BYTES", False), "many": SourceColumn("STRING", True), "o": SourceColumn("INT", False),
    "absent": SourceColumn("LONG", False),
}  # fmt: skip


@pytest.fixture
def descriptor_file(tmp_path: Path) -> Path:
    found = descriptor_pb2.FileDescriptorSet()
    for built_in in (timestamp_pb2, wrappers_pb2):
        built_in.DESCRIPTOR.CopyToProto(found.file.add())
    found.file.append(FILE)
    path = tmp_path / "all.desc"
    path.write_bytes(found.SerializeToString())
    return path


@pytest.mark.parametrize("name", ["All", "p.All"])
def test_contract_7_5_protobuf_fields(descriptor_file: Path, name: str) -> None:
    columns = {"i": "INT", "u": "BIG_DECIMAL", "s": "STRING", "y": "BYTES", "many": "STRING*", "kind": "STRING",
               "o": "INT", "self": "JSON", "at": "TIMESTAMP", "w": "INT"}  # fmt: skip
    table = RecordTable(columns, PROTOBUF_DECODER, {"descriptorFile": str(descriptor_file), "protoClassName": name})
    full: Any = All(i=-1, u=2**64 - 1, s="ä", y=b"\xff", many=["a", "b"], kind=1, o=0)
    full.self.i, full.w.value, full.at.seconds = 5, 7, NOON_MS // 1_000
    first, empty = table.rows(full.SerializeToString(), b"")
    assert {name: first[name] for name in columns if name != "self"} == {
        "i": -1, "u": "18446744073709551615", "s": "ä", "y": b"\xff", "many": ["a", "b"], "kind": "SOME", "o": 0,
        "at": NOON_MS, "w": 7,
    }  # fmt: skip
    assert json.loads(first["self"])["i"] == 5
    assert list(empty.values()) == [0, "0", "", b"", None, "NONE", None, None, None, None]


messages = st.builds(
    lambda **fields: All(**fields).SerializeToString(),
    i=st.integers(-(2**31), 2**31 - 1),
    l=st.integers(-(2**63), 2**63 - 1),
    f=st.floats(width=32),
    d=st.floats(),
    b=st.booleans(),
    s=st.text(max_size=5),
    y=st.binary(max_size=5),
    many=st.lists(st.text(max_size=3), max_size=3),
    o=st.none() | st.integers(0, 5),
)


@given(st.lists(messages, min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_contract_7_5_both_ways_of_reading_protobuf_agree(payloads: list[bytes]) -> None:
    fast = ProtobufDecoder(All.DESCRIPTOR, PLAIN_COLUMNS, lenient=False).decode(payloads)
    exact = RecordDecoder(ProtobufReader(All.DESCRIPTOR), PLAIN_COLUMNS, CASTS).decode(payloads)
    assert (list(fast.refused), list(exact.refused)) == ([], [])
    assert fast.rows.to_pylist() == exact.rows.to_pylist()


BROKEN_GROUP = bytes.fromhex("0b5804dc0a780c")
"""ptars takes it, google.protobuf does not."""


@pytest.mark.parametrize("payload", [b"\xff\xff", b"\x08", b"\x3a\x02\xff\xfe", BROKEN_GROUP])
def test_contract_7_4_a_messages_fate_does_not_depend_on_its_company(payload: bytes) -> None:
    decoder = ProtobufDecoder(All.DESCRIPTOR, PLAIN_COLUMNS, lenient=False)
    companies = ([payload], [payload, b""], [b"", payload, b"\xff"], [b"\x08\x01"] * 50 + [payload])
    refused = [{company[each.index] for each in decoder.decode(company).refused} for company in companies]
    assert len({payload in found for found in refused}) == 1


MOCK = {"url": "mock://registry"}
COLUMNS = {"v": SourceColumn("STRING", False)}
BAD_HEADS = [b"", b"\0", b"\0\0\0", b'{"v": "a"}', b"\1\0\0\0\1x", b"\0\0\0\0\x63x"]


def head(schema_id: int) -> bytes:
    return b"\0" + schema_id.to_bytes(4)


def test_contract_7_5_confluent_avro_is_read_by_the_schema_that_each_message_names() -> None:
    registry = Registry(MOCK)
    texts, (text_message,) = avro("string", "a")
    numbers, (number_message,) = avro("int", 7)
    ids = [registry.client.register_schema(f"s{at}", Schema(text, "AVRO")) for at, text in enumerate((texts, numbers))]
    decoder = avro_decoder(AvroSchemas(registry, raw_times=False), COLUMNS, lenient=False, capacity=10)
    decoded = decoder.decode([head(ids[0]) + text_message, *BAD_HEADS, head(ids[1]) + number_message])
    assert decoded.rows.column("v").to_pylist() == ["a", "7"]
    assert [each.index for each in decoded.refused] == list(range(1, len(BAD_HEADS) + 1))


def test_contract_7_5_confluent_json_and_a_schema_of_another_kind() -> None:
    registry = Registry(MOCK)
    wanted = registry.client.register_schema("s", Schema('{"type": "object"}', "JSON"))
    other = registry.client.register_schema("t", Schema(avro("int")[0], "AVRO"))
    decoder = ConfluentJsonDecoder(json_reader(registry, 10), COLUMNS, lenient=False)
    payloads = [*BAD_HEADS, head(other) + b"{}", head(wanted) + b'{"v": "a"}', head(wanted) + b"bad"]
    decoded = decoder.decode(payloads)
    assert (decoded.rows.column("v").to_pylist(), list(decoded.kept or ())) == (["a"], [len(payloads) - 2])
    assert sorted(each.index for each in decoded.refused) == [*range(len(payloads) - 2), len(payloads) - 1]
    assert "JSON is needed" in decoded.refused[len(BAD_HEADS)].reason


def test_contract_7_5_confluent_protobuf_with_the_path_of_the_message() -> None:
    registry = Registry(MOCK)
    file = descriptor_pb2.FileDescriptorProto(name="n.proto", syntax="proto3")
    file.message_type.add(name="First")
    outer = file.message_type.add(name="Second")
    inner = outer.nested_type.add(name="Inner")
    inner.field.add(name="v", number=1, type="TYPE_STRING", label="LABEL_OPTIONAL")
    schema = Schema(base64.b64encode(file.SerializeToString()).decode(), "PROTOBUF")
    schema_head = head(registry.client.register_schema("s", schema))
    decoder = protobuf_decoder(ProtobufSchemas(registry, 10), COLUMNS, lenient=False, capacity=10)
    payloads = [*BAD_HEADS, schema_head + b"\4\2\0\x0a\1a", schema_head + b"\4\2\x08\x0a\1a", schema_head + b"\0"]
    decoded = decoder.decode(payloads)
    assert decoded.rows.column("v").to_pylist() == ["a", None]
    assert [each.index for each in decoded.refused] == [*range(len(BAD_HEADS)), len(BAD_HEADS) + 1]


def test_contract_7_4_a_registry_that_is_away_is_waited_for() -> None:
    registry = Registry({"url": "http://127.0.0.1:9"})
    decoder = avro_decoder(AvroSchemas(registry, raw_times=False), COLUMNS, lenient=False, capacity=10)
    with pytest.raises(DecoderWaits, match=r"127\.0\.0\.1:9 is away"):
        decoder.decode([head(1) + b"x"])
