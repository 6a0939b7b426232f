"""One process's session with ZooKeeper: connected, watched for loss, and never believed to be what it no longer is.

Nothing here blocks in a listener, and nothing is sent twice behind the caller's back: reads that fail say so, a
transaction whose answer is lost is in doubt (P11). The first session of a process and every later one is compared with
the zxid that this host remembers (P13).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kazoo.exceptions import (
    BadVersionError,
    KazooException,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
)
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.protocol.states import KazooState

from zk import paths
from zk.client import SessionSettings, client_for
from zk.zxid_memory import ZxidMemory

log = logging.getLogger(__name__)

_ANSWERS = (NoNodeError, NodeExistsError, BadVersionError, NotEmptyError)
"""What a server says about a znode. Every other exception says that it could not be asked."""
_PIPELINED_MAX = 64
"""Requests under way at once: beyond some 270 without a connection, kazoo blocks its caller."""


class Unreachable(Exception):
    """The server did not answer, or not for us. Nothing is known about what was asked; try again."""


class SessionState(StrEnum):
    CONNECTED = "connected"
    SUSPENDED = "suspended"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Found:
    """A znode's data and version, and the id of the session that an ephemeral one lives with (else 0)."""

    data: bytes
    version: int
    owner: int


Watch = Callable[[Any], None]
"""Called once with kazoo's WatchedEvent, on a thread for watches; or with type NONE when the connection was lost."""
Listener = Callable[[SessionState], None]
"""Called on the connection's own thread: set an event or put into a queue, and return."""


