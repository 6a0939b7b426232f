"""What both clients send: method, path, parameters and body of each request. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

ARROW = "application/vnd.apache.arrow.stream"
FORMATS: Mapping[str, str] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "arrow": ARROW,
    "parquet": "application/vnd.apache.parquet",
}
ERROR_CODE_HEADER = "X-Pinot-Error-Code"
ANSWER_HEADER = "X-Crushpad-Answer"
CURSOR_HEADER = "X-Crushpad-Cursor"

Moment = int | str | datetime
"""Epoch milliseconds, ISO 8601, or a datetime (without a zone it is UTC)."""
Document = Mapping[str, Any] | str | bytes
"""A JSON document, parsed or as text."""


@dataclass(frozen=True)
class RowRange:
    """Which rows to read; what is None is not asked. `partition` is needed for offsets."""

    from_time: Moment | None = None
    to_time: Moment | None = None
    partition: int | None = None
    from_offset: int | None = None
    to_offset: int | None = None
    columns: Sequence[str] | None = None
    filter: str | None = None
    order: str | None = None

    def parameters(self) -> dict[str, str]:
        """As the address has them."""
        asked = {
            "from": _moment(self.from_time),
            "to": _moment(self.to_time),
            "partition": self.partition,
            "fromOffset": self.from_offset,
            "toOffset": self.to_offset,
            "columns": None if self.columns is None else ",".join(self.columns),
            "filter": self.filter,
            "order": self.order,
        }
        return {name: str(value) for name, value in asked.items() if value is not None}


@dataclass(frozen=True)
class Ask:
    """One request."""

    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    accept: str = "application/json"

    @property
    def headers(self) -> dict[str, str]:
        return {"Accept": self.accept} | ({"Content-Type": "application/json"} if self.body is not None else {})


def query(sql: str, options: Mapping[str, object]) -> Ask:
    text = ";".join(f"{name}={_option(value)}" for name, value in options.items())
    return Ask("POST", "/query/sql", body=json.dumps({"sql": sql, "queryOptions": text}).encode(), accept=ARROW)


def rows(table: str, wanted: RowRange, limit: int | None = None, cursor: str | None = None, accept: str = ARROW) -> Ask:
    page = {"limit": None if limit is None else str(limit), "cursor": cursor}
    parameters = wanted.parameters() | {name: value for name, value in page.items() if value is not None}
    return Ask("GET", f"/tables/{quote(table, safe='')}/rows", parameters, accept=accept)


def upload(collection: str, document: Document) -> Ask:
    return Ask("POST", f"/{collection}", body=_bytes(document))


def _bytes(document: Document) -> bytes:
    if isinstance(document, bytes):
        return document
    return (document if isinstance(document, str) else json.dumps(document)).encode()


def _moment(moment: Moment | None) -> str | None:
    return moment.isoformat() if isinstance(moment, datetime) else None if moment is None else str(moment)


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
