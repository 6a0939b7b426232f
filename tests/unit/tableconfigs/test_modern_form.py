"""Old configs in today's words: what changes, what is said of it, and that the meaning stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tableconfigs.modern_form import modern_form
from tableconfigs.modern_stream import modern_stream
from tableconfigs.notices import warnings_of
from tableconfigs.schema import Schema
from tableconfigs.table import TableConfig

GOLDEN = Path(__file__).parents[2] / "golden" / "tableconfigs"
JSON_DECODER = "org.apache.pinot.plugin.inputformat.json.JSONMessageDecoder"
DECODER = "stream.kafka.decoder.class.name"


def llc_sample() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((GOLDEN / "llc_sample.table.json").read_text())
    return document


def test_the_modern_form_means_the_same_and_leaves_nothing_to_say() -> None:
    old = TableConfig.parse(llc_sample())
    modern, _ = modern_form(llc_sample())
    new = TableConfig.parse(modern)
    assert new.value.replication == old.value.replication
    assert [(s.topic, s.brokers, s.decoder, s.flush) for s in new.value.streams] == [
        (s.topic, s.brokers, s.decoder, s.flush) for s in old.value.streams
    ]
    assert (new.unrecognized, warnings_of(new)) == ({}, [])


def test_what_was_changed_is_said_with_its_old_place() -> None:
    _, changes = modern_form(llc_sample())
    said = {change.path: change.what for change in changes}
    assert said["/tableIndexConfig/streamConfigs"].startswith("moved to /ingestionConfig/streamIngestionConfig")
    assert said["/segmentsConfig/replicasPerPartition"] == "is now replication, over which it won"
    assert said["/tableIndexConfig/streamConfigs/stream.kafka.consumer.type"].startswith("left out: ")
    assert said[f"/tableIndexConfig/streamConfigs/{DECODER}"].endswith(f"is now {JSON_DECODER}")


def test_the_modern_form_of_the_modern_form_is_itself(clicks_table: dict[str, Any]) -> None:
    for document in (llc_sample(), clicks_table):
        modern, _ = modern_form(document)
        assert modern_form(modern) == (modern, [])


def test_the_document_that_was_given_is_not_changed() -> None:
    document = llc_sample()
    modern_form(document)
    assert document == llc_sample()


@pytest.mark.parametrize(
    ("key", "value", "modern"),
    [
        ("realtime.segment.flush.threshold.size", "50000", {"realtime.segment.flush.threshold.rows": "50000"}),
        ("realtime.segment.flush.threshold.size.llc", "5", {"realtime.segment.flush.threshold.rows": "5"}),
        ("realtime.segment.flush.threshold.time.llc", "1h", {"realtime.segment.flush.threshold.time": "1h"}),
        ("realtime.segment.flush.desired.size", "1G", {"realtime.segment.flush.threshold.segment.size": "1G"}),
        ("stream.kafka.hlc.bootstrap.server", "a:1", {"stream.kafka.broker.list": "a:1"}),
        ("stream.kafka.consumer.prop.auto.offset.reset", "earliest",
         {"stream.kafka.consumer.prop.auto.offset.reset": "smallest"}),
        (DECODER, "com.linkedin.pinot.core.realtime.impl.kafka.KafkaJSONMessageDecoder", {DECODER: JSON_DECODER}),
        ("stream.kafka.consumer.type", "highLevel", {}),
        ("stream.kafka.hlc.zk.connect.string", "z:1", {}),
        ("zookeeper.session.timeout.ms", "5000", {}),
        ("max.poll.records", "5", {"max.poll.records": "5"}),
        ("not.a.key", "5", {"not.a.key": "5"}),
    ],
)  # fmt: skip
def test_keys_of_a_stream(key: str, value: str, modern: dict[str, str]) -> None:
    found, said = modern_stream({key: value})
    assert found == modern
    assert (key in said) == (modern != {key: value})


def test_of_an_old_and_a_new_name_the_new_one_stays() -> None:
    old, new = "realtime.segment.flush.threshold.size", "realtime.segment.flush.threshold.rows"
    assert modern_stream({old: "30", new: "40"})[0] == {new: "40"}


def test_the_misspelt_list_of_streams_is_mended(clicks_table: dict[str, Any], clicks_stream: dict[str, Any]) -> None:
    streams = clicks_table["ingestionConfig"]["streamIngestionConfig"]
    streams["streamConfigs"] = streams.pop("streamConfigMaps")[0]
    modern, _ = modern_form(clicks_table)
    assert modern["ingestionConfig"]["streamIngestionConfig"] == {"streamConfigMaps": [clicks_stream]}


@pytest.mark.parametrize(
    ("section", "old", "new"),
    [
        ("upsertConfig", {"enableSnapshot": "true"}, {"snapshot": "ENABLE"}),
        ("upsertConfig", {"enablePreload": False}, {"preload": "DISABLE"}),
        ("upsertConfig", {"comparisonColumn": "ts"}, {"comparisonColumns": ["ts"]}),
        ("dedupConfig", {"enablePreload": True}, {"preload": "ENABLE"}),
        ("tableIndexConfig", {"sortedColumn": "page"}, {"sortedColumn": ["page"]}),
        ("segmentsConfig", {"replicasPerPartition": 2, "replication": "1"}, {"replication": "2"}),
        ("segmentsConfig", {"segmentPushFrequency": "daily", "timeColumnName": "ts"}, {"timeColumnName": "ts"}),
    ],
)
def test_keys_of_the_document(
    clicks_table: dict[str, Any], section: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    modern, changes = modern_form({**clicks_table, section: old})
    assert modern[section] == new
    assert [change.path for change in changes if change.path.startswith(f"/{section}")] != []


def test_index_types_are_said_in_the_new_way(clicks_table: dict[str, Any]) -> None:
    clicks_table["fieldConfigList"] = [
        {"name": "page", "indexType": "INVERTED", "indexTypes": ["RANGE", "SORTED"]},
        {"name": "loc", "indexType": "H3", "properties": {"resolutions": "3"}},
    ]
    modern, _ = modern_form(clicks_table)
    assert modern["fieldConfigList"] == [
        {"name": "page", "indexTypes": ["SORTED"], "indexes": {"inverted": {}, "range": {}}},
        {"name": "loc", "indexType": "H3", "properties": {"resolutions": "3"}},
    ]


def test_a_schema_of_another_name_stays_named(clicks_table: dict[str, Any]) -> None:
    clicks_table["segmentsConfig"]["schemaName"] = "other"
    modern, changes = modern_form(clicks_table)
    assert modern["segmentsConfig"]["schemaName"] == "other"
    assert "name the schema clicks" in str(changes)


def test_a_time_field_becomes_a_date_time_with_its_conversion() -> None:
    incoming = {"name": "ms", "dataType": "LONG", "timeType": "MILLISECONDS"}
    outgoing = {"name": "day", "dataType": "INT", "timeType": "DAYS"}
    schema = {
        "schemaName": "s",
        "timeFieldSpec": {"incomingGranularitySpec": incoming, "outgoingGranularitySpec": outgoing},
    }
    modern, (change,) = modern_form(schema)
    assert modern == {
        "schemaName": "s",
        "dateTimeFieldSpecs": [
            {"name": "day", "dataType": "INT", "format": "1:DAYS:EPOCH", "granularity": "1:DAYS",
             "transformFunction": "toEpochDays(ms)"}
        ],
    }  # fmt: skip
    assert (change.path, "toEpochDays(ms)" in change.what) == ("/timeFieldSpec", True)
    assert Schema.parse(modern).value.columns.keys() == Schema.parse(schema).value.columns.keys()


def test_both_in_one_document() -> None:
    modern, changes = modern_form({"tableName": "t", "schema": {"schemaName": "t"}, "realtime": llc_sample()})
    assert modern["realtime"] == modern_form(llc_sample())[0]
    assert {change.path.split("/")[1] for change in changes} == {"realtime"}


def test_references_stay_as_written(clicks_table: dict[str, Any], clicks_stream: dict[str, Any]) -> None:
    clicks_table["segmentsConfig"]["replication"] = "${REPLICAS:1}"
    clicks_stream["sasl.password"] = "${secret:kafka}"
    modern, _ = modern_form(clicks_table)
    assert modern["segmentsConfig"]["replication"] == "${REPLICAS:1}"
    assert "${secret:kafka}" in json.dumps(modern)
