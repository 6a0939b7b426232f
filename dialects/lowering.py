"""sqlglot's tree to ours: names resolved against the schema, operators turned into calls, constants folded.

Only node classes named here pass (P27): anything else that sqlglot may understand is a 150.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from dialects.column_types import ColumnType
from dialects.faults import SyntaxFault, ValidationFault
from dialects.folding import fold
from dialects.lookups import Lookups
from dialects.pinot import parse_expression
from dialects.resolution import ElementOf, JsonPaths, Resolver, over_paths
from dialects.token_rules import CALL_MARK, DEPTH_MAX
from dialects.tree import Call, Column, Literal, Node, Star, number, string

_BINARY: dict[type[exp.Expr], str] = {
    exp.EQ: "equals",
    exp.NEQ: "not_equals",
    exp.GT: "greater_than",
    exp.GTE: "greater_than_or_equal",
    exp.LT: "less_than",
    exp.LTE: "less_than_or_equal",
    exp.Add: "plus",
    exp.Sub: "minus",
    exp.Mul: "times",
    exp.Div: "divide",
    exp.Mod: "mod",
    exp.DPipe: "concat",
    exp.Like: "like",
    exp.NullSafeNEQ: "isdistinctfrom",
    exp.NullSafeEQ: "isnotdistinctfrom",
}
_NEGATED = {
    "in": "not_in",
    "not_in": "in",
    "is_null": "is_not_null",
    "is_not_null": "is_null",
    "equals": "not_equals",
    "not_equals": "equals",
    "istrue": "isnottrue",
    "isfalse": "isnotfalse",
}
_SPELLED_FILTERS = ("regexp_like", "json_match", "text_match")
# Filters that Pinot names with underscores; every other function name loses them.
_SPELLED = {
    name.replace("_", ""): name
    for name in (
        *_NEGATED,
        "greater_than",
        "greater_than_or_equal",
        "less_than",
        "less_than_or_equal",
        *_SPELLED_FILTERS,
    )
} | {"": "", "||": "concat", "ceiling": "ceil"}
_DISTINCT = {
    "count": "distinctcount",
    "sum": "distinctsum",
    "avg": "distinctavg",
    "min": "min",
    "max": "max",
    "countmv": "distinctcountmv",
}
_OF_ELEMENTS = frozenset(
    {"count", "sum", "min", "max", "avg", "minmaxrange", "distinctcount", "distinctcountbitmap", "distinctcounthll",
     "distinctcounthllplus", "distinctcountrawhll", "distinctcountrawhllplus", "distinctsum", "distinctavg"}
)  # fmt: skip
"""Aggregations that have a form for multi-value columns, `mv` behind its name: `SUM(scores)` is `SUMMV(scores)`."""
_NUMBER_MAX_CHARS = 400
_SQL_TYPES = {word: word for word in ("INTEGER", "FLOAT", "REAL", "DOUBLE", "DECIMAL", "BOOLEAN", "TIMESTAMP")} | {
    "INT": "INTEGER",
    "BIGINT": "LONG",
    "VARCHAR": "STRING",
    "VARBINARY": "BYTES",
    "BIG_DECIMAL": "DECIMAL",
    "DEC": "DECIMAL",
    "NUMERIC": "DECIMAL",
}
_WITH_CONDITIONS = frozenset({"distinctcountthetasketch", "distinctcountrawthetasketch"})
_KEYWORD_ARGUMENTS = frozenset(
    {"extract", "timestampadd", "timestampdiff", "dateadd", "datediff", "datetrunc", "cast", "trycast"}
)


def canonical_function(name: str) -> str:
    """Case and underscores of function names do not matter."""
    plain = name.replace("_", "").lower()
    return _SPELLED.get(plain, plain)


@dataclass(slots=True)
class Lowering:
    """Turns expressions of a statement into nodes. `now_ms` None refuses volatile functions, `lookups` None LOOKUP."""

    names: Resolver
    now_ms: int | None
    depth: int = 0
    lookups: Lookups | None = None
    handlers: ClassVar[Mapping[type[exp.Expr], Callable[..., Node]]] = {}

    def node(self, expression: exp.Expr) -> Node:
        """Raises QueryFault for anything outside Pinot's single-stage SQL, and for what is nested too deeply."""
        if self.depth > DEPTH_MAX:
            raise SyntaxFault(f"The query is nested deeper than {DEPTH_MAX} levels")
        self.depth += 1
        try:
            return self.handlers.get(type(expression), Lowering._unknown)(self, expression)
        finally:
            self.depth -= 1

    def _unknown(self, expression: exp.Expr) -> Node:
        raise SyntaxFault(f"Unsupported syntax: {_shown(expression)}")

    def nodes(self, expressions: Iterable[exp.Expr]) -> tuple[Node, ...]:
        return tuple(map(self.node, expressions))

    def _binary(self, expression: exp.Expr) -> Node:
        function = _BINARY[type(expression)]
        arguments = self.nodes((expression.this, expression.args["expression"]))
        return self._negated(expression, self.folded(Call(function, arguments)))

    def folded(self, call: Call) -> Node:
        """The call, or what it comes to over literals; of a multi-value column, the aggregation of its elements."""
        match call:
            case Call(function, (Column(type=ColumnType(multi_value=True)), *_)) if function in _OF_ELEMENTS:
                return Call(f"{function}mv", call.arguments)
            case _:
                return fold(call, self.now_ms)

    def _negated(self, expression: exp.Expr, node: Node) -> Node:
        return Call("not", (node,)) if expression.args.get("negate") else node

    def _connective(self, expression: exp.Expr) -> Node:
        """Chains of one connective become one flat call: long OR lists do not nest."""
        kind = type(expression)
        pending, operands = [expression], []
        while pending:
            current = pending.pop()
            if type(current) is kind:
                pending += [current.args["expression"], current.this]
            else:
                operands.append(current)
        return Call("and" if kind is exp.And else "or", self.nodes(operands))

    def _not(self, expression: exp.Expr) -> Node:
        inner = self.node(expression.this)
        direct = expression.this
        if isinstance(direct, exp.In | exp.Is) and isinstance(inner, Call) and inner.function in _NEGATED:
            return Call(_NEGATED[inner.function], inner.arguments)
        return Call("not", (inner,))

    def _paren(self, expression: exp.Expr) -> Node:
        return self.node(expression.this)

    def _literal(self, expression: exp.Expr) -> Node:
        text = expression.name
        return string(text) if expression.is_string else number(_number(text))

    def _boolean(self, expression: exp.Expr) -> Node:
        return Literal(bool(expression.this), str(bool(expression.this)).lower())

    def _null(self, _: exp.Expr) -> Node:
        return Literal(None, "null")

    def _negative(self, expression: exp.Expr) -> Node:
        inner = self.node(expression.this)
        if isinstance(inner, Literal) and isinstance(inner.value, int | float):
            text = inner.text[1:] if inner.text.startswith("-") else f"-{inner.text}"
            return Literal(-inner.value, text)
        return Call("minus", (Literal(0, "0"), inner))

    def _star(self, expression: exp.Expr) -> Node:
        if any(expression.args.values()):
            raise SyntaxFault(f"Unsupported syntax: {_shown(expression)}")
        return Star()

    def _column(self, expression: exp.Expr) -> Node:
        parts = [part.name for part in expression.parts]  # type: ignore[attr-defined]
        if isinstance(expression.this, exp.Star):
            return Star()
        return Star() if parts == ["*"] else self.names.resolve(parts)

    def _in(self, expression: exp.Expr) -> Node:
        if not expression.expressions:
            raise SyntaxFault("IN needs a list of literals")
        return Call("in", self.nodes((expression.this, *expression.expressions)))

    def _between(self, expression: exp.Expr) -> Node:
        value, *bounds = self.nodes((expression.this, expression.args["low"], expression.args["high"]))
        if expression.args.get("symmetric"):
            bounds = [Call("least", tuple(bounds)), Call("greatest", tuple(bounds))]
        return self._negated(expression, Call("between", (value, *bounds)))

    def _is(self, expression: exp.Expr) -> Node:
        inner, what = self.node(expression.this), expression.args["expression"]
        if isinstance(what, exp.Null):
            return Call("is_null", (inner,))
        if isinstance(what, exp.Boolean):
            return Call("istrue" if what.this else "isfalse", (inner,))
        raise SyntaxFault("IS needs NULL, TRUE or FALSE")

    def _escape(self, expression: exp.Expr) -> Node:
        like, escape = expression.this, expression.args["expression"]
        if not isinstance(like, exp.Like) or escape.name != "\\":
            raise SyntaxFault("ESCAPE is supported as LIKE 'pattern' ESCAPE '\\' only")
        return self.node(like)

    def _case(self, expression: exp.Expr) -> Node:
        subject = expression.args.get("this")
        arguments: list[Node] = []
        for branch in expression.args["ifs"]:
            condition = self.node(branch.this)
            if subject is not None:
                condition = Call("equals", (self.node(subject), condition))
            arguments += [condition, self.node(branch.args["true"])]
        default = expression.args.get("default")
        return Call("case", (*arguments, Literal(None, "null") if default is None else self.node(default)))

    def _filter(self, expression: exp.Expr) -> Node:
        where = expression.args.get("expression")
        if not isinstance(where, exp.Where):
            raise SyntaxFault("FILTER needs the form FILTER (WHERE condition)")
        return Call("filter", (self.node(expression.this), self.node(where.this)))

    def _bracket(self, expression: exp.Expr) -> Node:
        keys = expression.expressions
        if len(keys) != 1:
            raise SyntaxFault("[] needs one key")
        return Call("item", (self.node(expression.this), self.node(keys[0])))

    def _array(self, expression: exp.Expr) -> Node:
        return Call("arrayvalueconstructor", self.nodes(expression.expressions))

    def _call(self, expression: exp.Expr) -> Node:
        marked = expression.args["this"]
        if not isinstance(marked, str) or not marked.startswith(CALL_MARK):
            raise SyntaxFault(f"Unsupported syntax: {_shown(expression)}")
        function = canonical_function(marked.removeprefix(CALL_MARK))
        arguments = expression.expressions
        if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
            return self._distinct_call(function, arguments[0].expressions)
        if function in _KEYWORD_ARGUMENTS:
            return self.folded(Call(function, self._keyword_arguments(arguments)))
        if function == "json_match":
            return self._json_match(self.nodes(arguments))
        if function in _WITH_CONDITIONS and len(arguments) > 3:
            return self._with_conditions(function, self.nodes(arguments))
        if function == "filtermv":
            return self._filter_elements(self.nodes(arguments))
        if function == "lookup":
            return self._lookup(self.nodes(arguments))
        return self.folded(Call(function, self.nodes(arguments)))

    def _lookup(self, arguments: tuple[Node, ...]) -> Node:
        if self.lookups is None:
            raise ValidationFault("LOOKUP is possible in queries only: there are no other tables here")
        return self.lookups.node(arguments)

    def _json_match(self, arguments: tuple[Node, ...]) -> Node:
        """The filter text becomes a third argument: a condition over the paths of the column."""
        match arguments:
            case (column, Literal(str(text))):
                paths = Lowering(JsonPaths(column), self.now_ms, self.depth)
                return Call("json_match", (column, string(text), over_paths(paths.node(parse_expression(text)))))
            case _:
                raise ValidationFault("JSON_MATCH needs a column and a filter in quotes")

    def _filter_elements(self, arguments: tuple[Node, ...]) -> Node:
        """The condition's text becomes a third argument: the condition over one element."""
        match arguments:
            case (Column(_, kind) as column, Literal(str(text))):
                elements = Lowering(ElementOf(kind.data_type), self.now_ms, self.depth)
                return Call("filtermv", (column, string(text), elements.node(parse_expression(text))))
            case _:
                raise ValidationFault("FILTERMV needs a multi-value column and a condition on v in quotes")

    def _with_conditions(self, function: str, arguments: tuple[Node, ...]) -> Node:
        """The texts between the second and the last argument are conditions on the row."""
        texts = [one.value if isinstance(one, Literal) else None for one in arguments[2:-1]]
        if not all(isinstance(text, str) for text in texts):
            raise ValidationFault(f"Function {function} needs its conditions in quotes")
        conditions = (self.node(parse_expression(str(text))) for text in texts)
        return Call(function, (*arguments[:2], *conditions, arguments[-1]))

    def _distinct_call(self, function: str, arguments: list[exp.Expr]) -> Node:
        if function not in _DISTINCT:
            raise SyntaxFault(f"Function '{function}' on DISTINCT is not supported.")
        if len(arguments) != 1:
            raise SyntaxFault("DISTINCT of more than one expression is not supported")
        return self.folded(Call(_DISTINCT[function], self.nodes(arguments)))

    def _keyword_arguments(self, arguments: list[exp.Expr]) -> tuple[Node, ...]:
        """`CAST(x AS LONG)` arrives as an aliased argument; units such as DAY arrive as columns."""
        if len(arguments) == 1 and isinstance(arguments[0], exp.Alias):
            return (self.node(arguments[0].this), string(_type_written(arguments[0].alias)))
        first, *rest = arguments or [exp.Null()]
        unit = isinstance(first, exp.Column) and not first.this.quoted and not first.args.get("table") and len(rest) > 0
        return (string(first.name.upper()) if unit else self.node(first), *self.nodes(rest))


