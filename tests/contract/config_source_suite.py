"""What every `TableConfigSource` promises. Subclass it with a `source` fixture."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tableconfigs.source import (
    AlreadyExists,
    Conflict,
    NotFound,
    Put,
    StoredSchema,
    StoredTable,
    TableConfigSource,
    TableState,
)


def a_schema(name: str = "clicks", version: int = 1, **changes: object) -> StoredSchema:
    """A small schema record."""
    definition = {"schemaName": name, "dimensionFieldSpecs": [{"name": "länge", "dataType": "INT"}]}
    return StoredSchema(name=name, version=version, definition=definition).model_copy(update=changes)


def a_table(raw_name: str = "clicks", **changes: object) -> StoredTable:
    """A small table record."""
    return StoredTable(
        name_with_type=f"{raw_name}_REALTIME",
        incarnation="3f9c",
        config_version=1,
        schema_name=raw_name,
        schema_version=1,
        state=TableState.ACTIVE,
        created_ms=1_700_000_000_000,
        config={"tableName": f"{raw_name}_REALTIME", "segmentsConfig": {"replication": "1"}},
    ).model_copy(update=changes)


class ConfigSourceSuite:
    def test_a_new_source_is_empty(self, source: TableConfigSource) -> None:
        assert source.schemas() == []
        assert source.tables() == []

    def test_what_was_put_is_what_comes_back(self, source: TableConfigSource) -> None:
        history: dict[int, dict[str, object]] = {1: {"schemaName": "clicks"}}
        schema, table = a_schema(version=2, history=history), a_table()
        schema_version, table_version = source.put_schema(schema, None), source.put_table(table, None)
        assert (source.schema("clicks").value, source.schema("clicks").version) == (schema, schema_version)
        assert (source.table("clicks_REALTIME").value, source.table("clicks_REALTIME").version) == (
            table,
            table_version,
        )

    def test_names_are_sorted_and_tables_carry_their_type(self, source: TableConfigSource) -> None:
        for name in ("b", "a"):
            source.put_schema(a_schema(name), None)
            source.put_table(a_table(name), None)
        assert source.schemas() == ["a", "b"]
        assert source.tables() == ["a_REALTIME", "b_REALTIME"]

    def test_what_is_not_there_is_not_found(self, source: TableConfigSource) -> None:
        with pytest.raises(NotFound):
            source.schema("nosuch")
        with pytest.raises(NotFound):
            source.table("nosuch_REALTIME")
        with pytest.raises(NotFound):
            source.put_schema(a_schema(), 0)
        with pytest.raises(NotFound):
            source.put_table(a_table(), 0)
        with pytest.raises(NotFound):
            source.delete_schema("nosuch", 0)
        with pytest.raises(NotFound):
            source.delete_table("nosuch_REALTIME", 0)

    def test_creating_twice_is_refused_and_changes_nothing(self, source: TableConfigSource) -> None:
        source.put_schema(a_schema(), None)
        source.put_table(a_table(), None)
        with pytest.raises(AlreadyExists):
            source.put_schema(a_schema(version=9), None)
        with pytest.raises(AlreadyExists):
            source.put_table(a_table(incarnation="other"), None)
        assert source.schema("clicks").value == a_schema()
        assert source.table("clicks_REALTIME").value == a_table()

    def test_a_change_returns_the_version_of_the_next_change(self, source: TableConfigSource) -> None:
        version = source.put_table(a_table(), None)
        for config_version in (2, 3, 4):
            version = source.put_table(a_table(config_version=config_version), version)
            assert source.table("clicks_REALTIME").version == version
        assert source.table("clicks_REALTIME").value.config_version == 4

    def test_a_stale_change_is_refused(self, source: TableConfigSource) -> None:
        first = source.put_schema(a_schema(), None)
        source.put_schema(a_schema(version=2), first)
        with pytest.raises(Conflict):
            source.put_schema(a_schema(version=3), first)
        with pytest.raises(Conflict):
            source.delete_schema("clicks", first)
        assert source.schema("clicks").value.version == 2

    def test_a_stale_change_of_a_table_is_refused(self, source: TableConfigSource) -> None:
        first = source.put_table(a_table(), None)
        source.put_table(a_table(state=TableState.DELETING), first)
        with pytest.raises(Conflict):
            source.put_table(a_table(config_version=2), first)
        with pytest.raises(Conflict):
            source.delete_table("clicks_REALTIME", first)
        assert source.table("clicks_REALTIME").value.state is TableState.DELETING

    def test_what_is_deleted_is_gone_and_may_come_back(self, source: TableConfigSource) -> None:
        source.delete_schema("clicks", source.put_schema(a_schema(), None))
        source.delete_table("clicks_REALTIME", source.put_table(a_table(), None))
        assert source.schemas() == []
        assert source.tables() == []
        source.put_table(a_table(incarnation="77aa"), None)
        assert source.table("clicks_REALTIME").value.incarnation == "77aa"

    def test_a_schema_and_its_table_are_put_together(self, source: TableConfigSource) -> None:
        source.put_together(Put(a_schema(), None), Put(a_table(), None))
        source.put_together(Put(a_schema(version=2), 0), Put(a_table(config_version=2), 0))
        assert (source.schema("clicks").value.version, source.table("clicks_REALTIME").value.config_version) == (2, 2)

    def test_neither_is_created_when_the_other_one_is_there(self, source: TableConfigSource) -> None:
        source.put_table(a_table(), None)
        with pytest.raises(AlreadyExists, match="table clicks_REALTIME already exists"):
            source.put_together(Put(a_schema(), None), Put(a_table(incarnation="other"), None))
        assert source.schemas() == []
        assert source.table("clicks_REALTIME").value == a_table()

    @pytest.mark.parametrize("stale", ["schema", "table"])
    def test_neither_is_changed_when_somebody_changed_one_of_them_first(
        self, source: TableConfigSource, stale: str
    ) -> None:
        source.put_together(Put(a_schema(), None), Put(a_table(), None))
        if stale == "schema":
            source.put_schema(a_schema(version=2), 0)
        else:
            source.put_table(a_table(config_version=2), 0)
        before = (source.schema("clicks"), source.table("clicks_REALTIME"))
        with pytest.raises(Conflict, match=f"{stale} clicks"):
            source.put_together(Put(a_schema(version=9), 0), Put(a_table(config_version=9), 0))
        assert (source.schema("clicks"), source.table("clicks_REALTIME")) == before

    def test_neither_is_changed_when_one_of_them_is_gone(self, source: TableConfigSource) -> None:
        source.put_schema(a_schema(), None)
        with pytest.raises(NotFound, match="table clicks_REALTIME"):
            source.put_together(Put(a_schema(version=2), 0), Put(a_table(config_version=2), 0))
        assert source.schema("clicks").value == a_schema()

    def test_of_many_at_once_exactly_one_wins(self, source: TableConfigSource) -> None:
        version = source.put_table(a_table(), None)

        def attempt(number: int) -> int | None:
            try:
                source.put_table(a_table(config_version=number), version)
            except Conflict:
                return None
            return number

        with ThreadPoolExecutor(8) as pool:
            winners = [number for number in pool.map(attempt, range(2, 18)) if number is not None]
        assert winners == [source.table("clicks_REALTIME").value.config_version]

    def test_a_record_in_hand_does_not_change(self, source: TableConfigSource) -> None:
        source.put_table(a_table(), None)
        in_hand = source.table("clicks_REALTIME").value
        in_hand.config["tableName"] = "changed by the reader"
        assert source.table("clicks_REALTIME").value == a_table()
