"""Schemas: upload, change, read, delete. Handlers are plain functions, so that a waiting store blocks only a thread."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from crushpad.http.audit import TheAudit
from crushpad.http.parameters import JSON_BODY, RawBody, TheServices
from crushpad.http.services import Services
from tableconfigs import operations
from tableconfigs.schema import Schema, pretty
from tableconfigs.source import NotFound, StoredSchema

router = APIRouter(tags=["schemas"])


@router.get("/schemas")
def list_schemas(services: TheServices) -> list[str]:
    """Names of all schemas."""
    return services.configs.schemas()


@router.post("/schemas", openapi_extra=JSON_BODY)
def add_schema(
    body: RawBody, services: TheServices, audit: TheAudit, override: bool = True, force: bool = False
) -> dict[str, Any]:
    """Create a schema, or replace it by a compatible one (`force`: by any)."""
    written = operations.add_schema(services.configs, body, override, force)
    audit.changed("upload schema", written.name, written.before, written.after)
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
def update_schema(
    name: str,
    body: RawBody,
    services: TheServices,
    audit: TheAudit,
    force: bool = False,
    reload: Annotated[bool, Query(description="Accepted; tables take a schema over at once.")] = False,  # noqa: ARG001
) -> dict[str, Any]:
    """Replace a schema by a compatible one: columns may be added, nothing else."""
    written = operations.update_schema(services.configs, name, body, force)
    audit.changed("change schema", name, written.before, written.after)
    return written.to_pinot_json()


@router.delete("/schemas/{name}")
def delete_schema(name: str, services: TheServices, audit: TheAudit) -> dict[str, str]:
    """Delete a schema that no table uses."""
    before = _version(services, name)
    status = operations.delete_schema(services.configs, name)
    audit.changed("delete schema", name, before)
    return {"status": status}


def schema_response(stored: StoredSchema) -> Response:
    """A stored schema in Pinot's layout."""
    return _pretty(Schema.parse(stored.definition).value.to_pinot_json())


def _version(services: Services, name: str) -> int | None:
    try:
        return services.configs.schema(name).value.version
    except NotFound:
        return None


def _pretty(document: dict[str, Any]) -> Response:
    return Response(pretty(document), media_type="application/json")
