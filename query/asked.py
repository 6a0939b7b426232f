"""A query as it came in, where it is answered, and what may be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dialects.pinot import StageStatement, Statement
from query.formats import Format
from query.options import QueryOptions

NO_ERROR = -1


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may hold at most."""

    rows_max: int = 1_000_000
    bytes_max: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response body in pieces, and its first error code, -1 when there is none.

    With a format the body is the result alone, and `facts` are the rest of the broker response, as JSON. An answer with
    an error is always the broker response; `error` is its message.
    """

    chunks: tuple[bytes, ...]
    error_code: int
    error: str = ""
    facts: str = ""

    @property
    def body(self) -> bytes:
        """All pieces in one: for small answers."""
        return b"".join(self.chunks)


@dataclass(frozen=True, slots=True)
class Place:
    """Where this service is: what answers say of it, and where the rows lie."""

    host: str
    broker_id: str
    server_id: str
    consuming_root: Path
    """Holds a folder for each partition identity (P1)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What came in."""

    sql: str
    options: Mapping[str, str]
    form: Format | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was read. `form` is the format of its result, None for Pinot's JSON."""

    sql: str
    statement: Statement
    options: QueryOptions
    began_ms: int
    form: Format | None


@dataclass(frozen=True, slots=True)
class StagesAsked:
    """As `Asked`, for the multi-stage engine."""

    sql: str
    statement: StageStatement
    options: QueryOptions
    began_ms: int
    form: Format | None
