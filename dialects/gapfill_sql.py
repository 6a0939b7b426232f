"""The rows of a time series with its gaps filled, as DuckDB SQL."""

from __future__ import annotations

from dataclasses import dataclass

from dialects.bound_query import OutputColumn
from dialects.column_types import BIG_DECIMAL, duckdb_type, is_array, is_numeric
from dialects.conversions import Typed, convert
from dialects.families.datetime import format_to_ms, ms_to_format
from dialects.families.time_units import DateTimeFormat
from dialects.literals import quote_identifier

ROW = "$row"
"""The place of a filled row in the order of time."""
_ZEROS = {"BOOLEAN": "FALSE", "TIMESTAMP": "make_timestamp_ms(0)", "BYTES": "''::BLOB", BIG_DECIMAL: "'0'"}


@dataclass(frozen=True, slots=True)
class Series:
    """`columns` of a relation that has them as c0, c1, ...; those at `keys` tell series apart, `previous` go on.

    `start` and `end` are SQL of epoch milliseconds.
    """

    columns: tuple[OutputColumn, ...]
    time: int
    keys: tuple[int, ...]
    previous: frozenset[int]
    format: DateTimeFormat
    start: str
    end: str
    step_ms: int
    window_ms: int

    def sql(self, relation: str, limit: int) -> str:
        """The columns by their names, and `$row`; at most `limit` rows, in the order of time.

        Rows that lie between two moments of the series are left out; those before its start are what goes on. A series
        is there if it has a row before the end.
        """
        keys = ", ".join(f"c{at}" for at in self.keys)
        rest = [at for at in range(len(self.columns)) if at not in self.keys and at != self.time]
        packed = f"struct_pack({', '.join(f'v{at} := c{at}' for at in rest) or 'one := 1'})"
        series = f"SELECT DISTINCT {keys}" if keys else "SELECT DISTINCT 1 AS one"
        using = f"(ms{', ' if keys else ''}{keys})"
        window = f"{f'PARTITION BY {keys} ' if keys else ''}ORDER BY ms, row_at ROWS UNBOUNDED PRECEDING"
        names = ", ".join(["ms", "row_at", "packed", *(f"c{at}" for at in self.keys)])
        moments = f"SELECT unnest(generate_series({self.start}, {self._last}, {self.step_ms})) AS ms"
        return (
            f"WITH dated AS (SELECT *, {self._ms} AS ms, row_number() OVER () AS row_at, {packed} AS packed "
            f"FROM {relation}), "
            f"known AS (SELECT {names} FROM dated WHERE ms < {self.end} "
            f"AND (ms < {self.start} OR (ms - {self.start}) % {self.step_ms} = 0)), "
            f"gaps AS (SELECT * FROM ({moments}), ({series} FROM dated WHERE ms < {self.end})), "
            f"every AS (SELECT {names}, TRUE AS is_known FROM known UNION ALL BY NAME "
            f"SELECT *, FALSE AS is_known FROM gaps ANTI JOIN known USING {using}), "
            f"filled AS (SELECT *, last_value(packed IGNORE NULLS) OVER ({window}) AS before FROM every) "
            f"SELECT {', '.join(map(self._column, range(len(self.columns))))}, "
            f"row_number() OVER (ORDER BY ms, is_known DESC, row_at{', ' if keys else ''}{keys}) AS "
            f"{quote_identifier(ROW)} FROM filled WHERE ms >= {self.start}{self._whole_windows} "
            f"ORDER BY {quote_identifier(ROW)} LIMIT {limit}"
        )

    @property
    def _ms(self) -> str:
        return format_to_ms(Typed(f"c{self.time}", self.columns[self.time].data_type), self.format)

    @property
    def _last(self) -> str:
        return f"{self.end} - {self.step_ms}"

    @property
    def _whole_windows(self) -> str:
        """A window that the end cuts is left out."""
        if self.window_ms <= self.step_ms:
            return ""
        length = f"({self.end} - {self.start})"
        return f" AND ms < {self.start} + {length} // {self.window_ms} * {self.window_ms}"

    def _column(self, at: int) -> str:
        column = self.columns[at]
        if at == self.time:
            sql = self._time(column.data_type)
        elif at in self.keys:
            sql = f"c{at}"
        else:
            zero = _zero(column.data_type)
            gap = f"CASE WHEN before IS NULL THEN {zero} ELSE before.v{at} END" if at in self.previous else zero
            sql = f"CASE WHEN is_known THEN packed.v{at} ELSE {gap} END"
        return f"{sql} AS {quote_identifier(column.name)}"

    def _time(self, data_type: str) -> str:
        """The moment, or the begin of the window that it is in."""
        ms = "ms"
        if self.window_ms > self.step_ms:
            ms = f"({self.start} + (ms - {self.start}) // {self.window_ms} * {self.window_ms})"
        return convert(ms_to_format(ms, self.format, None), data_type)


def _zero(data_type: str) -> str:
    if is_array(data_type):
        return f"CAST([] AS {duckdb_type(data_type)})"
    known = _ZEROS.get(data_type)
    return known or (f"CAST(0 AS {duckdb_type(data_type)})" if is_numeric(data_type) else "''")
