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

from dialects.cast_types import plain_types
from dialects.faults import MultiStageFault, SyntaxFault, unparsable
from dialects.options import parse_set, split_option_tail
from dialects.token_rules import (
    CALL_MARK,
    asks_gapfill,
    call_words,
    check_size,
    check_tokens,
    compare_before_is,
    encountered,
    fetch_as_limit,
    mark_calls,
    needs_stages,
    refuse_groovy,
    split_on_semicolons,
    typed_moments,
    words_of_stages,
)

SQL_MAX_CHARS = 1_000_000
# fmt: off
_KEYWORDS = (
    "SELECT", "DISTINCT", "AS", "FROM", "WHERE", "HAVING", "LIMIT", "OFFSET", "ASC", "DESC", "FILTER", "SET",
    "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE", "ESCAPE", "NULL", "TRUE", "FALSE",
    "CASE", "WHEN", "THEN", "ELSE", "END",
    "JOIN", "UNION", "INTERSECT", "EXCEPT", "WITH", "OVER", "GROUPING SETS", "ROLLUP", "CUBE",
)
# fmt: on
_OPERATORS = (">=", "<=", "<>", "!=", "||", "GROUP BY", "ORDER BY")


_STAGE_KEYWORDS = (
    "LEFT",
    "RIGHT",
    "FULL",
    "INNER",
    "OUTER",
    "CROSS",
    "NATURAL",
    "ASOF",
    "SEMI",
    "ANTI",
    "ON",
    "USING",
    "LATERAL",
    "UNNEST",
    "ALL",
    "EXISTS",
    "PARTITION BY",
    "ROWS",
    "RANGE",
    "ROW",
    "WINDOW",
    "QUALIFY",
)


class Pinot(Dialect):
    """Pinot's lexical rules: "identifiers", 'strings', names that start with $, few keywords; nulls are large."""

    NULL_ORDERING = "nulls_are_large"

    class Tokenizer(BaseTokenizer):
        IDENTIFIERS: ClassVar = ['"']
        QUOTES: ClassVar = ["'"]
        COMMENTS: ClassVar = ["--", ("/*", "*/")]
        VAR_SINGLE_TOKENS: ClassVar = {"$"}
        KEYWORDS: ClassVar = {word: BaseTokenizer.KEYWORDS[word] for word in (*_KEYWORDS, *_OPERATORS)}


class PinotStages(Pinot):
    """The same with the keywords of joins, windows and grouping sets."""

    class Tokenizer(Pinot.Tokenizer):
        KEYWORDS: ClassVar = {
            **Pinot.Tokenizer.KEYWORDS,
            **{word: BaseTokenizer.KEYWORDS[word] for word in _STAGE_KEYWORDS},
            "MATCH_CONDITION": TokenType.MATCH_CONDITION,
            "ORDINALITY": TokenType.ORDINALITY,
        }


_DETAILS = ("", " INCLUDING ATTRIBUTES", " INCLUDING ALL ATTRIBUTES", " EXCLUDING ATTRIBUTES")
_DEPTHS = ("", " WITH TYPE", " WITH IMPLEMENTATION", " WITHOUT IMPLEMENTATION")
_NOTATIONS = ("", " AS XML", " AS JSON", " AS DOT")
_EXPLAIN_FORMS = frozenset(
    {f"PLAN{details}{depth}{notation}" for details in _DETAILS for depth in _DEPTHS for notation in _NOTATIONS}
) | {"IMPLEMENTATION PLAN"}
"""What may stand between EXPLAIN and FOR; the answer is the same."""
_EXPLAIN_WORDS_MAX = 10

_DIALECT = Pinot()
_STAGE_DIALECT = PinotStages()


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT as sqlglot's tree (functions are `Anonymous` nodes whose name starts with CALL_MARK)."""

    tree: exp.Select
    options: dict[str, str]
    explain: bool
    gapfill: bool = False
    """Whether it has GAPFILL, and may then have SELECTs within each other."""


@dataclass(frozen=True, slots=True)
class StageStatement:
    """A query of the multi-stage engine: a SELECT or a set operation, with all that may stand in them."""

    tree: exp.Query
    options: dict[str, str]
    explain: bool


def parse(sql: str) -> Statement:
    """Read a request: SET statements around exactly one SELECT, or EXPLAIN PLAN FOR one. Raises QueryFault."""
    request = _request(sql, _DIALECT)
    tree = _parse_tokens(sql, _checked_select(sql, request.body), _DIALECT)
    if not isinstance(tree, exp.Select):
        raise unparsable(sql, "Non-query expression encountered in illegal context")
    return Statement(tree, request.options, request.explain)


def parse_query(sql: str, *, stages: bool = False) -> Statement | StageStatement:
    """As `parse`; a request that wants the multi-stage engine, or cannot do without it, is read as one for it.

    `stages`: the sender wants it. Raises QueryFault.
    """
    if stages:
        return parse_stages(sql)
    request = _request(sql, _DIALECT)
    if request.options.get("useMultistageEngine", "").lower() == "true":
        return parse_stages(sql)
    if asks_gapfill(request.body):
        return _parse_gapfill(sql, request)
    if needs_stages(request.body):
        return parse_stages(sql)
    statement = parse(sql)
    return parse_stages(sql) if statement.tree.args.get("joins") else statement


