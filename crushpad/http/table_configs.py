"""Schema and table in one document: Pinot's `/tableConfigs` (contract 6.3)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool

from crushpad.http.audit import TheAudit
from crushpad.http.parameters import JSON_BODY, RawBody, TheServices, raw_name
from crushpad.http.tables import deleted, standing_tables
from crushpad.http.validation import Skipped
from tableconfigs import operations, table_configs
from tableconfigs.source import NotFound

router = APIRouter(tags=["tables"])

Json = dict[str, Any]


@router.get("/tableConfigs")
async def list_table_configs(services: TheServices) -> list[str]:
    """Raw names of all tables."""
    return [raw_name(name) for name in await run_in_threadpool(standing_tables, services.configs)]


@router.post("/tableConfigs", openapi_extra=JSON_BODY)
def add_table_configs(body: RawBody, services: TheServices, audit: TheAudit, skip: Skipped = None) -> Json:
    """Create a schema and its table, both or neither."""
    written = table_configs.add_table_configs(
        services.configs, body, services.now_ms(), services.new_incarnation(), services.environ, skip
    )
    audit.changed("create table configs", written.name, written.before, written.after)
    return written.to_pinot_json()


@router.post("/tableConfigs/validate", openapi_extra=JSON_BODY)
def validate_table_configs(body: RawBody, services: TheServices, skip: Skipped = None) -> Json:
    """Check such a document without storing it."""
    return table_configs.validated_json(body, services.environ, skip)


@router.get("/tableConfigs/{table}")
def get_table_configs(table: str, services: TheServices) -> Json:
    """The schema and the configs of a table."""
    return table_configs.table_configs_json(services.configs, table, services.environ)


@router.put("/tableConfigs/{table}", openapi_extra=JSON_BODY)
def update_table_configs(
    table: str,
    body: RawBody,
    services: TheServices,
    audit: TheAudit,
    skip: Skipped = None,
    force: Annotated[bool, Query(alias="forceTableSchemaUpdate")] = False,
) -> Json:
    """Replace a schema and its table, both or neither."""
    written = table_configs.update_table_configs(services.configs, table, body, services.environ, skip, force)
    audit.changed("change table configs", written.name, written.before, written.after)
    return written.to_pinot_json()


@router.delete("/tableConfigs/{table}")
def delete_table_configs(table: str, services: TheServices, audit: TheAudit) -> dict[str, str]:
    """Delete a table, and its schema where no other table has it."""
    marked = operations.begin_delete_table(services.configs, table)
    deleted(services, marked, audit)
    try:
        operations.delete_schema(services.configs, marked.schema_name)
    except (NotFound, operations.InUse):
        return {"status": f"Deleted table {table}; its schema stays"}
    return {"status": f"Deleted TableConfigs: {raw_name(table)}"}
