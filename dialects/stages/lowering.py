"""What expressions have beside the single-stage ones: sub-queries, EXISTS, IN (SELECT ...), and windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from dialects.column_types import BOOLEAN
from dialects.faults import StageFault, SyntaxFault
from dialects.folding import VOLATILE, fold
from dialects.lowering import Lowering
from dialects.stages.printing import holds_aggregate, is_aggregate
from dialects.stages.relation import Relation
from dialects.stages.scope import Scope
from dialects.tree import Call, Column, Literal, Node, Query, string

_DIRECTIONS = frozenset({"PRECEDING", "FOLLOWING"})
_KINDS = ("ROWS", "RANGE")
_EXCLUDED = {"": "", **{what: f" EXCLUDE {what}" for what in ("CURRENT ROW", "GROUP", "TIES", "NO OTHERS")}}


@dataclass(slots=True)
class StageLowering(Lowering):
    """`query` binds a sub-query in the scope of this lowering; `windows` are those that WINDOW names.

    `null_handling`: the query asks for nulls; otherwise what a table is asked for has none.
    """

    scope: Scope = field(kw_only=True)
    query: Callable[[exp.Expr], Relation] = field(kw_only=True)
    null_handling: bool = field(kw_only=True)
    windows: Mapping[str, exp.Window] = field(default_factory=dict)

    def folded(self, call: Call) -> Node:
        """Numbers keep their types here, so only clocks are worked out."""
        match call:
            case Call(function, (Call("caseordefault", (condition, value, otherwise)), *rest)) if is_aggregate(call):
                if Literal(None, "null") in (value, otherwise):  # Calcite makes it FILTER (WHERE condition)
                    return Call(function, (Call("case", (condition, value, otherwise)), *rest))
                return call
            case Call("nullif", (value, other)) if self._has_defaults(call):
                return Call("caseordefault", (Call("equals", (value, other)), Literal(None, "null"), value))
            case _:
                return fold(call, self.now_ms) if call.function in VOLATILE else call

    def _has_defaults(self, node: Node) -> bool:
        """Whether it is read without nulls, by the single-stage engine."""
        return not self.null_handling and self.scope.is_leaf and not holds_aggregate(node)

    def _distinct_call(self, function: str, arguments: list[exp.Expr]) -> Node:
        if function == "count" and len(arguments) > 1:
            return Call("countdistinct", self.nodes(arguments))
        return Lowering._distinct_call(self, function, arguments)

    def _is(self, expression: exp.Expr) -> Node:
        """A default value that stands for a null is null too."""
        node = Lowering._is(self, expression)
        match node:
            case Call("is_null", (Column() as column,)):
                flag = self.scope.null_flag(column)
                return node if flag is None else Call("or", (node, Call("istrue", (flag,))))
            case _:
                return node

    def _case(self, expression: exp.Expr) -> Node:
        node = Lowering._case(self, expression)
        return Call("caseordefault", node.arguments) if isinstance(node, Call) and self._has_defaults(node) else node

    def _scalar(self, expression: exp.Expr) -> Node:
        relation = self.query(expression)
        if len(relation.columns) != 1:
            raise StageFault(f"A sub-query in an expression needs one column, found {len(relation.columns)}")
        return Query(f"({relation.sql})", relation.columns[0].data_type)

    def _exists(self, expression: exp.Expr) -> Node:
        return Query(f"EXISTS ({self.query(expression.this).sql})", BOOLEAN)

    def _membership(self, expression: exp.Expr) -> Node:
        query = expression.args.get("query")
        if query is None:
            return self._in(expression)
        return Call("in_query", (self.node(expression.this), self._scalar(query)))

    def _over(self, expression: exp.Expr) -> Node:
        """`over(function, partition(...), order(ordering(...), ...), frame)`."""
        window = self._named(expression)
        order = window.args.get("order")
        partition = Call("partition", self.nodes(window.args.get("partition_by") or ()))
        orderings = tuple(self._ordering(one) for one in (order.expressions if order is not None else ()))
        frame = string(_frame(window.args.get("spec")))
        return Call("over", (self._windowed(expression.this), partition, Call("order", orderings), frame))

    def _named(self, expression: exp.Expr) -> exp.Expr:
        """The window that `OVER w` names, or the one that is written out."""
        name = expression.args.get("alias")
        if name is None:
            return expression
        if name.name not in self.windows:
            raise StageFault(f"Window '{name.name}' not found")
        return self.windows[name.name]

    def _windowed(self, expression: exp.Expr) -> Node:
        if isinstance(expression, exp.IgnoreNulls | exp.RespectNulls):
            function = self.node(expression.this)
            ignoring = isinstance(expression, exp.IgnoreNulls) and isinstance(function, Call)
            return Call(f"{function.function}ignorenulls", function.arguments) if ignoring else function  # type: ignore[union-attr]
        return self.node(expression)

    def _ordering(self, ordered: exp.Expr) -> Node:
        if not isinstance(ordered, exp.Ordered):
            raise SyntaxFault("Unsupported syntax in ORDER BY")
        flags = (bool(ordered.args.get("desc")), bool(ordered.args.get("nulls_first")))
        return Call("ordering", (self.node(ordered.this), *(Literal(flag, str(flag)) for flag in flags)))


def _frame(spec: exp.Expr | None) -> str:
    """A frame from the few forms that there are, never as it was written (P27)."""
    if spec is None:
        return ""
    kind = str(spec.args.get("kind", "")).upper()
    excluded = str(spec.args.get("exclude") or "").upper()
    if kind not in _KINDS or excluded not in _EXCLUDED:
        raise SyntaxFault("A window frame needs ROWS or RANGE BETWEEN ... AND ...")
    start = _bound(spec.args.get("start"), spec.args.get("start_side"))
    end = _bound(spec.args.get("end"), spec.args.get("end_side")) if spec.args.get("end") else "CURRENT ROW"
    return f"{kind} BETWEEN {start} AND {end}{_EXCLUDED[excluded]}"


def _bound(value: object, side: object) -> str:
    if str(value).upper() == "CURRENT ROW":
        return "CURRENT ROW"
    direction = str(side).upper()
    amount = "UNBOUNDED" if str(value).upper() == "UNBOUNDED" else _whole_number(value)
    if direction not in _DIRECTIONS or amount is None:
        raise SyntaxFault("A frame bound is UNBOUNDED or a whole number with PRECEDING or FOLLOWING, or CURRENT ROW")
    return f"{amount} {direction}"


def _whole_number(value: object) -> str | None:
    literal = isinstance(value, exp.Literal) and not value.is_string and value.name.isdecimal()
    return value.name if literal and isinstance(value, exp.Literal) else None


def names_of(windows: Sequence[exp.Expr]) -> dict[str, exp.Window]:
    return {window.name: window for window in windows if isinstance(window, exp.Window)}


StageLowering.handlers = {
    **Lowering.handlers,
    exp.Subquery: StageLowering._scalar,
    exp.Exists: StageLowering._exists,
    exp.In: StageLowering._membership,
    exp.Window: StageLowering._over,
    exp.Is: StageLowering._is,
    exp.Case: StageLowering._case,
}
