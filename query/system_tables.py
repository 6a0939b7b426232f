"""Tables in the database `system`: what this service knows of tables, segments, partitions, rejects and queries.

`rejects` reads the files of rejects; the others are made of what is in memory, as VALUES in the query itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dialects.bound_query import Predicate
from dialects.column_types import ColumnType
from dialects.literals import quote_identifier, quote_string
from query.plan import Counts
from query.rejects_table import REJECT_TYPES, REJECTS, scan_rejects, tables_asked
from query.running import RunningQueries
from query.scan import Scan
from query.system_rows import COLUMNS, Cell, partition_rows, query_rows, segment_rows, table_rows
from query.views import Views
from segments.catalogue import Catalogue
from segments.status import WorkerStatus

DATABASE = "system."
_NAMES = frozenset({REJECTS, *COLUMNS})
_PRINTED = {"STRING": "VARCHAR", "INT": "INTEGER", "LONG": "BIGINT"}


@dataclass(frozen=True, slots=True)
class SystemTables:
    """A table of somebody's with the same name comes first."""

    views: Views
    statuses: Callable[[], Sequence[WorkerStatus]]
    running: RunningQueries

    def is_one(self, catalogue: Catalogue, written: str) -> bool:
        """Whether the name means one of these. `rejects` does without its database too."""
        name = written.lower()
        known = name == REJECTS or (name.startswith(DATABASE) and _name(written) in _NAMES)
        return known and not self.views.tables.has(catalogue, written)

    def types(self, written: str) -> Mapping[str, ColumnType]:
        name = _name(written)
        return REJECT_TYPES if name == REJECTS else {one: ColumnType(word) for one, word in COLUMNS[name].items()}

    def scan(self, catalogue: Catalogue, written: str, where: Iterable[Predicate]) -> tuple[Scan, Counts]:
        """The rows as a relation. Raises ViewNotProven for rejects whose files change hands."""
        name = _name(written)
        if name == REJECTS:
            names = tables_asked(where, self.views.tables.names(catalogue))
            return scan_rejects([self.views.take(catalogue, one)[1] for one in names])
        rows = list(self._rows(name, catalogue))
        return Scan(_values(COLUMNS[name], rows), ()), Counts(total_docs=len(rows))

    def _rows(self, name: str, catalogue: Catalogue) -> Iterable[tuple[Cell, ...]]:
        match name:
            case "tables":
                return table_rows(catalogue)
            case "segments":
                return segment_rows(catalogue, self.statuses())
            case "partitions":
                return partition_rows(catalogue, self.statuses())
        return query_rows(self.running)


def _name(written: str) -> str:
    return written.lower().removeprefix(DATABASE)


def _values(columns: Mapping[str, str], rows: Sequence[tuple[Cell, ...]]) -> str:
    names = ", ".join(map(quote_identifier, columns))
    shown = ", ".join(_typed(name, word) for name, word in columns.items())
    if not rows:
        nothing = ", ".join("NULL" for _ in columns)
        return f"SELECT {shown} FROM (VALUES ({nothing})) AS v({names}) WHERE false"
    values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    return f"SELECT {shown} FROM (VALUES {values}) AS v({names})"


def _typed(name: str, word: str) -> str:
    column = quote_identifier(name)
    value = f"make_timestamp_ms({column}::BIGINT)" if word == "TIMESTAMP" else f"CAST({column} AS {_PRINTED[word]})"
    return f"{value} AS {column}"


def _literal(value: Cell) -> str:
    return quote_string(_storable(value)) if isinstance(value, str) else str(value)


def _storable(text: str) -> str:
    """Texts of senders may hold what no text in DuckDB can: NUL, and halves of characters."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
