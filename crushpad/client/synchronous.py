"""The client for programs without an event loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import httpx2
import pyarrow as pa

from crushpad.client import requests
from crushpad.client.answers import Answer, RowsPage, Uploaded, answer_of, page_of, uploaded_of
from crushpad.client.arrow_stream import ArrowStream
from crushpad.client.errors import StreamBroken, Unreachable, refused
from crushpad.client.requests import Ask, Document, RowRange

TIMEOUT_S = 30.0


class Client:
    """Talks to the service at `endpoint`, for example `http://127.0.0.1:9000`. A context manager.

    `timeout_s`: longest wait for a connection and for each part of an answer. Every method raises a `ClientError`.
    """

    def __init__(
        self, endpoint: str, *, timeout_s: float = TIMEOUT_S, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._http = httpx2.Client(base_url=endpoint, timeout=timeout_s, transport=transport, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def query(self, sql: str, **options: object) -> Answer:
        """The result of one SELECT; `options` are Pinot's, as in `timeoutMs=5000`. Raises `QueryError`."""
        answer = self._sent(requests.query(sql, options))
        return answer_of(answer.content, answer.headers[requests.ANSWER_HEADER])

    def rows(self, table: str, wanted: RowRange = RowRange()) -> Iterator[pa.RecordBatch]:
        """All rows of the range as they come, in bounded memory. Raises `StreamBroken` if they stop in the middle."""
        stream = ArrowStream()
        with self._streamed(requests.rows(table, wanted)) as answer:
            for chunk in answer.iter_raw():
                yield from stream.add(chunk)
        stream.end()

    def read(self, table: str, wanted: RowRange = RowRange()) -> pa.Table:
        """All rows of the range as one table."""
        stream = ArrowStream()
        with self._streamed(requests.rows(table, wanted)) as answer:
            batches = [batch for chunk in answer.iter_raw() for batch in stream.add(chunk)]
        stream.end()
        return pa.Table.from_batches(batches, stream.schema)

    def export(
        self, table: str, wanted: RowRange = RowRange(), *, form: str = "jsonl", limit: int | None = None
    ) -> Iterator[bytes]:
        """The rows as a file in pieces; `form` is `jsonl`, `csv`, `arrow` or `parquet`. Raises `StreamBroken`."""
        with self._streamed(requests.rows(table, wanted, limit, accept=requests.FORMATS[form])) as answer:
            yield from answer.iter_raw()

    def page(self, table: str, wanted: RowRange = RowRange(), *, limit: int, cursor: str | None = None) -> RowsPage:
        """At most `limit` rows, behind those of the page that gave `cursor`."""
        answer = self._sent(requests.rows(table, wanted, limit, cursor))
        return page_of(answer.content, answer.headers.get(requests.CURSOR_HEADER))

    def pages(self, table: str, wanted: RowRange = RowRange(), *, limit: int) -> Iterator[pa.Table]:
        """Page after page until the end of the range: together the rows that were there at the first one."""
        page = self.page(table, wanted, limit=limit)
        yield page.table
        while page.cursor is not None:
            page = self.page(table, wanted, limit=limit, cursor=page.cursor)
            yield page.table

    def upload_schema(self, schema: Document) -> Uploaded:
        """Create a schema, or replace it by a compatible one."""
        return uploaded_of(self._sent(requests.upload("schemas", schema)).content)

    def upload_table(self, config: Document) -> Uploaded:
        """Create a table, whose schema must be there. Ingestion starts at once."""
        return uploaded_of(self._sent(requests.upload("tables", config)).content)

    def _sent(self, ask: Ask) -> httpx2.Response:
        with self._streamed(ask) as answer:
            answer.read()
            return answer

    @contextmanager
    def _streamed(self, ask: Ask) -> Iterator[httpx2.Response]:
        try:
            with self._http.stream(
                ask.method, ask.path, params=ask.parameters, content=ask.body, headers=ask.headers
            ) as answer:
                if not answer.is_success:
                    code = answer.headers.get(requests.ERROR_CODE_HEADER)
                    raise refused(answer.status_code, answer.read(), code)
                yield answer
        except httpx2.RemoteProtocolError as error:
            raise StreamBroken(f"the answer breaks off: {error}") from error
        except httpx2.TransportError as error:
            raise Unreachable(
                f"no answer from {self._http.base_url}: {error}; is the service running there?"
            ) from error
