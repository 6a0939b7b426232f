"""A range read resolved against its table: what is read, in which total order, up to where. Pure (P22)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from query.rows_request import Order
from query.tables import QueryTable
from segments.offsets import OffsetRange
from segments.system_columns import OFFSET, ORDINAL, PARTITION

Place = tuple[int, ...]
"""The keys of a row: rows behind it come later in the read's order."""


@dataclass(frozen=True, slots=True)
class Read:
    """A range read resolved against its table. `times` are values of the time column, half-open."""

    table: QueryTable
    columns: tuple[str, ...]
    order: Order
    offsets: Mapping[int, OffsetRange]
    """What is read of each partition: fixed for the whole read."""
    times: tuple[int | None, int | None]
    condition: exp.Expr | None
    now_ms: int

    def on(self, table: QueryTable) -> Read:
        """The same read over a newer version of its table: columns may have been added."""
        return replace(self, table=table)

    @property
    def keys(self) -> tuple[str, ...]:
        time = (self.table.time_column or "",) if self.order.by_time else ()
        return (*time, PARTITION, OFFSET, ORDINAL)

    @property
    def selected(self) -> tuple[str, ...]:
        """The columns that leave, and behind them the keys that are not among them."""
        return tuple(dict.fromkeys((*self.columns, *self.keys)))

    @property
    def ends(self) -> dict[int, int]:
        """Where the read ends in each partition."""
        return {partition: offsets.end for partition, offsets in self.offsets.items()}

    @property
    def null_handling(self) -> bool:
        """Nulls are nulls where the table keeps them."""
        return self.table.stored_nulls
