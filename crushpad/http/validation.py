"""Trying a config without storing it, and what editors need to help while it is written."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from crushpad.http.parameters import JSON_BODY, RawBody, TheServices
from tableconfigs import operations
from tableconfigs.options.json_schema import schema_schema, table_config_schema

router = APIRouter(tags=["validation"])

Skipped = Annotated[
    str | None,
    Query(alias="validationTypesToSkip", description="Comma list of ALL, TASK, UPSERT, TENANT, ..., in any case."),
]


@router.post("/tables/validate", openapi_extra=JSON_BODY)
def validate_table(body: RawBody, services: TheServices, skip: Skipped = None) -> dict[str, Any]:
    """Check a table config against its schema without storing it."""
    return operations.validate(services.configs, body, services.environ, skip)


@router.get("/tables/{table}/effective-client-config")
def effective_client_config(table: str, services: TheServices) -> list[dict[str, Any]]:
    """What each topic's Kafka client is made with, secrets masked, and which properties have no effect and why."""
    stored = operations.find_table(services.configs, table).value
    return operations.client_config_json(stored, services.environ)


@router.get("/schemas/table-config.json")
def table_config_json_schema() -> dict[str, Any]:
    """JSON Schema of a table config: every key with its type, its default and what becomes of it."""
    return table_config_schema()


@router.get("/schemas/schema.json")
def schema_json_schema() -> dict[str, Any]:
    """JSON Schema of a schema."""
    return schema_schema()
