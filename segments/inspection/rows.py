"""Rows of a segment: which of them, which columns, in the order in which they lie in the file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from segments.inspection.errors import BadChoice
from segments.inspection.facts import Facts
from segments.inspection.opening import Segment
from segments.inspection.values import plain
from segments.system_columns import OFFSET, TIMESTAMP

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Rows of offsets `[from_offset, to_offset)` and times `[from_ms, to_ms)`; of these, one of head, tail, sample.

    `time_column` None: the table's time column where it holds epoch ms, else the record's Kafka timestamp.
    """

    columns: tuple[str, ...] | None = None
    head: int | None = None
    tail: int | None = None
    sample: int | None = None
    seed: int = 0
    from_offset: int | None = None
    to_offset: int | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    time_column: str | None = None

    @property
    def is_timed(self) -> bool:
        return self.from_ms is not None or self.to_ms is not None


def chosen_schema(segment: Segment, choice: Choice) -> pa.Schema:
    """Schema of the chosen columns. Raises BadChoice."""
    schema = segment.schema
    names = schema.names if choice.columns is None else choice.columns
    for name in (*names, *filter(None, [choice.time_column])):
        if name not in schema.names:
            raise BadChoice(f"{segment.path} has no column {name!r}; it has {', '.join(schema.names)}")
    return pa.schema([schema.field(name) for name in names])


def chosen_batches(segment: Segment, choice: Choice) -> Iterator[pa.RecordBatch]:
    """The chosen rows, batch by batch. Raises BadChoice before the first one, NotASegment."""
    schema = chosen_schema(segment, choice)
    _check_offsets(segment.facts, choice)
    source = _Matching(segment, choice, time_column(segment, choice), schema)
    if choice.head is not None:
        return _head(source.batches(), choice.head)
    if choice.tail is None and choice.sample is None:
        return source.batches()
    count = source.count()
    return _take(source.batches(), _positions(count, choice))


def json_rows(batches: Iterator[pa.RecordBatch]) -> Iterator[list[Any]]:
    """Each row's values in column order, as JSON can show them."""
    for batch in batches:
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield [plain(value) for value in values]


def time_column(segment: Segment, choice: Choice) -> str:
    """The column that a time range is about."""
    if choice.time_column is not None:
        return choice.time_column
    named = segment.facts.time_column
    return named if named is not None and _holds_epoch_ms(segment, named) else TIMESTAMP


def _holds_epoch_ms(segment: Segment, name: str) -> bool:
    """The footer says the bounds in epoch ms, so a column in another unit or format has other bounds."""
    kind = segment.schema.field(name).type
    if pa.types.is_timestamp(kind):
        return True
    if not pa.types.is_int64(kind):
        return False
    lows = [pc.min(batch.column(0)).as_py() for batch in segment.batches([name])]
    return min((low for low in lows if low is not None), default=None) == segment.facts.time_min_ms


def _check_offsets(facts: Facts, choice: Choice) -> None:
    low, high = choice.from_offset, choice.to_offset
    if low is not None and high is not None and low > high:
        raise BadChoice(f"--from-offset {low} is beyond --to-offset {high}; swap them")
    outside = (low is not None and low >= facts.end) or (high is not None and high <= facts.start)
    if outside and facts.start < facts.end:
        raise BadChoice(f"{facts.path} holds offsets {facts.start} to {facts.end - 1}; choose offsets among them")


@dataclass(frozen=True, slots=True)
class _Matching:
    """The rows that the ranges of a choice leave, read anew each time."""

    segment: Segment
    choice: Choice
    time: str
    schema: pa.Schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        needed = dict.fromkeys([*self.schema.names, *self._filtered_by()])
        return (batch.select(self.schema.names) for batch in self._filtered(list(needed)))

    def count(self) -> int:
        columns = self._filtered_by()
        return sum(batch.num_rows for batch in self._filtered(columns)) if columns else self.segment.facts.rows

    def _filtered_by(self) -> list[str]:
        choice = self.choice
        by_offset = choice.from_offset is not None or choice.to_offset is not None
        return [*([OFFSET] if by_offset else []), *([self.time] if choice.is_timed else [])]

    def _filtered(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        choice = self.choice
        for batch in self.segment.batches(columns):
            kept = _within(batch, OFFSET, choice.from_offset, choice.to_offset)
            yield _within(kept, self.time, choice.from_ms, choice.to_ms)


def _within(batch: pa.RecordBatch, name: str, low: int | None, high: int | None) -> pa.RecordBatch:
    """Rows whose value is in `[low, high)`; nulls are in no range."""
    if low is None and high is None:
        return batch
    values = batch.column(name)
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.timestamp("ms")).cast(pa.int64())
    kept = pc.is_valid(values)
    if low is not None:
        kept = pc.and_(kept, pc.greater_equal(values, low))
    if high is not None:
        kept = pc.and_(kept, pc.less(values, high))
    return batch.filter(pc.fill_null(kept, False))


def _head(batches: Iterator[pa.RecordBatch], count: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if count <= 0:
            return
        yield batch.slice(0, count)
        count -= batch.num_rows


def _positions(count: int, choice: Choice) -> Positions:
    """Row numbers, ascending, among `count` matching rows."""
    if choice.tail is not None:
        return np.arange(max(0, count - choice.tail), count)
    picked = random.Random(choice.seed).sample(range(count), min(choice.sample or 0, count))
    return np.array(sorted(picked), np.int64)


def _take(batches: Iterator[pa.RecordBatch], positions: Positions) -> Iterator[pa.RecordBatch]:
    seen = 0
    for batch in batches:
        low, high = np.searchsorted(positions, [seen, seen + batch.num_rows])
        if low < high:
            yield batch.take(pa.array(positions[low:high] - seen))
        seen += batch.num_rows
