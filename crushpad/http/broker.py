"""The query routes: `/query/sql`, `/query` and `/sql`. The hot path: no model, no thread, one JSON parse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crushpad.http.chunked import ChunkedResponse
from crushpad.http.errors import Refused, error_response
from crushpad.http.negotiation import result_format
from crushpad.http.services import Answer, QueryAnswerer
from query.formats import MEDIA_TYPES, Format
from query.options import wants_cursor

MISSING_SQL = "Payload is missing the query string field 'sql'"
USE_HTTP_STATUS = "pinot-use-http-status-for-errors"
ANSWER_HEADER = "X-Crushpad-Answer"
"""The fields of the broker response beside `resultTable`, as JSON, where the body is the result alone."""
ERROR_CODE_HEADER = "X-Pinot-Error-Code"
NO_ERROR = -1
MULTI_STAGE = {"useMultistageEngine": "true"}

HTTP_STATUS_OF = {
    100: 400, 150: 400, 155: 400, 180: 403, 190: 404, 191: 404, 210: 503, 211: 503, 230: 404, 235: 404, 240: 408,
    245: 503, 246: 400, 250: 408, 305: 503, 400: 408, 410: 503, 420: 503, 425: 503, 427: 503, 429: 429, 503: 503,
    510: 503, 700: 400, 710: 400, 720: 400,
}  # fmt: skip
"""Pinot's query error code -> HTTP status, for clients that ask for it (contract 1.5); every other code is a 500."""


class QueryBody(msgspec.Struct):
    """Body of a query; other keys are ignored."""

    sql: str | None = None
    trace: bool | str | None = None
    queryOptions: str | None = None  # noqa: N815 - Pinot's word


_decode = msgspec.json.Decoder(QueryBody).decode


def query_routes(queries: QueryAnswerer, defaults: Mapping[str, str], *, honest_status: bool = False) -> list[Route]:
    """Routes for both ports, answered by `queries`; `defaults` are options that a request may override.

    `honest_status`: a failed query has the HTTP status of its error unless the request says otherwise.
    """

    async def answered(request: Request, forced: Mapping[str, str]) -> Response:
        query = _from_url(request) if request.method == "GET" else _from_body(await request.body())
        if query.sql is None:
            raise Refused(400, MISSING_SQL)
        form = result_format(request)
        options = {**defaults, **_options(query), **_cursor(request), **forced}
        if form is not None and wants_cursor(options):
            raise Refused(400, "a cursor answers in JSON only: ask with Accept: application/json")
        answer = await queries.answer(query.sql, options, form)
        return _response(request, answer, honest_status) if form is None else _result(answer, form)

    async def single_stage(request: Request) -> Response:
        return await answered(request, {})

    async def multi_stage(request: Request) -> Response:
        return await answered(request, MULTI_STAGE)

    methods = ["GET", "POST"]
    return [
        Route("/query/sql", single_stage, methods=methods),
        Route("/sql", single_stage, methods=methods),
        Route("/query", multi_stage, methods=methods),
    ]


def parse_options(text: str) -> dict[str, str]:
    """`k=v;k2=v2` as a mapping: blanks trimmed, empty parts skipped. Raises `Refused` for a part without `=`."""
    options = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise Refused(400, f"queryOptions: {part!r} must be key=value; parts are separated by ';'")
        options[key.strip()] = value.strip()
    return options


def _cursor(request: Request) -> dict[str, str]:
    """`getCursor` and `numRows` of the address as options."""
    parameters = request.query_params
    if parameters.get("getCursor", "").lower() != "true":
        return {}
    rows = parameters.get("numRows", "0")
    return {"getCursor": "true"} | ({"cursorNumRows": rows} if rows != "0" else {})


def _response(request: Request, answer: Answer, honest_status: bool) -> Response:
    said = request.headers.get(USE_HTTP_STATUS, "").lower()
    honest = said == "true" or (honest_status and said != "false")
    return ChunkedResponse(
        answer.chunks,
        status_of(answer.error_code) if honest else 200,
        {ERROR_CODE_HEADER: str(answer.error_code)},
        "application/json",
    )


def _result(answer: Answer, form: Format) -> Response:
    """The rows alone. There is no place for an exception beside them, so an error is an HTTP error."""
    if answer.error_code != NO_ERROR:
        refused = error_response(status_of(answer.error_code), answer.error)
        refused.headers[ERROR_CODE_HEADER] = str(answer.error_code)
        return refused
    headers = {ERROR_CODE_HEADER: str(NO_ERROR), ANSWER_HEADER: answer.facts}
    return ChunkedResponse(answer.chunks, 200, headers, MEDIA_TYPES[form])


def _from_url(request: Request) -> QueryBody:
    parameters = request.query_params
    return QueryBody(parameters.get("sql"), parameters.get("trace"), parameters.get("queryOptions"))


def _from_body(body: bytes) -> QueryBody:
    try:
        return _decode(body)
    except msgspec.DecodeError as error:  # also the wrong type of a known key
        raise Refused(400, f"the body must be a JSON object with the SQL text in 'sql': {error}") from error


def _options(query: QueryBody) -> dict[str, str]:
    options = parse_options(query.queryOptions or "")
    if str(query.trace).lower() == "true":
        options.setdefault("trace", "true")
    return options


def status_of(error_code: int) -> int:
    """The HTTP status of an error of Pinot's."""
    return 200 if error_code == NO_ERROR else HTTP_STATUS_OF.get(error_code, 500)


def describe(paths: dict[str, Any]) -> None:
    """Add the query routes to OpenAPI `paths`: they are plain routes, which FastAPI does not describe."""
    for path in ("/query/sql", "/sql", "/query"):
        paths[path] = {"post": _POST, "get": _GET}


_RESPONSES = {
    "200": {
        "description": "Pinot's broker response, or its rows alone as `Accept` asks.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
        },
    },
    "400": {"description": "No SQL text, or not JSON."},
}
_POST = {
    "tags": ["queries"],
    "summary": "Answer a SQL query",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["sql"],
                    "properties": {
                        "sql": {"type": "string"},
                        "queryOptions": {"type": "string", "examples": ["timeoutMs=5000;trace=true"]},
                        "trace": {"type": "boolean"},
                    },
                }
            }
        },
    },
    "responses": _RESPONSES,
}
_GET = {
    "tags": ["queries"],
    "summary": "Answer a SQL query given in the address",
    "parameters": [
        {"name": "sql", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "queryOptions", "in": "query", "schema": {"type": "string"}},
        {"name": "trace", "in": "query", "schema": {"type": "boolean"}},
    ],
    "responses": _RESPONSES,
}
