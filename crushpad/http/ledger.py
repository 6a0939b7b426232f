"""The ledger of a table: the proof that every record is accounted for, as data."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from crushpad.http.parameters import TheServices, WantedType, catalogue_entry

router = APIRouter(tags=["records"])

LOOK_S = 60.0
DEEP_S = 1800.0


@router.get("/tables/{table}/ledger")
async def ledger(
    table: str,
    wanted: WantedType,
    services: TheServices,
    partition: Annotated[int | None, Query(ge=0, description="Pinot's partition id; all without it.")] = None,
    deep: Annotated[bool, Query(description="Also read every file whole, and Kafka's records.")] = False,
) -> Any:
    """Whether steps, files, consuming rows and Kafka's offsets agree, check by check (I1, I2). Changes nothing."""
    entry = catalogue_entry(services, table, wanted)
    question = {"ask": "ledger", "table": entry.name, "partition": partition, "deep": deep}
    return await services.look(question, DEEP_S if deep else LOOK_S)
