"""Table configs: upload, change, read, delete. Handlers are plain functions but where the catalogue is read."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from crushpad.http.errors import Refused
from crushpad.http.parameters import JSON_BODY, RawBody, TheServices, WantedType, raw_name
from crushpad.http.schemas import schema_response
from tableconfigs import operations
from tableconfigs.source import TableState
from tableconfigs.table import TableType

router = APIRouter(tags=["tables"])
log = structlog.get_logger(__name__)


@router.get("/tables")
async def list_tables(wanted: WantedType, services: TheServices) -> dict[str, list[str]]:
    """Raw names of all tables; names with type when `type` is given. A table on its way out is not listed."""
    names = await run_in_threadpool(services.configs.tables)
    known = services.catalogue.read().tables
    staying = [name for name in names if name not in known or known[name].state != TableState.DELETING]
    if wanted is None:
        return {"tables": [raw_name(name) for name in staying]}
    return {"tables": [name for name in staying if name.endswith(f"_{wanted}")]}


@router.post("/tables", openapi_extra=JSON_BODY)
def add_table(body: RawBody, services: TheServices) -> dict[str, Any]:
    """Create a table; its schema must be there. Ingestion starts at once."""
    written = operations.add_table(
        services.configs, body, services.now_ms(), services.new_incarnation(), services.environ
    )
    log.info("table created", status=written.status)
    return written.to_pinot_json()


@router.get("/tables/{table}")
def get_table(table: str, wanted: WantedType, services: TheServices) -> dict[str, Any]:
    """Config by table type, defaults spelled out, secrets masked."""
    stored = operations.find_table(services.configs, table).value
    if wanted is TableType.OFFLINE:
        raise Refused(404, f"Table {table} does not exist with type OFFLINE")
    return operations.table_json(stored, services.environ)


@router.put("/tables/{table}", openapi_extra=JSON_BODY)
def update_table(table: str, body: RawBody, services: TheServices) -> dict[str, Any]:
    """Replace a config. Consuming segments are sealed first, then go on with the new one."""
    written = operations.update_table(services.configs, table, body, services.environ)
    log.info("table changed", table=table)
    return written.to_pinot_json()


@router.delete("/tables/{table}")
def delete_table(table: str, wanted: WantedType, services: TheServices) -> dict[str, str]:
    """Delete a table: it is fenced at once, its segments go after a grace."""
    marked = operations.begin_delete_table(services.configs, table, wanted)
    services.finish_deletion(marked)
    log.info("table deleted", table=marked.name_with_type, incarnation=marked.incarnation)
    return {"status": operations.deleted_status(marked)}


@router.get("/tables/{table}/schema")
def get_table_schema(table: str, services: TheServices) -> Response:
    """The schema of a table."""
    stored = operations.find_table(services.configs, table).value
    return schema_response(operations.find_schema(services.configs, stored.schema_name).value)
