"""A body that leaves as it is made, without a length known before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from query.rows import BrokenOff, RowStream

log = structlog.get_logger(__name__)


class StreamedRows(Response):
    """Sends a stream of rows, and ends its work when the client goes away.

    A stream that breaks off ends without HTTP's last chunk: every client then reports an incomplete body.
    """

    def __init__(self, stream: RowStream, media_type: str, headers: Mapping[str, str]) -> None:
        self._stream = stream
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _ended(sending, leaving)
            await self._stream.rest.aclose()
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._stream.first, "more_body": True})
        if await _sent(self._stream.rest, send):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _sent(chunks: AsyncGenerator[bytes, None], send: Send) -> bool:
    """Whether all of them could be sent."""
    try:
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except BrokenOff as error:
        log.warning("a stream of rows breaks off", reason=str(error))
        return False
    return True


async def _gone(receive: Receive) -> None:
    """Returns when the client is."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
