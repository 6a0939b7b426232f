"""Looking at single records: the way of one, and what a table would make of some."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from crushpad.http.errors import Refused
from crushpad.http.parameters import TheServices, WantedType, catalogue_entry

router = APIRouter(tags=["records"])

LOOK_S = 30.0
RECORDS_MAX = 1000
INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1


class GivenHeader(BaseModel):
    key: str
    value: str | None = None


class GivenRecord(BaseModel):
    """A record that somebody has. Bytes are base64; a value that is null is a tombstone."""

    partition: int = Field(0, ge=0, le=INT32_MAX)
    offset: int = Field(0, ge=0, le=INT64_MAX)
    timestampMs: int | None = Field(None, ge=-INT64_MAX, le=INT64_MAX)  # noqa: N815 - the word of the interface
    key: str | None = None
    value: str | None = None
    headers: list[GivenHeader] = []


class GivenRecords(BaseModel):
    records: list[GivenRecord] = Field(max_length=RECORDS_MAX)


@router.get("/tables/{table}/trace")
async def trace(
    table: str,
    wanted: WantedType,
    services: TheServices,
    partition: Annotated[int, Query(ge=0, description="Pinot's partition id.")],
    offset: Annotated[int, Query(ge=0, le=INT64_MAX)],
) -> Any:
    """The way of one record: what Kafka has, what the table made of it, and where it is kept. Changes nothing."""
    entry = catalogue_entry(services, table, wanted)
    if partition not in {each.partition for each in entry.partitions}:
        there = ", ".join(str(each.partition) for each in entry.partitions) or "none yet"
        raise Refused(404, f"table {table} has no partition {partition}; it has {there}")
    return await services.look({"ask": "trace", "table": entry.name, "partition": partition, "offset": offset}, LOOK_S)


@router.post("/tables/{table}/decode")
async def decode(table: str, wanted: WantedType, services: TheServices, given: GivenRecords) -> Any:
    """What the table's decoder, transforms and filter make of these records. Nothing is stored."""
    entry = catalogue_entry(services, table, wanted)
    records = [record.model_dump() for record in given.records]
    return await services.look({"ask": "decode", "table": entry.name, "records": records}, LOOK_S)
