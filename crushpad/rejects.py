"""What is asked of a table's rejected records, and of which process: the front loads no Arrow and no DuckDB (P26)."""

from __future__ import annotations

import sys
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from crushpad.settings import Settings


class Command(StrEnum):
    LIST = "list"
    SHOW = "show"
    REPLAY = "replay"


class RejectsRequest(BaseModel):
    """One question. Without `partition` it is about all of them."""

    model_config = ConfigDict(frozen=True)

    command: Command
    table: str
    """With type, `clicks_REALTIME`."""
    partition: int | None = None
    offset: int | None = None
    limit: int = 1_000
    settled: bool = False
    """Whether to list what replays have settled, too."""


def rejects_argv(settings: Settings, zookeeper: str) -> list[str]:
    return [sys.executable, "-m", "crushpad.runners.rejects", settings.model_dump_json(), zookeeper]
