"""One SELECT as a relation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from dialects.column_types import UNKNOWN, duckdb_type, element_of, is_array
from dialects.conversions import Typed
from dialects.faults import ColumnFault, StageFault, SyntaxFault
from dialects.literals import quote_identifier
from dialects.stages.grouping import Grouping, positional, read_group, varies
from dialects.stages.joins import FromClause
from dialects.stages.limits import limit_sql
from dialects.stages.lowering import StageLowering, names_of
from dialects.stages.printing import CONTEXT, StagePrinter, derives_from, holds_aggregate, ordering_sql
from dialects.stages.relation import Relation, RelationColumn, unique_names
from dialects.stages.scope import Scope
from dialects.stages.sources import Relations
from dialects.tree import Call, Node, walk

_CLAUSES = frozenset(
    {"expressions", "from_", "joins", "laterals", "where", "group", "having", "qualify", "windows", "order", "limit",
     "offset", "distinct", "with_", "hint"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SelectItem:
    """A select item with its name in the answer and in the printed SQL."""

    name: str
    node: Node
    unique: str


@dataclass(frozen=True, slots=True)
class _Ordering:
    node: Node
    descending: bool
    nulls_first: bool


@dataclass(slots=True)
class StageSelect:
    """Binds one SELECT in `outer`. `note_where` hears its WHERE and its FROM, for pruning."""

    relations: Relations
    outer: Scope | None
    note_where: Callable[[Node, FromClause], None]

    def bind(self, tree: exp.Select) -> Relation:
        """Raises QueryFault."""
        if unknown := {name for name, value in tree.args.items() if value} - _CLAUSES:
            raise SyntaxFault(f"Unsupported clause: {', '.join(sorted(unknown))}")
        scope = Scope(outer=self.outer)
        sources = FromClause(self.relations, scope)
        sources.read(tree)
        lowering = self.relations.lowering(scope)
        lowering.windows = names_of(tree.args.get("windows") or ())
        items = self._items(tree, scope, lowering)
        aliased = replace(lowering, names=scope.with_aliases(_aliases(tree, items)))
        where = _condition(tree, "where", lowering)
        if where is not None:
            self.note_where(where, sources)
        group = read_group(tree.args.get("group"), [item.node for item in items], lowering, aliased)
        having, qualify = _condition(tree, "having", aliased), _condition(tree, "qualify", aliased)
        order = _order(tree.args.get("order"), items, aliased)
        parts = _Parts(items, where, group, having, qualify, order, tree.args.get("distinct") is not None)
        parts.check()
        leaf = scope.is_leaf
        printer = StagePrinter(CONTEXT, leaf=leaf, defaults=leaf and not lowering.null_handling)
        relation = parts.printed(sources, printer, limit_sql(tree), self.relations.fresh())
        return replace(relation, leaf=leaf and not tree.args.get("limit") and parts.is_projection)

    def _items(self, tree: exp.Select, scope: Scope, lowering: StageLowering) -> tuple[SelectItem, ...]:
        number = self.relations.fresh()
        found: list[tuple[str, Node]] = []
        taken: set[str] = set()
        for expression in tree.expressions:
            for name, node in _selected(expression, scope, lowering, taken):
                found.append((name, node))
                taken.add(name)
        if not found:
            raise SyntaxFault("The select list is empty")
        return tuple(SelectItem(name, node, f"q{number}.{at}") for at, (name, node) in enumerate(found))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The clauses of a SELECT as nodes."""

    items: tuple[SelectItem, ...]
    where: Node | None
    group: Grouping | None
    having: Node | None
    qualify: Node | None
    order: tuple[_Ordering, ...]
    distinct: bool

    @property
    def aggregated(self) -> bool:
        nodes = [*(item.node for item in self.items), *(one.node for one in self.order)]
        return self.group is not None or self.having is not None or any(map(holds_aggregate, nodes))

    def check(self) -> None:
        """Raises StageFault (700) for what is neither a key nor aggregated, and for misplaced aggregations."""
        if self.where is not None and holds_aggregate(self.where):
            raise StageFault("Aggregate expression is illegal in WHERE clause")
        if self.aggregated:
            keys = frozenset(self.group.nodes if self.group is not None else ())
            outputs = [item.node for item in self.items] + [one.node for one in self.order]
            conditions = [node for node in (self.having, self.qualify) if node is not None]
            for node in (*outputs, *conditions):
                if not derives_from(node, keys):
                    raise StageFault("An expression of the select list, HAVING or ORDER BY is not being grouped")
        if self.distinct and any(one.node not in {item.node for item in self.items} for one in self.order):
            raise StageFault("ORDER BY of SELECT DISTINCT takes expressions of the select list")

    @property
    def is_projection(self) -> bool:
        """Whether each row of the source that meets WHERE makes one of the result, whatever the others are."""
        plain = not (self.aggregated or self.distinct or self.order or self.qualify is not None)
        return plain and not any(isinstance(p, Call) and p.function == "over" for i in self.items for p in walk(i.node))

    def printed(self, sources: FromClause, printer: StagePrinter, limit: str, number: int) -> Relation:
        where = "" if self.where is None else f" WHERE {printer.condition(self.where)}"
        source, printer = self._unnested(f"{sources.sql(printer)}{where}", printer, number)
        if self.aggregated:
            printer = replace(printer, grouped=frozenset(self.group.nodes if self.group is not None else ()))
        typed = [printer.typed(item.node) for item in self.items]
        selected = [f"{_cell(one)} AS {quote_identifier(i.unique)}" for one, i in zip(typed, self.items, strict=True)]
        sql = f"SELECT {'DISTINCT ' if self.distinct else ''}{', '.join(selected)}{source}"
        sql += self.group.sql(printer) if self.group is not None else ""
        sql += "" if self.having is None else f" HAVING {printer.condition(self.having)}"
        sql += "" if self.qualify is None else f" QUALIFY {printer.condition(self.qualify)}"
        columns = (RelationColumn(i.name, i.unique, one.data_type) for one, i in zip(typed, self.items, strict=True))
        return Relation(sql + self._order_by(typed, printer) + limit, tuple(columns))

    def _unnested(self, source: str, printer: StagePrinter, number: int) -> tuple[str, StagePrinter]:
        """A multi-value key counts a row once for each of its elements."""
        replacements: dict[Node, Typed] = {}
        for key in self.group.nodes if self.group is not None else ():
            typed = printer.typed(key)
            if is_array(typed.data_type):
                name = quote_identifier(f"e{number}.{len(replacements)}")
                source = f" FROM (SELECT *, unnest({typed.sql}) AS {name}{source})"
                replacements[key] = Typed(name, element_of(typed.data_type))
        return source, replace(printer, replacements=replacements)

    def _order_by(self, typed: Sequence[Typed], printer: StagePrinter) -> str:
        pairs = zip(self.items, typed, strict=True)
        selected = {item.node: Typed(quote_identifier(item.unique), one.data_type) for item, one in pairs}
        printed = [
            ordering_sql(selected.get(one.node) or printer.typed(one.node), one.descending, one.nulls_first)
            for one in self.order
            if varies(one.node)
        ]
        return f" ORDER BY {', '.join(printed)}" if printed else ""


