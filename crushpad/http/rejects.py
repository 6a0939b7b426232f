"""Rejected records: which there are, what they hold, and putting them in once the config is mended."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, catalogue_entry
from crushpad.http.services import Services
from crushpad.rejects import Command, RejectsRequest

router = APIRouter(tags=["rejects"])

LIST_MAX = 100_000
REPLAY_MAX = 10_000
READ_S = 30.0
REPLAY_S = 120.0

Partition = Annotated[int | None, Query(ge=0, description="Only of this partition.")]


@router.get("/tables/{table}/rejects")
async def list_rejects(
    table: str,
    services: TheServices,
    partition: Partition = None,
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 1_000,
    settled: Annotated[bool, Query(description="Also those that a replay has settled.")] = False,
) -> Any:
    """Where and why, in order of partition and offset; `more` says that there are more."""
    return await _answered(services, table, Command.LIST, partition=partition, limit=limit, settled=settled)


@router.get("/tables/{table}/rejects/{partition}/{offset}")
async def show_reject(table: str, partition: int, offset: int, services: TheServices) -> Any:
    """One rejected record with its value, key and headers: text where they are UTF-8, else base64."""
    return await _answered(services, table, Command.SHOW, partition=partition, offset=offset)


@router.post("/tables/{table}/rejects/replay")
async def replay_rejects(
    table: str,
    services: TheServices,
    partition: Partition = None,
    offset: Annotated[int | None, Query(ge=0, description="Only this record; needs `partition`.")] = None,
    limit: Annotated[int, Query(ge=1, le=REPLAY_MAX)] = REPLAY_MAX,
) -> Any:
    """Decode committed rejects under the newest config and put in, exactly once, what becomes a row."""
    if offset is not None and partition is None:
        raise Refused(400, "offset needs partition: offsets are counted in each partition")
    return await _answered(services, table, Command.REPLAY, partition=partition, offset=offset, limit=limit)


async def _answered(services: Services, table: str, command: Command, **request: int | bool | None) -> Any:
    name = catalogue_entry(services, table).name
    asked = RejectsRequest.model_validate({"command": command, "table": name, **request})
    return await services.rejects(asked.model_dump(mode="json"), REPLAY_S if command is Command.REPLAY else READ_S)
