"""What can go wrong, named for what to do next."""

from __future__ import annotations

import json


class ClientError(Exception):
    """The base of them all. `status` is the HTTP status, None when there was no answer."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class BadRequest(ClientError):
    """Fix the request: the message names what is wrong and what would be right."""


class NotFound(ClientError):
    """There is no such table or schema."""


class Conflict(ClientError):
    """It exists already, is in use, or somebody else changed it first."""


class Unavailable(ClientError):
    """The service is busy or not ready: try again later."""


class Unreachable(ClientError):
    """Nobody answers at the address, or not in time."""


class StreamBroken(ClientError):
    """Rows stopped in the middle: those that came are right, those behind them are missing."""


class QueryError(ClientError):
    """The query has no answer. `code` is Pinot's error code."""

    def __init__(self, message: str, status: int | None, code: int) -> None:
        super().__init__(message, status)
        self.code = code


NO_ERROR = -1
_BY_STATUS = {404: NotFound, 409: Conflict, 429: Unavailable, 503: Unavailable}


def refused(status: int, body: bytes, code: str | None) -> ClientError:
    """The exception for an answer that is no success; `code` is Pinot's, if the answer has one."""
    message = _message(status, body)
    if code is not None and code != str(NO_ERROR):
        return QueryError(message, status, int(code))
    return _BY_STATUS.get(status, BadRequest if 400 <= status < 500 else ClientError)(message, status)


def _message(status: int, body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {status}: {body[:200].decode(errors='replace')}"
