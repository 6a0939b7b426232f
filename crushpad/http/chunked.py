"""A response whose body is in pieces already: they go out one after the other and are never put together."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class ChunkedResponse(Response):
    """Sends `chunks` under one `Content-Length`."""

    def __init__(self, chunks: tuple[bytes, ...], status: int, headers: Mapping[str, str], media_type: str) -> None:
        length = {"Content-Length": str(sum(map(len, chunks)))}
        super().__init__(None, status, {**headers, **length}, media_type)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for chunk in self._chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
