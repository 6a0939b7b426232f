"""Canonical names: what Pinot calls a result column that has no alias (contract section 2.3)."""

import re

from dialects.like_patterns import regexp_of_like
from dialects.lookups import written_arguments
from dialects.tree import Call, Column, Literal, Node, Query, Star

_PREDICATE_SIGNS = {
    "equals": "=",
    "not_equals": "!=",
    "greater_than": ">",
    "greater_than_or_equal": ">=",
    "less_than": "<",
    "less_than_or_equal": "<=",
}
# Aggregations that show their second, literal argument as a number: `percentile(x, 95.0)`.
_PERCENTILE = re.compile(r"percentile(est|tdigest|kll|smarttdigest|rawest|rawtdigest|rawkll)?(mv)?$")
_ALL_ARGUMENTS = frozenset(
    {"firstwithtime", "lastwithtime", "covarpop", "covarsamp", "corr", "funnelcount", "exprmin", "exprmax", "argmin",
     "argmax"}
)  # fmt: skip
_FUNNEL_WINDOWS = frozenset({"funnelmaxstep", "funnelcompletecount", "funnelmatchstep", "funnelstepdurationstats"})


def canonical_name(node: Node) -> str:
    """An expression as Pinot prints it: `plus(a,'1')`, `divide(sum(a),count(*))`."""
    match node:
        case Column():
            return node.name
        case Literal():
            return f"'{node.text}'"
        case Star():
            return "*"
        case Query():
            return "$SCALAR_QUERY"
        case Call("json_match" | "filtermv", (column, text, *_)):
            return f"{node.function}({canonical_name(column)},{canonical_name(text)})"
        case Call("lookup"):
            return f"lookup({','.join(map(canonical_name, written_arguments(node)))})"
        case Call("trim", (text,)):
            return f"trim('BOTH',' ',{canonical_name(text)})"
        case Call():
            return f"{node.function}({','.join(map(canonical_name, node.arguments))})"


def aggregate_name(node: Call, *, null_handling: bool) -> str:
    """An aggregation that is a result column: `count(*)`, `percentile(x, 95.0)`; most show their first argument."""
    match node:
        case Call("filter", (Call() as aggregate, condition)):
            return f"{aggregate_name(aggregate, null_handling=null_handling)} FILTER(WHERE {condition_text(condition)})"
        case Call("count", arguments) if not arguments or not null_handling:
            return "count(*)"
        case Call(function, (value, Literal() as percent, *rest)) if _PERCENTILE.match(function):
            return f"{function}({canonical_name(value)}, {_as_double(percent)}{_compression(function, rest)})"
        case Call(function, (moment, window, Literal(int(steps)), *rest)) if function in _FUNNEL_WINDOWS:
            conditions = ",".join(map(canonical_name, rest[:steps]))
            return f"{function}({_text(window)})  ({canonical_name(moment)}, {conditions})"
        case Call("firstwithtime" | "lastwithtime" as function, (value, moment, Literal(text=word))):
            return f"{function}({canonical_name(value)},{canonical_name(moment)},'{word.upper()}')"
        case Call(function, (value, *_)) if function not in _ALL_ARGUMENTS:
            return f"{function}({canonical_name(value)})"
        case _:
            return canonical_name(node)


def literal_name(node: Node) -> str:
    """The column name of a select item that needs no table: `1`, `'a'`."""
    if isinstance(node, Literal) and not isinstance(node.value, str):
        return node.text
    return canonical_name(node)


def condition_text(node: Node) -> str:
    """A filter as Pinot prints it: `a = 'b'`, `(a > '1' AND b IN ('x','y'))`."""
    match node:
        case Call("and" | "or", arguments):
            return "(" + f" {node.function.upper()} ".join(map(condition_text, arguments)) + ")"
        case Call("not", (inner,)):
            return f"(NOT {condition_text(inner)})"
        case Call(function, (left, right)) if function in _PREDICATE_SIGNS:
            return f"{canonical_name(left)} {_PREDICATE_SIGNS[function]} {canonical_name(right)}"
        case Call("in" | "not_in", (left, *values)):
            return f"{canonical_name(left)} {_words(node.function)} ({','.join(map(canonical_name, values))})"
        case Call("between", (value, low, high)):
            return f"{canonical_name(value)} BETWEEN {canonical_name(low)} AND {canonical_name(high)}"
        case Call("like", (value, Literal() as pattern)):
            return f"regexp_like({canonical_name(value)},'{regexp_of_like(pattern.text)}','i')"
        case Call("regexp_like" | "json_match" | "text_match" | "vectorsimilarity"):
            return canonical_name(node)
        case Call("istrue", (inner,)):
            return condition_text(inner)
        case Call("is_null" | "is_not_null", (value,)):
            return f"{canonical_name(value)} {_words(node.function)}"
        case _:
            return f"{canonical_name(node)} = 'true'"


def _words(function: str) -> str:
    return function.replace("_", " ").upper()


def _text(node: Node) -> str:
    return node.text if isinstance(node, Literal) else canonical_name(node)


def _compression(function: str, rest: list[Node]) -> str:
    """Only digests show their compression, and only where it is not the usual one."""
    shown = "tdigest" in function and "smart" not in function and rest and _text(rest[0]) != "100"
    return f", {_text(rest[0])}" if shown else ""


def _as_double(percent: Literal) -> str:
    try:
        return str(float(percent.text))
    except ValueError:
        return percent.text
