"""Health, version, and the names of this host's roles."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, catalogue_entry, raw_name
from crushpad.version import installed_version

router = APIRouter(tags=["cluster"])


@router.get("/health", response_class=PlainTextResponse)
@router.get("/health/readiness", response_class=PlainTextResponse)
async def ready(services: TheServices) -> str:
    """`OK` when this host can serve; else a 503 that says why not."""
    reasons = services.not_ready()
    if reasons:
        raise Refused(503, "; ".join(reasons))
    return "OK"


@router.get("/health/liveness", response_class=PlainTextResponse)
async def alive() -> str:
    """`OK` whenever the process answers at all."""
    return "OK"


@router.get("/version")
async def component_versions() -> dict[str, str]:
    """Version by component."""
    return {"crushpad": installed_version()}


@router.get("/tables/{table}/instances")
async def table_instances(table: str, services: TheServices) -> dict[str, Any]:
    """The broker and server of a table, by table type."""
    kind = catalogue_entry(services, table).name.rpartition("_")[2]
    return {
        "tableName": raw_name(table),
        "brokers": [{"tableType": kind, "instances": [services.instances.broker]}],
        "server": [{"tableType": kind, "instances": [services.instances.server]}],
    }
