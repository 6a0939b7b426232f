"""The world as a partition sees it: everything that `perform` may touch, as arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.pipeline import Pipeline
from ingest.streams.base import StreamMetadata, StreamReader
from segments.registry import SegmentRegistry
from segments.stores.base import SegmentStore
from tableconfigs.ingestion import GapPolicy
from tableconfigs.rejects import RejectsConfig

ALL_KEPT = RejectsConfig()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rows of one config version are made and sealed (P4)."""

    table: str
    """Name with type."""
    raw_table: str
    config_version: int
    schema_version: int
    pipeline: Pipeline
    sort_column: str | None
    bloom_columns: tuple[str, ...]
    rejects: RejectsConfig = ALL_KEPT
    gaps: GapPolicy = GapPolicy.STOP


@dataclass(frozen=True, slots=True)
class Ports:
    """What partitions of one worker share."""

    registry: SegmentRegistry
    store: SegmentStore
    consuming_root: Path
    sealing_root: Path
    capacity_bytes: int
    """Largest consuming file."""
    clock_ms: Callable[[], int]
    random: Callable[[int], bytes]
    boot: str
    version: str
    published_end: Callable[[str, int], int]
    """Committed end of (incarnation, partition) that queries of this host already see in sealed files (P23)."""
    release_grace_ms: int
    environ: Mapping[str, str]
    """What `${NAME}` in a table config stands for."""
    crash_point: Callable[[str], None]
    """Called with a name before and after every action; tests end the process here."""


@dataclass(frozen=True, slots=True)
class Source:
    """The stream of one topic."""

    reader: StreamReader
    metadata: StreamMetadata
    topic: str


def no_crash(name: str) -> None:
    """Nothing happens at a crash point."""
