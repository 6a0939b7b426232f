"""The host process of `crushpad serve`: the follower, the controller, and the other processes as guarded children."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import structlog

from crushpad.folders import Folders
from crushpad.managed.child import Child
from crushpad.managed.server import locked_data_dir
from crushpad.runners.ending import stop_event
from crushpad.settings import Settings
from segments.arrow_alone import arrow_alone

log = structlog.get_logger()

BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""numpy's linear algebra, which nobody here uses, would start a thread for each core in every process."""
ARROW_KEEPS_MEMORY = {"MIMALLOC_PURGE_DELAY": "-1"}
"""For ingestion, where every batch needs again what the last one gave back: the kernel would clear it each time."""
WATCH_S = 0.25
STOP_S = 4.5
CHILD_STOP_S = 4.0
"""Longer than a child takes by its own promise."""
BACKLOG = 2048
PREDECESSOR_GRACE_S = 1.0
RESTART_MIN_S, RESTART_MAX_S = 0.5, 30.0


def run(settings: Settings) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit code. Raises ManagedError."""
    arrow_alone()
    os.environ.setdefault(BLAS_THREADS, "1")
    stop = stop_event((signal.SIGTERM, signal.SIGINT), STOP_S)
    try:
        sockets = [listening(settings.host, port) for port in (settings.port, settings.broker_port)]
    except OSError as error:
        log.error("cannot serve", reason=error.strerror)
        return 1
    with _locked(settings), _zookeeper(settings) as zookeeper, _running(settings, zookeeper, sockets) as children:
        from crushpad.runners.following import following  # heavy, and the children need not wait for it

        with following(settings, zookeeper) as is_following:
            port, broker_port = (bound.getsockname()[1] for bound in sockets)
            log.info("serving", data_dir=str(settings.data_dir), zookeeper=zookeeper, host=settings.host,
                     port=port, broker_port=broker_port)  # fmt: skip
            while not stop.wait(WATCH_S):
                for child in children:
                    child.keep_alive()
                if not is_following():
                    log.error("the follower has failed; the process ends, its supervisor should start it again")
                    return 1
            log.info("stopping")
            _stop_together(children)
    return 0


class Kept:
    """A child process that is started again when it ends, later each time while it keeps ending."""

    def __init__(
        self, module: str, arguments: list[str], pass_fds: Sequence[int] = (), env: Mapping[str, str] | None = None
    ) -> None:
        self._env = env
        self._argv = [sys.executable, "-m", module, *arguments]
        self._name = module
        self._fds = pass_fds
        self._pause_s = RESTART_MIN_S
        self._watched = 0.0
        self.child = self._made()

    def start(self) -> None:
        self.child = self._made().start()

    def _made(self) -> Child:
        return Child(self._argv, name=self._name, env=self._env, pass_fds=self._fds)

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
        self.child.stop(CHILD_STOP_S)


@contextmanager
def _running(settings: Settings, zookeeper: str, sockets: list[socket.socket]) -> Iterator[list[Kept]]:
    """The children while the block runs, the front first: it is what somebody waits for."""
    _forget_statuses(settings)
    base, fds = [settings.model_dump_json(), zookeeper], [bound.fileno() for bound in sockets]
    front = Kept("crushpad.runners.front", [*base, *map(str, fds)], fds)
    env = {**ARROW_KEEPS_MEMORY, **os.environ}
    workers = [Kept("crushpad.runners.ingest", [*base, str(at)], env=env) for at in range(settings.ingest_workers)]
    with ExitStack() as running:
        for child in (front, *workers):
            child.start()
            running.callback(child.stop)
        yield [front, *workers]


def listening(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError that names the address when it is taken."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    bound.listen(BACKLOG)
    bound.setblocking(False)
    return bound


def _forget_statuses(settings: Settings) -> None:
    """What workers of the last run said of themselves is not true of this one."""
    for path in Folders(settings.data_dir).status.glob("*"):
        path.unlink()


def _stop_together(children: list[Kept]) -> None:
    """Ask all at once; the exit stack then waits for each."""
    for child in children:
        child.terminate()


def _locked(settings: Settings) -> AbstractContextManager[object]:
    """One service on a data folder. Its files are safe from two (P16), but both would publish one catalogue (P21)."""
    return nullcontext() if settings.share_data_dir else locked_data_dir(settings.data_dir, PREDECESSOR_GRACE_S)


@contextmanager
def _zookeeper(settings: Settings) -> Iterator[str]:
    """The address to use; without one in the settings a managed server runs meanwhile."""
    if settings.zookeeper is not None:
        yield settings.zookeeper
        return
    from crushpad.managed.zookeeper import start_zookeeper

    server = start_zookeeper(Folders(settings.data_dir).zookeeper, settings.zookeeper_port)
    try:
        yield server.address
    finally:
        server.stop()
