"""Upload, change and delete over a source: Pinot's texts, versions, and who wins."""

import json
from typing import Any

import pytest

from tableconfigs import operations
from tableconfigs.operations import InUse
from tableconfigs.problems import InvalidConfig
from tableconfigs.source import (
    AlreadyExists,
    Conflict,
    InMemoryTableConfigSource,
    NotFound,
    StoredSchema,
    TableState,
)

NOW_MS = 1_700_000_000_000


@pytest.fixture
def source(clicks_schema: dict[str, Any]) -> InMemoryTableConfigSource:
    source = InMemoryTableConfigSource()
    operations.add_schema(source, json.dumps(clicks_schema))
    return source


def add(source: InMemoryTableConfigSource, table: Any, **more: Any) -> operations.Written:
    return operations.add_table(source, table, NOW_MS, "incarnation-1", **more)


def with_column(schema: dict[str, Any], name: str = "country") -> dict[str, Any]:
    return {**schema, "dimensionFieldSpecs": [*schema["dimensionFieldSpecs"], {"name": name, "dataType": "STRING"}]}


class TestSchemas:
    def test_a_schema_is_added(self, clicks_schema: dict[str, Any]) -> None:
        source = InMemoryTableConfigSource()
        written = operations.add_schema(source, json.dumps({**clicks_schema, "colour": 1}))
        assert written.to_pinot_json() == {
            "unrecognizedProperties": {"/colour": 1},
            "status": "clicks successfully added",
        }
        assert operations.find_schema(source, "clicks").value == StoredSchema(
            name="clicks", version=1, definition=clicks_schema
        )

    def test_adding_the_same_again_changes_nothing(self, source, clicks_schema) -> None:
        before = source.schema("clicks")
        assert operations.add_schema(source, clicks_schema).status == "clicks successfully added"
        assert source.schema("clicks") == before

    def test_adding_another_is_refused_without_override(self, source, clicks_schema) -> None:
        with pytest.raises(AlreadyExists, match=r"^Schema: clicks already exists$"):
            operations.add_schema(source, clicks_schema, override=False)

    def test_a_changed_schema_is_the_next_version_and_keeps_the_old_ones(self, source, clicks_schema) -> None:
        first, second = with_column(clicks_schema), with_column(with_column(clicks_schema), "city")
        operations.update_schema(source, "clicks", first)
        operations.update_schema(source, "clicks", second)
        stored = source.schema("clicks").value
        assert (stored.version, stored.definition) == (3, second)
        assert (stored.at(1), stored.at(2)) == (clicks_schema, first)

    def test_an_incompatible_change_needs_force(self, source, clicks_schema) -> None:
        smaller = {**clicks_schema, "metricFieldSpecs": []}
        with pytest.raises(InvalidConfig) as caught:
            operations.update_schema(source, "clicks", smaller)
        assert str(caught.value) == (
            "Backward incompatible schema clicks. Only allow adding new columns. "
            "column price is missing; column quantity is missing"
        )
        operations.update_schema(source, "clicks", smaller, force=True)
        assert source.schema("clicks").value.version == 2

    def test_the_path_and_the_body_must_agree(self, source, clicks_schema) -> None:
        with pytest.raises(InvalidConfig, match="Schema name mismatch for schema: other, the body names clicks"):
            operations.update_schema(source, "other", clicks_schema)

    def test_an_unknown_schema(self, source, clicks_schema) -> None:
        clicks_schema["schemaName"] = "nosuch"
        for act in (
            lambda: operations.update_schema(source, "nosuch", clicks_schema),
            lambda: operations.delete_schema(source, "nosuch"),
            lambda: operations.find_schema(source, "nosuch"),
        ):
            with pytest.raises(NotFound, match=r"^Schema not found$"):
                act()

    def test_a_schema_in_use_is_not_deleted(self, source, clicks_table) -> None:
        add(source, clicks_table)
        with pytest.raises(InUse, match="Cannot delete schema clicks, as it is associated with table clicks_REALTIME"):
            operations.delete_schema(source, "clicks")

    def test_a_schema_is_deleted(self, source) -> None:
        assert operations.delete_schema(source, "clicks") == "Schema clicks deleted"
        assert source.schemas() == []

    def test_a_bad_schema_is_introduced_by_what_was_sent(self) -> None:
        body = '{"schemaName": "x1", "dimensionFieldSpecs": [{"name": "a", "dataType": "NOSUCH"}]}'
        with pytest.raises(InvalidConfig) as caught:
            operations.parse_schema(body)
        assert str(caught.value).startswith(
            f"Invalid schema config json string: {body}. Reason: 'dataType' must be one"
        )


