"""Reading table configs: names, defaults, both stream locations, lenient values, and every problem with its place."""

import json
from typing import Any

import pytest

from tableconfigs.field_config import FieldConfig
from tableconfigs.problems import InvalidConfig
from tableconfigs.table import TableConfig, TableType
from tests.unit.tableconfigs.every_key import every_key

MAPS = "/ingestionConfig/streamIngestionConfig/streamConfigMaps"


def problems(document: Any) -> dict[str, str]:
    with pytest.raises(InvalidConfig) as caught:
        TableConfig.parse(document)
    return {problem.path: problem.message for problem in caught.value.problems}


def parse(document: Any) -> TableConfig:
    return TableConfig.parse(document).value


@pytest.mark.parametrize("name", ["clicks", "clicks_REALTIME"])
def test_the_name_with_and_without_its_type(clicks_table: dict[str, Any], name: str) -> None:
    parsed = TableConfig.parse({**clicks_table, "tableName": name, "tableType": "realtime"})
    assert (parsed.value.raw_name, parsed.value.name_with_type) == ("clicks", "clicks_REALTIME")
    assert (parsed.stored["tableName"], parsed.stored["tableType"]) == ("clicks_REALTIME", "REALTIME")
    assert parsed.value.to_pinot_json()["tableName"] == "clicks_REALTIME"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a__b", "'tableName' cannot contain double underscore ('__')"),
        ("a.b.c", "'tableName' containing more than one '.' is not allowed"),
        ("a b", "'tableName' containing space is not allowed"),
        ("a/b", "'tableName' must consist of letters, digits, '_', '-' and '.'"),
        ("..", "'tableName' containing more than one '.' is not allowed"),
        ("", "'tableName' must consist of letters, digits, '_', '-' and '.'"),
    ],
)
def test_forbidden_names(clicks_table: dict[str, Any], name: str, message: str) -> None:
    assert problems({**clicks_table, "tableName": name}) == {"/tableName": message}


def test_required_sections_are_named_together() -> None:
    assert problems({"tableType": "STREAMING"}) == {
        "/tableName": "'tableName' must be configured",
        "/tableType": "'tableType' must be one of 'REALTIME' or 'OFFLINE'",
        "/segmentsConfig": "'segmentsConfig' must be configured",
        "/tenants": "'tenants' must be configured",
        "/tableIndexConfig": "'tableIndexConfig' must be configured",
    }


def test_many_problems_are_reported_at_once(clicks_table: dict[str, Any]) -> None:
    clicks_table["segmentsConfig"] = {"replication": "none", "retentionTimeUnit": "DAY", "retentionTimeValue": "x"}
    clicks_table["quota"] = {"storage": "big", "maxQueriesPerSecond": "-1"}
    clicks_table["query"] = {"timeoutMs": -1}
    clicks_table["fieldConfigList"] += [{"name": "tags"}, {"name": "price", "encodingType": "DICTIONARY"}]
    found = problems(clicks_table)
    assert found.keys() == {
        "/segmentsConfig/replication",
        "/segmentsConfig/retentionTimeUnit",
        "/segmentsConfig/retentionTimeValue",
        "/segmentsConfig/timeColumnName",
        "/quota/storage",
        "/quota/maxQueriesPerSecond",
        "/query/timeoutMs",
        "/fieldConfigList/2/name",
        "/fieldConfigList/3/encodingType",
    }
    assert found["/segmentsConfig/timeColumnName"] == "'timeColumnName' cannot be null in REALTIME table config"
    assert found["/segmentsConfig/retentionTimeUnit"].startswith("invalid retention time unit, must be one of NANO")
    assert found["/query/timeoutMs"].startswith("Invalid 'timeoutMs': -1")
    assert found["/fieldConfigList/2/name"] == "Duplicate FieldConfig for column: tags"


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("tableIndexConfig", "rangeIndexVersion", "two", "'rangeIndexVersion' must be a whole number"),
        ("tableIndexConfig", "nullHandlingEnabled", "perhaps", "'nullHandlingEnabled' must be true or false"),
        ("tableIndexConfig", "invertedIndexColumns", {"a": 1}, "'invertedIndexColumns' must be a list"),
        ("tableIndexConfig", "streamConfigs", "kafka", "'streamConfigs' must be an object"),
        ("segmentsConfig", "timeColumnName", ["ts"], "'timeColumnName' must be a string"),
        ("segmentsConfig", "deletedSegmentsRetentionPeriod", "7", "Invalid period: '7', must be days, hours"),
        ("segmentsConfig", "peerSegmentDownloadScheme", "ftp", "Must be one of http or https"),
        ("segmentsConfig", "peerSegmentDownloadScheme", "http", "can't be used when replication is < 2"),
        ("segmentsConfig", "segmentPushType", "PULL", "invalid push type"),
    ],
)
def test_wrong_values_say_what_would_be_right(
    clicks_table: dict[str, Any], section: str, key: str, value: object, message: str
) -> None:
    clicks_table[section][key] = value
    with pytest.raises(InvalidConfig) as caught:
        TableConfig.parse(clicks_table)
    assert message in str(caught.value)
    assert f"/{section}/{key}" in str(caught.value)


