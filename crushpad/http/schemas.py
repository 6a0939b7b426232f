"""Schemas: upload, change, read, delete. Handlers are plain functions, so that a waiting store blocks only a thread."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import APIRouter
from starlette.responses import Response

from crushpad.http.parameters import JSON_BODY, RawBody, TheServices
from tableconfigs import operations
from tableconfigs.schema import Schema, pretty
from tableconfigs.source import StoredSchema

router = APIRouter(tags=["schemas"])
log = structlog.get_logger(__name__)


@router.get("/schemas")
def list_schemas(services: TheServices) -> list[str]:
    """Names of all schemas."""
    return services.configs.schemas()


@router.post("/schemas", openapi_extra=JSON_BODY)
def add_schema(body: RawBody, services: TheServices, override: bool = True, force: bool = False) -> dict[str, Any]:
    """Create a schema, or replace it by a compatible one (`force`: by any)."""
    written = operations.add_schema(services.configs, body, override, force)
    log.info("schema uploaded", status=written.status)
    return written.to_pinot_json()


@router.post("/schemas/validate", openapi_extra=JSON_BODY)
def validate_schema(body: RawBody) -> Response:
    """Check a schema without storing it."""
    parsed = operations.parse_schema(body)
    return _pretty(parsed.value.to_pinot_json() | {"unrecognizedProperties": parsed.unrecognized})


@router.get("/schemas/{name}")
def get_schema(name: str, services: TheServices) -> Response:
    """A schema, defaults left out."""
    return schema_response(operations.find_schema(services.configs, name).value)


@router.put("/schemas/{name}", openapi_extra=JSON_BODY)
def update_schema(name: str, body: RawBody, services: TheServices, force: bool = False) -> dict[str, Any]:
    """Replace a schema by a compatible one: columns may be added, nothing else."""
    written = operations.update_schema(services.configs, name, body, force)
    log.info("schema changed", schema=name)
    return written.to_pinot_json()


@router.delete("/schemas/{name}")
def delete_schema(name: str, services: TheServices) -> dict[str, str]:
    """Delete a schema that no table uses."""
    status = operations.delete_schema(services.configs, name)
    log.info("schema deleted", schema=name)
    return {"status": status}


def schema_response(stored: StoredSchema) -> Response:
    """A stored schema in Pinot's layout."""
    return _pretty(Schema.parse(stored.definition).value.to_pinot_json())


def _pretty(document: dict[str, Any]) -> Response:
    return Response(pretty(document), media_type="application/json")
