"""IN_SUBQUERY(x, 'SELECT ID_SET(y) FROM ...'): the ids are asked for first, and stand in the query as a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from dialects.clauses import LIMIT_MAX
from dialects.faults import ValidationFault
from dialects.lowering import canonical_function
from dialects.pinot import Statement, parse
from dialects.token_rules import CALL_MARK

Id = str | int | float | bool
_NAMES = ("insubquery", "inpartitionedsubquery")
_FORM = "IN_SUBQUERY needs a column and 'SELECT ID_SET(y) FROM ...' in quotes"


async def with_ids(statement: Statement, ask: Callable[[Statement], Awaitable[Sequence[Id]]]) -> Statement:
    """The statement with lists of ids for its sub-queries; `ask` gives the distinct values of one column.

    Raises QueryFault.
    """
    if not _calls(statement.tree):
        return statement
    tree = statement.tree.copy()
    for call in _calls(tree):
        column, text = _arguments(call)
        ids = await ask(_distinct_ids(text))
        call.replace(_membership(column, ids))
    return replace(statement, tree=tree)


def _calls(tree: exp.Expr) -> list[exp.Anonymous]:
    return [call for call in tree.find_all(exp.Anonymous) if _name(call) in _NAMES]


def _name(call: exp.Anonymous) -> str:
    return canonical_function(str(call.this).removeprefix(CALL_MARK))


def _arguments(call: exp.Anonymous) -> tuple[exp.Expr, str]:
    match call.expressions:
        case [column, exp.Literal() as text] if text.is_string:
            return column, text.name
        case _:
            raise ValidationFault(_FORM)


def _distinct_ids(text: str) -> Statement:
    """The sub-query as one of the distinct values that are to be in its set."""
    statement = parse(text)
    tree = statement.tree.copy()
    items = [item.this if isinstance(item, exp.Alias) else item for item in tree.expressions]
    match items:
        case [exp.Anonymous() as call] if _name(call) == "idset" and call.expressions and tree.args.get("from_"):
            tree.set("expressions", [call.expressions[0]])
        case _:
            raise ValidationFault(f"{_FORM}, found: {text[:200]}")
    if any(tree.args.get(clause) for clause in ("group", "having", "order", "limit")):
        raise ValidationFault("The sub-query of IN_SUBQUERY has FROM and WHERE only")
    tree.set("distinct", exp.Distinct())
    tree.set("limit", exp.Limit(expression=exp.Literal.number(LIMIT_MAX)))
    return replace(statement, tree=tree)


def _membership(column: exp.Expr, ids: Sequence[Id]) -> exp.Expr:
    if not ids:
        return exp.Paren(this=exp.NEQ(this=column, expression=column.copy()))
    return exp.In(this=column, expressions=[_literal(one) for one in ids])


def _literal(value: Id) -> exp.Expr:
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Neg(this=exp.Literal.number(-value)) if value < 0 else exp.Literal.number(value)