def test_scalars_are_taken_leniently(clicks_table: dict[str, Any]) -> None:
    clicks_table["segmentsConfig"] |= {"replication": 3, "minimizeDataMovement": "true"}
    clicks_table["tableIndexConfig"] |= {
        "invertedIndexColumns": ["", "page"],
        "sortedColumn": "page",
        "rangeIndexVersion": "1",
    }
    clicks_table["query"] = {"timeoutMs": "500"}
    clicks_table["description"] = None
    config = parse(clicks_table)
    assert config.replication == 3
    assert config.segments_config.minimize_data_movement
    assert config.indexing.inverted_columns() == ["page", "tags"]
    assert config.indexing.sorted_column == "page"
    assert config.query is not None
    assert config.query.timeout_ms == 500


def test_numbers_in_stream_configs_are_their_text(clicks_table: dict[str, Any], clicks_stream: dict[str, Any]) -> None:
    clicks_stream |= {"realtime.segment.flush.threshold.segment.size": 1000, "stopOnDecodeError": True, "x": None}
    config = parse(clicks_table)
    assert config.flush.segment_size_bytes == 1000
    assert config.streams[0].stop_on_decode_error


def test_replicas_per_partition_win_over_replication(clicks_table: dict[str, Any]) -> None:
    clicks_table["segmentsConfig"]["replicasPerPartition"] = "2"
    assert parse(clicks_table).replication == 2


@pytest.mark.parametrize(
    ("unit", "value", "ms"), [("DAYS", "7", 604_800_000), ("hours", 1, 3_600_000), ("", "", None), (None, None, None)]
)
def test_retention(clicks_table: dict[str, Any], unit: object, value: object, ms: int | None) -> None:
    clicks_table["segmentsConfig"] |= {"retentionTimeUnit": unit, "retentionTimeValue": value}
    assert parse(clicks_table).retention_ms == ms


def test_retention_needs_both_unit_and_value(clicks_table: dict[str, Any]) -> None:
    clicks_table["segmentsConfig"] |= {"retentionTimeUnit": "DAYS", "retentionTimeValue": ""}
    assert "must be set together" in problems(clicks_table)["/segmentsConfig/retentionTimeValue"]


def in_the_old_place(table: dict[str, Any]) -> dict[str, Any]:
    table["tableIndexConfig"]["streamConfigs"] = table["ingestionConfig"].pop("streamIngestionConfig")[
        "streamConfigMaps"
    ][0]
    return table


def test_the_stream_may_stand_in_the_old_place(clicks_table: dict[str, Any]) -> None:
    expected = parse(clicks_table).streams
    assert parse(in_the_old_place(clicks_table)).streams == expected


def test_both_places_at_once_are_refused(clicks_table: dict[str, Any], clicks_stream: dict[str, Any]) -> None:
    clicks_table["tableIndexConfig"]["streamConfigs"] = clicks_stream
    assert problems(clicks_table)["/tableIndexConfig/streamConfigs"].startswith(
        "Should not use indexingConfig#getStreamConfigs if ingestionConfig#StreamIngestionConfig is provided"
    )


def test_no_stream_is_refused(clicks_table: dict[str, Any]) -> None:
    del clicks_table["ingestionConfig"]["streamIngestionConfig"]
    assert problems(clicks_table)[MAPS].startswith("Must have at least 1 stream in REALTIME table")


def test_the_common_misspelling_of_the_maps_names_the_fix(clicks_table: dict[str, Any]) -> None:
    streams = clicks_table["ingestionConfig"]["streamIngestionConfig"]
    streams["streamConfigs"] = streams.pop("streamConfigMaps")[0]
    found = problems(clicks_table)
    assert found == {
        "/ingestionConfig/streamIngestionConfig/streamConfigs": "'streamConfigs' is not a key of streamIngestionConfig, "
        "write 'streamConfigMaps': a list of maps"
    }


