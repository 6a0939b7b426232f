"""Queries that run: which, and an end to them (contract 1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import PlainTextResponse

from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices

router = APIRouter(tags=["queries"])

ByClient = Annotated[bool, Query(description="`id` is the option `clientQueryId` of the query, not its request id.")]


@router.get("/queries")
async def running_queries(services: TheServices) -> Mapping[str, str]:
    """SQL text by request id of each query that is being answered."""
    return services.running.sql_by_id()


@router.delete("/query/{query_id}", response_class=PlainTextResponse)
async def cancel_query(query_id: str, services: TheServices, client: ByClient = False) -> str:
    """End a query: its sender gets error 503, its engine is free again."""
    if client:
        if not services.running.cancel_client(query_id):
            raise Refused(404, f"Client query: {query_id} not found on the broker")
        return f"Cancelled client query: {query_id}"
    if not query_id.isdecimal():
        raise Refused(400, f"Invalid request id: {query_id!r} is not a number; client=true takes a clientQueryId")
    if not services.running.cancel(query_id):
        raise Refused(404, f"Query: {query_id} not found on the broker")
    return f"Cancelled query: {query_id}"
