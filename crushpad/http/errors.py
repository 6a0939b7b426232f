"""One table: what went wrong -> HTTP status.

The body is Pinot's `{"code", "error"}`; the error is never null and never a stack trace.
"""

from __future__ import annotations

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from segments.control import NoSuchPartition, NotConsuming
from segments.deletion import NotKept
from segments.jobs import NoSuchJob
from segments.registry import RegistryUnavailable
from tableconfigs.problems import InvalidConfig
from tableconfigs.source import AlreadyExists, Conflict, NotFound, SourceUnavailable

STATUS_OF: dict[type[Exception], int] = {
    InvalidConfig: 400,
    NotFound: 404,
    AlreadyExists: 409,
    Conflict: 409,
    SourceUnavailable: 503,
    RegistryUnavailable: 503,
    NoSuchJob: 404,
    NotKept: 404,
    NoSuchPartition: 404,
    NotConsuming: 400,
}

_REASONS = {404: "HTTP 404 Not Found", 405: "HTTP 405 Method Not Allowed"}

log = structlog.get_logger(__name__)


class Refused(Exception):
    """A request that a route refuses itself: a status and one sentence."""

    def __init__(self, status: int, error: str) -> None:
        self.status = status
        super().__init__(error)


def error_response(status: int, error: str) -> JSONResponse:
    """Pinot's error body. A 503 asks the client to come back."""
    headers = {"Retry-After": "1"} if status == 503 else None
    return JSONResponse({"code": status, "error": error}, status, headers)


def install(app: FastAPI) -> None:
    """Let every exception of the table, and every other one, leave the app as an error body."""
    for kind in STATUS_OF:
        app.add_exception_handler(kind, _from_table)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_exception_handler(Exception, _unexpected)


async def _from_table(_: Request, error: Exception) -> Response:
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    return error_response(status, str(error) or type(error).__name__)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return error_response(error.status, str(error))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = error_response(error.status_code, _REASONS.get(error.status_code, error.detail))
    response.headers.update(error.headers or {})
    return response


async def _bad_parameters(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [f"{problem['loc'][-1]}: {problem['msg']}, not {problem['input']!r}" for problem in error.errors()]
    return error_response(400, "; ".join(problems))


async def _unexpected(request: Request, error: Exception) -> Response:
    request_id = request.scope.get("request_id", "unknown")
    log.error("request failed", path=request.url.path, method=request.method, exc_info=error)
    return error_response(500, f"internal error; the log has the details under request id {request_id}")
