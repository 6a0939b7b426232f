"""Sessions for tests that talk to a real ZooKeeper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zk.client import SessionSettings
from zk.session import Session


@contextmanager
def started(hosts: str, settings: SessionSettings | None = None, memory: Path | None = None) -> Iterator[Session]:
    """A session that is connecting, closed at the end."""
    session = Session(hosts, settings, memory)
    session.start()
    try:
        yield session
    finally:
        session.close()
