"""What a broker says of itself and of its way to tables (contract 1.1)."""

from __future__ import annotations

import os
import platform
from typing import Annotated, Any

from fastapi import APIRouter, Query

from crushpad.http.cluster import TENANT
from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, catalogue_entry
from crushpad.http.services import Services
from crushpad.http.table_views import segment_states
from crushpad.version import installed_version
from dialects.faults import QueryFault
from query.examining import tables_named

router = APIRouter(tags=["cluster"])

Broker = dict[str, str | int]
Routing = dict[str, dict[str, list[str]]]


@router.get("/databases")
async def databases() -> list[str]:
    """There is one."""
    return ["default"]


@router.get("/start-time")
async def start_time(services: TheServices) -> int:
    """When the HTTP front started, in epoch milliseconds."""
    return services.started_ms


@router.get("/tables/livebrokers")
async def live_brokers(services: TheServices) -> dict[str, list[Broker]]:
    """The broker of each table, where Pinot's Java client looks for it."""
    return {name: [_broker(services)] for name in services.catalogue.read().tables}


@router.get("/v2/brokers/tenants/{tenant}")
async def brokers_of_tenant(tenant: str, services: TheServices) -> list[Broker]:
    """The broker, where Pinot's JDBC driver looks for it."""
    if tenant != TENANT:
        raise Refused(404, f"Tenant {tenant!r} not found: there is {TENANT}")
    return [_broker(services)]


@router.get("/instance/tags")
async def instance_tags() -> list[str]:
    """Tags of the broker."""
    return [f"{TENANT}_BROKER"]


@router.get("/appconfigs")
async def app_configs(services: TheServices) -> dict[str, Any]:
    """The machine and the program. Settings of this service: `crushpad config show`."""
    return {
        "systemConfig": {
            "arch": platform.machine(),
            "name": platform.system(),
            "version": platform.release(),
            "availableProcessors": os.cpu_count(),
        },
        "runtimeConfig": {"name": services.instances.broker, "uptimeMs": services.now_ms() - services.started_ms},
        "crushpadConfig": {"version": installed_version(), "python": platform.python_version()},
    }


@router.get("/debug/timeBoundary/{table}")
async def time_boundary(table: str, services: TheServices) -> dict[str, str]:
    """Where an offline table ends and its realtime table begins: there are no such pairs, so always a 404."""
    catalogue_entry(services, table)
    raise Refused(404, f"Cannot find time boundary for table: {table}: it has one side only")


@router.get("/debug/routingTable/sql")
async def routing_of_query(services: TheServices, query: Annotated[str, Query(description="A SELECT.")]) -> Routing:
    """Segments by server of each table that a query reads."""
    try:
        names = tables_named(query)
    except QueryFault as error:
        raise Refused(400, error.message) from error
    return {name: one for table in names for name, one in _routing(services, table).items()}


@router.get("/debug/routingTable/{table}")
async def routing_of_table(table: str, services: TheServices) -> Routing:
    """Segments of the table by server, those that are consumed included."""
    return _routing(services, table)


def _broker(services: Services) -> Broker:
    name = services.instances.broker
    host, port = name.removeprefix("Broker_").rsplit("_", 1)
    return {"instanceName": name, "host": host, "port": int(port), "grpcPort": -1}


def _routing(services: Services, table: str) -> Routing:
    entry = catalogue_entry(services, table)
    return {entry.name: {services.instances.server: sorted(segment_states(services, entry))}}
