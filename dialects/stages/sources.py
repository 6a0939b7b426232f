"""What a FROM can name: tables, sub-queries, WITH queries and UNNEST, each as a `Source`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from dialects.column_types import INT, ColumnType, element_of, is_array
from dialects.faults import MultiStageFault, StageFault, SyntaxFault
from dialects.literals import quote_identifier
from dialects.resolution import VIRTUAL_COLUMNS
from dialects.stages.lowering import StageLowering
from dialects.stages.printing import CONTEXT, StagePrinter
from dialects.stages.relation import Relation, column_type, unique_names
from dialects.stages.scope import Scope, Source
from dialects.token_rules import unmarked
from dialects.tree import Column

_TABLE_PARTS = frozenset({"this", "db", "catalog", "alias", "joins"})


class Relations(Protocol):
    """What a FROM needs of the statement around it."""

    def fresh(self) -> int:
        """A number that names nothing yet."""

    def query(self, tree: exp.Expr, outer: Scope | None) -> Relation:
        """Bind a sub-query. Raises QueryFault."""

    def named(self, name: str) -> tuple[str, Relation] | None:
        """The WITH query of that name, after what it is called in the printed statement."""

    def table(self, written: str) -> Mapping[str, ColumnType]:
        """Columns of a table. Raises TableFault."""

    def scan(self, written: str, source: Source, stored: Mapping[str, str]) -> str:
        """Note that a table is read: `stored` maps unique names to columns. Returns the relation's name."""

    def lowering(self, scope: Scope) -> StageLowering:
        """Reads expressions in that scope."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Reads the entries of one FROM; `scope` has those before."""

    relations: Relations
    scope: Scope

    def read(self, tree: exp.Expr) -> Source:
        """Raises QueryFault."""
        match tree:
            case exp.Table() if isinstance(tree.this, exp.Identifier):
                return self._table(tree)
            case exp.Subquery():
                return self._derived(tree.this, tree.args.get("alias"), self.scope.outer, "")
            case exp.Lateral() if isinstance(tree.this, exp.Subquery):
                return self._derived(tree.this.this, tree.args.get("alias"), self.scope, "LATERAL ")
            case exp.Unnest():
                return self._unnest(tree, tree.args.get("alias"))
            case exp.Lateral() if isinstance(tree.this, exp.Unnest):
                return self._unnest(tree.this, tree.args.get("alias"))
            case _:
                raise SyntaxFault(f"Unsupported syntax in FROM: {type(tree).__name__.upper()}")

    def _table(self, tree: exp.Table) -> Source:
        if {name for name, value in tree.args.items() if value} - _TABLE_PARTS:
            raise MultiStageFault
        written = ".".join(part.name for part in tree.parts)
        known = self.relations.named(written)
        return self._scan(written, tree) if known is None else self._with_query(*known, tree)

    def _scan(self, written: str, tree: exp.Table) -> Source:
        types, number = {**VIRTUAL_COLUMNS, **self.relations.table(written)}, self.relations.fresh()
        columns = {name: Column(f"s{number}.{name}", types[name]) for name in sorted(types)}
        stored = {column.name: name for name, column in columns.items()}
        raw = tree.name.removesuffix("_REALTIME").removesuffix("_OFFLINE")
        names = (unmarked(tree.alias),) if tree.alias else (written, tree.name, raw)
        visible = {name: column for name, column in columns.items() if not name.startswith("$")}
        hidden = {name: column for name, column in columns.items() if name.startswith("$")}
        source = Source(frozenset(name.lower() for name in names), visible, lambda _: "", hidden, leaf=True)
        relation = self.relations.scan(written, source, stored)
        source.render = lambda used: _projection(relation, used, stored)
        source.columns = _renamed(visible, tree.args.get("alias"))
        return source

    def _with_query(self, name: str, relation: Relation, tree: exp.Table) -> Source:
        """It may be used several times: its columns get names of their own in each place."""
        number = self.relations.fresh()
        stored = {f"r{number}.{column.unique}": column.unique for column in relation.columns}
        nodes = [Column(at, column_type(of.data_type)) for at, of in zip(stored, relation.columns, strict=True)]
        columns = _renamed(_by_name(relation, nodes), tree.args.get("alias"))
        qualifier = frozenset({unmarked(tree.alias or tree.name).lower()})
        return Source(qualifier, columns, lambda used: _projection(name, used, stored), leaf=relation.leaf)

    def _derived(self, tree: exp.Expr, alias: exp.Expr | None, outer: Scope | None, prefix: str) -> Source:
        relation, number = self.relations.query(tree, outer), self.relations.fresh()
        columns = _renamed(_by_name(relation, [column.node for column in relation.columns]), alias)
        printed = f"{prefix}({relation.sql}) AS x{number}"
        return Source(_qualifier(alias), columns, lambda _: printed, leaf=relation.leaf)

    def _unnest(self, tree: exp.Expr, alias: exp.Expr | None) -> Source:
        """The elements of an array of the sources before, and their places WITH ORDINALITY."""
        if len(tree.expressions) != 1:
            raise SyntaxFault("UNNEST takes one array")
        typed = StagePrinter(CONTEXT).typed(self.relations.lowering(self.scope).node(tree.expressions[0]))
        if not is_array(typed.data_type):
            raise StageFault(f"UNNEST needs an array, found {typed.data_type}")
        number = self.relations.fresh()
        element = Column(f"u{number}.element", ColumnType(element_of(typed.data_type)))
        place = Column(f"u{number}.place", ColumnType(INT))
        offset = tree.args.get("offset")
        counted, named = bool(offset), [offset.name] if isinstance(offset, exp.Identifier) else []
        columns = {"EXPR$0": element, **({"ORDINALITY": place} if counted else {})}
        items = f"unnest({typed.sql}) AS {quote_identifier(element.name)}"
        items += f", generate_subscripts({typed.sql}, 1) AS {quote_identifier(place.name)}" if counted else ""
        return Source(
            _qualifier(alias), _renamed(columns, alias, named), lambda _: f"LATERAL (SELECT {items}) AS x{number}"
        )


def _by_name(relation: Relation, nodes: Sequence[Column]) -> dict[str, Column]:
    return dict(zip(unique_names(column.name for column in relation.columns), nodes, strict=True))


def _qualifier(alias: exp.Expr | None) -> frozenset[str]:
    return frozenset({unmarked(alias.name).lower()} if alias is not None and alias.name else ())


def _renamed(columns: Mapping[str, Column], alias: exp.Expr | None, more: Sequence[str] = ()) -> Mapping[str, Column]:
    """The columns by the names that stand behind the alias, `AS x(a, b)`."""
    names = [*(one.name for one in (alias.args.get("columns") or () if alias is not None else ())), *more]
    if not names:
        return columns
    if len(names) != len(columns):
        raise StageFault(f"{len(names)} column names behind an alias for {len(columns)} columns")
    return dict(zip(names, columns.values(), strict=True))


def _projection(relation: str, used: frozenset[str], stored: Mapping[str, str]) -> str:
    """The columns that are used, under their unique names."""
    items = [f"{quote_identifier(stored[name])} AS {quote_identifier(name)}" for name in stored if name in used]
    return f"(SELECT {', '.join(items) or '1 AS one'} FROM {quote_identifier(relation)})"
