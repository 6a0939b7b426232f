"""Kept answers, page by page: Pinot's cursors (contract 1.1)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import PlainTextResponse, Response

from crushpad.http.chunked import ChunkedResponse
from crushpad.http.errors import Refused
from crushpad.http.parameters import INT64_MAX, TheServices
from crushpad.http.services import Services
from query.cursors import Cursors
from query.options import CURSOR_ROWS_DEFAULT
from query.response_store import BadPage, NoSuchResponse

router = APIRouter(tags=["queries"])

Offset = Annotated[int, Query(ge=0, le=2**31 - 1)]
Rows = Annotated[int, Query(alias="numRows", ge=1, le=2**31 - 1)]


@router.get("/responseStore")
def kept_responses(services: TheServices) -> list[dict[str, Any]]:
    """Every kept answer, without its rows."""
    return list(_cursors(services).all())


@router.get("/responseStore/{response_id}")
def kept_response(response_id: str, services: TheServices) -> dict[str, Any]:
    """One kept answer, without its rows."""
    try:
        return _cursors(services).described(response_id)
    except NoSuchResponse as error:
        raise _unknown(response_id) from error


@router.get("/responseStore/{response_id}/results", response_class=Response)
def kept_rows(
    response_id: str, services: TheServices, offset: Offset = 0, rows: Rows = CURSOR_ROWS_DEFAULT
) -> Response:
    """`numRows` rows of a kept answer from row `offset` on."""
    try:
        return ChunkedResponse(_cursors(services).page(response_id, offset, rows), 200, {}, "application/json")
    except NoSuchResponse as error:
        raise _unknown(response_id) from error
    except BadPage as error:
        raise Refused(400, str(error)) from error


@router.delete("/responseStore/{response_id}", response_class=PlainTextResponse)
def delete_kept_response(response_id: str, services: TheServices) -> str:
    """Forget a kept answer before it expires."""
    try:
        _cursors(services).store.delete(response_id)
    except NoSuchResponse as error:
        raise _unknown(response_id) from error
    return f"Deleted response {response_id}"


@router.delete("/responseStore", response_class=PlainTextResponse)
def delete_kept_responses(
    services: TheServices,
    before: Annotated[int | None, Query(alias="expiredBefore", ge=0, le=INT64_MAX, description="Epoch ms.")] = None,
) -> str:
    """Forget all kept answers, or those that expire before a moment."""
    return f"Deleted {_cursors(services).store.delete_expired(INT64_MAX if before is None else before)} responses"


def _cursors(services: Services) -> Cursors:
    if services.cursors is None:
        raise Refused(404, "no answers are kept here")
    return services.cursors


def _unknown(response_id: str) -> Refused:
    return Refused(404, f"Query results for {response_id} not found: they were not kept, or they expired")
