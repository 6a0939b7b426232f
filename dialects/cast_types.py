"""Types of CAST as SQL writes them, as the types that Pinot's multi-stage engine makes of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token, TokenType

_CASTS = frozenset({"CAST", "TRY_CAST", "TRYCAST", "SAFE_CAST"})
_TYPES = {
    "TINYINT": "INTEGER",
    "SMALLINT": "INTEGER",
    "CHAR": "VARCHAR",
    "CHARACTER": "VARCHAR",
    "VARCHAR": "VARCHAR",
    "VARBINARY": "VARBINARY",
    "BINARY": "VARBINARY",
    "DATE": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMP",
}
_DECIMALS = frozenset({"DECIMAL", "DEC", "NUMERIC"})
_DOUBLE_DIGITS_MAX = 30
"""A decimal of so many digits is a DOUBLE; Pinot never cuts to the digits."""


def plain_types(tokens: Sequence[Token]) -> list[Token]:
    """`CAST(x AS DECIMAL(10, 2))` as `CAST(x AS DOUBLE)`, `CAST(s AS CHAR(3))` as `CAST(s AS VARCHAR)`."""
    changed: list[Token] = []
    casts: list[bool] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        changed.append(token)
        at += 1
        if token.token_type == TokenType.L_PAREN:
            casts.append(at > 1 and tokens[at - 2].text.upper() in _CASTS)
        elif token.token_type == TokenType.R_PAREN:
            casts[-1:] = []
        elif token.token_type == TokenType.ALIAS and casts and casts[-1] and at < len(tokens):
            sizes = _sizes(tokens[at + 1 : at + 6])
            changed.append(_typed(tokens[at], sizes))
            at += 1 + (2 * len(sizes) + 1 if sizes else 0)
    return changed


def _sizes(tokens: Sequence[Token]) -> list[int]:
    """The whole numbers in the parentheses at the begin: `(10)` or `(10, 2)`."""
    shape = [token.token_type for token in tokens]
    for count in (1, 2):
        wanted = [TokenType.L_PAREN, *[TokenType.NUMBER, TokenType.COMMA] * count]
        wanted[-1] = TokenType.R_PAREN
        numbers = [token.text for token in tokens[1 : 2 * count + 1 : 2]]
        if shape[: len(wanted)] == wanted and all(text.isdecimal() and len(text) < 10 for text in numbers):
            return list(map(int, numbers))
    return []


def _typed(token: Token, sizes: Sequence[int]) -> Token:
    word = token.text.upper()
    if sizes and word in _DECIMALS:
        word = "DOUBLE" if sizes[0] <= _DOUBLE_DIGITS_MAX else "BIG_DECIMAL"
    found = _TYPES.get(word, word if word != token.text.upper() else token.text)
    return Token(TokenType.VAR, found, token.line, token.col, token.start, token.end)
