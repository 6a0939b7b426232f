"""A session with ZooKeeper that counts what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from zk.session import Session

CONNECTED_S = 30


class CountedSession(Session):
    """`requests` were sent, a multi being one of them; `waits` for an answer are round trips, or a part of one."""

    requests = 0
    waits = 0

    def send(self, request: Callable[..., Any], *args: Any, **options: Any) -> Any:
        self.requests += 1
        return super().send(request, *args, **options)

    def answer(self, pending: Any) -> Any:
        self.waits += 1
        return super().answer(pending)


@contextmanager
def counted(hosts: str) -> Iterator[CountedSession]:
    """A connected session, closed behind; `hosts` may name a chroot that is not there yet."""
    session = CountedSession(hosts)
    session.start()
    try:
        session.wait_connected(CONNECTED_S)
        yield session
    finally:
        session.close()
