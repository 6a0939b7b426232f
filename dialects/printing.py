"""Trees of columns, literals and calls, printed as DuckDB SQL through the function table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dialects.column_types import BOOLEAN, is_array
from dialects.conversions import Typed
from dialects.families.distributions import percentile_by_name
from dialects.families.predicates import condition
from dialects.faults import SyntaxFault, ValidationFault
from dialects.function_entry import Context, Function
from dialects.functions import FUNCTIONS
from dialects.literals import literal_sql
from dialects.missing import unsupported
from dialects.post_aggregation import after_aggregation, is_of_any_type
from dialects.tree import Call, Column, Literal, Node, Query, Star, walk


def entry(call: Call, functions: Mapping[str, Function] = FUNCTIONS) -> Function:
    """The table's row of a call. Raises ValidationFault (700) for unknown functions and wrong numbers of arguments."""
    function = functions.get(call.function) or percentile_by_name(call.function)
    if function is None:
        raise unsupported(call.function, functions)
    count = len(call.arguments)
    if not function.minimum <= count <= function.maximum:
        expected = f"{function.minimum}" if function.minimum == function.maximum else f"{function.minimum} or more"
        raise ValidationFault(f"Function {call.function} takes {expected} arguments, found {count}")
    return function


def is_aggregate(node: Node) -> bool:
    if not isinstance(node, Call):
        return False
    function = FUNCTIONS.get(node.function) or percentile_by_name(node.function)
    return node.function == "filter" or (function is not None and function.aggregate)


def has_aggregate(node: Node) -> bool:
    return any(is_aggregate(part) for part in walk(node))


def is_nullable(node: Node) -> bool:
    """Whether the node can be NULL although no column is."""
    calls = (FUNCTIONS.get(part.function) for part in walk(node) if isinstance(part, Call))
    return any(function is not None and function.nullable for function in calls)


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints nodes; `replacements` stands in for nodes that a sub-select has computed (elements of multi-values)."""

    context: Context
    replacements: Mapping[Node, Typed] = field(default_factory=dict)
    inside_aggregate: bool = False
    keys: frozenset[Node] | None = None
    """Those of a query that aggregates: what is neither one of them nor inside an aggregation comes after it."""

    def typed(self, node: Node) -> Typed:
        """The node's SQL and Pinot type. Raises QueryFault."""
        if self.replacements and not self.inside_aggregate and node in self.replacements:
            return self.replacements[node]
        if self.keys is not None and node in self.keys:
            return replace(self, keys=None).typed(node)
        match node:
            case Column():
                return Typed(self.context.column(node.name), node.type.word, column=node.name)
            case Literal():
                return Typed(literal_sql(node), node.data_type, literal=node)
            case Star():
                raise SyntaxFault("* can stand in the select list and in COUNT(*) only")
            case Query():
                return Typed(node.sql, node.data_type)
            case Call("filter", (aggregate, where)):
                return self._filtered(aggregate, where)
            case Call():
                return self._call(node)

    def condition(self, node: Node) -> str:
        value = self.typed(node)
        if is_array(value.data_type):
            raise SyntaxFault("A multi-value column is not a condition: compare it with a literal")
        return value.sql if value.data_type == BOOLEAN else condition(value, self.context)

    def _filtered(self, aggregate: Node, where: Node) -> Typed:
        if not is_aggregate(aggregate) or has_aggregate(where):
            raise SyntaxFault("FILTER stands after an aggregation and holds no aggregation")
        clause = f" FILTER (WHERE {replace(self, inside_aggregate=True, keys=None).condition(where)})"
        return replace(self, context=replace(self.context, where=clause)).typed(aggregate)

    def argument(self, node: Node, function: Function) -> Typed:
        """An argument of an aggregation, which may be an option of it."""
        if isinstance(node, Call) and node.function in function.options:
            return Typed("", node.function, parts=tuple(map(self.typed, node.arguments)))
        return self.typed(node)

    def function(self, call: Call) -> Function:
        """Raises ValidationFault."""
        return entry(call)

    def _call(self, call: Call) -> Typed:
        function = self.function(call)
        if not function.aggregate:
            typed = [self.typed(argument) for argument in call.arguments]
            if self.keys is None:
                return function.render(typed, self.context)
            context = replace(self.context, null_handling=True) if is_of_any_type(call) else self.context
            return after_aggregation(call, typed, function.render(typed, context))
        if self.inside_aggregate:
            raise SyntaxFault(f"Aggregation {call.function} cannot stand inside an aggregation")
        inner = replace(self, context=replace(self.context, where=""), inside_aggregate=True, keys=None)
        arguments = [inner.argument(one, function) for one in call.arguments if not isinstance(one, Star)]
        if len(arguments) != len(call.arguments) and call.function != "count":
            raise SyntaxFault(f"* cannot be an argument of {call.function}")
        return function.render(arguments, self.context)
