"""Bad input gets an answer and stops nothing: records, configs, SQL."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segments.consuming.listing import list_sidecars
from segments.consuming.reader import FrameCache
from segments.consuming.rejects import sealed_form
from tests.conftest import KafkaBroker
from tests.kafka_topics import create_topic, fresh_name, produce
from tests.produced import Produced, schema, table
from tests.service import Service, running, wait_until

MB = 1 << 20
MESSAGE_BYTES_MAX = 16 * MB
DEPTH = 100_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, zookeeper: str) -> Iterator[Service]:
    chroot = f"{zookeeper}/bad-input-{uuid.uuid4().hex}"
    with running(tmp_path_factory.mktemp("bad-input") / "data", chroot) as service:
        yield service


@pytest.fixture
def name() -> str:
    return f"t_{uuid.uuid4().hex[:8]}"


def valued(**fields: Any) -> bytes:
    return json.dumps({"small": 1, "large": 2, "real": 0.5, "text": "good", "ts": 1_700_000_000_000, **fields}).encode()


GOOD = valued()
BAD: dict[str, tuple[bytes, str, str]] = {
    "words": (b"this is not JSON", "not JSON", ""),
    "half": (GOOD[:-9], "not JSON", ""),
    "two objects": (GOOD + GOOD, "not JSON", ""),
    "null": (b"null", "not a JSON object", ""),
    "number": (b"42", "not a JSON object", ""),
    "list": (b"[" + GOOD + b"]", "not a JSON object", ""),
    "empty": (b"", "not JSON: the value is empty", ""),
    "text for a number": (valued(small="many"), "'many'", "$.small"),
    "object for a number": (valued(large={"a": 1}), "{'a': 1}", "$.large"),
    "a long text for a number": (valued(small="x" * 100_000), "INT", "$.small"),
    "too large for DOUBLE": (GOOD.replace(b"0.5", b"1e400"), "out of range", ""),
    "nested in a list": (b"[" * DEPTH + b"]" * DEPTH, "not JSON", ""),
    "nested in a field": (GOOD[:-1] + b', "text": ' + b'{"a":' * DEPTH + b"1" + b"}" * DEPTH + b"}", "not JSON", ""),
    "nested in another field": (GOOD[:-1] + b', "other": ' + b"[" * DEPTH + b"]" * DEPTH + b"}", "not JSON", ""),
    "not UTF-8": (GOOD.replace(b"good", b"\xff\xfe\xc3("), "utf-8", ""),
    "half a character": (GOOD.replace(b"good", b"\xe2\x82"), "utf-8", ""),
    "10 MB": (valued(text="x" * 10 * MB), "bytes", ""),
}
"""By kind: the value, and what its reason must say of which field."""

TOLERATED: dict[str, bytes] = {
    "an unknown field": valued(other=1),
    "a number as text": valued(small="7"),
    "too large for INT": valued(small=3_000_000_000),
    "too large for LONG": valued(large=10**30),
    "a missing field": b'{"ts": 1700000000000}',
    "a null": valued(text=None),
}
"""Pinot makes rows of these, and keeps the low bits of a whole number that is too large."""
TRUNCATED_INT, TRUNCATED_LONG = 3_000_000_000 - 2**32, 10**30 % 2**64


def bad_schema(name: str) -> dict[str, Any]:
    return {
        "schemaName": name,
        "dimensionFieldSpecs": [
            {"name": "small", "dataType": "INT"},
            {"name": "large", "dataType": "LONG"},
            {"name": "real", "dataType": "DOUBLE"},
            {"name": "text", "dataType": "STRING"},
        ],
        "dateTimeFieldSpecs": [
            {"name": "ts", "dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}
        ],
    }


@pytest.fixture(scope="module")
def bad_topic(kafka: KafkaBroker) -> tuple[str, dict[int, str], int]:
    """A topic where each bad record stands between good ones: its name, the bad offsets' kinds, how many rows are good.

    A tombstone stands at the end, before one last good row.
    """
    topic = fresh_name("bad")
    create_topic(kafka.bootstrap, topic, config={"max.message.bytes": str(MESSAGE_BYTES_MAX)})
    values: list[bytes | None] = [GOOD]
    kinds: dict[int, str] = {}
    for kind, (value, _, _) in BAD.items():
        kinds[len(values)] = kind
        values += [value, GOOD]
    values += [*TOLERATED.values(), None, GOOD]
    records = [(0, None, value, None) for value in values]
    produce(kafka.bootstrap, topic, records, {"message.max.bytes": MESSAGE_BYTES_MAX})
    return topic, kinds, len(values) - len(kinds) - 1


Rejects = dict[int, dict[str, Any]]
"""By offset."""


def consuming_rejects(service: Service) -> Rejects:
    """Every rejected record of the consuming files on disk."""
    found: Rejects = {}
    for folder in (service.data_dir / "consuming").glob("*/*"):
        for path, state in list_sidecars(folder):
            if state.rejected is not None:
                found |= by_offset(sealed_form(FrameCache().table(path.parent, [state.rejected])))
    return found


def by_offset(rejects: pa.Table) -> Rejects:
    return {row["$offset"]: row for row in rejects.to_pylist()}


def assert_names_every_bad_record(found: Rejects, kinds: dict[int, str]) -> None:
    assert sorted(found) == sorted(kinds)
    for offset, kind in kinds.items():
        value, reason, field = BAD[kind]
        reject = found[offset]
        assert reason in reject["reason"], (kind, reject["reason"])
        assert len(reject["reason"]) < 1000, kind
        assert (reject["$partition"], reject["field"]) == (0, field), kind
        assert reject["raw"] == value, kind


def test_good_rows_stay_and_bad_ones_are_kept_with_offset_and_reason(
    service: Service, kafka: KafkaBroker, name: str, bad_topic: tuple[str, dict[int, str], int]
) -> None:
    topic, kinds, good = bad_topic
    service.upload(bad_schema(name), table(name, topic, kafka.bootstrap))
    service.wait_for_count(name, good)
    (consumer,) = wait_until(
        lambda: [each for each in service.consumers(name) if each["rejects"] == len(kinds)], "the rejects are counted"
    )
    assert (consumer["state"], consumer["reason"]) == ("CONSUMING", None)
    assert_names_every_bad_record(consuming_rejects(service), kinds)
    assert service.rows(f"SELECT text, COUNT(*) FROM {name} GROUP BY text ORDER BY text") == [
        ["good", good - 2],
        ["null", 2],
    ]
    asked = f"SELECT COUNT(*) FROM {name} WHERE"
    for found in ("small = 7", f"small = {TRUNCATED_INT}", f"large = {TRUNCATED_LONG}"):
        assert service.value(f"{asked} {found}") == 1, found
    service.succeed("DELETE", f"/tables/{name}")


def test_rejects_are_sealed_beside_their_segment(
    service: Service, kafka: KafkaBroker, name: str, bad_topic: tuple[str, dict[int, str], int]
) -> None:
    topic, kinds, good = bad_topic
    service.upload(bad_schema(name), table(name, topic, kafka.bootstrap, flush_rows=10))
    wait_until(lambda: len(service.sealed(name)) == good // 10, "the rows are sealed")
    assert service.count(name) == good
    kept: Rejects = {}
    counted = 0
    for segment in service.sealed(name):
        said = service.succeed("GET", f"/segments/{name}/{segment}/metadata")
        counted += said["crushpad.rejects"]
        path = Path(said["crushpad.path"])
        rejects = path.with_name(path.name.removesuffix(".parquet") + ".rejects.parquet")
        if rejects.exists():
            kept |= by_offset(pq.read_table(rejects))
    assert counted == len(kept) > 0
    assert_names_every_bad_record(kept | consuming_rejects(service), kinds)


def test_a_topic_of_nothing_but_bad_records_goes_on(service: Service, kafka: KafkaBroker, name: str) -> None:
    topic = fresh_name("only-bad")
    create_topic(kafka.bootstrap, topic)
    produce(kafka.bootstrap, topic, [(0, None, b"{", None) for _ in range(500)])
    service.upload(bad_schema(name), table(name, topic, kafka.bootstrap, flush_time="1s"))
    wait_until(lambda: service.sealed(name), "a segment without rows is committed")
    produce(kafka.bootstrap, topic, [(0, None, GOOD, None)])
    service.wait_for_count(name, 1)
    assert service.value(f'SELECT MAX("$offset") FROM {name}') == 500.0


def changed(config: dict[str, Any], **stream: str) -> dict[str, Any]:
    (maps,) = config["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    maps.update(stream)
    return config


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stream.kafka.topic.name": ""}, ["stream.kafka.topic.name"]),
        (
            {"realtime.segment.flush.threshold.time": "soon"},
            ["realtime.segment.flush.threshold.time", "soon", "period as in 6h"],
        ),
        (
            {"stream.kafka.consumer.prop.auto.offset.reset": "newest"},
            ["auto.offset.reset", "newest", "smallest, largest"],
        ),
        (
            {"stream.kafka.decoder.class.name": "no.such.Decoder"},
            ["stream.kafka.decoder.class.name", "no.such.Decoder"],
        ),
    ],
)
def test_a_wrong_config_is_refused_with_path_value_and_what_would_be_right(
    change: dict[str, str], said: list[str], service: Service, kafka: KafkaBroker, name: str
) -> None:
    service.succeed("POST", "/schemas", schema(name))
    reply = service.request("POST", "/tables", changed(table(name, "topic", kafka.bootstrap), **change))
    assert reply.status == 400
    assert [word for word in said if word not in reply.body["error"]] == [], reply.body["error"]
    assert "Traceback" not in reply.body["error"]
    assert name not in service.get("/tables").body["tables"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * DEPTH, b'{"tableName": 5}'])
def test_a_body_that_is_no_config_is_a_400(body: bytes, service: Service) -> None:
    for path in ("/tables", "/schemas"):
        reply = service.request("POST", path, body)
        assert (reply.status, reply.body["code"]) == (400, 400), reply
        assert reply.body["error"]
        assert "Traceback" not in reply.body["error"]


def test_a_table_without_schema_or_with_an_unknown_time_column_is_refused(
    service: Service, kafka: KafkaBroker, name: str
) -> None:
    config = table(name, "topic", kafka.bootstrap)
    assert service.request("POST", "/tables", config).status == 400
    service.succeed("POST", "/schemas", schema(name))
    config["segmentsConfig"]["timeColumnName"] = "nosuch"
    reply = service.request("POST", "/tables", config)
    assert reply.status == 400
    assert "nosuch" in reply.body["error"]


@pytest.fixture(scope="module")
def asked(service: Service, kafka: KafkaBroker) -> str:
    """A table to ask wrongly."""
    produced = Produced.on_new_topic(kafka.bootstrap)
    produced.send(100)
    service.upload(schema("asked"), table("asked", produced.topic, kafka.bootstrap))
    service.wait_for_count("asked", 100)
    return "asked"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELEC COUNT(*) FROM asked", 150),
        ("SELECT COUNT(* FROM asked", 150),
        ("", 150),
        ("SELECT COUNT(*) FROM nosuch", 190),
        ("SELECT nosuch FROM asked", 710),
        ("SELECT COUNT(*) FROM asked WHERE nosuch = 1", 710),
        ("SELECT nosuch(city) FROM asked", 700),
        ("DELETE FROM asked", 150),
        ("DROP TABLE asked", 150),
        ("COPY asked TO '/tmp/stolen.csv'", 150),
        ("ATTACH '/etc/passwd'", 150),
        ("PRAGMA database_list", 150),
        ("SELECT COUNT(*) FROM read_csv('/etc/passwd')", 190),
        ("SELECT COUNT(*) FROM '/etc/passwd'", 190),
        ("SELECT getenv('HOME') FROM asked", 700),
        ("SELECT COUNT(*) FROM asked; DROP TABLE asked", 150),
    ],
)
def test_wrong_and_forbidden_sql_gets_pinots_code_and_no_stack_trace(
    sql: str, code: int, service: Service, asked: str
) -> None:
    error = service.error_of(sql)
    assert error["errorCode"] == code, error
    assert error["message"]
    assert [word for word in ("Traceback", 'File "', "site-packages") if word in error["message"]] == []
    assert service.count(asked) == 100


@pytest.mark.parametrize("body", [b"nonsense", b"{}", b'{"sql": 5}', b"\xff\xfe", b"[" * DEPTH])
def test_a_query_body_that_is_none_is_a_400(body: bytes, service: Service) -> None:
    reply = service.request("POST", "/query/sql", body)
    assert reply.status == 400
    assert "Traceback" not in reply.body["error"]