class Session:
    """A connection to `hosts` (`host:port,host:port/chroot`). `start` returns at once; operations wait for themselves.

    `alive` is set while connected. With `memory` the host's highest zxid is remembered and checked (P13).
    """

    def __init__(self, hosts: str, settings: SessionSettings | None = None, memory: Path | None = None) -> None:
        self.settings = settings or SessionSettings()
        self.alive = threading.Event()
        self.client = client_for(hosts, self.settings)
        self._hosts = hosts
        self._memory = ZxidMemory(memory) if memory else None
        self._listeners: list[Listener] = []
        self._session_id: int | None = None
        self._connections = 0
        self._met_on_connection = 0
        self._is_ready = False
        self.client.add_listener(self._on_state)

    def start(self) -> None:
        """Begin to connect, and go on trying until `close`."""
        self.client.start_async()

    def wait_connected(self, deadline_s: float) -> None:
        """Wait until connected and the chroot is there. Raises Unreachable after `deadline_s` seconds."""
        if not self.alive.wait(deadline_s):
            raise Unreachable(f"no ZooKeeper at {self._hosts} within {deadline_s:g} s")
        self.ensure_layout()

    def close(self) -> None:
        """End the session: its ephemeral nodes go now."""
        self.client.stop()
        self.client.close()
        if self._memory:
            self._memory.close()

    def on_state(self, listener: Listener) -> None:
        """Tell `listener` of every change. A fresh session shows as LOST, then CONNECTED."""
        self._listeners.append(listener)

    @property
    def id(self) -> int | None:
        """Of the newest session; None before the first."""
        return self._session_id

    def ask(self, request: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """The answer to one of kazoo's `..._async` calls.

        Raises what the server says of the znode (NoNode, NodeExists, BadVersion, NotEmpty), else Unreachable.
        """
        return self.answer(self.send(request, *args, **options))

    def send(self, request: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Hand over a request once connected: what kazoo queues while it is away would be sent much later.

        Raises Unreachable.
        """
        self._wait_alive()
        return request(*args, **options)

    def answer(self, pending: Any) -> Any:
        """Wait for the answer to what was sent. Raises as `ask`."""
        try:
            return pending.get(timeout=self.settings.operation_timeout_s)
        except _ANSWERS:
            raise
        except (KazooException, KazooTimeoutError) as error:
            raise Unreachable(f"{type(error).__name__} from {self._hosts}: {error}") from error

    def get_all(self, places: Sequence[str], watch: Watch | None = None) -> list[Found | None]:
        """Data and stat of many znodes, pipelined; None for one that is not there. Raises Unreachable."""
        windows = [places[at : at + _PIPELINED_MAX] for at in range(0, len(places), _PIPELINED_MAX)]
        return [found for window in windows for found in self._get_window(window, watch)]

    def _get_window(self, places: Sequence[str], watch: Watch | None) -> list[Found | None]:
        pending = [self.send(self.client.get_async, path, watch=watch) for path in places]
        return [self._found(each) for each in pending]

    def _found(self, pending: Any) -> Found | None:
        try:
            data, stat = self.answer(pending)
        except NoNodeError:
            return None
        return Found(data, stat.version, stat.ephemeralOwner)

    def ensure_layout(self) -> None:
        """Create the chroot and the folders below it, where they are missing. Raises Unreachable."""
        if self._is_ready:
            return
        if self.ask(self.client.exists_async, "/") is None:
            self._create_chroot()
        for pending in [self.send(self.client.create_async, root) for root in paths.ROOTS]:
            self._tolerating_existence(pending)
        self._is_ready = True

    def is_server_stale(self) -> bool:
        """Whether this host has seen a later state than the server's (P13): then nothing is committed or swept.

        Asks once per connection, after a sync. Raises Unreachable.
        """
        if self._memory is None:
            return False
        self._wait_alive()
        connection, remembered = self._connections, self._memory.read()
        if connection == self._met_on_connection or remembered.is_alarmed:
            return remembered.is_alarmed
        self.ask(self.client.sync_async, "/")
        zxid = self.client.last_zxid
        if connection != self._connections or not self.alive.is_set():
            raise Unreachable(f"the connection to {self._hosts} changed while its zxid was read")
        memory = self._memory.meet(zxid, remembered)
        self._met_on_connection = connection
        if memory.is_alarmed:
            log.error("ZooKeeper is at zxid %x, this host has seen %x: it is older, commits stop", zxid, memory.highest)
        return memory.is_alarmed

    def remember(self) -> None:
        """Note the newest zxid that was answered (P13)."""
        if self._memory:
            self._memory.note(self.client.last_zxid)

    def _wait_alive(self) -> None:
        if not self.alive.wait(self.settings.operation_timeout_s):
            raise Unreachable(f"not connected to {self._hosts} within {self.settings.operation_timeout_s:g} s")

    def _create_chroot(self) -> None:
        servers, _, chroot = self._hosts.partition("/")
        client = client_for(servers, self.settings)
        try:
            if not client.start_async().wait(self.settings.operation_timeout_s):
                raise Unreachable(f"no ZooKeeper at {servers} within {self.settings.operation_timeout_s:g} s")
            self._tolerating_existence(client.create_async(f"/{chroot}", makepath=True))
        finally:
            client.stop()
            client.close()

    def _tolerating_existence(self, pending: Any) -> None:
        try:
            self.answer(pending)
        except NodeExistsError:
            return

    def _on_state(self, state: str) -> None:
        if state != KazooState.CONNECTED:
            self.alive.clear()
            self._tell(SessionState.LOST if state == KazooState.LOST else SessionState.SUSPENDED)
            return
        if self._replaced_session():
            self._tell(SessionState.LOST)
        self._connections += 1
        self.alive.set()
        self._tell(SessionState.CONNECTED)

    def _replaced_session(self) -> bool:
        """Some servers hand out a fresh session without a word: only the id tells."""
        before, self._session_id = self._session_id, self.client.client_id[0]
        return before is not None and before != self._session_id

    def _tell(self, state: SessionState) -> None:
        for listener in self._listeners:
            listener(state)


@contextmanager
def unreachable_as(error: type[Exception]) -> Iterator[None]:
    """Turn Unreachable into the exception of a seam: RegistryUnavailable, SourceUnavailable."""
    try:
        yield
    except Unreachable as away:
        raise error(str(away)) from away