def parse_stages(sql: str) -> StageStatement:
    """Read a request with joins, sub-queries, set operations or windows. Raises QueryFault."""
    request = _request(sql, _STAGE_DIALECT)
    tree = _parse_tokens(sql, _checked_query(sql, request.body), _STAGE_DIALECT)
    if not isinstance(tree, exp.Select | exp.SetOperation | exp.Subquery):
        raise unparsable(sql, "Non-query expression encountered in illegal context")
    return StageStatement(tree, request.options, request.explain)


@dataclass(frozen=True, slots=True)
class _Request:
    """The tokens of the one query, and what stands around it."""

    body: Sequence[Token]
    options: dict[str, str]
    explain: bool


def _request(sql: str, dialect: Dialect) -> _Request:
    settings, body = _split_statements(sql, _tokenize(sql, dialect))
    explain, body = _strip_explain(body)
    body, options = split_option_tail(body)
    return _Request(fetch_as_limit(body), {**options, **settings}, explain)


def _parse_gapfill(sql: str, request: _Request) -> Statement:
    tree = _parse_tokens(sql, _checked_query(sql, request.body), _DIALECT)
    if not isinstance(tree, exp.Select):
        raise MultiStageFault
    return Statement(tree, request.options, request.explain, gapfill=True)


def parse_expression(text: str) -> exp.Expr:
    """Read one scalar expression or condition, as in ingestion transforms and filters. Raises QueryFault."""
    tokens = call_words(_tokenize(text, _DIALECT))
    refuse_groovy(tokens)
    if not tokens or tokens[-1].token_type == TokenType.SEMICOLON:
        raise unparsable(text, "one expression is needed")
    select = Token(TokenType.SELECT, "SELECT", 1, 1, 0, 0)
    tree = _parse_tokens(text, _checked_select(text, [select, *tokens]), _DIALECT)
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise unparsable(text, "one expression is needed")
    if any(value for clause, value in tree.args.items() if clause != "expressions"):
        raise unparsable(text, "an expression has no clauses")
    expression: exp.Expr = tree.expressions[0]
    return expression


def _tokenize(sql: str, dialect: Dialect) -> list[Token]:
    if len(sql) > SQL_MAX_CHARS:
        raise SyntaxFault(f"The query has {len(sql)} characters, the limit is {SQL_MAX_CHARS}")
    if "\0" in sql:
        raise SyntaxFault("The query holds a NUL character")
    try:
        sql.encode()
        return list(dialect.tokenize(sql))
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
    words = [token.text.upper() for token in tokens[:_EXPLAIN_WORDS_MAX]]
    if "FOR" in words and " ".join(words[1 : words.index("FOR")]) in _EXPLAIN_FORMS:
        return True, tokens[words.index("FOR") + 1 :]
    raise SyntaxFault("EXPLAIN needs the form EXPLAIN PLAN [WITHOUT IMPLEMENTATION] FOR SELECT ...")


def _checked_select(sql: str, tokens: Sequence[Token]) -> list[Token]:
    if not tokens:
        raise unparsable(sql, "SqlNode with executable statement not found!")
    if tokens[0].token_type == TokenType.WITH:
        raise MultiStageFault
    if tokens[0].token_type != TokenType.SELECT:
        raise unparsable(sql, f"{encountered(sql, tokens[0])} Was expecting one of: SELECT, EXPLAIN PLAN FOR, SET")
    refuse_groovy(tokens)
    if needs_stages(tokens):
        raise MultiStageFault
    check_tokens(sql, tokens)
    check_size(tokens)
    return mark_calls(compare_before_is(tokens))


def _checked_query(sql: str, tokens: Sequence[Token]) -> list[Token]:
    if not tokens:
        raise unparsable(sql, "SqlNode with executable statement not found!")
    if tokens[0].token_type not in (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN):
        raise unparsable(
            sql, f"{encountered(sql, tokens[0])} Was expecting one of: SELECT, WITH, EXPLAIN PLAN FOR, SET"
        )
    refuse_groovy(tokens)
    check_tokens(sql, tokens)
    check_size(tokens)
    return mark_calls(compare_before_is(plain_types(typed_moments(words_of_stages(tokens)))))


def _parse_tokens(sql: str, tokens: list[Token], dialect: Dialect) -> exp.Expr | None:
    try:
        trees = dialect.parser().parse(tokens, sql)
    except ParseError as error:
        raise unparsable(sql, _reason(error)) from error
    return trees[0] if len(trees) == 1 else None


def _reason(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    where = f'Encountered "{first.get("highlight", "")}" at line {first.get("line")}, column {first.get("col")}.'
    return f"{where} {first.get('description', '')}".replace(CALL_MARK, "")
