"""What a table makes of one record, stage by stage: its real pipeline, run on that record alone, changing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from ingest.ports import Recipe
from ingest.recipes import recipe_of
from ingest.record_times import held
from ingest.streams.base import Fetched
from ingest.topics_reading import Record
from ingest.under_way import Batch, UnderWay
from segments.catalogue import TableEntry
from segments.offsets import following
from tableconfigs.references import concealed
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
    bad_fields: bool = False
    """Whether fields that are no values became null (`continueOnError`)."""


class Bench:
    """One table's recipe, ready to be tried on records."""

    def __init__(self, entry: TableEntry, environ: Mapping[str, str]) -> None:
        """Raises InvalidConfig for a stored config that this version does not read."""
        ingestion = TableConfig.parse(entry.config, environ).value.ingestion
        self.recipe: Recipe = recipe_of(entry, environ)
        self._written, self._environ = entry.config, environ
        self._transforms = [(column, self._shown(text)) for column, text in ingestion.transforms]
        self._filter = ingestion.filter_expression and self._shown(ingestion.filter_expression)

    def tried(self, record: Record, partition: int) -> Trial:
        """What the pipeline makes of the record, as if it were read at its offset. `partition` is Pinot's id.

        Raises DecoderWaits.
        """
        appended = self.recipe.pipeline.run(_fetched(record), partition)
        if record.value is None:
            return Trial(Outcome.TOMBSTONE)
        decoded, effects = self._stages(record, partition)
        bad_fields = appended.incomplete > 0
        if appended.rejects is not None:
            reason, field = (appended.rejects.column(name)[0].as_py() for name in ("reason", "field"))
            return Trial(Outcome.REJECTED, (), decoded, effects, None, self._shown(reason), field)
        if appended.rows is None:
            return Trial(Outcome.FILTERED, (), decoded, effects, self._filter)
        return Trial(Outcome.ROW, appended.rows.to_pylist(), decoded, effects, bad_fields=bad_fields)

    def _stages(self, record: Record, partition: int) -> tuple[list[dict[str, Any]], list[Effect]]:
        """The decoded rows, and what each transform did to the first of them."""
        pipeline, batch = self.recipe.pipeline, _batch(record)
        reading = pipeline.reading(partition)
        way = UnderWay(reading.decoder.decode(batch.payloads), batch)
        if reading.record_columns is not None:
            way.take(reading.record_columns.apply(way, batch, record.partition))
        before = way.rows.to_pylist()
        if not before:
            return [], []
        after = pipeline.transform.apply(way.rows).rows.to_pylist()
        return before, [Effect(c, text, _did(before[0].get(c), after[0].get(c))) for c, text in self._transforms]

    def _shown(self, text: str) -> str:
        """With references to secrets as they are written."""
        return str(concealed(text, self._written, self._environ))


@dataclass(frozen=True, slots=True)
class _Envelope:
    """Key and headers of a record, as decoders ask for them."""

    record: Record

    def key(self) -> bytes | None:
        return self.record.key

    def headers(self) -> Sequence[tuple[str, bytes | None]]:
        return self.record.headers


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
        envelopes=[_Envelope(record)],
    )


def _batch(record: Record) -> Batch:
    fetched = _fetched(record)
    return Batch([record.value or b""], fetched.offsets, held(fetched.timestamps_ms), fetched.envelopes)
