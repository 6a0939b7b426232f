"""What Pinot's dialect decides on tokens, before the parser sees them: vocabulary, size, and names that are calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

from dialects.faults import SyntaxFault, ValidationFault, unparsable

DEPTH_MAX = 100
OPERATORS_MAX = 20_000

# Marks a name that is followed by "(": a character that no bare name can hold keeps sqlglot from knowing the function.
CALL_MARK = "call:"

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
_CALLED = frozenset({TokenType.VAR, TokenType.LEFT, TokenType.RIGHT})
"""Names of functions, some of which are words of joins too."""
_COMMA = Token(TokenType.COMMA, ",")
_ENDS = frozenset({"BOTH", "LEADING", "TRAILING"})
_CALLED_WORDS = frozenset({TokenType.AND, TokenType.OR, TokenType.CASE})
_BEFORE_OPERANDS = frozenset(
    {
        TokenType.L_PAREN,
        TokenType.COMMA,
        TokenType.AND,
        TokenType.OR,
        TokenType.NOT,
        TokenType.WHEN,
        TokenType.THEN,
        TokenType.ELSE,
    }
)
"""Behind these, and at the begin, a word with parentheses is no operator."""
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.END})
_COMPARISONS = frozenset({TokenType.EQ, TokenType.NEQ, TokenType.GT, TokenType.GTE, TokenType.LT, TokenType.LTE})
_OPERAND_BOUNDS = frozenset(
    {
        TokenType.SELECT,
        TokenType.DISTINCT,
        TokenType.FROM,
        TokenType.WHERE,
        TokenType.GROUP_BY,
        TokenType.HAVING,
        TokenType.QUALIFY,
        TokenType.ORDER_BY,
        TokenType.PARTITION_BY,
        TokenType.ON,
        TokenType.AND,
        TokenType.OR,
        TokenType.NOT,
        TokenType.WHEN,
        TokenType.THEN,
        TokenType.ELSE,
        TokenType.COMMA,
    }
)
_ENDS_OF_LISTS = frozenset(
    {
        TokenType.COMMA,
        TokenType.FROM,
        TokenType.WHERE,
        TokenType.GROUP_BY,
        TokenType.HAVING,
        TokenType.ORDER_BY,
        TokenType.LIMIT,
        TokenType.R_PAREN,
        TokenType.R_BRACKET,
    }
)
_ROWS = frozenset({"ROW", "ROWS"})
_FETCH = (frozenset({"FETCH"}), frozenset({"FIRST", "NEXT"}), None, _ROWS, frozenset({"ONLY"}))
"""The words of FETCH; None is the number."""
_CAST = (Token(TokenType.VAR, "CAST"), Token(TokenType.L_PAREN, "("))
_AS_TIMESTAMP = (
    Token(TokenType.ALIAS, "AS"),
    Token(TokenType.VAR, "TIMESTAMP"),
    Token(TokenType.R_PAREN, ")"),
)
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


@dataclass(slots=True)
class _Operand:
    """Of AND, OR or NOT, or a whole expression: where it begins, and whether it has compared something by now."""

    start: int
    compared: bool = False


def split_on_semicolons(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    ends = [i for i, token in enumerate(tokens) if token.token_type == TokenType.SEMICOLON]
    bounds = [-1, *ends, len(tokens)]
    parts = (tokens[low + 1 : high] for low, high in pairwise(bounds))
    return [part for part in parts if part]


def refuse_groovy(tokens: Sequence[Token]) -> None:
    if any(a.text.lower() == "groovy" and b.text == "(" for a, b in pairwise(tokens)):
        raise ValidationFault(
            "Groovy functions are not supported: write the expression with Pinot's built-in functions"
        )


def needs_stages(tokens: Sequence[Token]) -> bool:
    """Whether only the multi-stage engine has what these tokens ask for."""
    kinds = [token.token_type for token in tokens]
    return kinds.count(TokenType.SELECT) > 1 or not _MULTI_STAGE_TOKENS.isdisjoint(kinds)


def asks_gapfill(tokens: Sequence[Token]) -> bool:
    """Whether GAPFILL is called, the one function of the single-stage engine around which SELECTs may stand."""
    named = (token.text.replace("_", "").lower() == "gapfill" for token in tokens)
    return any(name and after.token_type == TokenType.L_PAREN for name, after in zip(named, tokens[1:], strict=False))


def words_of_stages(tokens: Sequence[Token]) -> list[Token]:
    """`LEFT ASOF JOIN` as `ASOF LEFT JOIN`, and MINUS between two queries as EXCEPT."""
    changed = list(tokens)
    for i, (token, following) in enumerate(pairwise(tokens)):
        if token.token_type == TokenType.LEFT and following.token_type == TokenType.ASOF:
            changed[i : i + 2] = following, token
        elif token.text.upper() == "MINUS" and following.token_type in (TokenType.SELECT, TokenType.ALL):
            changed[i] = Token(TokenType.EXCEPT, token.text, token.line, token.col, token.start, token.end)
    return changed


def check_tokens(sql: str, tokens: Sequence[Token]) -> None:
    """Raises SyntaxFault for signs that Pinot's SQL does not have, and for commas behind which nothing is listed."""
    for token in tokens:
        if token.token_type in _REFUSED_TOKENS:
            raise unparsable(sql, f"Lexical error: {encountered(sql, token)}")
    for token, following in pairwise(tokens):
        if token.token_type == TokenType.COMMA and following.token_type in _ENDS_OF_LISTS:
            raise unparsable(sql, encountered(sql, following))
    if tokens[-1].token_type == TokenType.COMMA:
        raise unparsable(sql, encountered(sql, tokens[-1]))


