"""The HTTP front: `python -m crushpad.runners.front <settings as JSON> <zookeeper> <fd> <fd>`. No DuckDB here (P26).

The descriptors are listening sockets of the host process: they stay open while this process is started again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn
import uvloop

from crushpad import logs, wiring
from crushpad.folders import Folders
from crushpad.http.app import create_app
from crushpad.http.services import Instances, Services
from crushpad.looking import Looker, look_argv
from crushpad.managed.child import GUARD, GUARD_WAY
from crushpad.measuring import MeasuredAnswerer, Measures
from crushpad.rejects import rejects_argv
from crushpad.runners.collector import calm_collector
from crushpad.runners.ending import stop_event
from crushpad.runners.scraping import Scraper
from crushpad.settings import Settings
from engine.settings import Settings as EngineSettings
from query.asked import Limits, Place
from query.cursors import Cursors
from query.engine_handle import engine_argv, spawner
from query.execute import EngineDied, EnginePool
from query.options import SERVICE_TIMEOUT
from query.response_store import ResponseStore
from query.rows import RowsService
from query.service import QueryService
from segments.arrow_alone import arrow_alone
from segments.catalogue import CatalogueReader
from segments.identity import incarnation_from
from segments.status import WorkerStatus, read_statuses
from upkeep.deletion import finish_deletion
from upkeep.sweep import DAY_MS
from zk.jobs import ZooKeeperJobs
from zk.registry import ZooKeeperRegistry
from zk.session import Session
from zk.table_configs import ZooKeeperConfigSource

log = structlog.get_logger()

INCARNATION_BYTES = 12
REQUESTS_END_S = 2
KEEP_ALIVE_S = 75
"""Clients keep connections in pools for about half a minute: one that we close first may fail their next query."""
STOP_S = 1.0


class Front:
    """Everything behind the routes, in one process with one event loop."""

    def __init__(self, settings: Settings, zookeeper: str, ports: tuple[int, int]) -> None:
        self._settings = settings
        self._folders = Folders(settings.data_dir)
        self._session: Session = wiring.session(settings, zookeeper)
        self._catalogue = CatalogueReader(self._folders.catalogue)
        self._instances = Instances.at(settings.host, *ports)
        argv = _guarded(engine_argv(self._engine_settings()))
        self._looker = Looker(_guarded(look_argv(settings, zookeeper)))
        self._rejects = Looker(_guarded(rejects_argv(settings, zookeeper)))
        self.pool = EnginePool(spawner(argv), settings.engine_processes, settings.query_queue_max)

    def services(self) -> Services:
        configs, registry = ZooKeeperConfigSource(self._session), ZooKeeperRegistry(self._session)
        queries = self._queries()
        measures = Measures()
        scraper = Scraper(self._settings, self._session.alive, measures)
        return Services(
            configs=configs,
            registry=registry,
            jobs=ZooKeeperJobs(self._session),
            queries=MeasuredAnswerer(queries, measures),
            rows=RowsService(queries.views, self.pool, self._settings.host, wiring.now_ms),
            catalogue=self._catalogue,
            statuses=self._statuses,
            not_ready=self._not_ready,
            instances=self._instances,
            started_ms=wiring.now_ms(),
            now_ms=wiring.now_ms,
            new_incarnation=lambda: incarnation_from(os.urandom(INCARNATION_BYTES)),
            new_job_id=lambda: str(uuid.uuid4()),
            rejects=self._rejects.ask,
            environ=os.environ,
            exposition=scraper.exposition,
            look=self._looker.ask,
            running=queries.running,
            cursors=queries.cursors,
            honest_status=self._settings.query_http_status == "honest",
            deleted_keep_ms=int(self._settings.deleted_keep_days * DAY_MS),
            query_options={SERVICE_TIMEOUT: str(self._settings.query_timeout_ms)},
            finish_deletion=lambda table: finish_deletion(configs, registry, table),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Engines start meanwhile: counts need none, and a query that does waits for its turn."""
        self._session.start()
        engines = asyncio.create_task(self._engines())
        try:
            yield
        finally:
            engines.cancel()
            await self.pool.close()
            self._session.close()

    async def _engines(self) -> None:
        """Without its engines the process is of no use: it ends, and is started again by the host."""
        try:
            await self.pool.start()
        except (OSError, EngineDied) as error:
            log.error("query engines do not start", reason=str(error))
            signal.raise_signal(signal.SIGTERM)

    def _queries(self) -> QueryService:
        settings = self._settings
        limits = Limits(rows_max=settings.query_rows_max)
        place = Place(settings.host, self._instances.broker, self._instances.server, self._folders.consuming)
        cursors = Cursors(self._response_store(), place, wiring.now_ms)
        return QueryService(
            self._catalogue,
            self.pool,
            place,
            clock_ms=wiring.now_ms,
            limits=limits,
            cursors=cursors,
            statuses=self._statuses,
        )

    def _response_store(self) -> ResponseStore:
        settings = self._settings
        bytes_max, keep_ms = settings.query_cursor_mb * wiring.MB, int(settings.query_cursor_seconds * 1000)
        return ResponseStore(self._folders.responses, bytes_max=bytes_max, keep_ms=keep_ms, clock_ms=wiring.now_ms)

    def _engine_settings(self) -> EngineSettings:
        settings = self._settings
        memory = settings.query_memory_mb * wiring.MB
        return EngineSettings((str(self._folders.segments),), settings.engine_threads, memory)

    def _statuses(self) -> list[WorkerStatus]:
        return read_statuses(self._folders.status, wiring.now_ms())

    def _not_ready(self) -> list[str]:
        reasons = []
        if not self._session.alive.is_set():
            reasons.append("ZooKeeper cannot be reached: configs cannot be changed, queries go on")
        if self._catalogue.read().generation == 0:
            reasons.append("the catalogue is not published yet")
        if len(self._statuses()) < self._settings.ingest_workers:
            reasons.append("not every ingest worker reports")
        return reasons


def _guarded(argv: list[str]) -> list[str]:
    """The command so that it dies with this process even in the middle of a query."""
    if GUARD_WAY != "exec":
        return argv  # it ends by itself when its stdin does
    return [sys.executable, "-I", "-S", str(GUARD), GUARD_WAY, str(os.getpid()), *argv]


async def serve(settings: Settings, zookeeper: str, sockets: list[socket.socket]) -> None:
    """Serve both ports until SIGTERM."""
    port, broker_port = (bound.getsockname()[1] for bound in sockets)
    front = Front(settings, zookeeper, (port, broker_port))
    app = create_app(front.services())
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=REQUESTS_END_S,
    )
    calm_collector()
    async with front.running():
        log.info("listening", host=settings.host, port=port, broker_port=broker_port)
        await uvicorn.Server(config).serve(sockets)


def main() -> None:
    arrow_alone()
    settings, zookeeper = Settings.model_validate_json(sys.argv[1]), sys.argv[2]
    sockets = [socket.socket(fileno=int(number)) for number in sys.argv[3:]]
    logs.configure(settings.log_format, settings.log_level, "front")
    stop_event([signal.SIGTERM], STOP_S)  # after uvicorn, which takes the signal first and passes it on when it is done
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, zookeeper, sockets))


if __name__ == "__main__":
    main()
