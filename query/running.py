"""Queries that are being answered, so that they can be named and ended, and those that were answered last."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from query import faults
from query.faults import Unanswerable

RECENT_MAX = 1_000
RECENT_SQL_CHARS_MAX = 4_000


@dataclass(frozen=True, slots=True)
class Finished:
    """A query that was answered. `code` is its first error's, -1 when there is none."""

    request_id: str
    client_id: str
    sql: str
    began_ms: int
    took_ms: int
    rows: int
    code: int
    tables: tuple[str, ...]


@dataclass(slots=True)
class Running:
    """A query that is being answered."""

    sql: str
    client_id: str | None
    began_ms: int
    scope: asyncio.Timeout
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True
        self.scope.reschedule(asyncio.get_running_loop().time())


@dataclass
class RunningQueries:
    """The front's queries by request id. Used from its event loop only."""

    _running: dict[str, Running] = field(default_factory=dict)
    _recent: deque[Finished] = field(default_factory=lambda: deque(maxlen=RECENT_MAX))

    @asynccontextmanager
    async def cancellable(self, request_id: str, client_id: str | None, sql: str, began_ms: int) -> AsyncIterator[None]:
        """While the body runs, `cancel` ends what it waits for, its engine included. Then raises Unanswerable."""
        scope = asyncio.timeout(None)
        running = self._running[request_id] = Running(sql, client_id, began_ms, scope)
        try:
            async with scope:
                yield
        except TimeoutError:
            if running.cancelled:
                raise Unanswerable(faults.cancelled(request_id)) from None
            raise
        finally:
            del self._running[request_id]

    def sql_by_id(self) -> Mapping[str, str]:
        """The texts of the queries that run."""
        return {request_id: one.sql for request_id, one in self._running.items()}

    def all(self) -> list[tuple[str, Running]]:
        """The queries that run, by request id."""
        return list(self._running.items())

    def cancel(self, request_id: str) -> bool:
        """End the query; False when none of that id runs."""
        found = self._running.get(request_id)
        if found is not None:
            found.cancel()
        return found is not None

    def cancel_client(self, client_id: str) -> list[str]:
        """End every query with this `clientQueryId`; their request ids."""
        found = [request_id for request_id, one in self._running.items() if one.client_id == client_id]
        for request_id in found:
            self.cancel(request_id)
        return found

    def finished(self, query: Finished) -> None:
        self._recent.append(query)

    def recent(self) -> list[Finished]:
        """The queries that were answered last, the oldest first."""
        return list(self._recent)