def fetch_as_limit(tokens: Sequence[Token]) -> Sequence[Token]:
    """`OFFSET 5 ROWS FETCH NEXT 10 ROWS ONLY` is `OFFSET 5 LIMIT 10`."""
    words = [token.text.upper() for token in tokens[-len(_FETCH) :]]
    if len(words) < len(_FETCH) or any(one and word not in one for word, one in zip(words, _FETCH, strict=True)):
        return tokens
    number = tokens[-3]
    before = list(tokens[: -len(_FETCH)])
    if len(before) > 2 and before[-3].token_type == TokenType.OFFSET and before[-1].text.upper() in _ROWS:
        before.pop()
    return [*before, Token(TokenType.LIMIT, "LIMIT", number.line, number.col, number.start, number.end), number]


def check_size(tokens: Sequence[Token]) -> None:
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


def compare_before_is(tokens: Sequence[Token]) -> Sequence[Token]:
    """`a = b IS TRUE` is `(a = b) IS TRUE`: the parser below would have IS bind more tightly than comparisons."""
    opened, closed = [0] * len(tokens), [0] * len(tokens)
    operands = [_Operand(0)]
    for i, token in enumerate(tokens):
        kind = token.token_type
        if kind in _OPENING:
            operands.append(_Operand(i + 1))
        elif kind in _CLOSING:
            operands[1:] = operands[1:-1]
        elif kind in _OPERAND_BOUNDS:
            operands[-1] = _Operand(i + 1)
        elif kind in _COMPARISONS:
            operands[-1].compared = True
        elif kind == TokenType.IS and operands[-1].compared:
            opened[operands[-1].start] += 1
            closed[i] += 1
            operands[-1].compared = False
    return _with_parentheses(tokens, opened, closed) if any(closed) else tokens


def _with_parentheses(tokens: Sequence[Token], opened: Sequence[int], closed: Sequence[int]) -> list[Token]:
    left, right = Token(TokenType.L_PAREN, "("), Token(TokenType.R_PAREN, ")")
    return [
        each
        for token, before, after in zip(tokens, opened, closed, strict=True)
        for each in (*[left] * before, *[right] * after, token)
    ]


def _with_commas(tokens: Sequence[Token]) -> list[Token]:
    """`SUBSTRING(s FROM 2 FOR 1)` as `SUBSTRING(s, 2, 1)`, `TRIM(LEADING 'x' FROM s)` as `TRIM('LEADING', 'x', s)`."""
    changed = list(tokens)
    for i in reversed(range(len(tokens) - 1)):
        function = tokens[i].text.upper()
        if function not in ("SUBSTRING", "TRIM") or tokens[i + 1].token_type != TokenType.L_PAREN:
            continue
        words = _words_between_arguments(changed, i + 1)
        if function == "SUBSTRING":
            for at in words:
                changed[at] = _COMMA
        elif words:
            changed[i + 2 : words[0] + 1] = _trimmed(changed[i + 2 : words[0]])
    return changed


