"""Who is the controller. An election avoids double work; what a controller does is fenced by versions all the same."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from kazoo.exceptions import KazooException

from zk import paths
from zk.session import Session, SessionState, Unreachable

log = logging.getLogger(__name__)

RETRY_S = 0.5

Lead = Callable[[threading.Event], None]
"""Work while elected; returns soon after the event is set: the connection is unsure, somebody else may lead."""


class Leadership:
    """Contends for `/controller` as `instance_id` and runs `lead` on its own thread whenever it is elected."""

    def __init__(self, session: Session, instance_id: str, lead: Lead) -> None:
        self._session = session
        self._instance_id = instance_id
        self._lead = lead
        self._election: Any = None
        self._lost = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="zk-leader", daemon=True)

    def start(self) -> None:
        self._session.on_state(self._on_state)
        self._thread.start()

    def close(self) -> None:
        """Step down, or give up waiting. Waits for `lead` to return, at most one operation time-out."""
        self._closed.set()
        self._lost.set()
        if self._election is not None:
            self._election.cancel()
        self._thread.join(self._session.settings.operation_timeout_s)

    def _on_state(self, state: SessionState) -> None:
        if state is not SessionState.CONNECTED:
            self._lost.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._session.ensure_layout()
                self._contend()
            except (KazooException, Unreachable) as error:
                log.info("not leading: %s", error)
                self._closed.wait(RETRY_S)

    def _contend(self) -> None:
        """One term: from waiting to stepping down. Its lock is gone before the next one is asked for."""
        self._election = self._session.client.Election(paths.CONTROLLER, self._instance_id)
        try:
            if not self._closed.is_set():
                self._election.run(self._term)
        finally:
            self._step_down()

    def _term(self) -> None:
        self._lost.clear()
        if not self._session.alive.is_set() or self._closed.is_set():
            return
        log.info("%s is the controller", self._instance_id)
        self._lead(self._lost)

    def _step_down(self) -> None:
        """A lock whose release was not answered is still held while the session lives: we would wait for ourselves."""
        while self._election.lock.is_acquired and not self._closed.is_set():
            try:
                if self._session.alive.wait(self._session.settings.operation_timeout_s):
                    self._election.lock.release()
            except KazooException as error:
                log.info("releasing the election again: %s", error)
