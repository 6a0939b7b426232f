"""How far the copy of a partition's rejects to a dead-letter topic has come: the seam, and one in memory."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict


class DeadLetterProgress(BaseModel):
    """Committed rejects before `next_offset` are in `topic`. For another topic it begins anew."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    topic: str
    next_offset: int


class DeadLetterRegistry(Protocol):
    """Both raise RegistryUnavailable when the registry cannot be reached."""

    def progress(self, incarnation: str, partition: int) -> DeadLetterProgress | None:
        """None when nothing was ever sent."""

    def put_progress(self, incarnation: str, partition: int, progress: DeadLetterProgress) -> None:
        """The last one wins: what is sent twice is the same. Nothing happens when the partition is gone."""


class InMemoryDeadLetterRegistry:
    """The same without a server."""

    def __init__(self) -> None:
        self._progress: dict[tuple[str, int], DeadLetterProgress] = {}

    def progress(self, incarnation: str, partition: int) -> DeadLetterProgress | None:
        return self._progress.get((incarnation, partition))

    def put_progress(self, incarnation: str, partition: int, progress: DeadLetterProgress) -> None:
        self._progress[incarnation, partition] = progress
