"""Changing what is stored: checks that may be skipped, changes that rows do not stand, schema and table in one document."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tableconfigs import operations
from tableconfigs.compatibility import table_incompatibilities
from tableconfigs.problems import InvalidConfig
from tableconfigs.source import Conflict, InMemoryTableConfigSource, NotFound, Put, StoredSchema, StoredTable
from tableconfigs.table import TableConfig
from tableconfigs.table_configs import (
    add_table_configs,
    table_configs_json,
    update_table_configs,
    validated_json,
)
from tableconfigs.validation import ValidationType, validation_types

Document = dict[str, Any]


@pytest.fixture
def source() -> InMemoryTableConfigSource:
    return InMemoryTableConfigSource()


@pytest.fixture
def both(clicks_table: Document, clicks_schema: Document) -> Document:
    return {"tableName": "clicks", "schema": clicks_schema, "realtime": clicks_table}


def incompatibilities(old: Document, new: Document) -> list[str]:
    parsed = (TableConfig.parse(document).value for document in (old, new))
    return [problem.path for problem in table_incompatibilities(*parsed)]


# Which changes rows do not stand


@pytest.mark.parametrize(
    ("section", "old", "new", "path"),
    [
        ("upsertConfig", {"mode": "FULL"}, {"mode": "PARTIAL"}, "/upsertConfig/mode"),
        ("upsertConfig", {"hashFunction": "MD5"}, {}, "/upsertConfig/hashFunction"),
        (
            "upsertConfig",
            {"comparisonColumns": ["ts"]},
            {"comparisonColumns": ["day"]},
            "/upsertConfig/comparisonColumns",
        ),
        ("upsertConfig", {}, {"dropOutOfOrderRecord": True}, "/upsertConfig/dropOutOfOrderRecord"),
        ("upsertConfig", {}, {"outOfOrderRecordColumn": "late"}, "/upsertConfig/outOfOrderRecordColumn"),
        ("upsertConfig", {"deleteRecordColumn": "gone"}, {}, "/upsertConfig/deleteRecordColumn"),
        ("upsertConfig", None, {}, "/upsertConfig"),
        ("upsertConfig", {}, None, "/upsertConfig"),
        ("dedupConfig", {"hashFunction": "MD5"}, {}, "/dedupConfig/hashFunction"),
        ("dedupConfig", {"dedupTimeColumn": "ts"}, {}, "/dedupConfig/dedupTimeColumn"),
    ],
)
def test_what_keys_mean_cannot_change(
    clicks_table: Document, section: str, old: Document | None, new: Document | None, path: str
) -> None:
    assert incompatibilities({**clicks_table, section: old}, {**clicks_table, section: new}) == [path]


def test_a_table_with_keys_keeps_its_time_and_its_partitions(clicks_table: Document) -> None:
    clicks_table["upsertConfig"] = {}
    new = copy.deepcopy(clicks_table)
    new["segmentsConfig"]["timeColumnName"] = "day"
    partitions = {"columnPartitionMap": {"userId": {"functionName": "Murmur", "numPartitions": 4}}}
    new["tableIndexConfig"]["segmentPartitionConfig"] = partitions
    found = ["/segmentsConfig/timeColumnName", "/tableIndexConfig/segmentPartitionConfig"]
    assert incompatibilities(clicks_table, new) == found
    del clicks_table["upsertConfig"], new["upsertConfig"]
    assert incompatibilities(clicks_table, new) == []


def test_topics_keep_their_place(clicks_table: Document, clicks_stream: Document) -> None:
    maps = clicks_table["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    maps.append({**clicks_stream, "stream.kafka.topic.name": "more"})
    turned, longer = copy.deepcopy(clicks_table), copy.deepcopy(clicks_table)
    turned["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"].reverse()
    longer["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"].append(
        {**clicks_stream, "stream.kafka.topic.name": "still-more"}
    )
    path = "/ingestionConfig/streamIngestionConfig/streamConfigMaps"
    assert incompatibilities(clicks_table, turned) == [path]
    assert incompatibilities(clicks_table, longer) == []


def test_force_takes_a_change_that_is_refused_otherwise(
    source: InMemoryTableConfigSource, both: Document, clicks_stream: Document
) -> None:
    table = both["realtime"]
    maps = table["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    maps.append({**clicks_stream, "stream.kafka.topic.name": "more"})
    add_table_configs(source, both, 1, "i", {})
    maps.reverse()
    with pytest.raises(InvalidConfig, match="Backward incompatible table config clicks_REALTIME, force=true"):
        operations.update_table(source, "clicks", table)
    assert operations.update_table(source, "clicks", table, force=True).status == "Table config updated for clicks"


# Checks that may be skipped


@pytest.mark.parametrize(
    ("text", "types"),
    [
        (None, set()),
        ("", set()),
        ("all", {ValidationType.ALL}),
        ("TASK, tenant", {ValidationType.TASK, ValidationType.TENANT}),
    ],
)
def test_types_to_skip(text: str | None, types: set[ValidationType]) -> None:
    assert validation_types(text) == types


def test_skipping_all_leaves_the_checks_without_which_a_table_cannot_run(
    source: InMemoryTableConfigSource, clicks_table: Document, clicks_schema: Document
) -> None:
    operations.add_schema(source, clicks_schema)
    clicks_table["tableIndexConfig"]["invertedIndexColumns"] = ["nosuch"]
    clicks_table["fieldConfigList"] = [{"name": "nosuch"}]
    operations.add_table(source, clicks_table, 1, "i", skip="ALL")
    for key, value in (("sortedColumn", ["nosuch"]), ("bloomFilterColumns", ["nosuch"])):
        wrong = {**clicks_table, "tableIndexConfig": {key: value}}
        with pytest.raises(InvalidConfig, match="nosuch in schema"):
            operations.update_table(source, "clicks", wrong, skip="ALL")


# Schema and table in one document


def test_both_are_stored_and_shown(source: InMemoryTableConfigSource, both: Document) -> None:
    written = add_table_configs(source, both, 1, "i", {})
    assert written.status == "TableConfigs clicks successfully added"
    assert written.unrecognized == {"/realtime/comment": "not a key of Pinot"}
    shown = table_configs_json(source, "clicks", {})
    assert (shown["tableName"], shown["offline"]) == ("clicks", None)
    assert shown["schema"]["schemaName"] == "clicks"
    assert shown["realtime"]["tableName"] == "clicks_REALTIME"


def test_what_is_shown_can_be_sent_back(source: InMemoryTableConfigSource, both: Document) -> None:
    add_table_configs(source, both, 1, "i", {})
    shown = table_configs_json(source, "clicks", {})
    assert update_table_configs(source, "clicks", shown, {}).status == "TableConfigs updated for clicks"
    assert table_configs_json(source, "clicks", {}) == shown


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tableName": "other"}, "'tableName' must be the raw name of the table, clicks"),
        ({"schema": {"schemaName": "other"}}, "must be equal to 'schemaName'"),
        ({"offline": {}}, "REALTIME tables only"),
        ({"realtime": None}, "'realtime' must be configured"),
        ({"schema": {"schemaName": "clicks"}}, "Cannot find valid fieldSpec for timeColumn: ts"),
    ],
)
def test_of_a_wrong_document_nothing_is_stored(
    source: InMemoryTableConfigSource, both: Document, change: Document, message: str
) -> None:
    with pytest.raises(InvalidConfig, match=message):
        add_table_configs(source, {**both, **change}, 1, "i", {})
    assert (source.schemas(), source.tables()) == ([], [])


def test_problems_have_their_place_in_the_whole_document(both: Document) -> None:
    both["realtime"]["segmentsConfig"]["replication"] = "none"
    with pytest.raises(InvalidConfig) as caught:
        validated_json(both, {})
    assert [problem.path for problem in caught.value.problems] == ["/realtime/segmentsConfig/replication"]


def test_a_second_one_of_that_name_is_refused(source: InMemoryTableConfigSource, both: Document) -> None:
    add_table_configs(source, both, 1, "i", {})
    with pytest.raises(InvalidConfig, match="TableConfigs: clicks already exists"):
        add_table_configs(source, both, 1, "i2", {})
    with pytest.raises(InvalidConfig, match="must match provided tableName: other"):
        update_table_configs(source, "other", both, {})


def test_what_is_not_there_cannot_be_changed_or_shown(source: InMemoryTableConfigSource, both: Document) -> None:
    with pytest.raises(NotFound):
        update_table_configs(source, "clicks", both, {})
    with pytest.raises(NotFound):
        table_configs_json(source, "clicks", {})


class RacingSource(InMemoryTableConfigSource):
    """Somebody else acts just before schema and table are put together."""

    meanwhile: Callable[[], object] | None = None

    def put_together(self, schema: Put[StoredSchema], table: Put[StoredTable]) -> None:
        if self.meanwhile is not None:
            self.meanwhile()
        super().put_together(schema, table)


def test_a_change_of_both_says_which_versions_it_replaced(source: InMemoryTableConfigSource, both: Document) -> None:
    created = add_table_configs(source, both, 1, "i", {})
    both["schema"]["dimensionFieldSpecs"].append({"name": "country", "dataType": "STRING"})
    both["realtime"]["metadata"] = {"customConfigs": {"owner": "ada"}}
    changed = update_table_configs(source, "clicks", both, {})
    assert (created.name, created.before, created.after) == ("clicks_REALTIME", None, 1)
    assert (changed.name, changed.before, changed.after) == ("clicks_REALTIME", 1, 2)
    assert source.schema("clicks").value.version == source.table("clicks_REALTIME").value.schema_version == 2


@pytest.mark.parametrize("others", ["schema", "table"])
def test_when_somebody_else_changed_one_of_both_first_neither_changes(both: Document, others: str) -> None:
    racing = RacingSource()
    add_table_configs(racing, both, 1, "i", {})

    def change() -> None:
        if others == "schema":
            wider = copy.deepcopy(both["schema"])
            wider["dimensionFieldSpecs"].append({"name": "theirs", "dataType": "STRING"})
            operations.update_schema(racing, "clicks", wider)
        else:
            theirs = {**both["realtime"], "metadata": {"customConfigs": {"owner": "bob"}}}
            operations.update_table(racing, "clicks", theirs)

    racing.meanwhile = change
    mine = copy.deepcopy(both)
    mine["schema"]["dimensionFieldSpecs"].append({"name": "mine", "dataType": "STRING"})
    mine["realtime"]["metadata"] = {"customConfigs": {"owner": "ada"}}
    with pytest.raises(Conflict):
        update_table_configs(racing, "clicks", mine, {})
    assert "mine" not in str(racing.schema("clicks").value)
    assert "'ada'" not in str(racing.table("clicks_REALTIME").value)


def test_of_a_table_that_cannot_be_changed_the_schema_is_not_changed_either(both: Document) -> None:
    source = InMemoryTableConfigSource()
    add_table_configs(source, copy.deepcopy(both), 1, "i", {})
    both["schema"]["dimensionFieldSpecs"].append({"name": "country", "dataType": "STRING"})
    both["realtime"]["segmentsConfig"]["timeColumnName"] = "nosuch"
    with pytest.raises(InvalidConfig, match="nosuch"):
        update_table_configs(source, "clicks", both, {})
    assert source.schema("clicks").value.version == 1


def test_a_masked_secret_that_is_sent_back_stays_what_it_is(source: InMemoryTableConfigSource, both: Document) -> None:
    (stream,) = both["realtime"]["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    stream["ssl.key.password"] = "hunter2"
    add_table_configs(source, both, 1, "i", {})
    update_table_configs(source, "clicks", table_configs_json(source, "clicks", {}), {})
    assert "hunter2" in str(source.table("clicks_REALTIME").value.config)


def test_validating_stores_nothing_and_hides_secrets(source: InMemoryTableConfigSource, both: Document) -> None:
    (stream,) = both["realtime"]["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    stream["ssl.key.password"] = "hunter2"
    answer = validated_json(both, {})
    assert set(answer) == {"tableName", "schema", "offline", "realtime", "unrecognizedProperties", "warnings"}
    assert "hunter2" not in str(answer)
    assert source.schemas() == []