def _selected(
    expression: exp.Expr, scope: Scope, lowering: StageLowering, taken: Collection[str]
) -> Iterable[tuple[str, Node]]:
    """(name, node) of a select item, or of all columns that a star stands for.

    As Calcite names them: those of a star are no names that are `taken`, those that are written may be, and what has no
    name is counted by the names that are there.
    """
    if isinstance(expression, exp.Alias):
        yield expression.alias, lowering.node(expression.this)
    elif isinstance(expression, exp.Star):
        yield from _distinct(scope.star(""), taken)
    elif isinstance(expression, exp.Column) and isinstance(expression.this, exp.Star):
        yield from _distinct(scope.star(".".join(part.name for part in expression.parts[:-1])), taken)
    else:
        written = expression.name if isinstance(expression, exp.Column) else f"EXPR${len(taken)}"
        yield written, _item(expression, lowering)


def _item(expression: exp.Expr, lowering: StageLowering) -> Node:
    """A select item that is nothing but an unknown name might be an alias: Calcite has another error for it."""
    try:
        return lowering.node(expression)
    except ColumnFault as fault:
        if isinstance(expression, exp.Column):
            raise StageFault(f"Column '{expression.name}' not found in any table") from fault
        raise


def _distinct(items: Iterable[tuple[str, Node]], taken: Collection[str]) -> Iterable[tuple[str, Node]]:
    pairs = list(items)
    names = unique_names((name for name, _ in pairs), taken)
    return zip(names, (node for _, node in pairs), strict=True)


def _aliases(tree: exp.Select, items: Sequence[SelectItem]) -> dict[str, Node]:
    """What GROUP BY, HAVING and ORDER BY may call select items. Raises StageFault where two of those share an alias."""
    if not any(tree.args.get(clause) for clause in ("group", "having", "qualify", "order")):
        return {}
    written = [one.alias for one in tree.expressions if isinstance(one, exp.Alias)]
    if doubled := [name for name, count in Counter(written).items() if count > 1]:
        raise StageFault(f"Duplicate alias name found: {doubled[0]}")
    return {item.name: item.node for item in items if item.name in written}


def _condition(tree: exp.Select, clause: str, lowering: StageLowering) -> Node | None:
    found = tree.args.get(clause)
    return None if found is None else lowering.node(found.this)


def _order(order: exp.Expr | None, items: Sequence[SelectItem], lowering: StageLowering) -> tuple[_Ordering, ...]:
    nodes = [item.node for item in items]
    return () if order is None else tuple(_ordering(one, nodes, lowering) for one in order.expressions)


def _ordering(ordered: exp.Expr, nodes: Sequence[Node], lowering: StageLowering) -> _Ordering:
    if not isinstance(ordered, exp.Ordered) or ordered.args.get("with_fill"):
        raise SyntaxFault("Unsupported syntax in ORDER BY")
    node = positional(lowering.node(ordered.this), nodes, "ORDER BY")
    return _Ordering(node, bool(ordered.args.get("desc")), bool(ordered.args.get("nulls_first")))


def _cell(item: Typed) -> str:
    """Constants get the type that the answer states."""
    typed = item.literal is not None or item.data_type == UNKNOWN
    return f"CAST({item.sql} AS {duckdb_type(item.data_type)})" if typed else item.sql
