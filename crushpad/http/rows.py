"""Range reads: `GET /tables/{table}/rows`, rows without SQL, as a page or as a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from crushpad.http.broker import status_of
from crushpad.http.errors import Refused
from crushpad.http.negotiation import rows_format
from crushpad.http.parameters import TheServices
from crushpad.http.row_stream import StreamedRows
from dialects.faults import TableFault
from query.faults import Unanswerable
from query.formats import MEDIA_TYPES, Format
from query.options import SERVICE_TIMEOUT
from query.rows import Page, RowStream
from query.rows_request import PAGE_ROWS_MAX, RowsFault

CURSOR_HEADER = "X-Crushpad-Cursor"
OFFSETS_HEADER = "X-Crushpad-Offsets"

router = APIRouter(tags=["tables"])


def _parameter(name: str, about: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": about, "schema": {"type": kind}}


_TIME = "epoch milliseconds or ISO 8601"
_PARAMETERS = [
    _parameter("from", f"First moment, {_TIME}."),
    _parameter("to", f"The moment before which rows end, {_TIME}."),
    _parameter("partition", "Only this partition.", "integer"),
    _parameter("fromOffset", "First offset of the partition.", "integer"),
    _parameter("toOffset", "The offset before which rows end.", "integer"),
    _parameter("columns", "Names with commas between them; else all, and `$partition` and `$offset`."),
    _parameter("filter", "A condition as in a WHERE clause of Pinot SQL."),
    _parameter("order", "`offset` (default), `offset:desc`, `time` or `time:desc`."),
    _parameter(
        "limit", f"Rows of one page, at most {PAGE_ROWS_MAX}; without it the whole range is streamed.", "integer"
    ),
    _parameter("cursor", f"Where the last page ended: its header `{CURSOR_HEADER}`."),
    _parameter("timeoutMs", "Longest wait for an engine, and for each part of the rows.", "integer"),
    _parameter("format", "`jsonl`, `csv`, `arrow` or `parquet`, rather than by `Accept`."),
]
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": f"The rows. A page that is not the last one has the header `{CURSOR_HEADER}`.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
    },
    400: {"description": "A parameter is wrong: the sentence names it, its value and what would be right."},
    404: {"description": "There is no such table."},
    406: {"description": "`Accept` names no format that rows have."},
}


@router.get(
    "/tables/{table}/rows",
    response_class=Response,
    responses=_RESPONSES,
    openapi_extra={"parameters": _PARAMETERS},
)
async def read_rows(table: str, request: Request, services: TheServices) -> Response:
    """The rows of a range of time or offsets, sealed and consuming ones, each exactly once."""
    form = rows_format(request)
    found = await _opened(services, table, _given(request, services.query_options), form)
    headers = {OFFSETS_HEADER: ",".join(f"{partition}:{end}" for partition, end in found.ends.items())}
    if isinstance(found, RowStream):
        return StreamedRows(found, MEDIA_TYPES[form], headers)
    more = {} if found.cursor is None else {CURSOR_HEADER: found.cursor}
    return Response(found.body, headers=headers | more, media_type=MEDIA_TYPES[form])


def _given(request: Request, defaults: Mapping[str, str]) -> dict[str, str]:
    """The parameters but `format`. Each stands once: of two values nobody could say which one is meant."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise Refused(400, f"{name} stands there twice, as {given[name]!r} and as {value!r}; give it once")
        given[name] = value
    given.pop("format", None)
    return {"timeoutMs": defaults[SERVICE_TIMEOUT], **given} if SERVICE_TIMEOUT in defaults else given


async def _opened(services: TheServices, table: str, given: Mapping[str, str], form: Format) -> Page | RowStream:
    try:
        return await services.rows.open(table, given, form)
    except RowsFault as error:
        raise Refused(error.status, str(error)) from error
    except TableFault as error:
        raise Refused(404, f"Table '{table}' not found.") from error
    except Unanswerable as error:
        raise Refused(status_of(error.fault.code), error.fault.message) from error
