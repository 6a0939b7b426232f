"""GROUP BY: keys, and grouping sets of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from dialects.faults import SyntaxFault
from dialects.stages.lowering import StageLowering
from dialects.stages.printing import StagePrinter, holds_aggregate
from dialects.tree import Call, Column, Literal, Node, Query, walk

_SETS: dict[type[exp.Expr], str] = {exp.GroupingSets: "GROUPING SETS", exp.Rollup: "ROLLUP", exp.Cube: "CUBE"}


@dataclass(frozen=True, slots=True)
class _Sets:
    """GROUPING SETS, ROLLUP or CUBE over lists of keys."""

    words: str
    keys: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """The elements of GROUP BY: keys and sets of keys."""

    elements: tuple[Node | _Sets, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All keys, each once."""
        found: dict[Node, None] = {}
        for element in self.elements:
            lists = element.keys if isinstance(element, _Sets) else ((element,),)
            found.update(dict.fromkeys(key for keys in lists for key in keys))
        return tuple(found)

    def sql(self, printer: StagePrinter) -> str:
        printed = (_element(one, printer) for one in self.elements)
        return f" GROUP BY {', '.join(filter(None, printed)) or '()'}"


def read_group(
    tree: exp.Expr | None, items: Sequence[Node], plain: StageLowering, aliased: StageLowering
) -> Grouping | None:
    """Keys may be expressions, aliases and ordinals of `items`. Raises QueryFault."""
    if tree is None:
        return None
    if tree.args.get("all") is not None:
        raise SyntaxFault("GROUP BY ALL and GROUP BY DISTINCT are not supported")
    grouping = Grouping(tuple(_read(one, items, plain, aliased) for one in tree.expressions))
    if any(map(holds_aggregate, grouping.nodes)):
        raise SyntaxFault("An aggregation is not allowed in GROUP BY clause.")
    return grouping


def _read(one: exp.Expr, items: Sequence[Node], plain: StageLowering, aliased: StageLowering) -> Node | _Sets:
    if isinstance(one, exp.Tuple) and not one.expressions:
        return _Sets(_SETS[exp.GroupingSets], ((),))
    if type(one) in _SETS:
        lists = (_keys(part, items, plain, aliased) for part in one.expressions)
        return _Sets(_SETS[type(one)], tuple(lists))
    return _key(one, items, plain, aliased)


def _keys(part: exp.Expr, items: Sequence[Node], plain: StageLowering, aliased: StageLowering) -> tuple[Node, ...]:
    parts = part.expressions if isinstance(part, exp.Tuple) else [part]
    return tuple(_key(one, items, plain, aliased) for one in parts)


def _key(one: exp.Expr, items: Sequence[Node], plain: StageLowering, aliased: StageLowering) -> Node:
    node = aliased.node(one)
    if holds_aggregate(node):  # the alias of an aggregation hides a column
        node = plain.node(one)
    return positional(node, items, "GROUP BY")


def positional(node: Node, items: Sequence[Node], clause: str) -> Node:
    """The select item that a whole number stands for, or the node itself. Raises SyntaxFault."""
    if not isinstance(node, Literal) or not isinstance(node.value, int) or isinstance(node.value, bool):
        return node
    if not 1 <= node.value <= len(items):
        raise SyntaxFault(f"Expected {clause} ordinal between 1 and {len(items)}, found {node.value}")
    return items[node.value - 1]


def varies(node: Node) -> bool:
    """Constants neither group nor order anything, and DuckDB refuses them there."""
    return holds_aggregate(node) or any(
        isinstance(part, Column | Query) or (isinstance(part, Call) and part.function == "over") for part in walk(node)
    )


def _element(element: Node | _Sets, printer: StagePrinter) -> str:
    if not isinstance(element, _Sets):
        return printer.typed(element).sql if varies(element) else ""
    lists = (f"({', '.join(printer.typed(key).sql for key in keys)})" for keys in element.keys)
    return f"{element.words} ({', '.join(lists)})"