def _type_written(word: str) -> str:
    """A type of CAST as names of result columns show it: SQL's own words have one spelling, Pinot's stay as written."""
    return _SQL_TYPES.get(word.upper(), word)


def _number(text: str) -> int | float:
    if len(text) > _NUMBER_MAX_CHARS:
        raise SyntaxFault(f"A number has {len(text)} digits, the limit is {_NUMBER_MAX_CHARS}")
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError as error:
        raise SyntaxFault(f"Not a number: {text[:100]}") from error


def _shown(expression: exp.Expr) -> str:
    return type(expression).__name__.upper()


Lowering.handlers = {
    **dict.fromkeys(_BINARY, Lowering._binary),
    exp.And: Lowering._connective,
    exp.Or: Lowering._connective,
    exp.Not: Lowering._not,
    exp.Paren: Lowering._paren,
    exp.Literal: Lowering._literal,
    exp.Boolean: Lowering._boolean,
    exp.Null: Lowering._null,
    exp.Neg: Lowering._negative,
    exp.Star: Lowering._star,
    exp.Column: Lowering._column,
    exp.In: Lowering._in,
    exp.Between: Lowering._between,
    exp.Is: Lowering._is,
    exp.Escape: Lowering._escape,
    exp.Case: Lowering._case,
    exp.Filter: Lowering._filter,
    exp.Bracket: Lowering._bracket,
    exp.Array: Lowering._array,
    exp.Anonymous: Lowering._call,
}
