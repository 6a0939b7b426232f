"""What the routes need from the rest of the program, as protocols: wiring provides it, tests provide stand-ins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from query.cursors import Cursors
from query.formats import Format
from query.rows import Page, RowStream
from query.running import RunningQueries
from segments.catalogue import Catalogue
from segments.jobs import JobStore
from segments.registry import SegmentRegistry
from segments.status import WorkerStatus
from tableconfigs.source import StoredTable, TableConfigSource


class Answer(Protocol):
    """A finished broker response: JSON in pieces, and the first error's code (-1 when there is none) and message.

    In another form the body is the result alone, and `facts` is the rest of the response.
    """

    @property
    def chunks(self) -> tuple[bytes, ...]: ...

    @property
    def error_code(self) -> int: ...

    @property
    def error(self) -> str: ...

    @property
    def facts(self) -> str: ...


class QueryAnswerer(Protocol):
    """Answers SQL. Errors of the query are part of the answer, not exceptions."""

    async def answer(self, sql: str, options: Mapping[str, str], form: Format | None = None) -> Answer: ...


class RowReader(Protocol):
    """Reads ranges of rows: a page when there is a limit, else a stream. Raises RowsFault, TableFault, Unanswerable."""

    async def open(self, written: str, given: Mapping[str, str], form: Format) -> Page | RowStream: ...


class CatalogueSource(Protocol):
    """The newest local catalogue (P21). A local read; not thread-safe."""

    def read(self) -> Catalogue: ...


@dataclass(frozen=True)
class Instances:
    """Pinot's names of the roles of this process."""

    controller: str
    broker: str
    server: str

    @classmethod
    def at(cls, host: str, port: int, broker_port: int) -> Instances:
        return cls(f"Controller_{host}_{port}", f"Broker_{host}_{broker_port}", f"Server_{host}_{port}")


@dataclass(frozen=True)
class Services:
    """Everything that the app asks. Calls of `configs`, `registry` and `jobs` may block, `look` and `queries` are
    awaited; the others answer from memory or local files."""

    configs: TableConfigSource
    registry: SegmentRegistry
    jobs: JobStore
    queries: QueryAnswerer
    rows: RowReader
    catalogue: CatalogueSource
    statuses: Callable[[], list[WorkerStatus]]
    not_ready: Callable[[], list[str]]
    """Why this host cannot serve yet, a sentence each; empty when it can."""
    instances: Instances
    started_ms: int
    now_ms: Callable[[], int]
    new_incarnation: Callable[[], str]
    """A random id that was never used (P1)."""
    new_job_id: Callable[[], str]
    finish_deletion: Callable[[StoredTable], None]
    """Takes a table that is marked as deleting away for good (P2); may raise that the store is away."""
    environ: Mapping[str, str]
    """What `${NAME}` in a table config stands for."""
    exposition: Callable[[str], tuple[bytes, str]]
    """Every metric and the content type, for what the scraper accepts. Called in a thread."""
    look: Callable[[Mapping[str, Any], float], Awaitable[Any]]
    """Answers a question of `looks/` within so many seconds; raises Refused."""
    rejects: Callable[[Mapping[str, Any], float], Awaitable[Any]]
    """The same for a `RejectsRequest`."""
    deleted_keep_ms: int = 7 * 86_400_000
    """How long files of deleted segments stay where neither the request nor the table says it."""
    query_options: Mapping[str, str] = field(default_factory=dict)
    """Query options that hold unless a request says otherwise."""
    running: RunningQueries = field(default_factory=RunningQueries)
    """Queries that are being answered."""
    cursors: Cursors | None = None
    """Answers that are kept."""
    honest_status: bool = False
    """Whether a failed query has the HTTP status of its error, where the request does not say."""
