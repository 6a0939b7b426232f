"""Apache Pinot's airlineStats table, literally, where the data set is at hand beside the repository."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tableconfigs import operations
from tableconfigs.data_types import DataType
from tableconfigs.notices import warnings_of
from tableconfigs.offset_criteria import Smallest
from tableconfigs.problems import InvalidConfig
from tableconfigs.schema import Schema, pretty
from tableconfigs.source import AlreadyExists, InMemoryTableConfigSource
from tableconfigs.table import TableConfig

SHARED = Path(__file__).parents[4] / "shared"
AIRLINE, RESPONSES = SHARED / "data" / "airlineStats", SHARED / "contracts" / "pinot-responses"

if AIRLINE.is_dir():

    def test_the_schema_parses_without_surprises() -> None:
        parsed = Schema.parse((AIRLINE / "schema.json").read_bytes())
        assert parsed.unrecognized == {}
        assert len(parsed.value.columns) == 81
        assert parsed.value.columns["ts"].data_type is DataType.TIMESTAMP
        assert not parsed.value.columns["DivAirports"].single_value_field

    def test_the_table_parses_without_surprises() -> None:
        parsed = TableConfig.parse((AIRLINE / "table.json").read_bytes())
        assert (parsed.unrecognized, warnings_of(parsed)) == ({}, [])
        assert parsed.value.time_column == "DaysSinceEpoch"
        assert (parsed.value.flush.rows, parsed.value.flush.time_ms) == (50_000, 3_600_000)
        assert parsed.value.streams[0].offset_criteria == Smallest()
        assert parsed.value.ingestion.transforms == [
            ("ts", "fromEpochDays(DaysSinceEpoch)"),
            ("tsRaw", "fromEpochDays(DaysSinceEpoch)"),
        ]

    def test_both_upload() -> None:
        source = InMemoryTableConfigSource()
        operations.add_schema(source, (AIRLINE / "schema.json").read_bytes())
        written = operations.add_table(source, (AIRLINE / "table.json").read_bytes(), 0, "i")
        assert written.to_pinot_json() == {
            "unrecognizedProperties": {},
            "status": "Table airlineStats_REALTIME successfully added",
        }


if RESPONSES.is_dir() and AIRLINE.is_dir():

    def test_the_schema_is_printed_as_pinot_prints_it() -> None:
        schema = Schema.parse((AIRLINE / "schema.json").read_bytes()).value.to_pinot_json()
        assert pretty(schema) == (RESPONSES / "c06-schema.json").read_text()
        validated = {**schema, "unrecognizedProperties": {}}
        assert pretty(validated) == (RESPONSES / "p13-schema-validate.json").read_text()

    def test_the_table_is_printed_as_pinot_prints_it() -> None:
        document = json.loads((AIRLINE / "table.json").read_text())
        stream = document["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0]
        stream["stream.kafka.broker.list"] = "127.0.0.1:9092"
        printed = {"REALTIME": TableConfig.parse(document).value.to_pinot_json()}
        assert json.dumps(printed, separators=(",", ":")) == (RESPONSES / "c03-table.json").read_text()

    def refusal(act: Callable[[], object]) -> str:
        with pytest.raises((InvalidConfig, AlreadyExists)) as caught:
            act()
        return str(caught.value)

    def pinot_error(name: str) -> str:
        return str(json.loads((RESPONSES / f"{name}.json").read_text())["error"])

    def test_errors_begin_with_pinot_s_texts() -> None:
        schema, table = ((AIRLINE / name).read_text() for name in ("schema.json", "table.json"))
        source = InMemoryTableConfigSource()
        operations.add_schema(source, schema)

        def add(document: str) -> object:
            return operations.add_table(source, document, 0, "i")

        fewer = json.dumps({**json.loads(schema), "dimensionFieldSpecs": []})
        indexed = table.replace('"tableIndexConfig": {}', '"tableIndexConfig": {"invertedIndexColumns": ["nosuch"]}')
        acts: dict[str, Callable[[], object]] = {
            "p02-table-no-schema": lambda: add(table.replace('"airlineStats"', '"noschema"')),
            "p06-validate-bad-time": lambda: add(table.replace('Name": "DaysSinceEpoch"', 'Name": "nosuch"')),
            "p07-validate-bad-index": lambda: add(indexed),
            "p09-validate-no-topic": lambda: add(table.replace("topic.name", "topic.nam")),
            "p11-duplicate-schema-nooverride": lambda: operations.add_schema(source, schema, override=False),
            "p14-schema-incompatible": lambda: operations.update_schema(source, "airlineStats", fewer),
        }
        for name, act in acts.items():
            assert refusal(act).startswith(pinot_error(name))
        add(table)
        assert refusal(lambda: add(table)) == pinot_error("p01-duplicate-table")
