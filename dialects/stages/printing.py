"""Prints the nodes of multi-stage expressions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dialects.column_types import BIG_DECIMAL, BOOLEAN, DECIMAL_DUCKDB, is_integral
from dialects.comparisons import SIGNS
from dialects.conversions import Typed, convert
from dialects.families.distributions import percentile_by_name
from dialects.faults import StageFault, SyntaxFault
from dialects.function_entry import Context, Function
from dialects.functions import FUNCTIONS
from dialects.printing import Printer, entry
from dialects.stages.functions import ARITHMETIC, STAGE_FUNCTIONS, WINDOW_FUNCTIONS
from dialects.stages.leaves import AVERAGE_OF_WHOLE, or_empty_leaf
from dialects.tree import Call, Column, Literal, Node, Query, walk

CONTEXT = Context(null_handling=True, stored_nulls=True)
"""Nulls are nulls: what outer joins and empty aggregations give is not replaced by defaults."""
_WITH_FUNCTIONS = STAGE_FUNCTIONS | WINDOW_FUNCTIONS


@dataclass(frozen=True, slots=True)
class StagePrinter(Printer):
    """A `Printer` that knows windows and sub-queries, and the multi-stage types of functions."""

    leaf: bool = False
    """Pinot leaves this SELECT to the single-stage engine: within an expression all arithmetic is DOUBLE."""
    defaults: bool = False
    """The leaf has no nulls: an aggregation over no rows is what the single-stage engine says."""
    in_leaf: bool = False
    """Inside such an expression; what it comes to is converted to the type that SQL gives it."""

    grouped: frozenset[Node] | None = None
    """The keys of a SELECT that aggregates: what is neither one of them nor an aggregation comes after the leaf."""

    def typed(self, node: Node) -> Typed:
        if self.leaf and not self.in_leaf and isinstance(node, Call) and self._is_of_leaf(node):
            found = replace(self, in_leaf=True).typed(node)
            stated = replace(self, leaf=False).typed(node).data_type if holds_arithmetic(node) else found.data_type
            return found if stated == found.data_type else Typed(convert(found, stated), stated)
        match node:
            case Call("over", (function, Call() as partition, Call() as order, Literal(text=frame))):
                return self._over(function, partition, order, frame)
            case Call("in_query", (value, Query() as query)):
                return Typed(f"({self.typed(value).sql} IN {query.sql})", BOOLEAN)
            case Call(sign, arguments) if sign in SIGNS and any(map(_is_null, arguments)):
                return Typed("CAST(NULL AS BOOLEAN)", BOOLEAN)
            case _:
                return Printer.typed(self, node)

    def _is_of_leaf(self, node: Call) -> bool:
        """Whether it is evaluated before stages meet: an aggregation, a key, or without them what has no window."""
        if node.function in ("over", "in_query"):
            return False
        return is_aggregate(node) or (not _holds_later(node) if self.grouped is None else node in self.grouped)

    def _is_whole(self, node: Node) -> bool:
        return is_integral(replace(self, leaf=False, in_leaf=False, inside_aggregate=True).typed(node).data_type)

    def function(self, call: Call) -> Function:
        if call.function == "caseordefault" and self.grouped is not None and not self.in_leaf:
            return FUNCTIONS["case"]
        if call.function in WINDOW_FUNCTIONS and " OVER " not in self.context.where:
            raise StageFault(f"Function {call.function} needs an OVER clause")
        if self.in_leaf and call.function in ARITHMETIC:
            return FUNCTIONS[call.function]
        if self.in_leaf and call.function == "avg" and holds_arithmetic(call) and self._is_whole(call.arguments[0]):
            return AVERAGE_OF_WHOLE
        function = entry(call, _WITH_FUNCTIONS)
        return or_empty_leaf(function, call.function) if self.in_leaf and self.defaults else function

    def _over(self, function: Node, partition: Call, order: Call, frame: str) -> Typed:
        filtered, where = _without_filter(function)
        if not isinstance(filtered, Call) or not (filtered.function in WINDOW_FUNCTIONS or is_aggregate(filtered)):
            raise SyntaxFault("OVER stands after a window function or an aggregation")
        clause = f" FILTER (WHERE {self.condition(where)})" if where is not None else ""
        window = f"{clause} OVER ({self._window(partition, order, frame)})"
        arguments = [self.typed(one) for one in filtered.arguments if isinstance(one, Column | Literal | Call | Query)]
        windowed = replace(self, leaf=False, context=replace(self.context, where=window))
        return windowed.function(filtered).render(arguments, windowed.context)

    def _window(self, partition: Call, order: Call, frame: str) -> str:
        keys = ", ".join(self.typed(key).sql for key in partition.arguments)
        orderings = ", ".join(self._ordering(one) for one in order.arguments)
        parts = (f"PARTITION BY {keys}" if keys else "", f"ORDER BY {orderings}" if orderings else "", frame)
        return " ".join(filter(None, parts))

    def _ordering(self, ordering: Node) -> str:
        match ordering:
            case Call("ordering", (node, Literal(bool(descending)), Literal(bool(nulls_first)))):
                return ordering_sql(self.typed(node), descending, nulls_first)
            case _:
                raise SyntaxFault("Unsupported syntax in ORDER BY")


def ordering_sql(typed: Typed, descending: bool, nulls_first: bool) -> str:
    """One item of ORDER BY; decimal text sorts as a number."""
    sql = f"CAST({typed.sql} AS {DECIMAL_DUCKDB})" if typed.data_type == BIG_DECIMAL else typed.sql
    return f"{sql}{' DESC' if descending else ''} NULLS {'FIRST' if nulls_first else 'LAST'}"


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _without_filter(function: Node) -> tuple[Node, Node | None]:
    match function:
        case Call("filter", (aggregate, where)):
            return aggregate, where
        case _:
            return function, None


def is_aggregate(node: Node) -> bool:
    if not isinstance(node, Call):
        return False
    function = STAGE_FUNCTIONS.get(node.function) or percentile_by_name(node.function)
    return node.function == "filter" or (function is not None and function.aggregate)


def holds_arithmetic(node: Node) -> bool:
    return any(isinstance(part, Call) and part.function in ARITHMETIC for part in walk(node))


def _holds_later(node: Call) -> bool:
    return any(is_aggregate(part) or (isinstance(part, Call) and part.function == "over") for part in walk(node))


def holds_aggregate(node: Node) -> bool:
    """Whether an aggregation stands in the node; those of windows are none, but may have one inside."""
    match node:
        case Call("over", (function, *rest)):
            inner = _without_filter(function)[0]
            parts = (*(inner.arguments if isinstance(inner, Call) else ()), *rest)
            return any(map(holds_aggregate, parts))
        case Call():
            return is_aggregate(node) or any(map(holds_aggregate, node.arguments))
        case _:
            return False


def derives_from(node: Node, keys: frozenset[Node]) -> bool:
    """Whether the node is made of keys, constants and aggregations."""
    match node:
        case _ if node in keys:
            return True
        case Call("over", (function, *rest)):
            inner = _without_filter(function)[0]
            parts = (*(inner.arguments if isinstance(inner, Call) else ()), *rest)
            return all(derives_from(part, keys) for part in parts)
        case Call():
            return is_aggregate(node) or all(derives_from(one, keys) for one in node.arguments)
        case _:
            return not isinstance(node, Column)
