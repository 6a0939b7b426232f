"""What two queries have in common that differ in their literals alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

from dialects.pinot import PinotStages

HASH_CHARS = 16
_LITERALS = frozenset({TokenType.STRING, TokenType.NUMBER})
_NO_SPACE_BEFORE = frozenset({",", ")", ".", "]", ";"})
_NO_SPACE_AFTER = frozenset({"(", ".", "["})


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`text` is the query with `?` for each literal and for each list of them; `hash` is hexadecimal."""

    text: str
    hash: str


def fingerprint(sql: str) -> Fingerprint:
    """The fingerprint of a text that was parsed before: only its tokens are looked at."""
    text = _spaced(_squashed(_words(PinotStages().tokenize(sql))))
    return Fingerprint(text, hashlib.sha256(text.lower().encode()).hexdigest()[:HASH_CHARS])


def _words(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.token_type in _LITERALS:
            yield "?"
        elif token.token_type == TokenType.IDENTIFIER:
            yield f'"{token.text}"'
        else:
            yield token.text


def _squashed(words: Iterable[str]) -> list[str]:
    """`?, ?, ?` is `?`: how many values an IN has is a literal too."""
    found: list[str] = []
    for word in words:
        if word == "?" and found[-2:] == ["?", ","]:
            found.pop()
        else:
            found.append(word)
    return found


def _spaced(words: Iterable[str]) -> str:
    text, before = "", ""
    for word in words:
        tight = not before or word in _NO_SPACE_BEFORE or before in _NO_SPACE_AFTER or (word == "(" and _calls(before))
        text += word if tight else f" {word}"
        before = word
    return text.rstrip(";")


def _calls(word: str) -> bool:
    """Whether a parenthesis behind `word` holds arguments; behind a keyword it does not."""
    return word.isidentifier() and word.upper() not in _BEFORE_LISTS


_BEFORE_LISTS = frozenset(
    {"IN", "FROM", "AND", "OR", "NOT", "SELECT", "WHERE", "ON", "AS", "BY", "JOIN", "WHEN", "THEN"}
)
