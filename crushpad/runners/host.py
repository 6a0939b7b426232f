"""The host process of `crushpad serve`: the follower, the controller, and the other processes as guarded children."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import structlog

from crushpad import wiring
from crushpad.managed.child import Child
from crushpad.managed.zookeeper import start_zookeeper
from crushpad.runners.controller import Controller
from crushpad.settings import Settings

log = structlog.get_logger()

WATCH_S = 0.25
STOP_S = 15.0
RESTART_MIN_S, RESTART_MAX_S = 0.5, 30.0


def run(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _zookeeper(settings) as zookeeper, ExitStack() as running:
        children = [Kept(module, settings, zookeeper, extra) for module, extra in _processes(settings)]
        for child in children:
            child.start()
            running.callback(child.stop)
        session = wiring.session(settings, zookeeper)
        running.callback(session.close)
        session.start()
        following = wiring.follower(settings, session)
        running.callback(following.close)
        following.start()
        controller = Controller(settings, session)
        running.callback(controller.close)
        controller.start()
        log.info("serving", data_dir=str(settings.data_dir), zookeeper=zookeeper, host=settings.host,
                 port=settings.port, broker_port=settings.broker_port)  # fmt: skip
        while not stop.wait(WATCH_S):
            for child in children:
                child.keep_alive()
            if not following.is_running:
                log.error("the follower has failed; the process ends, its supervisor should start it again")
                return 1
        log.info("stopping")
        _stop_together(children)
    return 0


class Kept:
    """A child process that is started again when it ends, later each time while it keeps ending."""

    def __init__(self, module: str, settings: Settings, zookeeper: str, extra: list[str]) -> None:
        self._argv = [sys.executable, "-m", module, settings.model_dump_json(), zookeeper, *extra]
        self._name = ".".join([module.rpartition(".")[2], *extra])
        self._wait = threading.Event()
        self._pause_s = RESTART_MIN_S
        self._watched = 0.0
        self.child = Child(self._argv, name=self._name)

    def start(self) -> None:
        self.child = Child(self._argv, name=self._name).start()

    def keep_alive(self) -> None:
        """Called every WATCH_S: starts the process again after its pause."""
        if self.child.running:
            self._watched += WATCH_S
            self._pause_s = RESTART_MIN_S if self._watched > RESTART_MAX_S else self._pause_s
            return
        if self._watched >= 0:
            log.error("process ended", child=self._name, status=self.child.returncode, again_in_s=self._pause_s)
            self._watched = -self._pause_s
            self._pause_s = min(2 * self._pause_s, RESTART_MAX_S)
        self._watched += WATCH_S
        if self._watched >= 0:
            self.start()

    def terminate(self) -> None:
        if self.child.running:
            self.child.process.terminate()

    def stop(self) -> None:
        self.child.stop(STOP_S)


def _processes(settings: Settings) -> list[tuple[str, list[str]]]:
    workers = [("crushpad.runners.ingest", [str(index)]) for index in range(settings.ingest_workers)]
    return [("crushpad.runners.front", []), *workers]


def _stop_together(children: list[Kept]) -> None:
    """Ask all at once; the exit stack then waits for each."""
    for child in children:
        child.terminate()


@contextmanager
def _zookeeper(settings: Settings) -> Iterator[str]:
    """The address to use; without one in the settings a managed server runs meanwhile."""
    if settings.zookeeper is not None:
        yield settings.zookeeper
        return
    server = start_zookeeper(wiring.Folders(settings.data_dir).zookeeper, settings.zookeeper_port)
    try:
        yield server.address
    finally:
        server.stop()
