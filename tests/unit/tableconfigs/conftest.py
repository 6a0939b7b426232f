"""Small documents that tests change: fresh copies of the golden ones."""

import json
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[2] / "golden" / "tableconfigs"


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((GOLDEN / name).read_text())
    return document


@pytest.fixture
def clicks_table() -> dict[str, Any]:
    """Without the keys that have no effect yet: what is said of them is told by tests of their own."""
    document = _document("clicks.table.json")
    for key in ("retentionTimeUnit", "retentionTimeValue"):
        del document["segmentsConfig"][key]
    return document


@pytest.fixture
def clicks_schema() -> dict[str, Any]:
    return _document("clicks.schema.json")


@pytest.fixture
def clicks_stream(clicks_table: dict[str, Any]) -> Any:
    return clicks_table["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0]
