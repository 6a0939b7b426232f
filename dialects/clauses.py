"""The clauses of one SELECT as nodes: star expanded, aliases and ordinals applied, LIMIT read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlglot import exp

from dialects.column_types import ColumnType
from dialects.faults import ColumnFault, MultiStageFault, SyntaxFault
from dialects.grouping_sets import grouping_sets
from dialects.lookups import Lookups
from dialects.lowering import Lowering
from dialects.printing import has_aggregate
from dialects.resolution import VIRTUAL_COLUMNS, Names
from dialects.rewriting import constant_pulled_out
from dialects.tree import Call, Column, Literal, Node, Star, walk

DEFAULT_LIMIT = 10
LIMIT_MAX = 2**31 - 1

_KNOWN_CLAUSES = frozenset({"expressions", "from_", "where", "group", "having", "order", "limit", "offset", "distinct"})
_MULTI_STAGE_CLAUSES = frozenset({"joins", "with_", "windows", "laterals", "qualify", "pivots"})


@dataclass(frozen=True, slots=True)
class SelectItem:
    node: Node
    alias: str | None


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One ORDER BY expression; nulls count as the largest value unless the query says where they go."""

    node: Node
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Clauses:
    """A SELECT with all names resolved."""

    table: str
    items: tuple[SelectItem, ...]
    distinct: bool
    where: Node | None
    group: tuple[Node, ...]
    grouping_sets: tuple[tuple[Node, ...], ...]
    having: Node | None
    order: tuple[OrderItem, ...]
    limit: int
    offset: int

    def all_nodes(self) -> list[Node]:
        conditions = [node for node in (self.where, self.having) if node is not None]
        return [*(item.node for item in self.items), *self.group, *(item.node for item in self.order), *conditions]


def read_clauses(
    tree: exp.Select, schema: Mapping[str, ColumnType], now_ms: int, lookups: Lookups | None = None
) -> Clauses:
    """Raises QueryFault for clauses that the single-stage engine does not have and names that the schema lacks.

    A query for constants alone is answered as if it had no FROM, in one row, whatever it reads.
    """
    _check_clauses(tree)
    table, qualifiers = _table(tree)
    names = Names(schema, VIRTUAL_COLUMNS, qualifiers) if table else Names({})
    plain = Lowering(names, now_ms, lookups=lookups)
    reader = _ClauseReader(tree, names.schema, plain, plain)
    items = reader.items()
    if not reader.distinct() and all(_is_constant(item.node) for item in items):
        return Clauses("", items, False, None, (), (), None, (), DEFAULT_LIMIT, 0)
    aliased = names.with_aliases({item.alias: item.node for item in items if item.alias is not None})
    with_aliases = _ClauseReader(tree, names.schema, plain, Lowering(aliased, now_ms, lookups=lookups))
    sets = with_aliases.grouping_sets(items)
    return Clauses(
        table=table,
        items=items,
        distinct=reader.distinct(),
        where=reader.condition("where"),
        group=tuple(dict.fromkeys(key for keys in sets for key in keys)),
        grouping_sets=sets if len(sets) > 1 or sets == ((),) else (),
        having=with_aliases.condition("having"),
        order=with_aliases.order(items),
        limit=reader.count("limit", DEFAULT_LIMIT),
        offset=reader.count("offset", 0),
    )


def _is_constant(node: Node) -> bool:
    return not has_aggregate(node) and not any(_reads(part) for part in walk(node))


def _reads(part: Node) -> bool:
    return isinstance(part, Column | Star) or (isinstance(part, Call) and part.function == "lookup")


def _check_clauses(tree: exp.Select) -> None:
    used = {name for name, value in tree.args.items() if value}
    if used & _MULTI_STAGE_CLAUSES:
        raise MultiStageFault
    if used - _KNOWN_CLAUSES:
        raise SyntaxFault(f"Unsupported clause: {', '.join(sorted(used - _KNOWN_CLAUSES))}")


def _table(tree: exp.Select) -> tuple[str, frozenset[str]]:
    """The table as written, and the lower-case names that may qualify its columns."""
    source = tree.args.get("from_")
    if source is None:
        return "", frozenset()
    table = source.this
    extra = {name for name, value in table.args.items() if value} - {"this", "db", "catalog", "alias"}
    if not isinstance(table, exp.Table) or extra or not isinstance(table.this, exp.Identifier):
        raise MultiStageFault
    alias = table.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        raise SyntaxFault("Column names behind a table alias are not supported")
    name = ".".join(part.name for part in table.parts)
    raw = table.name.removesuffix("_REALTIME").removesuffix("_OFFLINE")
    return name, frozenset(q.lower() for q in (name, table.name, raw, table.alias) if q)


