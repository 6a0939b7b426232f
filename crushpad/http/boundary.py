"""The layer around the whole app: request ids, body limits, security headers. Plain ASGI: the hot path goes through."""

from __future__ import annotations

import re
import secrets

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crushpad.http.errors import Refused

BODY_BYTES_MAX = 2 * 1024 * 1024
"""Configs are at most 1 MB (a znode); the rest is room for long IN lists in queries."""

REQUEST_ID = "X-Request-Id"
SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")


class Boundary:
    """Wraps `app`. A client's `X-Request-Id` is kept when it is harmless, else one is made."""

    def __init__(self, app: ASGIApp, body_bytes_max: int = BODY_BYTES_MAX) -> None:
        self._app = app
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id = _request_id(Headers(scope=scope))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, self._counted(receive), _with_headers(send, request_id))

    def _counted(self, receive: Receive) -> Receive:
        received = 0

        async def counting() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._body_bytes_max:
                raise Refused(413, f"the body is larger than {self._body_bytes_max} bytes")
            return message

        return counting


def _request_id(headers: Headers) -> str:
    offered = headers.get(REQUEST_ID, "")
    return offered if _ACCEPTED_ID.match(offered) else secrets.token_hex(8)


def _with_headers(send: Send, request_id: str) -> Send:
    added = [(b"x-request-id", request_id.encode()), *SECURITY_HEADERS]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *added]
        await send(message)

    return sending
