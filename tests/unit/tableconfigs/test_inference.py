"""A schema proposed from records: the type of each field, its role, and what a person should know."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tableconfigs.inference import infer_schema
from tableconfigs.schema import Schema

MS = 1_700_000_000_000


@pytest.mark.parametrize(
    ("name", "values", "place", "spec"),
    [
        ("city", ["Berlin", "Bonn"], "dimension", {"dataType": "STRING"}),
        ("bot", [True, False], "dimension", {"dataType": "BOOLEAN"}),
        ("price", [1, 2.5], "metric", {"dataType": "DOUBLE"}),
        ("clicks", [1, 2], "metric", {"dataType": "LONG"}),
        ("userId", [1, 2], "dimension", {"dataType": "LONG"}),
        ("balance", [2**70, 1], "metric", {"dataType": "BIG_DECIMAL"}),
        ("tags", [["a"], []], "dimension", {"dataType": "STRING", "singleValueField": False}),
        ("scores", [[1, 2.5]], "dimension", {"dataType": "DOUBLE", "singleValueField": False}),
        ("address", [{"a": 1}], "dimension", {"dataType": "JSON"}),
        ("orders", [[{"a": 1}]], "dimension", {"dataType": "JSON"}),
        ("mixed", [1, "a"], "dimension", {"dataType": "STRING"}),
        ("nothing", [None], "dimension", {"dataType": "STRING"}),
        ("ts", [MS], "dateTime",
         {"dataType": "LONG", "format": "1:MILLISECONDS:EPOCH", "granularity": "1:MILLISECONDS"}),
        ("created_at", [MS // 1000], "dateTime",
         {"dataType": "LONG", "format": "1:SECONDS:EPOCH", "granularity": "1:SECONDS"}),
        ("amount", [MS], "metric", {"dataType": "LONG"}),
        ("seen", ["2024-01-02T03:04:05Z", "2024-01-02 03:04:05.1"], "dateTime",
         {"dataType": "TIMESTAMP", "format": "TIMESTAMP", "granularity": "1:MILLISECONDS"}),
        ("day", ["2024-01-02"], "dateTime",
         {"dataType": "STRING", "format": "SIMPLE_DATE_FORMAT|yyyy-MM-dd", "granularity": "1:DAYS"}),
        ("day", ["2024-13-02"], "dimension", {"dataType": "STRING"}),
    ],
)  # fmt: skip
def test_fields_become_columns(name: str, values: list[Any], place: str, spec: dict[str, Any]) -> None:
    proposed = infer_schema("t", [{name: value} for value in values]).schema
    assert proposed[f"{place}FieldSpecs"] == [{"name": name, **spec}]


def test_what_a_person_must_decide_is_noted() -> None:
    notes = " | ".join(infer_schema("t", [{"a": 1, "b c": 1, "n": None}, {"a": "x"}, {}]).notes)
    assert "a: has a value in 2 of 3 records" in notes
    assert "a: held values of several kinds (1 whole, 1 text), STRING takes them all" in notes
    assert "'b c' cannot be the name of a column" in notes
    assert "n: was always null, STRING is a guess" in notes
    assert "no field looks like a time" in notes


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=5), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5), max_size=4), max_size=4))  # fmt: skip
def test_every_proposal_is_a_schema_but_for_names_that_differ_by_case(records: list[dict[str, Any]]) -> None:
    names = {name.lower() for record in records for name in record}
    if len(names) == len({name for record in records for name in record}):
        proposed = infer_schema("t", records).schema
        assert Schema.parse(proposed).unrecognized == {}
