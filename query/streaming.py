"""An engine's side of a stream: frames of rows, one for each that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from functools import partial

import numpy as np
import pyarrow as pa

from engine.connection import BadQuery, Engine
from query.formats import Format
from query.formats_encoding import Buffer, Shape, encoder
from query.jobs import StreamFrame, StreamJob

Place = tuple[int, ...]
Places = Callable[[pa.RecordBatch], Place]
"""The keys of a batch's last row."""
Sent = tuple[bytes, Buffer, StreamFrame]
"""A frame and its body in two pieces."""
KEY_ROWS_MAX = 100_000_000
KEY_BYTES_MAX = 1 << 29


def frames(engine: Engine, job: StreamJob, relations: Mapping[str, pa.Table]) -> Generator[Sent, None, None]:
    """The job's rows in its order and format. Raises a subclass of EngineFault."""
    shape = Shape(job.names, job.output_types[: len(job.names)])
    writer = encoder(Format(job.format), shape)
    head = writer.head() if job.with_head else b""
    sql, place = _chosen(engine, job, relations)
    with closing(engine.stream(sql, relations, timeout_s=job.timeout_ms / 1000)) as batches:
        for batch in batches:
            body = writer.body(shape.typed(batch))
            yield head, body, StreamFrame(batch.num_rows, place(batch), len(head) + len(body))
            head = b""
    if head:
        yield head, b"", StreamFrame(0, (), len(head))


def deliver(rows: Iterator[Sent], is_wanted: Callable[[], bool], send: Callable[[Sent], None]) -> None:
    """Send one frame whenever one is wanted, until there are no more or none is."""
    while is_wanted() and (frame := next(rows, None)) is not None:
        send(frame)


def _chosen(engine: Engine, job: StreamJob, relations: Mapping[str, pa.Table]) -> tuple[str, Places]:
    """Sorting costs as much as reading. Most files lie in order already, and to look is cheap: keys pack well."""
    in_rows = partial(_place_in, job.keys)
    if job.plain_sql is None:
        return job.sorted_sql, in_rows
    timeout_s = job.timeout_ms / 1000
    found = engine.run(
        job.keys_sql, relations, timeout_s=timeout_s, rows_max=KEY_ROWS_MAX, bytes_max=KEY_BYTES_MAX
    ).table
    if not is_ascending([column.to_numpy() for column in found.columns]):
        return job.sorted_sql, in_rows
    return job.plain_sql, in_rows if job.plain_has_keys else _PlacesBeside(found)


def is_ascending(keys: list[np.ndarray]) -> bool:
    """Whether no row's keys, taken together, are less than those of the row before it."""
    rows = len(keys[0])
    if rows < 2:
        return True
    above, equal = np.zeros(rows - 1, bool), np.ones(rows - 1, bool)
    for key in keys:
        above |= equal & (key[1:] > key[:-1])
        equal &= key[1:] == key[:-1]
    return bool((above | equal).all())


def _place_in(keys: tuple[int, ...], batch: pa.RecordBatch) -> Place:
    """The keys of the batch's last row, from its own columns."""
    return tuple(_number(batch.column(at)[batch.num_rows - 1]) for at in keys)


class _PlacesBeside:
    """The same for batches without them, from the keys of all rows; called once for each batch in order."""

    def __init__(self, keys: pa.Table) -> None:
        self._keys = keys
        self._rows = 0

    def __call__(self, batch: pa.RecordBatch) -> Place:
        self._rows += batch.num_rows
        return tuple(_number(column[self._rows - 1]) for column in self._keys.columns)


def _number(value: pa.Scalar) -> int:
    """A moment in epoch milliseconds, as the catalogue has it. Raises BadQuery for a null: it has no place."""
    if not value.is_valid:
        raise BadQuery("a row has no value in the time column: read in the order of offsets")
    moment = pa.types.is_timestamp(value.type)
    return int(value.cast(pa.timestamp("ms")).cast(pa.int64()).as_py() if moment else value.as_py())
