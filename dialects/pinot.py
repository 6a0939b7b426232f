"""Pinot SQL: text to one SELECT tree with its options.

sqlglot does the grammar of clauses and operators. Its compiled parser cannot be subclassed, so what makes this dialect
Pinot's happens on tokens: only Pinot's keywords are keywords, and each function name is marked as a plain call, so that
no function of another dialect gets a meaning of its own. All meaning is in `functions.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from dialects.faults import MultiStageFault, SyntaxFault, ValidationFault, unparsable
from dialects.options import parse_set, split_option_tail

SQL_MAX_CHARS = 1_000_000
DEPTH_MAX = 100
OPERATORS_MAX = 20_000

# Marks a name that is followed by "(": a character that no bare name can hold keeps sqlglot from knowing the function.
CALL_MARK = "call:"

# fmt: off
_KEYWORDS = (
    "SELECT", "DISTINCT", "AS", "FROM", "WHERE", "HAVING", "LIMIT", "OFFSET", "ASC", "DESC", "FILTER", "SET",
    "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE", "ESCAPE", "NULL", "TRUE", "FALSE",
    "CASE", "WHEN", "THEN", "ELSE", "END",
    "JOIN", "UNION", "INTERSECT", "EXCEPT", "WITH", "OVER",
)
# fmt: on
_OPERATORS = (">=", "<=", "<>", "!=", "||", "GROUP BY", "ORDER BY")
_MULTI_STAGE_TOKENS = frozenset(
    {TokenType.JOIN, TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT, TokenType.WITH, TokenType.OVER}
)
_REFUSED_TOKENS = frozenset(
    {
        TokenType.L_BRACE,
        TokenType.R_BRACE,
        TokenType.AMP,
        TokenType.CARET,
        TokenType.COLON,
        TokenType.PIPE,
        TokenType.BACKSLASH,
        TokenType.TILDE,
        TokenType.PLACEHOLDER,
        TokenType.PARAMETER,
        TokenType.HASH,
        TokenType.UNKNOWN,
    }
)
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END})
_PREFIX_OPERATORS = frozenset({TokenType.NOT, TokenType.DASH, TokenType.PLUS})
_INFIX_OPERATORS = frozenset(
    {
        TokenType.AND,
        TokenType.OR,
        TokenType.PLUS,
        TokenType.DASH,
        TokenType.STAR,
        TokenType.SLASH,
        TokenType.MOD,
        TokenType.DPIPE,
        TokenType.DOT,
        TokenType.EQ,
        TokenType.NEQ,
    }
)


class Pinot(Dialect):
    """Pinot's lexical rules: "identifiers", 'strings', names that start with $, few keywords; nulls are large."""

    NULL_ORDERING = "nulls_are_large"

    class Tokenizer(Tokenizer):
        IDENTIFIERS: ClassVar = ['"']
        QUOTES: ClassVar = ["'"]
        COMMENTS: ClassVar = ["--", ("/*", "*/")]
        VAR_SINGLE_TOKENS: ClassVar = {"$"}
        KEYWORDS: ClassVar = {word: Tokenizer.KEYWORDS[word] for word in (*_KEYWORDS, *_OPERATORS)}


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
    _refuse_groovy(tokens)
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
    for statement in _split_on_semicolons(tokens):
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


def _split_on_semicolons(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    ends = [i for i, token in enumerate(tokens) if token.token_type == TokenType.SEMICOLON]
    bounds = [-1, *ends, len(tokens)]
    parts = (tokens[low + 1 : high] for low, high in pairwise(bounds))
    return [part for part in parts if part]


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
        raise unparsable(sql, f"{_encountered(sql, tokens[0])} Was expecting one of: SELECT, EXPLAIN PLAN FOR, SET")
    _refuse_groovy(tokens)
    _check_vocabulary(sql, tokens)
    _check_size(tokens)
    return _mark_calls(tokens)


def _refuse_groovy(tokens: Sequence[Token]) -> None:
    if any(a.text.lower() == "groovy" and b.text == "(" for a, b in pairwise(tokens)):
        raise ValidationFault(
            "Groovy functions are not supported: write the expression with Pinot's built-in functions"
        )


def _check_vocabulary(sql: str, tokens: Sequence[Token]) -> None:
    selects = 0
    for token in tokens:
        selects += token.token_type == TokenType.SELECT
        if token.token_type in _MULTI_STAGE_TOKENS or selects > 1:
            raise MultiStageFault
        if token.token_type in _REFUSED_TOKENS:
            raise unparsable(sql, f"Lexical error: {_encountered(sql, token)}")


def _check_size(tokens: Sequence[Token]) -> None:
    """The parser below recurses in C and would crash on deep input, so depth and length are limited here."""
    depth = prefixes = operators = 0
    for token in tokens:
        kind = token.token_type
        depth += (kind in _OPENING) - (kind in _CLOSING)
        prefixes = prefixes + 1 if kind in _PREFIX_OPERATORS else 0
        operators += kind in _INFIX_OPERATORS
        if depth + prefixes > DEPTH_MAX:
            raise SyntaxFault(f"The query is nested deeper than {DEPTH_MAX} levels")
    if operators > OPERATORS_MAX:
        raise SyntaxFault(f"The query has more than {OPERATORS_MAX} operators: use IN for long lists of values")


def _mark_calls(tokens: Sequence[Token]) -> list[Token]:
    marked = list(tokens)
    for i, (token, following) in enumerate(pairwise(tokens)):
        if token.token_type == TokenType.VAR and following.token_type == TokenType.L_PAREN:
            marked[i] = _with_text(token, CALL_MARK + token.text)
            if token.text.upper() == "EXTRACT" and i + 3 < len(tokens) and tokens[i + 3].token_type == TokenType.FROM:
                marked[i + 3] = Token(TokenType.COMMA, ",")
    return [token for token, following in pairwise([*marked, marked[-1]]) if not _is_type_prefix(token, following)]


def _with_text(token: Token, text: str) -> Token:
    return Token(token.token_type, text, token.line, token.col, token.start, token.end, token.comments)


def _is_type_prefix(token: Token, following: Token) -> bool:
    """`TIMESTAMP '2014-01-01 00:00:00'` is the string: literals take the type of what they are compared with."""
    typed = token.token_type == TokenType.VAR and token.text.upper() in ("TIMESTAMP", "DATE")
    return typed and following.token_type == TokenType.STRING


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


def _encountered(sql: str, token: Token) -> str:
    line = sql.count("\n", 0, token.start) + 1
    column = token.start - (sql.rfind("\n", 0, token.start) + 1) + 1
    return f'Encountered "{token.text}" at line {line}, column {column}.'
