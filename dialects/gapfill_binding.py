"""A GAPFILL statement bound to a schema: each of its SELECTs bound to what the one below gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from dialects.binding import RELATION
from dialects.bound_query import BoundQuery, OutputColumn
from dialects.clauses import LIMIT_MAX
from dialects.column_types import LONG, ColumnType, element_of, is_array
from dialects.faults import MultiStageFault, SyntaxFault
from dialects.gapfill import gapfill_call, levels, read_gapfill, time_place, without_gapfill
from dialects.gapfill_sql import ROW
from dialects.literals import quote_identifier
from dialects.pinot import Statement
from dialects.token_rules import CALL_MARK

Bind = Callable[[Statement, Mapping[str, ColumnType], str], BoundQuery]
"""Binds one SELECT to the columns of a relation. Raises QueryFault."""
BindTree = Callable[[exp.Select, Mapping[str, ColumnType], str], BoundQuery]
_ROW_SQL = quote_identifier(ROW)


def bind_any(statement: Statement, schema: Mapping[str, ColumnType], bind: Bind) -> BoundQuery:
    """The statement bound by `bind`: as it is, or with GAPFILL one SELECT after another. Raises QueryFault."""
    if not statement.gapfill:
        return bind(statement, schema, RELATION)
    return _filled(statement.tree, schema, lambda tree, types, name: bind(replace(statement, tree=tree), types, name))


def _filled(tree: exp.Select, schema: Mapping[str, ColumnType], bound: BindTree) -> BoundQuery:
    """The innermost SELECT over the table, its gaps filled, and the SELECTs around that, each over the one below."""
    above, level, below = _parts(tree)
    found = gapfill_call(level)
    if found is None:
        raise MultiStageFault
    gapfill = read_gapfill(found[1])
    base = bound(without_gapfill(level) if below is None else below, schema, RELATION)
    _check(base, is_below=below is not None)
    time = found[0] if below is None else time_place(found[1], base.output)
    series = gapfill.over(base.output, time, windowed=any(one.args.get("group") is not None for one in above))
    limit = base.limit if below is None else LIMIT_MAX
    named = [("asked", base.select), ("g0", series.sql("asked", limit))]
    around = [*([without_gapfill(level)] if below is not None else []), *reversed(above)]
    select, output = _over(around, base.output, named, bound)
    printed = ", ".join(f"{name} AS ({sql})" for name, sql in named)
    return replace(base, select=f"SELECT * FROM (WITH {printed} {select})", output=output, simple_aggregates=None)


def _parts(tree: exp.Select) -> tuple[list[exp.Select], exp.Select, exp.Select | None]:
    """The SELECTs around the one with GAPFILL, outermost first, that one, and the one in it."""
    found = levels(tree)
    at = next((place for place, one in enumerate(found) if gapfill_call(one) is not None), None)
    if at is None or at < len(found) - 2:
        raise MultiStageFault
    return found[:at], found[at], found[at + 1] if at + 1 < len(found) else None


def _check(base: BoundQuery, *, is_below: bool) -> None:
    """Raises SyntaxFault, with Pinot's words."""
    aggregated = base.shape in ("group", "aggregate")
    if aggregated and not is_below:
        raise SyntaxFault("Aggregation and Gapfill can not be in the same sql statement.")
    if is_below and not aggregated:
        raise SyntaxFault("Select and Gapfill should be in the same sql statement.")


def _over(
    around: Sequence[exp.Select], columns: tuple[OutputColumn, ...], named: list[tuple[str, str]], bound: BindTree
) -> tuple[str, tuple[OutputColumn, ...]]:
    """The outermost SELECT and its columns; those between it and the filled rows are added to `named`."""
    select = f"SELECT {', '.join(quote_identifier(one.name) for one in columns)} FROM g0 ORDER BY {_ROW_SQL}"
    for number, tree in enumerate(around):
        if number:
            renamed = ", ".join(f"c{at} AS {quote_identifier(one.name)}" for at, one in enumerate(columns))
            named.append((f"g{number}", f"SELECT {renamed}, row_number() OVER () AS {_ROW_SQL} FROM ({select})"))
        query = bound(_from(tree, f"g{number}"), _types(columns), f"g{number}")
        if query.shape == "aggregate":
            raise SyntaxFault("No GroupBy Clause.")
        select, columns = query.select, query.output
    return select, columns


def _from(tree: exp.Select, relation: str) -> exp.Select:
    """The SELECT over a relation, in the order of time if it says no other."""
    over = tree.copy()
    over.set("from_", exp.From(this=exp.Table(this=exp.to_identifier(relation))))
    if over.args.get("order") is None and over.args.get("distinct") is None:
        row: exp.Expr = exp.Column(this=exp.to_identifier(ROW, quoted=True))
        if over.args.get("group") is not None:
            row = exp.Anonymous(this=f"{CALL_MARK}min", expressions=[row])
        over.set("order", exp.Order(expressions=[exp.Ordered(this=row)]))
    return over


def _types(columns: Sequence[OutputColumn]) -> dict[str, ColumnType]:
    found = {one.name: ColumnType(element_of(one.data_type), is_array(one.data_type)) for one in columns}
    return {**found, ROW: ColumnType(LONG)}
