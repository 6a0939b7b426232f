"""From an address to a segment, sealed or consuming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from segments.inspection.addresses import path_of
from segments.inspection.consuming import ConsumingSegment, side_car_of
from segments.inspection.errors import BadChoice
from segments.inspection.facts import PART, SIDE_CAR, Facts
from segments.inspection.listing import segment_paths
from segments.inspection.sealed import SealedFile

if TYPE_CHECKING:
    import pyarrow as pa


class Segment(Protocol):
    """What both kinds have. Reading rows raises NotASegment when the file turns out damaged."""

    @property
    def path(self) -> Path: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def schema(self) -> pa.Schema: ...
    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]: ...
    def table(self) -> pa.Table: ...


def open_segment(address: str) -> SealedFile | ConsumingSegment:
    """The segment at `address`: a file, or a folder that holds one segment. Raises InspectionError."""
    path = path_of(address)
    if path.is_dir():
        path = _only_one(path)
    if path.suffix in (SIDE_CAR, PART):
        return ConsumingSegment.open(side_car_of(path))
    return SealedFile.open(path)


def _only_one(folder: Path) -> Path:
    paths = segment_paths(folder)
    if len(paths) > 1:
        raise BadChoice(f"{folder} holds {len(paths)} segments; name one of them (`segment list {folder}` shows them)")
    return paths[0]
