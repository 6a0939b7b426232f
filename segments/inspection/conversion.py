"""A segment's rows in another form, batch by batch."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from segments.inspection.errors import BadChoice
from segments.inspection.opening import Segment
from segments.inspection.rows import Choice, chosen_batches, chosen_schema, json_rows


class Form(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    ARROW = "arrow"
    PARQUET = "parquet"


class Sink(Protocol):
    """A binary file, or whatever else takes bytes."""

    def write(self, data: bytes, /) -> int: ...


Batches = Iterable[pa.RecordBatch]


def form_of(path: Path) -> Form:
    """By the file's ending. Raises BadChoice."""
    try:
        return Form(path.suffix.removeprefix("."))
    except ValueError as error:
        raise BadChoice(
            f"{path} does not say its form; end it in .{', .'.join(Form)}, or name one with --to"
        ) from error


def convert(segment: Segment, choice: Choice, form: Form, sink: Sink) -> int:
    """Write the chosen rows to `sink`; returns how many. Raises BadChoice, NotASegment and what the sink raises."""
    counted = _Counted(chosen_batches(segment, choice))
    WRITERS[form](chosen_schema(segment, choice), counted, sink)
    return counted.rows


class _Counted:
    """Batches, counted as they pass."""

    def __init__(self, batches: Batches) -> None:
        self._batches = iter(batches)
        self.rows = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> pa.RecordBatch:
        batch = next(self._batches)
        self.rows += batch.num_rows
        return batch


def _csv(schema: pa.Schema, batches: Batches, sink: Sink) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(schema.names)
    for batch in batches:
        writer.writerows([_cell(value) for value in row] for row in json_rows(iter([batch])))
        sink.write(text.getvalue().encode())
        text.seek(text.truncate(0))
    sink.write(text.getvalue().encode())


def _cell(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _jsonl(schema: pa.Schema, batches: Batches, sink: Sink) -> None:
    for batch in batches:
        rows = (dict(zip(schema.names, row, strict=True)) for row in json_rows(iter([batch])))
        sink.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


def _arrow(schema: pa.Schema, batches: Batches, sink: Sink) -> None:
    """The stream form: it can be piped, and every Arrow reader takes it."""
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _parquet(schema: pa.Schema, batches: Batches, sink: Sink) -> None:
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


WRITERS: Mapping[Form, Callable[[pa.Schema, Batches, Sink], None]] = {
    Form.CSV: _csv,
    Form.JSONL: _jsonl,
    Form.ARROW: _arrow,
    Form.PARQUET: _parquet,
}
