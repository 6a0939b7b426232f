"""This host among the others: an ephemeral znode that says it is alive, and the list of those that are (P32).

It avoids double work and nothing else: whoever it names may be gone already.
"""

from __future__ import annotations

import logging
import threading

from kazoo.exceptions import NodeExistsError, NoNodeError
from pydantic import BaseModel, ConfigDict

from zk import paths
from zk.session import Found, Session, SessionState, Unreachable
from zk.znodes import MalformedZnode, decoded

log = logging.getLogger(__name__)

RETRY_S = 1.0


class Instance(BaseModel):
    """What a host says of itself."""

    model_config = ConfigDict(frozen=True)

    format: int = 1
    id: str
    host: str
    port: int
    """Of its HTTP front."""
    tags: tuple[str, ...] = ()
    started_ms: int
    nonce: str
    """Random, made at process start: tells a host's own older znode from another host with its id."""


class InstanceIdTaken(Exception):
    """Fix the input: another live process calls itself by this id."""


class Registration:
    """Keeps `/instances/<id>` there as long as it is open, across lost sessions. The work is on a thread of its own."""

    def __init__(self, session: Session, instance: Instance) -> None:
        self._session = session
        self._client = session.client
        self._path = paths.instance(instance.id)
        self._instance = instance
        self._due = threading.Event()
        self._registered = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="zk-instance", daemon=True)

    def start(self) -> None:
        """Register now and whenever the session was lost."""
        self._session.on_state(self._on_state)
        self._due.set()
        self._thread.start()

    def wait_registered(self, timeout_s: float) -> bool:
        """Whether the znode is there, by this session, within `timeout_s` seconds."""
        return self._registered.wait(timeout_s)

    def close(self) -> None:
        """Leave: the others see it now."""
        self._is_closed = True
        self._due.set()
        self._thread.join()
        if self._registered.is_set() and self._session.alive.is_set():
            self._client.delete_async(self._path)

    def _on_state(self, state: SessionState) -> None:
        if state is SessionState.LOST:
            self._registered.clear()
        if state is SessionState.CONNECTED:
            self._due.set()

    def _run(self) -> None:
        pause: float | None = None
        while not self._is_closed:
            self._due.wait(pause)
            self._due.clear()
            if self._is_closed:
                return
            pause = None if self._try_register() else RETRY_S

    def _try_register(self) -> bool:
        try:
            self._register()
        except (Unreachable, InstanceIdTaken, NodeExistsError, MalformedZnode) as refused:
            log.warning("%s is not registered, trying again: %s", self._path, refused)
            return False
        return True

    def _register(self) -> None:
        """Make the znode this session's, if it is not. Sessions come and go meanwhile: asked again, it looks again."""
        self._session.ensure_layout()
        left = self._session.get_all([self._path])[0]
        if left is None or left.owner != self._session.id:
            self._clear(left)
            self._session.ask(self._client.create_async, self._path, self._body(), ephemeral=True)
        self._registered.set()

    def _clear(self, left: Found | None) -> None:
        """An older session of this process may have left the znode for as long as its time-out: it is in the way."""
        if left is None:
            return
        found = decoded(self._path, left.data, Instance)
        if found.nonce != self._instance.nonce:
            raise InstanceIdTaken(f"held by {found.host}:{found.port}, another process that lives or died just now")
        try:
            self._session.ask(self._client.delete_async, self._path, left.version)
        except NoNodeError:
            log.debug("%s just went away", self._path)

    def _body(self) -> bytes:
        return self._instance.model_dump_json().encode()


def instances(session: Session) -> dict[str, Instance]:
    """The hosts that are alive as far as ZooKeeper knows, by id. Raises Unreachable, MalformedZnode."""
    try:
        names = sorted(filter(paths.is_name, session.ask(session.client.get_children_async, paths.INSTANCES)))
    except NoNodeError:
        return {}
    found = session.get_all([paths.instance(name) for name in names])
    return {
        name: decoded(paths.instance(name), each.data, Instance)
        for name, each in zip(names, found, strict=True)
        if each is not None
    }
