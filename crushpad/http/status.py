"""How tables and partitions are, in words: Pinot's ingestion status, and what it has no route for."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from crushpad.http.parameters import TheServices, WantedType, catalogue_entry
from crushpad.partitions import partition_reports, problems_of, summary

router = APIRouter(tags=["status"])


@router.get("/tables/{table}/status")
async def table_status(table: str, wanted: WantedType, services: TheServices) -> dict[str, Any]:
    """Pinot's `ingestionStatus`, with numbers over all partitions beside it."""
    return dict(summary(catalogue_entry(services, table, wanted), services.statuses()))


@router.get("/tables/{table}/partitions")
async def table_partitions(table: str, wanted: WantedType, services: TheServices) -> dict[str, Any]:
    """Each partition: state and reason, offsets and lag, the consuming segment, the last commit, its worker."""
    entry, workers = catalogue_entry(services, table, wanted), services.statuses()
    reports = [report.to_json() for report in partition_reports(entry, workers)]
    return {"partitions": reports, "problems": problems_of(entry.name, workers)}
