"""The app: every route, on whichever port it is served."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.routing import Route

from crushpad.http import (
    broker,
    broker_views,
    cluster,
    commits,
    consumption,
    debugging,
    errors,
    ledger,
    metrics,
    openapi,
    partition_views,
    query_checks,
    query_control,
    rejects,
    reloads,
    response_store,
    rows,
    schema_info,
    schemas,
    segment_changes,
    segment_undeletion,
    segments,
    status,
    table_configs,
    table_views,
    tables,
    trace,
    validation,
)
from crushpad.http.boundary import Boundary
from crushpad.http.services import Services
from crushpad.version import installed_version


def _queries(services: Services) -> list[Route]:
    return broker.query_routes(services.queries, services.query_options, honest_status=services.honest_status)


def create_app(services: Services) -> FastAPI:
    """Pinot's controller and broker routes over `services`. OpenAPI is at `/openapi.json`."""
    app = FastAPI(
        title="Crushpad",
        version=installed_version(),
        description="Pinot's controller and broker routes, on both ports.",
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(Boundary)],
    )
    app.state.services = services
    app.router.routes.extend(_queries(services))
    for part in (
        query_control,
        query_checks,
        response_store,
        broker_views,
        validation,
        commits,
        consumption,
        schema_info,
        schemas,
        table_configs,
        table_views,
        tables,
        rows,
        partition_views,
        reloads,
        segments,
        segment_undeletion,
        segment_changes,
        debugging,
        rejects,
        cluster,
        status,
        trace,
        ledger,
        metrics,
    ):
        app.include_router(part.router)
    errors.install(app)
    openapi.describe(app)
    return app
