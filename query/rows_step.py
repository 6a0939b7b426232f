"""One step of a range read as SQL over the files that it takes: what an engine is asked. Pure (P22, P27)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from dialects import pinot
from dialects.binding import bind
from dialects.bound_query import BoundQuery
from dialects.clauses import LIMIT_MAX
from dialects.literals import quote_identifier
from query.jobs import StreamJob
from query.plan import with_relation
from query.rows_read import Place, Read
from query.scan import NamedPart, Projection, ordered, scan
from segments.catalogue import SegmentEntry
from segments.offsets import OffsetRange

Source = tuple[int, OffsetRange, SegmentEntry | NamedPart]
"""Partition, offsets, and the segment or consuming part that has them."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a job's rows leave."""

    id: int
    host: str
    format: str
    with_head: bool
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one job reads."""

    read: Read
    sources: tuple[Source, ...]
    bounds: tuple[str, ...]
    """Conditions on keys."""

    def job(self, place: Place | None, limit: int | None, delivery: Delivery) -> StreamJob:
        """Rows behind `place`, at most `limit` of them. Raises QueryFault.

        In an order that the files have already, each row's keys are known from the look at that order: rows that are
        neither filtered nor begun in the middle leave without them.
        """
        read = self.read
        rest = (*self.bounds, *_times(read), *_behind(read, place))
        most = LIMIT_MAX if limit is None else limit
        whole = _bound(read, read.selected, rest, condition=True, sorting=True, limit=most)
        is_bare = place is None and read.condition is None
        plain = _bound(read, read.columns if is_bare else read.selected, rest, condition=True, limit=most)
        keys = _bound(read, read.keys, (*self.bounds, *_times(read)))
        relation = scan(_projection(whole, read, delivery.host), *_split(self.sources))
        return StreamJob(
            id=delivery.id,
            sorted_sql=with_relation(relation.sql, whole.select),
            plain_sql=None if read.order.descending else with_relation(relation.sql, plain.select),
            plain_has_keys=not is_bare,
            keys_sql=with_relation(relation.sql, keys.select),
            relations=relation.relations,
            names=read.columns,
            output_types=tuple(column.data_type for column in whole.output),
            keys=tuple(read.selected.index(key) for key in read.keys),
            format=delivery.format,
            with_head=delivery.with_head,
            timeout_ms=delivery.timeout_ms,
        )


def check(read: Read) -> BoundQuery:
    """The whole read as one query: its condition is sound, and says what can be pruned. Raises QueryFault."""
    return _bound(read, read.columns, _times(read), condition=True)


def _times(read: Read) -> Iterator[str]:
    name = quote_identifier(read.table.time_column or "")
    low, high = read.times
    if low is not None:
        yield f"{name} >= {low}"
    if high is not None:
        yield f"{name} < {high}"


def _behind(read: Read, place: Place | None) -> Iterator[str]:
    """Rows that come after the one with these keys."""
    if place is None:
        return
    sign = "<" if read.order.descending else ">"
    text = ""
    for key, value in reversed(list(zip(read.keys, place, strict=True))):
        name = quote_identifier(key)
        text = f"({name} {sign} {value} OR ({name} = {value} AND {text}))" if text else f"{name} {sign} {value}"
    yield text
    yield f"{quote_identifier(read.keys[0])} {sign}= {place[0]}"


def _bound(
    read: Read,
    columns: Sequence[str],
    bounds: Iterable[str],
    *,
    condition: bool = False,
    sorting: bool = False,
    limit: int = LIMIT_MAX,
) -> BoundQuery:
    """One SELECT of Pinot's, bound. The bounds are ours; the reader's condition joins them as a tree (P27)."""
    direction = " DESC" if read.order.descending else ""
    order = f" ORDER BY {', '.join(quote_identifier(key) + direction for key in read.keys)}" if sorting else ""
    where = " AND ".join(bounds) or "true"
    names = ", ".join(map(quote_identifier, columns))
    source = quote_identifier(read.table.raw_name)
    statement = pinot.parse(f"SELECT {names} FROM {source} WHERE {where}{order} LIMIT {limit}")
    if condition and read.condition is not None:
        clause = statement.tree.args["where"]
        clause.set("this", exp.And(this=clause.this, expression=exp.Paren(this=read.condition.copy())))
    nulls = read.null_handling
    return bind(statement, read.table.types, stored_nulls=nulls, null_handling=nulls, now_ms=read.now_ms)


def _projection(bound: BoundQuery, read: Read, host: str) -> Projection:
    return Projection(read.table, ordered(bound.columns, read.table.types), read.null_handling, host)


def _split(sources: Iterable[Source]) -> tuple[list[SegmentEntry], list[NamedPart]]:
    ones = [one for _, _, one in sources]
    return [one for one in ones if isinstance(one, SegmentEntry)], [one for one in ones if isinstance(one, NamedPart)]
