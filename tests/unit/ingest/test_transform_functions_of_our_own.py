"""Functions that DuckDB does not have, in ingestion: one table serves queries and transforms."""

from __future__ import annotations

import json

import pytest

from ingest.decoders.base import SourceColumn
from ingest.decoders.json import JsonDecoder
from ingest.transforms import transform_of


def transformed(expression: str, kind: str, values: list[object]) -> tuple[list[object], dict[int, str]]:
    """The results of one transform over the field `s`, and the reasons of refused rows by their place."""
    columns = {"s": SourceColumn("STRING", False), "made": SourceColumn(kind.rstrip("*"), kind.endswith("*"))}
    transform, source = transform_of([("made", expression)], None, columns)
    staged = transform.apply(JsonDecoder(source).decode([json.dumps({"s": value}).encode() for value in values]).rows)
    return staged.rows.column("made").to_pylist(), {refused.index: refused.reason for refused in staged.refused}


@pytest.mark.parametrize(
    ("expression", "kind", "expected"),
    [
        ("soundex(s)", "STRING", ["H400", None]),
        ("murmurHash2(toUtf8(s))", "INT", [2132663229, None]),
        ("urlDomain(concat('https://', s, ''))", "STRING", ["hello", None]),
        ("uniqueNgrams(s, 3)", "STRING*", [["hel", "ell", "llo"], None]),
        ("text_match(s, 'hello')", "BOOLEAN", [True, False]),
        ("ST_AsText(ST_GeomFromText('POINT (1 2)'))", "STRING", ["POINT (1 2)", "POINT (1 2)"]),
    ],
)
def test_a_transform_uses_the_functions_of_queries(expression: str, kind: str, expected: list[object]) -> None:
    made, refused = transformed(expression, kind, ["hello", None])

    assert (made, refused) == (expected, {})


def test_a_text_that_a_function_cannot_take_refuses_its_row_only() -> None:
    made, refused = transformed("ipv4ToLong(s)", "LONG", ["1.2.3.4", "nonsense", "1.2.3.5"])

    assert [made[0], made[2]] == [16909060, 16909061]
    assert list(refused) == [1]
    assert "ipv4ToLong(s) fails for s = 'nonsense'" in refused[1]
