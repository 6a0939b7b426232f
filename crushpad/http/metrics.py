"""`GET /metrics`, for Prometheus."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from crushpad.http.parameters import TheServices

router = APIRouter(tags=["metrics"])


@router.get("/metrics", response_class=Response)
async def metrics(services: TheServices, accept: Annotated[str, Header()] = "") -> Response:
    """Every metric of docs/metrics.md, as Prometheus' text or as OpenMetrics. Built beside the event loop."""
    body, content_type = await run_in_threadpool(services.exposition, accept)
    return Response(body, media_type=content_type)