class TestTables:
    def test_a_table_is_added(self, source, clicks_table) -> None:
        assert add(source, json.dumps(clicks_table)).to_pinot_json() == {
            "unrecognizedProperties": {"/comment": "not a key of Pinot"},
            "status": "Table clicks_REALTIME successfully added",
        }
        stored = operations.find_table(source, "clicks").value
        assert (stored.incarnation, stored.created_ms, stored.state) == ("incarnation-1", NOW_MS, TableState.ACTIVE)
        assert (stored.config_version, stored.schema_name, stored.schema_version) == (1, "clicks", 1)
        assert stored.config["tableName"] == "clicks_REALTIME"
        assert "comment" not in stored.config

    def test_a_table_that_exists_is_refused(self, source, clicks_table) -> None:
        add(source, clicks_table)
        with pytest.raises(AlreadyExists) as caught:
            add(source, {**clicks_table, "tableName": "clicks_REALTIME"})
        assert str(caught.value) == (
            "Table config for clicks_REALTIME already exists. If this is unexpected, try deleting the table to remove "
            "all metadata associated with it before attempting to recreate."
        )

    def test_a_table_without_schema_is_refused(self, source, clicks_table) -> None:
        with pytest.raises(InvalidConfig) as caught:
            add(source, {**clicks_table, "tableName": "noschema"})
        assert str(caught.value) == "Failed to find schema for table: noschema_REALTIME"

    def test_the_old_schema_name_is_the_fallback_also_for_later_changes(self, source, clicks_table) -> None:
        clicks_table |= {"tableName": "renamed"}
        clicks_table["segmentsConfig"]["schemaName"] = "clicks"
        assert add(source, clicks_table).unrecognized["/segmentsConfig/schemaName"] == "clicks"
        del clicks_table["segmentsConfig"]["schemaName"]
        operations.update_table(source, "renamed", clicks_table)
        assert source.table("renamed_REALTIME").value.schema_name == "clicks"

    def test_pinot_s_text_comes_first_then_place_value_and_cure(self, source, clicks_table) -> None:
        clicks_table["tableIndexConfig"]["invertedIndexColumns"] = ["nosuch"]
        with pytest.raises(InvalidConfig) as caught:
            add(source, clicks_table)
        assert str(caught.value) == (
            "Invalid table config: clicks_REALTIME. Failed to find column: nosuch in schema "
            '[at /tableIndexConfig/invertedIndexColumns/0, value "nosuch"]'
        )

    def test_validating_answers_the_config_and_stores_nothing(self, source, clicks_table) -> None:
        answer = operations.validate(source, clicks_table)
        assert list(answer) == ["REALTIME", "unrecognizedProperties"]
        assert answer["REALTIME"]["tenants"] == {"broker": "DefaultTenant", "server": "DefaultTenant"}
        assert source.tables() == []

    def test_an_update_is_the_next_version_under_the_same_incarnation(self, source, clicks_table) -> None:
        add(source, clicks_table)
        clicks_table["segmentsConfig"]["replication"] = "2"
        assert operations.update_table(source, "clicks", clicks_table).status == "Table config updated for clicks"
        stored = operations.find_table(source, "clicks_REALTIME").value
        assert (stored.config_version, stored.incarnation) == (2, "incarnation-1")

    def test_the_same_config_again_changes_nothing(self, source, clicks_table) -> None:
        add(source, clicks_table)
        before = source.table("clicks_REALTIME")
        operations.update_table(source, "clicks", clicks_table)
        assert source.table("clicks_REALTIME") == before

    def test_a_new_schema_version_is_taken_up_by_the_next_update(self, source, clicks_table, clicks_schema) -> None:
        add(source, clicks_table)
        operations.update_schema(source, "clicks", with_column(clicks_schema))
        operations.update_table(source, "clicks", clicks_table)
        stored = source.table("clicks_REALTIME").value
        assert (stored.config_version, stored.schema_version) == (1, 2)

    def test_of_two_updates_from_one_version_the_second_loses(self, source, clicks_table) -> None:
        add(source, clicks_table)
        slow = RacingSource(source, lambda: operations.update_table(source, "clicks", {**clicks_table, "tags": ["a"]}))
        with pytest.raises(Conflict, match="reload and try again"):
            operations.update_table(slow, "clicks", {**clicks_table, "tags": ["b"]})
        assert source.table("clicks_REALTIME").value.config["tags"] == ["a"]

    def test_of_two_uploads_of_one_table_the_second_loses(self, source, clicks_table) -> None:
        slow = RacingSource(source, lambda: add(source, clicks_table))
        with pytest.raises(AlreadyExists, match="Table config for clicks_REALTIME already exists"):
            operations.add_table(slow, clicks_table, NOW_MS, "incarnation-2")
        assert source.table("clicks_REALTIME").value.incarnation == "incarnation-1"

    def test_the_name_in_path_and_body_must_agree(self, source, clicks_table) -> None:
        add(source, clicks_table)
        with pytest.raises(InvalidConfig, match="clicks_REALTIME does not match table name in the body other_REALTIME"):
            operations.update_table(source, "clicks", {**clicks_table, "tableName": "other"})

    def test_an_unknown_table(self, source, clicks_table) -> None:
        with pytest.raises(NotFound, match=r"^Table nosuch does not exist$"):
            operations.update_table(source, "nosuch", clicks_table)
        with pytest.raises(NotFound, match=r"^Table 'nosuch' with type null does not exist$"):
            operations.begin_delete_table(source, "nosuch")

    def test_deleting_marks_the_table_and_keeps_its_name_taken(self, source, clicks_table) -> None:
        add(source, clicks_table)
        marked = operations.begin_delete_table(source, "clicks", "realtime")
        assert operations.deleted_status(marked) == "Tables: [clicks_REALTIME] deleted"
        assert source.table("clicks_REALTIME").value.state is TableState.DELETING
        assert operations.begin_delete_table(source, "clicks") == marked
        with pytest.raises(NotFound):
            operations.find_table(source, "clicks")
        with pytest.raises(AlreadyExists):
            add(source, clicks_table)

    def test_there_is_no_offline_half_to_delete(self, source, clicks_table) -> None:
        add(source, clicks_table)
        with pytest.raises(NotFound, match="with type OFFLINE does not exist"):
            operations.begin_delete_table(source, "clicks", "OFFLINE")

    def test_get_shows_references_as_written_and_no_secrets(self, source, clicks_table, clicks_stream) -> None:
        clicks_stream["stream.kafka.broker.list"] = "${BROKERS}"
        clicks_stream["stream.kafka.decoder.prop.registry.password"] = "hunter2"
        clicks_table["tableIndexConfig"]["rangeIndexVersion"] = "${RANGE:2}"
        add(source, clicks_table, environ={"BROKERS": "b:1"})
        stored = operations.find_table(source, "clicks").value
        answer = operations.table_json(stored, {"BROKERS": "b:1"})["REALTIME"]
        shown = answer["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0]
        assert shown["stream.kafka.broker.list"] == "${BROKERS}"
        assert shown["stream.kafka.decoder.prop.registry.password"] == "*****"
        assert answer["tableIndexConfig"]["rangeIndexVersion"] == "${RANGE:2}"
        operations.update_table(source, "clicks", answer, {"BROKERS": "b:1"})
        assert "hunter2" in json.dumps(source.table("clicks_REALTIME").value.config)

    def test_get_works_when_a_variable_is_gone(self, source, clicks_table) -> None:
        clicks_table["tableIndexConfig"]["rangeIndexVersion"] = "${RANGE}"
        add(source, clicks_table, environ={"RANGE": "2"})
        answer = operations.table_json(operations.find_table(source, "clicks").value)
        assert answer["REALTIME"]["tableIndexConfig"]["rangeIndexVersion"] == "${RANGE}"

    def test_an_unset_variable_is_refused_on_write(self, source, clicks_table, clicks_stream) -> None:
        clicks_stream["stream.kafka.broker.list"] = "${BROKERS}"
        with pytest.raises(InvalidConfig, match="environment variable BROKERS is not set"):
            add(source, clicks_table)


class RacingSource(InMemoryTableConfigSource):
    """Another writer acts between this one's reads and its write."""

    def __init__(self, shared: InMemoryTableConfigSource, meanwhile: Any) -> None:
        self.__dict__ = dict(shared.__dict__)
        self._meanwhile = meanwhile

    def put_table(self, stored: Any, expected_version: int | None) -> int:
        self._meanwhile()
        return super().put_table(stored, expected_version)