def _is_star(expression: exp.Expr) -> bool:
    return isinstance(expression, exp.Star) or (
        isinstance(expression, exp.Column) and isinstance(expression.this, exp.Star)
    )


@dataclass(frozen=True, slots=True)
class _ClauseReader:
    """`plain` knows columns only, `lowering` aliases too."""

    tree: exp.Select
    schema: Mapping[str, ColumnType]
    plain: Lowering
    lowering: Lowering

    def items(self) -> tuple[SelectItem, ...]:
        if not self.tree.expressions:
            raise SyntaxFault("The select list is empty")
        items = [item for expression in self.tree.expressions for item in self._item(expression)]
        for alias, count in Counter(item.alias for item in items if item.alias is not None).items():
            if count > 1:
                raise SyntaxFault(f"Duplicate alias name found: {alias}")
        return tuple(items)

    def _item(self, expression: exp.Expr) -> list[SelectItem]:
        if isinstance(expression, exp.Alias):
            return [SelectItem(self.lowering.node(expression.this), expression.alias)]
        node = self.lowering.node(expression)
        return self._star() if isinstance(node, Star) else [SelectItem(constant_pulled_out(node), None)]

    def _star(self) -> list[SelectItem]:
        """All columns in alphabetical order, those that start with $ left out."""
        visible = sorted(name for name in self.schema if not name.startswith("$"))
        if not visible:
            raise SyntaxFault("SELECT * needs a table with columns")
        return [SelectItem(Column(name, self.schema[name]), None) for name in visible]

    def distinct(self) -> bool:
        distinct = self.tree.args.get("distinct")
        if distinct is not None and any(distinct.args.values()):
            raise SyntaxFault("DISTINCT ON is not supported")
        if distinct is not None and any(_is_star(one) for one in self.tree.expressions):
            raise SyntaxFault("DISTINCT with * is not supported: name each column")
        return distinct is not None

    def condition(self, clause: str) -> Node | None:
        found = self.tree.args.get(clause)
        return None if found is None else self.lowering.node(found.this)

    def grouping_sets(self, items: Sequence[SelectItem]) -> tuple[tuple[Node, ...], ...]:
        """The keys of each grouping set: one set without ROLLUP and its like, none without GROUP BY."""
        group = self.tree.args.get("group")
        if group is None:
            return ()
        if any(value for name, value in group.args.items() if name != "expressions"):
            raise SyntaxFault("GROUP BY ALL and GROUP BY DISTINCT are not supported")
        return grouping_sets(group.expressions, lambda one: self._positional(one, items, "GROUP BY"))

    def order(self, items: Sequence[SelectItem]) -> tuple[OrderItem, ...]:
        order = self.tree.args.get("order")
        return () if order is None else tuple(self._order_item(one, items) for one in order.expressions)

    def _order_item(self, ordered: exp.Expr, items: Sequence[SelectItem]) -> OrderItem:
        if not isinstance(ordered, exp.Ordered) or ordered.args.get("with_fill"):
            raise SyntaxFault("Unsupported syntax in ORDER BY")
        node = self._positional(ordered.this, items, "ORDER BY")
        return OrderItem(node, bool(ordered.args.get("desc")), bool(ordered.args.get("nulls_first")))

    def _positional(self, expression: exp.Expr, items: Sequence[SelectItem], clause: str) -> Node:
        node = self._preferring_items(expression, items)
        if not isinstance(node, Literal) or not isinstance(node.value, int) or isinstance(node.value, bool):
            return node
        if not 1 <= node.value <= len(items):
            raise SyntaxFault(f"Expected {clause} ordinal between 1 and {len(items)}, found {node.value}")
        return items[node.value - 1].node

    def _preferring_items(self, expression: exp.Expr, items: Sequence[SelectItem]) -> Node:
        """A repeated select expression is that item, even if an alias hides one of its columns."""
        if self.plain is not self.lowering and not isinstance(expression, exp.Column):
            with suppress(ColumnFault):
                node = self.plain.node(expression)
                if isinstance(node, Call) and any(item.node == node for item in items):
                    return node
        return self.lowering.node(expression)

    def count(self, clause: str, default: int) -> int:
        found = self.tree.args.get(clause)
        if found is None:
            return default
        literal = found.args.get("expression")
        if not isinstance(literal, exp.Literal) or literal.is_string or not literal.name.isdecimal():
            raise SyntaxFault(f"{clause.upper()} needs a whole number that is not negative")
        if found.args.get("expressions") or len(literal.name) > 10 or int(literal.name) > LIMIT_MAX:
            raise SyntaxFault(f"{clause.upper()} needs a whole number up to {LIMIT_MAX}")
        return int(literal.name)
