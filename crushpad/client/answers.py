"""What a client gives back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class Answer:
    """The result of a query, and the fields of Pinot's broker response that are neither zero nor empty."""

    table: pa.Table
    facts: Mapping[str, Any]

    @property
    def visible_offsets(self) -> Mapping[str, Mapping[str, int]]:
        """Table -> partition -> offset up to which the answer covers it; what `minOffsets` takes."""
        return dict(self.facts.get("visibleOffsets", {}))


@dataclass(frozen=True)
class RowsPage:
    """One page of a range read; `cursor` asks for the next one, and is None behind the last row."""

    table: pa.Table
    cursor: str | None


@dataclass(frozen=True)
class Uploaded:
    """What the service says to a schema or a table config: keys that it does not know have no effect."""

    status: str
    unrecognized: Mapping[str, Any]


def answer_of(body: bytes, facts: str) -> Answer:
    return Answer(read_table(body), json.loads(facts))


def page_of(body: bytes, cursor: str | None) -> RowsPage:
    return RowsPage(read_table(body), cursor)


def uploaded_of(body: bytes) -> Uploaded:
    said = json.loads(body)
    return Uploaded(said["status"], said.get("unrecognizedProperties", {}))


def read_table(body: bytes) -> pa.Table:
    """A whole Arrow stream."""
    with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
        return reader.read_all()
