"""A multi-stage statement bound to the tables it names: one DuckDB query over their relations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from dialects.bound_query import OutputColumn, Predicate
from dialects.column_types import JSON, STRING, ColumnType
from dialects.faults import ConversionFault, PlanningFault, StageFault, SyntaxFault
from dialects.lookups import Lookups, LookupTable
from dialects.pinot import StageStatement
from dialects.pruning import certain_predicates
from dialects.stages.joins import FromClause
from dialects.stages.lowering import StageLowering
from dialects.stages.relation import BoundStages, Relation, TableScan
from dialects.stages.scope import Scope, Source
from dialects.stages.selects import StageSelect
from dialects.stages.sets import combined
from dialects.token_rules import unmarked
from dialects.tree import Node

QUERIES_MAX = 200
Tables = Callable[[str], Mapping[str, ColumnType]]
"""Columns of a table by its name as written. Raises TableFault."""


def bind_stages(
    statement: StageStatement,
    tables: Tables,
    now_ms: int,
    lookups: Callable[[str], LookupTable] | None = None,
    *,
    null_handling: bool = False,
) -> BoundStages:
    """Resolve and print a statement with joins, sub-queries, set operations or windows.

    Nulls are nulls in what is printed; relations bring default values where the query does not ask for nulls
    (`null_handling`), and `$null.x` where a table remembers them. `now_ms`: epoch milliseconds for now() and ago().
    `lookups` are the same tables with their defaults, for LOOKUP. Raises QueryFault (150, 190, 700, 720).
    """
    found = Lookups(lookups or (lambda written: LookupTable(tables(written))))
    binder = _Binder(tables, now_ms, null_handling, found)
    try:
        relation = binder.query(statement.tree, None)
    except ConversionFault as fault:
        raise PlanningFault(fault.message) from fault
    return BoundStages(
        sql=relation.sql,
        queries=tuple(binder.queries),
        output=tuple(OutputColumn(column.name, _stated(column.data_type)) for column in relation.columns),
        scans=(*(one.read() for one in binder.scans), *binder.looked_up()),
        options=statement.options,
    )


def _named_columns(relation: Relation, names: Sequence[exp.Expr]) -> Relation:
    """With the names of `WITH x(a, b)`. Raises StageFault."""
    if not names:
        return relation
    if len(names) != len(relation.columns):
        raise StageFault(f"{len(names)} column names of a WITH query for {len(relation.columns)} columns")
    pairs = zip(relation.columns, names, strict=True)
    return replace(relation, columns=tuple(replace(column, name=name.name) for column, name in pairs))


def _stated(data_type: str) -> str:
    """SQL's types have no JSON: it is text."""
    return STRING if data_type == JSON else data_type


@dataclass(slots=True)
class _Scan:
    """A table in a FROM while the statement is being bound."""

    written: str
    relation: str
    source: Source
    stored: Mapping[str, str]
    where: list[Predicate] = field(default_factory=list)

    def read(self) -> TableScan:
        columns = frozenset(self.stored[name] for name in self.source.used)
        return TableScan(self.written, self.relation, columns, tuple(self.where))


@dataclass(slots=True)
class _Binder:
    """`Relations` of one statement."""

    tables: Tables
    now_ms: int
    null_handling: bool
    lookups: Lookups
    scans: list[_Scan] = field(default_factory=list)
    queries: list[tuple[str, str]] = field(default_factory=list)
    _known: dict[str, tuple[str, Relation]] = field(default_factory=dict)
    _numbers: int = 0
    _bound: int = 0

    def fresh(self) -> int:
        self._numbers += 1
        return self._numbers

    def named(self, name: str) -> tuple[str, Relation] | None:
        return self._known.get(name.lower())

    def table(self, written: str) -> Mapping[str, ColumnType]:
        return self.tables(written)

    def scan(self, written: str, source: Source, stored: Mapping[str, str]) -> str:
        relation = f"t{len(self.scans)}"
        self.scans.append(_Scan(written, relation, source, stored))
        return relation

    def lowering(self, scope: Scope) -> StageLowering:
        return StageLowering(
            scope,
            self.now_ms,
            lookups=self.lookups,
            scope=scope,
            query=lambda tree: self.query(tree, scope),
            null_handling=self.null_handling,
        )

    def looked_up(self) -> tuple[TableScan, ...]:
        return tuple(TableScan(one.written, one.relation, one.columns, ()) for one in self.lookups.scans)

    def query(self, tree: exp.Expr, outer: Scope | None) -> Relation:
        self._bound += 1
        if self._bound > QUERIES_MAX:
            raise SyntaxFault(f"The statement has more than {QUERIES_MAX} queries")
        around = dict(self._known)
        self._bind_named(tree.args.get("with_"))
        try:
            return self._body(tree, outer)
        finally:
            self._known = around

    def _body(self, tree: exp.Expr, outer: Scope | None) -> Relation:
        match tree:
            case exp.Subquery():
                if {name for name, value in tree.args.items() if value} - {"this", "alias", "with_"}:
                    raise SyntaxFault("Put ORDER BY and LIMIT inside the parentheses")
                return self.query(tree.this, outer)
            case exp.Select():
                return StageSelect(self, outer, self._note).bind(tree)
            case exp.SetOperation():
                sides = self.query(tree.this, outer), self.query(tree.args["expression"], outer)
                return combined(tree, *sides, self.fresh())
            case _:
                raise SyntaxFault(f"Unsupported query: {type(tree).__name__.upper()}")

    def _bind_named(self, clause: exp.Expr | None) -> None:
        """The queries of WITH, each of which may use those before it."""
        if clause is not None and clause.args.get("recursive"):
            raise SyntaxFault("WITH RECURSIVE is not supported")
        for one in clause.expressions if clause is not None else ():
            relation = _named_columns(self.query(one.this, None), one.args["alias"].args.get("columns") or ())
            name = f"w{self.fresh()}"
            self.queries.append((name, relation.sql))
            self._known[unmarked(one.alias).lower()] = name, relation

    def _note(self, where: Node, sources: FromClause) -> None:
        """A row that does not meet WHERE has no part in the answer, whatever it is joined with, but for ASOF joins."""
        for predicate in certain_predicates(where):
            for scan in self.scans:
                near = any(scan.source is one for one in sources.nearest)
                own = any(scan.source is one for one in sources.scope.sources)
                if predicate.column in scan.stored and own and not near:
                    scan.where.append(Predicate(scan.stored[predicate.column], predicate.op, predicate.values))
