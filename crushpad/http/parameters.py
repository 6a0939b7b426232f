"""What routes share: the services, the raw body, and the table that a path and a `type` parameter name."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request

from crushpad.http.errors import Refused
from crushpad.http.services import Services
from segments.catalogue import TableEntry
from tableconfigs.operations import name_with_type
from tableconfigs.periods import period_ms
from tableconfigs.table import TableType

JSON_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}
"""OpenAPI for routes that take `RawBody`."""


INT64_MAX = 2**63 - 1
PARTITION_MAX = 2**31 - 1
"""Pinot's partition id is an int."""
RETENTION_MS_MAX = 10 * 365 * 86_400_000


async def _raw_body(request: Request) -> bytes:
    return await request.body()


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _wanted_type(
    table_type: Annotated[str | None, Query(alias="type", description="REALTIME or OFFLINE, in any case.")] = None,
) -> TableType | None:
    if table_type is None:
        return None
    try:
        return TableType(table_type.upper())
    except ValueError as error:
        raise Refused(400, f"type must be REALTIME or OFFLINE, not {table_type!r}") from error


RawBody = Annotated[bytes, Depends(_raw_body)]
"""The body as sent: configs are parsed by the floor below, which names the place of every problem."""
TheServices = Annotated[Services, Depends(_services)]
WantedType = Annotated[TableType | None, Depends(_wanted_type)]


def raw_name(table: str) -> str:
    """`clicks` of `clicks_REALTIME`; a raw name stays."""
    return table.removesuffix(f"_{TableType.REALTIME}")


def retention_ms(retention: str | None) -> int:
    """A `retention` parameter in milliseconds; 0 when there is none. Raises Refused."""
    try:
        return min(period_ms(retention), RETENTION_MS_MAX) if retention else 0
    except ValueError as error:
        raise Refused(400, f"retention: {error}") from error


def catalogue_entry(services: Services, table: str, wanted: TableType | None = None) -> TableEntry:
    """What this host knows of a table, by name with or without type. Raises `Refused` with Pinot's 404."""
    found = services.catalogue.read().tables.get(name_with_type(table))
    if found is None or wanted is TableType.OFFLINE:
        raise Refused(404, f"Table '{table}' not found.")
    return found
