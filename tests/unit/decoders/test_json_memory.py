"""A JSON decoder remembers which columns did not occur. Rows must not depend on what it has seen before (P4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoders.base import Columns, SourceColumn
from ingest.decoders.json import FEW_ROWS, JsonDecoder

COLUMNS: Columns = {
    "a": SourceColumn("LONG", False),
    "b": SourceColumn("STRING", False),
    "c": SourceColumn("DOUBLE", False),
    "d": SourceColumn("STRING", True),
}
MANY = 2 * FEW_ROWS

fields = st.sets(st.sampled_from([*COLUMNS, "unknown"]))


def batch(names: frozenset[str] | set[str], odd_at: int | None = None, odd: str = "unknown") -> list[bytes]:
    """Records with fields of these names; one may have another."""
    given: dict[str, Any] = {"a": 1, "b": "x", "c": 0.5, "d": ["p"], "unknown": {"deep": 1}}
    records = [{name: given[name] for name in given if name in names} for _ in range(MANY)]
    if odd_at is not None:
        records[odd_at][odd] = given[odd]
    return [json.dumps(record).encode() for record in records]


def rows(decoder: JsonDecoder, payloads: Sequence[bytes]) -> list[dict[str, Any]]:
    decoded = decoder.decode(payloads)
    assert not decoded.refused
    found: list[dict[str, Any]] = decoded.rows.to_pylist()
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(fields, st.none() | st.integers(0, MANY - 1), st.sampled_from([*COLUMNS, "unknown"]))))
def test_rows_are_the_same_whatever_came_before(batches: list[tuple[set[str], int | None, str]]) -> None:
    experienced = JsonDecoder(COLUMNS)
    for names, odd_at, odd in batches:
        payloads = batch(names, odd_at, odd)
        assert rows(experienced, payloads) == rows(JsonDecoder(COLUMNS), payloads)


def test_a_column_that_comes_late_is_read() -> None:
    decoder = JsonDecoder(COLUMNS)
    assert {row["b"] for row in rows(decoder, batch({"a"}))} == {None}
    late = rows(decoder, batch({"a"}, odd_at=200, odd="b"))
    assert [at for at, row in enumerate(late) if row["b"] == "x"] == [200]
