"""Table configs: upload, change, read, delete. Handlers are plain functions but where the catalogue is read."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from crushpad.http.audit import TheAudit
from crushpad.http.errors import Refused
from crushpad.http.parameters import JSON_BODY, RawBody, TheServices, WantedType, raw_name, retention_ms
from crushpad.http.schemas import schema_response
from crushpad.http.services import Services
from crushpad.http.validation import Skipped
from tableconfigs import control, operations
from tableconfigs.source import NotFound, StoredTable, TableConfigSource, TableState
from tableconfigs.table import TableType

router = APIRouter(tags=["tables"])

Json = dict[str, Any]
Force = Annotated[bool, Query(description="Also a change that stored rows do not stand.")]
Retention = Annotated[
    str | None, Query(description="Time in which the table can be taken back, such as 7d; 0d: none.", examples=["7d"])
]
IgnoreTasks = Annotated[bool, Query(alias="ignoreActiveTasks", description="Accepted; there are no tasks.")]


class SortType(StrEnum):
    NAME = "name"
    CREATED = "creationTime"
    CHANGED = "lastModifiedTime"


class Change(StrEnum):
    ENABLE = "enable"
    DISABLE = "disable"


SortBy = Annotated[str | None, Query(alias="sortType", description="name, creationTime or lastModifiedTime.")]


@router.get("/tables")
def list_tables(
    wanted: WantedType,
    services: TheServices,
    sort: SortBy = None,
    ascending: Annotated[bool, Query(alias="sortAsc")] = True,
    task_type: Annotated[str | None, Query(alias="taskType", description="No table has tasks: none is left.")] = None,
) -> dict[str, list[str]]:
    """Raw names of all tables; names with type when `type` is given. A table on its way out is not listed."""
    names = [] if task_type else _sorted(services.configs, sort, ascending)
    if wanted is None:
        return {"tables": [raw_name(name) for name in names]}
    return {"tables": [name for name in names if name.endswith(f"_{wanted}")]}


@router.post("/tables", openapi_extra=JSON_BODY)
def add_table(
    body: RawBody,
    services: TheServices,
    audit: TheAudit,
    skip: Skipped = None,
    ignore_tasks: IgnoreTasks = False,  # noqa: ARG001 - Pinot's parameter
) -> Json:
    """Create a table; its schema must be there. Ingestion starts at once."""
    written = operations.add_table(
        services.configs, body, services.now_ms(), services.new_incarnation(), services.environ, skip
    )
    audit.changed("create table", written.name, written.before, written.after)
    return written.to_pinot_json()


@router.get("/tables/{table}")
def get_table(table: str, wanted: WantedType, services: TheServices) -> Json:
    """Config by table type, defaults spelled out, secrets masked."""
    stored = operations.find_table(services.configs, table).value
    if wanted is TableType.OFFLINE:
        raise Refused(404, f"Table {table} does not exist with type OFFLINE")
    return operations.table_json(stored, services.environ)


@router.put("/tables/{table}", openapi_extra=JSON_BODY)
def update_table(
    table: str,
    body: RawBody,
    services: TheServices,
    audit: TheAudit,
    skip: Skipped = None,
    force: Force = False,
    ignore_tasks: IgnoreTasks = False,  # noqa: ARG001
) -> Json:
    """Replace a config. Consuming segments are sealed first, then go on with the new one."""
    written = operations.update_table(services.configs, table, body, services.environ, skip, force)
    audit.changed("change table", written.name, written.before, written.after)
    return written.to_pinot_json()


@router.delete("/tables/{table}")
def delete_table(
    table: str,
    wanted: WantedType,
    services: TheServices,
    audit: TheAudit,
    retention: Retention = None,
    ignore_tasks: IgnoreTasks = False,  # noqa: ARG001
) -> dict[str, str]:
    """Delete a table: it is fenced at once, its segments go after a grace. With a retention it can be taken back."""
    kept_ms = retention_ms(retention)
    if kept_ms:
        kept = _of_type(services, table, wanted)
        marked = control.delete_until(services.configs, kept.name_with_type, services.now_ms() + kept_ms)
        audit.changed("delete table", marked.name_with_type, before=marked.config_version, retention=retention)
        return {"status": operations.deleted_status(marked)}
    marked = operations.begin_delete_table(services.configs, table, wanted)
    if marked.keep_until_ms is not None:
        marked = control.end_retention(services.configs, marked.name_with_type)
    deleted(services, marked, audit)
    return {"status": operations.deleted_status(marked)}


@router.post("/tables/{table}/undelete")
def undelete_table(table: str, services: TheServices, audit: TheAudit) -> dict[str, str]:
    """Take back a table that was deleted with a retention, while that lasts."""
    back = control.undelete(services.configs, table)
    audit.changed("undelete table", back.name_with_type, after=back.config_version)
    return {"status": f"Table {back.name_with_type} undeleted"}


@router.get("/tables/{table}/schema")
def get_table_schema(table: str, services: TheServices) -> Response:
    """The schema of a table."""
    stored = operations.find_table(services.configs, table).value
    return schema_response(operations.find_schema(services.configs, stored.schema_name).value)


@router.get("/tables/{table}/state")
def get_table_state(table: str, wanted: WantedType, services: TheServices) -> dict[str, str]:
    """Whether a table is enabled."""
    stored = _of_type(services, table, wanted)
    return {"state": "disabled" if stored.state is TableState.DISABLED else "enabled"}


@router.put("/tables/{table}/state")
def set_table_state(
    table: str,
    wanted: WantedType,
    services: TheServices,
    audit: TheAudit,
    state: Annotated[str, Query(description="enable or disable", examples=["disable"])],
) -> dict[str, str]:
    """A disabled table keeps its data, consumes nothing and answers nothing."""
    if state.lower() not in set(Change):
        raise Refused(400, f"state must be enable or disable, not {state!r}")
    stored = _of_type(services, table, wanted)
    control.set_enabled(services.configs, table, state.lower() == Change.ENABLE)
    audit.changed(f"{state.lower()} table", stored.name_with_type, stored.config_version, stored.config_version)
    return {"status": f"Request to {state.lower()} table '{stored.name_with_type}' is successful"}


def deleted(services: Services, marked: StoredTable, audit: TheAudit) -> None:
    """Take a table that is marked as deleting away, and say who wanted it."""
    services.finish_deletion(marked)
    audit.changed("delete table", marked.name_with_type, before=marked.config_version, incarnation=marked.incarnation)


def standing_tables(source: TableConfigSource) -> dict[str, StoredTable]:
    """Tables that are not on their way out, by name with type."""
    found = {}
    for name in source.tables():
        try:
            stored = source.table(name).value
        except NotFound:  # deleted since the list was read
            continue
        if stored.state is not TableState.DELETING:
            found[name] = stored
    return found


def _sorted(source: TableConfigSource, sort: str | None, ascending: bool) -> list[str]:
    """By name, or by time of creation or of the last change, as far as one is known."""
    if sort is not None and sort.lower() not in {each.lower() for each in SortType}:
        raise Refused(400, f"sortType must be one of {', '.join(SortType)}, not {sort!r}")
    tables = standing_tables(source)
    by_time = sort is not None and sort.lower() != SortType.NAME
    names = sorted(tables, key=lambda name: (tables[name].created_ms if by_time else 0, name))
    return names if ascending else names[::-1]


def _of_type(services: Services, table: str, wanted: TableType | None) -> StoredTable:
    stored = operations.find_table(services.configs, table).value
    if wanted is TableType.OFFLINE:
        raise Refused(404, f"Table {table} does not exist with type OFFLINE")
    return stored
