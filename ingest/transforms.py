"""transformConfigs and filterConfig (contract 1.6, 7.1) as one SQL projection over a whole batch.

Expressions are Pinot's, printed by `dialects` from its allow-list; no text of a user reaches the locked engine.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from dialects.faults import QueryFault
from engine.connection import BadQuery, OutOfMemory, OutOfTime, TooLarge
from engine.projection import RELATION, Projections
from engine.settings import Settings
from ingest.decoders.base import Columns, Refused
from ingest.pipeline import Transform
from ingest.transform_steps import (
    DROP,
    InvalidTransforms,
    Step,
    failed,
    guarded_projection,
    projection,
    steps_of,
    with_source_fields,
)
from ingest.under_way import Staged

TIMEOUT_S = 60.0
SETTINGS = Settings(folders=(), threads=1, memory_limit_bytes=512 * 1024 * 1024)
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
    """One SELECT over the columns that matter; when it fails, the same with each step guarded, to name rows at fault.

    When that fails too, each step by itself.
    """

    def __init__(self, steps: Sequence[Step], any_column: str, lenient: bool = False) -> None:
        """`steps` in order of their dependence; `any_column` is read where they read none.

        With `lenient` a failing expression gives null, a failing filter keeps the row (contract 7.4).
        """
        self._steps, self._lenient = steps, lenient
        self._made = [step.column for step in steps if step.column != DROP]
        self._read = sorted({name for step in steps for name in step.inputs} | {*self._made}) or [any_column]
        self._sql = {fresh: projection(steps, fresh) for fresh in (True, False)}
        self._guarded = guarded_projection(steps)
        self._engines: dict[pa.Schema, Projections] = {}

    def apply(self, rows: pa.RecordBatch) -> Staged:
        if not rows.num_rows:
            return Staged(rows)
        table = pa.Table.from_batches([rows.select(self._read)])
        fresh = all(table.column(name).null_count == table.num_rows for name in self._made)
        whole = self._attempt(self._sql[fresh], table)
        made, refused = (whole, {}) if whole is not None else self._guardedly(table) or self._step_by_step(table)
        for step in self._steps:
            if step.column != DROP:
                at = rows.schema.get_field_index(step.column)
                rows = rows.set_column(at, rows.schema.field(at), _typed(made.column(step.column), step.kind))
        kept = _kept(made.column(DROP)) if DROP in made.column_names else None
        if self._lenient:
            return Staged(rows, kept, incomplete=len(refused))
        return Staged(rows, kept, list(refused.values()))

    def _guardedly(self, table: pa.Table) -> tuple[pa.Table, dict[int, Refused]] | None:
        """What the steps make, null where they fail, and the first failure of each row."""
        made = self._attempt(self._guarded, table)
        if made is None:
            return None
        refused: dict[int, Refused] = {}
        for step in self._steps:
            table = _with_column(table, step.column, made.column(step.column))
        for step in self._steps:
            for at in pc.indices_nonzero(made.column(failed(step.column))).to_pylist():
                refused.setdefault(at, step.refusal(at, table))
        return table, refused

    def _step_by_step(self, table: pa.Table) -> tuple[pa.Table, dict[int, Refused]]:
        """The same, for what fails in spite of the guard: subexpressions that the engine moves out of it."""
        refused: dict[int, Refused] = {}
        for step in self._steps:
            values, lost = self._tried(step, table)
            for at in lost:
                refused.setdefault(at, step.refusal(at, table))
            table = _with_column(table, step.column, values)
        return table, refused

    def _tried(self, step: Step, table: pa.Table) -> tuple[pa.Array, list[int]]:
        """A step's values and the rows on which it fails; when the query fails halves are tried."""
        tried = self._attempt(f"SELECT TRY({{'v': {step.sql}}}) AS tried FROM {RELATION}", table)
        if tried is None:
            return self._halves(step, table)
        whole = tried.column("tried").combine_chunks()
        return pc.struct_field(whole, "v"), pc.indices_nonzero(whole.is_null()).to_pylist()

    def _halves(self, step: Step, table: pa.Table) -> tuple[pa.Array, list[int]]:
        middle = table.num_rows // 2
        if not middle:
            return pa.nulls(1, step.kind), [0]
        (low, lost_low), (high, lost_high) = (
            self._tried(step, half) for half in (table.slice(0, middle), table.slice(middle))
        )
        both = pa.concat_arrays([low.cast(step.kind, safe=False), high.cast(step.kind, safe=False)])
        return both, [*lost_low, *(middle + at for at in lost_high)]

    def _attempt(self, sql: str, table: pa.Table) -> pa.Table | None:
        """The rows of one query over `table`; None when one of them fails it."""
        engine = self._engines.get(table.schema)
        if engine is None:
            engine = self._engines[table.schema] = Projections(SETTINGS, table.schema)
        try:
            return engine.run(sql, table, timeout_s=TIMEOUT_S, rows_max=table.num_rows, bytes_max=RESULT_BYTES_MAX)
        except BadQuery:
            return None
        except (OutOfMemory, OutOfTime, TooLarge):
            # An engine that broke off in the middle of a result takes no other query.
            self._engines.pop(table.schema).close()
            return None


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
