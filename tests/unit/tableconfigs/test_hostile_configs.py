"""Whatever stands anywhere in a document: it is understood, or refused with problems that have a place. Never a crash."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tableconfigs import operations
from tableconfigs.problems import InvalidConfig, Problem
from tableconfigs.schema import Schema, pretty
from tableconfigs.source import InMemoryTableConfigSource
from tests.unit.tableconfigs.conftest import GOLDEN

TABLES = [json.loads((GOLDEN / f"{name}.table.json").read_text()) for name in ("clicks", "llc_sample")]
SCHEMA = json.loads((GOLDEN / "clicks.schema.json").read_text())
AWKWARD = [
    "",
    " ",
    "0",
    "-1",
    "1e999",
    "²",
    "٣",
    "9" * 30,
    "null",
    "true",
    "${X}",
    "${",
    "\x00",
    "a\nb",
    "%",
    "1:DAYS:EPOCH",
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(AWKWARD)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


def places(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [at] + [place for key, child in children for place in places(child, (*at, key))]


@st.composite
def damaged(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """`document` with one to three places replaced or removed."""
    copied = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        *steps, last = draw(st.sampled_from(places(copied)[1:] or [("x",)]))
        parent: Any = copied
        for step in steps:
            parent = parent[step]
        if isinstance(parent, dict) and draw(st.booleans()):
            parent.pop(last, None)
        else:
            parent[last] = draw(values)
    return copied


def refused(act: Callable[[], object]) -> tuple[Problem, ...] | None:
    """The problems that made `act` fail; None when it went through."""
    try:
        act()
    except InvalidConfig as error:
        return error.problems
    return None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(TABLES).flatmap(damaged))
def test_damaged_table_configs(document: dict[str, Any]) -> None:
    source = InMemoryTableConfigSource()
    operations.add_schema(source, SCHEMA)
    operations.add_schema(source, {**SCHEMA, "schemaName": "meetupRsvp"})
    found = refused(lambda: operations.add_table(source, document, 0, "i"))
    if found is None:
        stored = source.table(source.tables()[0]).value
        json.dumps(operations.table_json(stored))
        operations.update_table(source, stored.name_with_type, stored.config)
    else:
        assert found
        assert all(problem.message for problem in found)


@settings(max_examples=400, deadline=None)
@given(damaged(SCHEMA))
def test_damaged_schemas(document: dict[str, Any]) -> None:
    found = refused(lambda: Schema.parse(document))
    if found is None:
        schema = Schema.parse(document).value
        again = Schema.parse(pretty(schema.to_pinot_json())).value
        assert again.to_pinot_json() == schema.to_pinot_json()
        assert schema.backward_incompatibilities(again) == []
    else:
        assert found
        assert all(problem.message for problem in found)


@pytest.mark.parametrize("body", [b"", b"null", b"1", b'"x"', b"\x00", b"{" * 5000, b'{"a":1}x'])
def test_bodies_that_are_no_documents(body: bytes) -> None:
    source = InMemoryTableConfigSource()
    with pytest.raises(InvalidConfig):
        operations.add_table(source, body, 0, "i")
    with pytest.raises(InvalidConfig):
        operations.add_schema(source, body)
