"""The progress of dead letters in ZooKeeper: one znode below the partition's consuming record."""

from __future__ import annotations

from kazoo.exceptions import NodeExistsError, NoNodeError

from segments.dead_letters import DeadLetterProgress
from segments.registry import RegistryUnavailable
from zk import paths
from zk.session import Session, unreachable_as
from zk.znodes import decoded

ANY_VERSION = -1


class ZooKeeperDeadLetters:
    """`segments.dead_letters.DeadLetterRegistry` on a session. Thread-safe."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def progress(self, incarnation: str, partition: int) -> DeadLetterProgress | None:
        """None when nothing was ever sent. Raises RegistryUnavailable, MalformedZnode."""
        path = paths.dead_letters(incarnation, partition)
        with unreachable_as(RegistryUnavailable):
            (found,) = self._session.get_all([path])
        return None if found is None else decoded(path, found.data, DeadLetterProgress)

    def put_progress(self, incarnation: str, partition: int, progress: DeadLetterProgress) -> None:
        """Raises RegistryUnavailable."""
        path, data = paths.dead_letters(incarnation, partition), progress.model_dump_json().encode()
        with unreachable_as(RegistryUnavailable):
            try:
                self._session.ask(self._session.client.set_async, path, data, ANY_VERSION)
            except NoNodeError:
                self._create(path, data)

    def _create(self, path: str, data: bytes) -> None:
        try:
            self._session.ask(self._session.client.create_async, path, data)
        except (NodeExistsError, NoNodeError):
            return  # somebody else was quicker and says the same, or the table is gone
