"""transformConfigs and filterConfig (contract 1.6, 7.1) as one SQL projection over a whole batch.

Expressions are Pinot's, printed by `dialects` from its allow-list; no text of a user reaches the locked engine.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing

import pyarrow as pa
import pyarrow.compute as pc

from dialects.faults import QueryFault
from engine.connection import BadQuery, Engine, OutOfMemory, OutOfTime, TooLarge
from engine.settings import Settings
from ingest.decoders.base import Columns, Refused
from ingest.pipeline import Transform
from ingest.transform_steps import DROP, InvalidTransforms, Step, projection, steps_of, with_source_fields
from ingest.under_way import Staged

TIMEOUT_S = 60.0
MEMORY_BYTES = 512 * 1024 * 1024
NO_TYPES: Columns = {}
RESULT_BYTES_MAX = 256 * 1024 * 1024


def transform_of(
    transforms: Sequence[tuple[str, str]],
    filter_expression: str | None,
    columns: Columns,
    lenient: bool = False,
    source_types: Columns = NO_TYPES,
) -> tuple[Transform, Columns]:
    """The transform of a table and the columns that must be decoded for it: the table's own, and source fields.

    A source field that the schema does not have is of the type that `source_types` says, else STRING.
    Raises InvalidTransforms.
    """
    if not transforms and filter_expression is None:
        return Transform(), columns
    try:
        source = with_source_fields(transforms, filter_expression, columns, source_types)
        steps = steps_of(transforms, filter_expression, source)
    except QueryFault as fault:
        raise InvalidTransforms(fault.message) from fault
    return Expressions(steps, next(iter(source)), lenient), source


class Expressions(Transform):
    """One SELECT over the columns that matter; when it fails, each step by itself, to name the rows at fault."""

    def __init__(self, steps: Sequence[Step], any_column: str, lenient: bool = False) -> None:
        """`steps` in order of their dependence; `any_column` is read where they read none.

        With `lenient` a failing expression gives null, a failing filter keeps the row (contract 7.4).
        """
        self._steps, self._lenient = steps, lenient
        made = [step.column for step in steps if step.column != DROP]
        read = {name for step in steps for name in step.inputs} | {*made}
        self._read = sorted(read) or [any_column]
        self._made = made
        self._sql = {fresh: projection(steps, fresh) for fresh in (True, False)}
        self._engine = _engine()

    def apply(self, rows: pa.RecordBatch) -> Staged:
        if not rows.num_rows:
            return Staged(rows)
        table = pa.Table.from_batches([rows.select(self._read)])
        whole = self._whole(table)
        made, refused = self._step_by_step(table) if whole is None else (whole, {})
        for step in self._steps:
            if step.column != DROP:
                at = rows.schema.get_field_index(step.column)
                rows = rows.set_column(at, rows.schema.field(at), _typed(made.column(step.column), step.kind))
        kept = _kept(made.column(DROP)) if DROP in made.column_names else None
        if self._lenient:
            return Staged(rows, kept, incomplete=len(refused))
        return Staged(rows, kept, list(refused.values()))

    def _whole(self, table: pa.Table) -> pa.Table | None:
        fresh = all(table.column(name).null_count == table.num_rows for name in self._made)
        given = table.drop_columns(self._made) if fresh and len(self._made) < table.num_columns else table
        return self._attempt(self._sql[fresh and given is not table], given)

    def _step_by_step(self, table: pa.Table) -> tuple[pa.Table, dict[int, Refused]]:
        """What each step makes, null where it fails, and the first failure of each row."""
        refused: dict[int, Refused] = {}
        for step in self._steps:
            values, failed = self._tried(step, table)
            for at in failed:
                refused.setdefault(at, step.refusal(at, table))
            table = _with_column(table, step.column, values)
        return table, refused

    def _tried(self, step: Step, table: pa.Table) -> tuple[pa.Array, list[int]]:
        """A step's values and the rows on which it fails.

        TRY gives null for these, a struct for all others. (Subexpressions that the engine moves out of TRY may still
        fail the query; then halves are tried.)
        """
        tried = self._attempt(f"SELECT TRY({{'v': {step.sql}}}) AS tried FROM t", table)
        if tried is None:
            return self._halves(step, table)
        whole = tried.column("tried").combine_chunks()
        return pc.struct_field(whole, "v"), pc.indices_nonzero(whole.is_null()).to_pylist()

    def _halves(self, step: Step, table: pa.Table) -> tuple[pa.Array, list[int]]:
        middle = table.num_rows // 2
        if not middle:
            return pa.nulls(1, step.kind), [0]
        (low, failed_low), (high, failed_high) = (
            self._tried(step, half) for half in (table.slice(0, middle), table.slice(middle))
        )
        both = pa.concat_arrays([low.cast(step.kind, safe=False), high.cast(step.kind, safe=False)])
        return both, [*failed_low, *(middle + at for at in failed_high)]

    def _attempt(self, sql: str, table: pa.Table) -> pa.Table | None:
        """The rows of one query over `table`; None when one of them fails it."""
        try:
            return _collected(self._engine.stream(sql, {"t": table}, timeout_s=TIMEOUT_S))
        except BadQuery:
            return None
        except (OutOfMemory, OutOfTime, TooLarge):
            # An engine that broke off in the middle of a result takes no other query.
            self._engine.close()
            self._engine = _engine()
            return None


def _collected(batches: Generator[pa.RecordBatch, None, None]) -> pa.Table:
    """All rows. Raises TooLarge."""
    found: list[pa.RecordBatch] = []
    size = 0
    with closing(batches):
        for batch in batches:
            size += batch.nbytes
            if size > RESULT_BYTES_MAX:
                raise TooLarge(f"the results of a batch take more than {RESULT_BYTES_MAX} bytes")
            found.append(batch)
    return pa.Table.from_batches(found)


def _engine() -> Engine:
    return Engine(Settings(folders=(), threads=1, memory_limit_bytes=MEMORY_BYTES))


def _typed(made: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    """As the column's type; NaN and an empty list are null, -0.0 is 0.0 (contract 7.1, 7.3)."""
    column = made.combine_chunks().cast(kind, safe=False)
    if pa.types.is_list(kind):
        return pc.if_else(pc.equal(pc.list_value_length(column), 0), None, column)
    if pa.types.is_floating(kind):
        return pc.if_else(pc.is_nan(column), None, pc.add(column, pa.scalar(0.0, kind)))
    return column


def _with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.append_column(name, values) if at < 0 else table.set_column(at, name, values)


def _kept(dropped: pa.ChunkedArray) -> pa.BooleanArray:
    """A filter that fails drops nothing."""
    return pc.invert(pc.fill_null(dropped.combine_chunks(), False))
