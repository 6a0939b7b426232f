"""transformConfigs and filterConfig (contract 1.6, 7.1) as one SQL projection over a whole batch.

Expressions are Pinot's, printed by `dialects` from its allow-list; no text of a user reaches the locked engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
from sqlglot import exp

from dialects.column_types import ColumnType, array_of, duckdb_type
from dialects.expressions import ScalarExpression, print_scalar
from dialects.pinot import parse_expression
from engine.connection import BadQuery, Engine
from engine.settings import Settings
from ingest.decoders.base import Columns, Refused, SourceColumn
from ingest.pipeline import Transform
from segments.arrow_schema import arrow_type

DROP = "$drop"
TIMEOUT_S = 60.0
MEMORY_BYTES = 512 * 1024 * 1024
RESULT_BYTES_MAX = 1024 * 1024 * 1024


class InvalidTransforms(ValueError):
    """Transforms depend on each other in a circle."""


def transform_of(
    transforms: Sequence[tuple[str, str]], filter_expression: str | None, columns: Columns
) -> tuple[Transform, Columns]:
    """The transform of a table and the columns that must be decoded for it: the table's own, and source fields.

    A source field that the schema does not have is read as STRING. Raises QueryFault, InvalidTransforms.
    """
    if not transforms and filter_expression is None:
        return Transform(), columns
    source = _with_source_fields(transforms, filter_expression, columns)
    types = {name: ColumnType(c.data_type, c.multi_value) for name, c in source.items()}
    printed = {column: print_scalar(text, types, None) for column, text in transforms}
    drop = print_scalar(filter_expression, types, None) if filter_expression else None
    return Expressions(_projection(printed, drop, source), source), source


class Expressions(Transform):
    """One SELECT over the batch; rows on which it fails are found by halving and refused one by one."""

    def __init__(self, sql: str, columns: Columns) -> None:
        self._sql = sql
        self._schema = pa.schema([(n, arrow_type(c.data_type, c.multi_value)) for n, c in columns.items()])
        self._engine = Engine(Settings(folders=(), threads=1, memory_limit_bytes=MEMORY_BYTES))

    def apply(self, rows: pa.RecordBatch) -> tuple[pa.RecordBatch, pa.BooleanArray | None, Sequence[Refused]]:
        refused: list[Refused] = []
        done = list(self._pieces(rows, 0, refused))
        table = pa.concat_tables(done).combine_chunks()
        drop = table.column(DROP).combine_chunks()
        batches = table.select(self._schema.names).cast(self._schema).to_batches()
        result = batches[0] if batches else self._schema.empty_table().to_batches()[0]
        return result, pa.array([not d for d in drop.to_pylist()], pa.bool_()), refused

    def _pieces(self, rows: pa.RecordBatch, first: int, refused: list[Refused]) -> Iterator[pa.Table]:
        """Results in row order; a refused row is kept as it came and marked to be dropped."""
        try:
            yield self._run(rows)
        except BadQuery as error:
            if rows.num_rows == 1:
                refused.append(Refused(first, f"a transform or filter fails: {error}"))
                yield pa.Table.from_batches([rows]).append_column(DROP, pa.array([True]))
                return
            middle = rows.num_rows // 2
            yield from self._pieces(rows.slice(0, middle), first, refused)
            yield from self._pieces(rows.slice(middle), first + middle, refused)

    def _run(self, rows: pa.RecordBatch) -> pa.Table:
        table = pa.Table.from_batches([rows])
        result = self._engine.run(
            self._sql, {"t": table}, timeout_s=TIMEOUT_S, rows_max=rows.num_rows, bytes_max=RESULT_BYTES_MAX
        ).table
        return result.cast(pa.schema([*self._schema, pa.field(DROP, pa.bool_())]))


def _with_source_fields(transforms: Sequence[tuple[str, str]], drop: str | None, columns: Columns) -> Columns:
    """The table's columns and every other field that an expression names."""
    unknown: dict[str, SourceColumn] = {}
    for text in [expression for _, expression in transforms] + ([drop] if drop else []):
        for column in parse_expression(text).find_all(exp.Column):
            if column.name not in columns:
                unknown[column.name] = SourceColumn("STRING", False)
    return {**columns, **unknown}


def _projection(printed: Mapping[str, ScalarExpression], drop: ScalarExpression | None, source: Columns) -> str:
    """Nested selects: each transform sees the results of those before it, the filter sees all of them."""
    relation = "t"
    for column in _ordered(printed):
        filled = f"coalesce({_quoted(column)}, {_as(printed[column], source[column])})"
        relation = f"(SELECT * REPLACE ({filled} AS {_quoted(column)}) FROM {relation})"
    dropped = f"coalesce({drop.sql}, false)" if drop else "false"
    return f"SELECT *, {dropped} AS {_quoted(DROP)} FROM {relation}"


def _ordered(printed: Mapping[str, ScalarExpression]) -> list[str]:
    """Columns so that each comes after those that its expression reads. Raises InvalidTransforms for a circle."""
    ordered: list[str] = []
    waiting = dict(printed)
    while waiting:
        ready = [c for c, e in waiting.items() if not (e.columns & waiting.keys()) - {c}]
        if not ready:
            raise InvalidTransforms(f"transforms of {sorted(waiting)} depend on each other in a circle")
        ordered += ready
        waiting = {c: e for c, e in waiting.items() if c not in ready}
    return ordered


def _as(expression: ScalarExpression, column: SourceColumn) -> str:
    """The expression in the column's type; a number in a TIMESTAMP column is epoch milliseconds."""
    if column.data_type == "TIMESTAMP" and expression.data_type in ("INT", "LONG", "DOUBLE", "FLOAT"):
        return f"epoch_ms(CAST({expression.sql} AS BIGINT))"
    target = array_of(column.data_type) if column.multi_value else column.data_type
    return f"CAST({expression.sql} AS {duckdb_type(target)})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
