"""What a table makes of one record, stage by stage: its real pipeline, run on that record alone, changing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from ingest.pipeline import Pipeline
from ingest.ports import Recipe
from ingest.recipes import recipe_of
from ingest.streams.base import Fetched
from ingest.topics_reading import Record
from segments.catalogue import TableEntry
from segments.offsets import following
from tableconfigs.table import TableConfig


class Outcome(StrEnum):
    """What becomes of a record under the config as it is now."""

    ROW = "row"
    FILTERED = "filtered"
    TOMBSTONE = "tombstone"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a transform did to its column: `filled` it, `kept` the record's own value, or gave `null`."""

    column: str
    expression: str
    did: str


@dataclass(frozen=True, slots=True)
class Trial:
    """`decoded` is as the decoder gave it, `rows` as they would be appended; `filtered_by` is the filter's text."""

    outcome: Outcome
    rows: Sequence[Mapping[str, Any]] = ()
    decoded: Sequence[Mapping[str, Any]] = ()
    transforms: Sequence[Effect] = ()
    filtered_by: str | None = None
    reason: str | None = None
    field: str | None = None


class Bench:
    """One table's recipe, ready to be tried on records."""

    def __init__(self, entry: TableEntry, environ: Mapping[str, str]) -> None:
        """Raises InvalidConfig for a stored config that this version does not read."""
        ingestion = TableConfig.parse(entry.config, environ).value.ingestion
        self.recipe: Recipe = recipe_of(entry, environ)
        self._transforms, self._filter = ingestion.transforms, ingestion.filter_expression

    def tried(self, record: Record, partition: int) -> Trial:
        """What the pipeline makes of the record, as if it were read at its offset. `partition` is Pinot's id."""
        pipeline = self.recipe.pipeline
        appended = pipeline.run(_fetched(record), partition)
        if record.value is None:
            return Trial(Outcome.TOMBSTONE)
        decoded, effects = self._stages(pipeline, record.value)
        if appended.rejects is not None:
            reason, field = (appended.rejects.column(name)[0].as_py() for name in ("reason", "field"))
            return Trial(Outcome.REJECTED, decoded=decoded, transforms=effects, reason=reason, field=field)
        if appended.rows is None:
            return Trial(Outcome.FILTERED, decoded=decoded, transforms=effects, filtered_by=self._filter)
        return Trial(Outcome.ROW, appended.rows.to_pylist(), decoded, effects)

    def _stages(self, pipeline: Pipeline, value: bytes) -> tuple[list[dict[str, Any]], list[Effect]]:
        """The decoded rows, and what each transform did to the first of them."""
        rows = pipeline.decoder.decode([value]).rows
        before = rows.to_pylist()
        if not before:
            return [], []
        after = pipeline.transform.apply(rows)[0].to_pylist()
        return before, [Effect(c, text, _did(before[0].get(c), after[0].get(c))) for c, text in self._transforms]


def _did(before: Any, after: Any) -> str:
    if before is not None:
        return "kept"
    return "null" if after is None else "filled"


def _fetched(record: Record) -> Fetched:
    return Fetched(
        partition=record.partition,
        payloads=[record.value],
        offsets=np.array([record.offset], np.int64),
        timestamps_ms=np.array([record.timestamp_ms or 0], np.int64),
        next_offset=following(record.offset),
        leader_epoch=record.leader_epoch,
    )