def test_problems_of_a_stream_have_their_place_in_the_document(
    clicks_table: dict[str, Any], clicks_stream: dict[str, Any]
) -> None:
    clicks_stream["realtime.segment.flush.threshold.time"] = "soon"
    del clicks_stream["stream.kafka.topic.name"]
    assert problems(clicks_table).keys() == {
        f"{MAPS}/0/realtime.segment.flush.threshold.time",
        f"{MAPS}/0/stream.kafka.topic.name",
    }


def test_several_topics(clicks_table: dict[str, Any], clicks_stream: dict[str, Any]) -> None:
    maps = clicks_table["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    maps.append({**clicks_stream, "stream.kafka.topic.name": "more"})
    assert [stream.topic for stream in parse(clicks_table).streams] == ["clicks", "more"]
    maps.append({**clicks_stream, "realtime.segment.flush.threshold.time": "2h"})
    found = problems(clicks_table)
    assert found[f"{MAPS}/2/stream.kafka.topic.name"] == "Duplicate topic names found in streamConfigs"
    assert found[MAPS] == "Segment flush parameters must be consistent across all streamConfigs"


def test_unknown_keys_are_reported_also_those_inside_the_stream(
    clicks_table: dict[str, Any], clicks_stream: dict[str, Any]
) -> None:
    clicks_table["segmentsConfig"]["schemaName"] = "clicks"
    clicks_table["tableIndexConfig"]["lazyLoad"] = "true"
    clicks_stream["realtime.segment.flush.treshold.rows"] = "5"
    parsed = TableConfig.parse(clicks_table)
    assert parsed.unrecognized == {
        "/comment": "not a key of Pinot",
        "/segmentsConfig/schemaName": "clicks",
        "/tableIndexConfig/lazyLoad": "true",
        f"{MAPS}/0/realtime.segment.flush.treshold.rows": "5",
    }
    assert not {"comment", "schemaName", "lazyLoad"} & set(json.dumps(parsed.stored).split('"'))


def test_indexes_said_in_the_new_way(clicks_table: dict[str, Any]) -> None:
    clicks_table["tableIndexConfig"] = {"bloomFilterColumns": ["page"], "noDictionaryConfig": {"ts": "LZ4"}}
    clicks_table["fieldConfigList"] = [
        {"name": "userId", "indexes": {"bloom": {"fpp": 0.01}, "inverted": {"disabled": "true"}}},
        {"name": "page", "indexTypes": ["SORTED", "range"], "indexes": {"bloom": {}}},
        {"name": "ts", "encodingType": "RAW", "timestampConfig": {"granularities": ["day"]}},
    ]
    indexing = parse(clicks_table).indexing
    assert indexing.sorted_column == "page"
    assert indexing.bloom_filter_columns() == ["page", "userId"]
    assert indexing.inverted_columns() == []
    assert indexing.range_columns() == ["page"]
    assert indexing.no_dictionary_columns() == ["ts"]
    assert indexing.timestamp_granularities() == {"ts": ["DAY"]}


def test_a_field_config_is_printed_in_both_forms() -> None:
    printed = FieldConfig.model_validate({"name": "a", "indexType": "inverted"}).printed()
    assert printed["indexType"] == "INVERTED"
    assert printed["indexTypes"] == ["INVERTED"]
    assert printed["indexes"] is None


def test_printing_and_reading_again_changes_nothing(clicks_table: dict[str, Any]) -> None:
    config = parse(clicks_table)
    again = TableConfig.parse(json.dumps(config.to_pinot_json()))
    assert again.unrecognized == {}
    assert again.value.to_pinot_json() == config.to_pinot_json()


def test_an_offline_table_needs_no_stream_and_no_time() -> None:
    config = parse(
        {"tableName": "x", "tableType": "OFFLINE", "segmentsConfig": {}, "tenants": {}, "tableIndexConfig": {}}
    )
    assert (config.table_type, config.streams, config.time_column) == (TableType.OFFLINE, (), None)


def test_every_key_of_pinot_is_known_and_kept(clicks_table: dict[str, Any]) -> None:
    document = every_key(clicks_table["ingestionConfig"]["streamIngestionConfig"])
    parsed = TableConfig.parse(document)
    assert parsed.unrecognized == {}
    assert parsed.stored == document
    assert missing_from(parsed.value.to_pinot_json(), document) == []


def missing_from(printed: Any, document: Any, path: str = "") -> list[str]:
    """Places of `document` that `printed` lacks."""
    if isinstance(document, dict):
        lost = [f"{path}/{key}" for key in document if key not in printed]
        shared = [key for key in document if key in printed]
        return lost + [place for key in shared for place in missing_from(printed[key], document[key], f"{path}/{key}")]
    if isinstance(document, list) and document:
        return [place for at, item in enumerate(document) for place in missing_from(printed[at], item, f"{path}/{at}")]
    return []