def _trimmed(written: Sequence[Token]) -> list[Token]:
    """What stands before FROM in TRIM, as two arguments."""
    ended = bool(written) and written[0].token_type == TokenType.VAR and written[0].text.upper() in _ENDS
    end = written[0].text.upper() if ended else "BOTH"
    characters = written[1:] if ended else written
    return [Token(TokenType.STRING, end), _COMMA, *(characters or [Token(TokenType.STRING, " ")]), _COMMA]


def _words_between_arguments(tokens: Sequence[Token], opened: int) -> list[int]:
    """Where FROM and FOR stand within the parenthesis at `opened`, and in none within it."""
    found, depth = [], 0
    for at in range(opened, len(tokens)):
        depth += (tokens[at].token_type == TokenType.L_PAREN) - (tokens[at].token_type == TokenType.R_PAREN)
        if not depth:
            break
        if depth == 1 and (
            tokens[at].token_type == TokenType.FROM
            or (tokens[at].token_type == TokenType.VAR and tokens[at].text.upper() == "FOR")
        ):
            found.append(at)
    return found


def mark_calls(tokens: Sequence[Token]) -> list[Token]:
    tokens = _with_commas(tokens)
    marked = list(tokens)
    for i, (token, following) in enumerate(pairwise(tokens)):
        if token.token_type in _CALLED and following.token_type == TokenType.L_PAREN:
            marked[i] = _named_call(token)
            if token.text.upper() == "EXTRACT" and i + 3 < len(tokens) and tokens[i + 3].token_type == TokenType.FROM:
                marked[i + 3] = Token(TokenType.COMMA, ",")
    return [token for token, following in pairwise([*marked, marked[-1]]) if not _is_type_prefix(token, following)]


def call_words(tokens: Sequence[Token]) -> list[Token]:
    """`and(a, b)`, `or(a, b)` and `case(condition, a, b)` become calls. (`CASE (a) WHEN` stays what it is.)"""
    called = list(tokens)
    for i, (token, following) in enumerate(pairwise(tokens)):
        if token.token_type not in _CALLED_WORDS or following.token_type != TokenType.L_PAREN:
            continue
        is_operand = i == 0 or tokens[i - 1].token_type in _BEFORE_OPERANDS
        if is_operand and _behind_parentheses(tokens, i + 1) != TokenType.WHEN:
            called[i] = Token(TokenType.VAR, token.text, token.line, token.col, token.start, token.end, token.comments)
    return called


def _behind_parentheses(tokens: Sequence[Token], opened: int) -> TokenType | None:
    """What stands behind the parenthesis that closes the one at `opened`."""
    depth = 0
    for token, following in pairwise(tokens[opened:]):
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if not depth:
            return following.token_type
    return None


def unmarked(name: str) -> str:
    """A name that turned out to be none of a call: an alias with column names behind it."""
    return name.removeprefix(CALL_MARK)


def _named_call(token: Token) -> Token:
    return Token(TokenType.VAR, CALL_MARK + token.text, token.line, token.col, token.start, token.end, token.comments)


def _is_type_prefix(token: Token, following: Token) -> bool:
    """`TIMESTAMP '2014-01-01 00:00:00'` is the string: literals take the type of what they are compared with."""
    typed = token.token_type == TokenType.VAR and token.text.upper() in ("TIMESTAMP", "DATE")
    return typed and following.token_type == TokenType.STRING


def typed_moments(tokens: Sequence[Token]) -> list[Token]:
    """`TIMESTAMP '2014-01-01 00:00:00'` is a cast of the string where types are SQL's."""
    typed: list[Token] = []
    for before, token, following in zip([None, *tokens], tokens, [*tokens[1:], tokens[-1]], strict=False):
        if _is_type_prefix(token, following):
            continue
        is_moment = before is not None and _is_type_prefix(before, token)
        typed += [*_CAST, token, *_AS_TIMESTAMP] if is_moment else [token]
    return typed


def encountered(sql: str, token: Token) -> str:
    line = sql.count("\n", 0, token.start) + 1
    column = token.start - (sql.rfind("\n", 0, token.start) + 1) + 1
    return f'Encountered "{token.text}" at line {line}, column {column}.'
