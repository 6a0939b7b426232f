"""Health, version, and this host in Pinot's words: a cluster of one controller, one broker and one server."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse

from crushpad.http.audit import TheAudit
from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, catalogue_entry, raw_name
from crushpad.http.services import Services
from crushpad.http.tables import standing_tables
from crushpad.version import installed_version
from segments.catalogue import TableEntry
from upkeep.deletion import stored_tables
from upkeep.retention import WHO, expire_segments, keeping

router = APIRouter(tags=["cluster"])

Json = dict[str, Any]

CLUSTER = "crushpad"
TENANT = "DefaultTenant"
TASKS = ("RealtimeSegmentValidationManager", WHO)


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


@router.get("/pinot-controller/admin", response_class=PlainTextResponse)
async def admin(services: TheServices) -> str:
    """`GOOD` when this host can serve; else a 503 that says why not."""
    await ready(services)
    return "GOOD"


@router.get("/uptime")
async def uptime(services: TheServices) -> int:
    """Seconds since the HTTP front started."""
    return max(0, services.now_ms() - services.started_ms) // 1000


@router.get("/version")
async def component_versions() -> dict[str, str]:
    """Version by component."""
    return {"crushpad": installed_version()}


@router.get("/instances")
@router.get("/liveinstances")
async def list_instances(services: TheServices) -> dict[str, list[str]]:
    """Names of this host's roles."""
    return {"instances": sorted(_roles(services))}


@router.get("/instances/{instance}")
async def get_instance(instance: str, services: TheServices) -> Json:
    """One role of this host."""
    if instance not in _roles(services):
        raise Refused(404, f"Instance: {instance} not found")
    kind, host, port = instance.split("_", 1)[0], *instance.split("_", 1)[1].rsplit("_", 1)
    return {
        "instanceName": instance,
        "hostName": host,
        "enabled": True,
        "port": port,
        "tags": [] if kind == "Controller" else [f"{TENANT}_{'BROKER' if kind == 'Broker' else 'REALTIME'}"],
        "pools": None,
        "grpcPort": -1,
        "adminPort": -1,
        "queryServicePort": -1,
        "queryMailboxPort": -1,
        "systemResourceInfo": None,
    }


@router.get("/tenants")
async def list_tenants() -> dict[str, list[str]]:
    """There is one tenant."""
    return {"SERVER_TENANTS": [TENANT], "BROKER_TENANTS": [TENANT]}


@router.get("/brokers/tables")
async def brokers_of_tables(services: TheServices) -> dict[str, list[str]]:
    """The broker of each table."""
    names = await run_in_threadpool(standing_tables, services.configs)
    return {raw_name(name): [services.instances.broker] for name in names}


@router.get("/leader/tables")
async def leaders(services: TheServices) -> Json:
    """The controller that leads each table: this one."""
    names = await run_in_threadpool(standing_tables, services.configs)
    leader = {"leadControllerId": services.instances.controller, "tableNames": list(names)}
    return {"leadControllerResourceEnabled": True, "leadControllerEntryMap": {"leadControllerResource_0": leader}}


@router.get("/cluster/info")
async def cluster_info() -> dict[str, str]:
    """Name of the cluster."""
    return {"clusterName": CLUSTER}


@router.get("/cluster/configs")
async def cluster_configs() -> dict[str, str]:
    """What Pinot keeps for the cluster, as it holds here. Settings of this service: `crushpad config show`."""
    return {
        "allowParticipantAutoJoin": "true",
        "enable.case.insensitive": "false",
        "pinot.broker.enable.query.limit.override": "false",
    }


@router.get("/periodictask/names")
async def task_names() -> list[str]:
    """Periodic tasks that Pinot's operators start by hand."""
    return list(TASKS)


@router.get("/periodictask/run")
@router.post("/periodictask/run")
async def run_task(
    task: Annotated[str, Query(alias="taskname", examples=["RealtimeSegmentValidationManager"])],
    services: TheServices,
    audit: TheAudit,
    table: Annotated[str | None, Query(alias="tableName")] = None,
    kind: Annotated[str | None, Query(alias="type")] = None,  # noqa: ARG001 - Pinot's parameter
) -> Json:
    """Let segments expire now, with `RetentionManager`. The other task runs all the time: partitions are looked for
    every few seconds, and what is lost is looked at again."""
    if task not in TASKS:
        raise Refused(404, f"Periodic task '{task}' not found.")
    tables = services.catalogue.read().tables
    entries = [*tables.values()] if table is None else [catalogue_entry(services, table)]
    if task == WHO:
        gone = await run_in_threadpool(_expire, services, entries)
        audit.changed("expire segments", table or "all tables", segments=gone)
    return {"Log Request Id": f"api-{services.new_job_id()[:8]}", "Controllers notified": True}


@router.get("/tables/{table}/instances")
async def table_instances(table: str, services: TheServices) -> Json:
    """The broker and server of a table, by table type."""
    kind = catalogue_entry(services, table).name.rpartition("_")[2]
    return {
        "tableName": raw_name(table),
        "brokers": [{"tableType": kind, "instances": [services.instances.broker]}],
        "server": [{"tableType": kind, "instances": [services.instances.server]}],
    }


def _expire(services: Services, entries: list[TableEntry]) -> list[str]:
    kept = keeping(stored_tables(services.configs), services.environ)
    return expire_segments(services.registry, entries, kept, services.now_ms())


def _roles(services: Services) -> set[str]:
    return {services.instances.broker, services.instances.controller, services.instances.server}
