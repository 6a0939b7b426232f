"""Old and new table configs, and what is made of them: kept JSON, answer to GET, and the values the service runs on.

`dump` is what the `.parsed.json` files hold. A change here changes what stored configs mean: it needs a reason.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tableconfigs.notices import warnings_of
from tableconfigs.schema import Schema
from tableconfigs.table import TableConfig

HERE = Path(__file__).parent


def dump(document: dict[str, Any]) -> dict[str, Any]:
    """Everything that is read out of a table config, as JSON."""
    parsed = TableConfig.parse(document)
    config = parsed.value
    streams = [
        {**asdict(stream), "offset_criteria": repr(stream.offset_criteria), "decoder": stream.decoder.name}
        for stream in config.streams
    ]
    return {
        "unrecognized": parsed.unrecognized,
        "stored": parsed.stored,
        "pinot_json": config.to_pinot_json(),
        "time_column": config.time_column,
        "replication": config.replication,
        "retention_ms": config.retention_ms,
        "sorted_column": config.indexing.sorted_column,
        "bloom_filter_columns": config.indexing.bloom_filter_columns(),
        "inverted_columns": config.indexing.inverted_columns(),
        "range_columns": config.indexing.range_columns(),
        "no_dictionary_columns": config.indexing.no_dictionary_columns(),
        "null_handling_enabled": config.indexing.null_handling_enabled,
        "transforms": [list(pair) for pair in config.ingestion.transforms],
        "filter": config.ingestion.filter_expression,
        "streams": streams,
        "warnings": warnings_of(parsed),
    }


@pytest.mark.parametrize("name", ["llc_sample", "clicks"])
def test_table_configs_mean_what_they_meant(name: str) -> None:
    document = json.loads((HERE / f"{name}.table.json").read_text())
    golden = json.loads((HERE / f"{name}.parsed.json").read_text())
    assert json.loads(json.dumps(dump(document))) == golden


def test_the_schema_is_printed_as_it_was() -> None:
    parsed = Schema.parse((HERE / "clicks.schema.json").read_bytes())
    golden = json.loads((HERE / "clicks.schema.parsed.json").read_text())
    defaults = {name: repr(spec.default_null) for name, spec in parsed.value.columns.items()}
    assert {"pinot_json": parsed.value.to_pinot_json(), "default_nulls": defaults} == golden
