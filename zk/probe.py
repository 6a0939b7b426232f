"""One question to a ZooKeeper: does it answer, how fast, and what time is it there?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kazoo.exceptions import NoNodeError

from zk.client import SessionSettings
from zk.session import Session, Unreachable

PROBE = "/doctor-"


@dataclass(frozen=True, slots=True)
class Probed:
    """What the answer to a write showed. Milliseconds."""

    round_trip_ms: int
    ahead_ms: int | None
    """How far the server's clock is ahead of ours; None where the chroot is not there yet and nothing was written."""


def probe(address: str, timeout_s: float, clock_ms: Callable[[], int]) -> Probed:
    """Write one ephemeral znode below `address` (`host:port,.../chroot`), which goes at once. Raises Unreachable."""
    session = Session(address, SessionSettings(operation_timeout_s=timeout_s))
    session.start()
    try:
        if not session.alive.wait(timeout_s):
            raise Unreachable(f"no ZooKeeper at {address} within {timeout_s:g} s")
        return _written(session, clock_ms)
    finally:
        session.close()


def _written(session: Session, clock_ms: Callable[[], int]) -> Probed:
    asked = clock_ms()
    try:
        create = session.client.create_async
        _, stat = session.ask(create, PROBE, ephemeral=True, sequence=True, include_data=True)
    except NoNodeError:
        return Probed(clock_ms() - asked, None)
    answered = clock_ms()
    return Probed(answered - asked, int(stat.ctime) - (asked + answered) // 2)
