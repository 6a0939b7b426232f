"""The exact DuckDB SQL of typical dashboard queries: a change here changes plans, so it has to be looked at."""

import json
from pathlib import Path

import pytest

_CASES = json.loads((Path(__file__).parents[2] / "golden" / "dialects" / "queries.json").read_text())


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["pinot"][:60])
def test_the_printed_query_is_the_golden_one(bound, case: dict[str, object]) -> None:
    query = bound(case["pinot"])
    output = [[column.name, column.data_type] for column in query.output]
    assert {"pinot": case["pinot"], "duckdb": query.select, "output": output} == case
