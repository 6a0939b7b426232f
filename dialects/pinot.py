"""Pinot SQL: text to one SELECT tree with its options.

sqlglot does the grammar of clauses and operators. Its compiled parser cannot be subclassed, so what makes this dialect
Pinot's happens on tokens: only Pinot's keywords are keywords, and each function name is marked as a plain call, so that
no function of another dialect gets a meaning of its own. All meaning is in `functions.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer as BaseTokenizer

from dialects.faults import MultiStageFault, SyntaxFault, unparsable
from dialects.options import parse_set, split_option_tail
from dialects.token_rules import (
    CALL_MARK,
    check_size,
    check_vocabulary,
    encountered,
    mark_calls,
    refuse_groovy,
    split_on_semicolons,
)

SQL_MAX_CHARS = 1_000_000
# fmt: off
_KEYWORDS = (
    "SELECT", "DISTINCT", "AS", "FROM", "WHERE", "HAVING", "LIMIT", "OFFSET", "ASC", "DESC", "FILTER", "SET",
    "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE", "ESCAPE", "NULL", "TRUE", "FALSE",
    "CASE", "WHEN", "THEN", "ELSE", "END",
    "JOIN", "UNION", "INTERSECT", "EXCEPT", "WITH", "OVER",
)
# fmt: on
_OPERATORS = (">=", "<=", "<>", "!=", "||", "GROUP BY", "ORDER BY")


class Pinot(Dialect):
    """Pinot's lexical rules: "identifiers", 'strings', names that start with $, few keywords; nulls are large."""

    NULL_ORDERING = "nulls_are_large"

    class Tokenizer(BaseTokenizer):
        IDENTIFIERS: ClassVar = ['"']
        QUOTES: ClassVar = ["'"]
        COMMENTS: ClassVar = ["--", ("/*", "*/")]
        VAR_SINGLE_TOKENS: ClassVar = {"$"}
        KEYWORDS: ClassVar = {word: BaseTokenizer.KEYWORDS[word] for word in (*_KEYWORDS, *_OPERATORS)}


_DIALECT = Pinot()


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT as sqlglot's tree (functions are `Anonymous` nodes whose name starts with CALL_MARK)."""

    tree: exp.Select
    options: dict[str, str]
    explain: bool


def parse(sql: str) -> Statement:
    """Read a request: SET statements around exactly one SELECT, or EXPLAIN PLAN FOR one. Raises QueryFault."""
    settings, body = _split_statements(sql, _tokenize(sql))
    explain, body = _strip_explain(body)
    body, options = split_option_tail(body)
    tree = _parse_tokens(sql, _checked_select(sql, body))
    if not isinstance(tree, exp.Select):
        raise unparsable(sql, "Non-query expression encountered in illegal context")
    return Statement(tree, {**options, **settings}, explain)


def parse_expression(text: str) -> exp.Expr:
    """Read one scalar expression or condition, as in ingestion transforms and filters. Raises QueryFault."""
    tokens = _tokenize(text)
    refuse_groovy(tokens)
    if not tokens or tokens[-1].token_type == TokenType.SEMICOLON:
        raise unparsable(text, "one expression is needed")
    select = Token(TokenType.SELECT, "SELECT", 1, 1, 0, 0)
    tree = _parse_tokens(text, _checked_select(text, [select, *tokens]))
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise unparsable(text, "one expression is needed")
    if any(value for clause, value in tree.args.items() if clause != "expressions"):
        raise unparsable(text, "an expression has no clauses")
    expression: exp.Expr = tree.expressions[0]
    return expression


def _tokenize(sql: str) -> list[Token]:
    if len(sql) > SQL_MAX_CHARS:
        raise SyntaxFault(f"The query has {len(sql)} characters, the limit is {SQL_MAX_CHARS}")
    if "\0" in sql:
        raise SyntaxFault("The query holds a NUL character")
    try:
        sql.encode()
        return list(_DIALECT.tokenize(sql))
    except UnicodeEncodeError as error:
        raise SyntaxFault("The query holds a lone surrogate: it is not Unicode text") from error
    except TokenError as error:
        raise unparsable(sql, f"Lexical error: {str(error).splitlines()[0]}") from error


def _split_statements(sql: str, tokens: Sequence[Token]) -> tuple[dict[str, str], Sequence[Token]]:
    settings: dict[str, str] = {}
    bodies: list[Sequence[Token]] = []
    for statement in split_on_semicolons(tokens):
        if statement[0].token_type == TokenType.SET:
            key, value = parse_set(statement)
            settings[key] = value
        else:
            bodies.append(statement)
    if not bodies:
        raise unparsable(sql, "SqlNode with executable statement not found!")
    if len(bodies) > 1:
        raise unparsable(sql, "SqlNode with more than one executable statement is not supported!")
    return settings, bodies[0]


def _strip_explain(tokens: Sequence[Token]) -> tuple[bool, Sequence[Token]]:
    if tokens[0].text.upper() != "EXPLAIN":
        return False, tokens
    words = [token.text.upper() for token in tokens[:4]]
    if words[:3] == ["EXPLAIN", "PLAN", "FOR"]:
        return True, tokens[3:]
    if words == ["EXPLAIN", "IMPLEMENTATION", "PLAN", "FOR"]:
        raise MultiStageFault
    raise SyntaxFault("EXPLAIN needs the form EXPLAIN PLAN FOR SELECT ...")


def _checked_select(sql: str, tokens: Sequence[Token]) -> list[Token]:
    if not tokens:
        raise unparsable(sql, "SqlNode with executable statement not found!")
    if tokens[0].token_type == TokenType.WITH:
        raise MultiStageFault
    if tokens[0].token_type != TokenType.SELECT:
        raise unparsable(sql, f"{encountered(sql, tokens[0])} Was expecting one of: SELECT, EXPLAIN PLAN FOR, SET")
    refuse_groovy(tokens)
    check_vocabulary(sql, tokens)
    check_size(tokens)
    return mark_calls(tokens)


def _parse_tokens(sql: str, tokens: list[Token]) -> exp.Expr | None:
    try:
        trees = _DIALECT.parser().parse(tokens, sql)
    except ParseError as error:
        raise unparsable(sql, _reason(error)) from error
    return trees[0] if len(trees) == 1 else None


def _reason(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    where = f'Encountered "{first.get("highlight", "")}" at line {first.get("line")}, column {first.get("col")}.'
    return f"{where} {first.get('description', '')}".replace(CALL_MARK, "")
