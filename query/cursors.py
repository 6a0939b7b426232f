"""Pages of kept answers in the form of Pinot's cursor responses (contract 1.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from query import faults
from query.asked import Place
from query.faults import Unanswerable
from query.response import BrokerResponse, Result, encode
from query.response_store import Kept, ResponseStore, StoreFull

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cursors:
    """Blocks on its store's disk."""

    store: ResponseStore
    place: Place
    clock_ms: Callable[[], int]

    def opened(self, response: BrokerResponse, result: Result, rows: int, began_ms: int) -> tuple[bytes, ...]:
        """Keep an answer; its first page. Raises Unanswerable when there is no room for it."""
        try:
            response_id = self.store.put(response, result, began_ms)
        except (StoreFull, OSError) as error:
            raise Unanswerable(faults.not_kept(str(error))) from error
        return self.page(response_id, 0, rows)

    def page(self, response_id: str, offset: int, rows: int) -> tuple[bytes, ...]:
        """The body of a cursor response, in pieces. Raises NoSuchResponse, BadPage."""
        began = self.clock_ms()
        kept, found, rows_json = self.store.page(response_id, offset, rows)
        head = b'{"resultTable":{"dataSchema":' + msgspec.json.encode(kept.schema) + b',"rows":'
        said = self._said(kept, offset, found, self.clock_ms() - began)
        return head, rows_json, b"}," + encode(said)[1:]

    def described(self, response_id: str) -> Json:
        """A kept answer without its rows. Raises NoSuchResponse."""
        return self._said(self.store.kept(response_id), 0, 0, 0)

    def all(self) -> Iterator[Json]:
        return (self._said(kept, 0, 0, 0) for _, kept in self.store.all() if kept.expires_ms > self.clock_ms())

    def _said(self, kept: Kept, offset: int, rows: int, fetch_ms: int) -> Json:
        host, port = self.place.broker_id.removeprefix("Broker_").rsplit("_", 1)
        return {
            **kept.facts,
            "offset": offset,
            "numRows": rows,
            "cursorResultWriteTimeMs": kept.write_ms,
            "cursorFetchTimeMs": fetch_ms,
            "submissionTimeMs": kept.submitted_ms,
            "expirationTimeMs": kept.expires_ms,
            "brokerHost": host,
            "brokerPort": int(port),
            "bytesWritten": kept.bytes_written,
        }
