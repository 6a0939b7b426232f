"""The in-memory config source keeps the contract."""

import pytest

from tableconfigs.source import InMemoryTableConfigSource, NotFound, TableConfigSource
from tests.contract.config_source_suite import ConfigSourceSuite, a_schema


class TestInMemoryConfigSource(ConfigSourceSuite):
    @pytest.fixture
    def source(self) -> TableConfigSource:
        return InMemoryTableConfigSource()


def test_a_stored_schema_finds_its_older_definitions() -> None:
    stored = a_schema(version=2, history={1: {"schemaName": "old"}})
    assert stored.at(1) == {"schemaName": "old"}
    assert stored.at(2) == stored.definition
    with pytest.raises(NotFound, match="clicks has no version 3, the newest is 2"):
        stored.at(3)
