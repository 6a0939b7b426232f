"""The client for asyncio: the same methods as `Client`, to be awaited."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import httpx2
import pyarrow as pa

from crushpad.client import requests
from crushpad.client.answers import Answer, RowsPage, Uploaded, answer_of, page_of, uploaded_of
from crushpad.client.arrow_stream import ArrowStream
from crushpad.client.errors import StreamBroken, Unreachable, refused
from crushpad.client.requests import Ask, Document, RowRange
from crushpad.client.synchronous import TIMEOUT_S


class AsyncClient:
    """Talks to the service at `endpoint`; an asynchronous context manager. See `Client`."""

    def __init__(
        self, endpoint: str, *, timeout_s: float = TIMEOUT_S, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx2.AsyncClient(base_url=endpoint, timeout=timeout_s, transport=transport, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def query(self, sql: str, **options: object) -> Answer:
        """The result of one SELECT; `options` are Pinot's, as in `timeoutMs=5000`. Raises `QueryError`."""
        answer = await self._sent(requests.query(sql, options))
        return answer_of(answer.content, answer.headers[requests.ANSWER_HEADER])

    async def rows(self, table: str, wanted: RowRange = RowRange()) -> AsyncGenerator[pa.RecordBatch, None]:
        """All rows of the range as they come, in bounded memory. Raises `StreamBroken` if they stop in the middle."""
        stream = ArrowStream()
        async with self._streamed(requests.rows(table, wanted)) as answer:
            async for chunk in answer.aiter_raw():
                for batch in stream.add(chunk):
                    yield batch
        stream.end()

    async def read(self, table: str, wanted: RowRange = RowRange()) -> pa.Table:
        """All rows of the range as one table."""
        stream = ArrowStream()
        async with self._streamed(requests.rows(table, wanted)) as answer:
            batches = [batch async for chunk in answer.aiter_raw() for batch in stream.add(chunk)]
        stream.end()
        return pa.Table.from_batches(batches, stream.schema)

    async def export(
        self, table: str, wanted: RowRange = RowRange(), *, form: str = "jsonl", limit: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The rows as a file in pieces; `form` is `jsonl`, `csv`, `arrow` or `parquet`. Raises `StreamBroken`."""
        async with self._streamed(requests.rows(table, wanted, limit, accept=requests.FORMATS[form])) as answer:
            async for piece in answer.aiter_raw():
                yield piece

    async def page(
        self, table: str, wanted: RowRange = RowRange(), *, limit: int, cursor: str | None = None
    ) -> RowsPage:
        """At most `limit` rows, behind those of the page that gave `cursor`."""
        answer = await self._sent(requests.rows(table, wanted, limit, cursor))
        return page_of(answer.content, answer.headers.get(requests.CURSOR_HEADER))

    async def pages(self, table: str, wanted: RowRange = RowRange(), *, limit: int) -> AsyncGenerator[pa.Table, None]:
        """Page after page until the end of the range: together the rows that were there at the first one."""
        page = await self.page(table, wanted, limit=limit)
        yield page.table
        while page.cursor is not None:
            page = await self.page(table, wanted, limit=limit, cursor=page.cursor)
            yield page.table

    async def upload_schema(self, schema: Document) -> Uploaded:
        """Create a schema, or replace it by a compatible one."""
        return uploaded_of((await self._sent(requests.upload("schemas", schema))).content)

    async def upload_table(self, config: Document) -> Uploaded:
        """Create a table, whose schema must be there. Ingestion starts at once."""
        return uploaded_of((await self._sent(requests.upload("tables", config))).content)

    async def _sent(self, ask: Ask) -> httpx2.Response:
        async with self._streamed(ask) as answer:
            await answer.aread()
            return answer

    @asynccontextmanager
    async def _streamed(self, ask: Ask) -> AsyncIterator[httpx2.Response]:
        try:
            async with self._http.stream(
                ask.method, ask.path, params=ask.parameters, content=ask.body, headers=ask.headers
            ) as answer:
                if not answer.is_success:
                    code = answer.headers.get(requests.ERROR_CODE_HEADER)
                    raise refused(answer.status_code, await answer.aread(), code)
                yield answer
        except httpx2.RemoteProtocolError as error:
            raise StreamBroken(f"the answer breaks off: {error}") from error
        except httpx2.TransportError as error:
            raise Unreachable(
                f"no answer from {self._http.base_url}: {error}; is the service running there?"
            ) from error
