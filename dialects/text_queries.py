"""Queries of TEXT_MATCH in Lucene's classic syntax, as a tree of clauses.

A text is a row of lower-case words. Terms, "phrases", prefix*, w?ldcards, /regular expressions/, fuzzy~1, AND, OR, NOT,
+must, -must_not and parentheses; boosts are read and mean nothing, since a filter has no order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from dialects.faults import ValidationFault

WORD_RE2 = r"\p{N}+(?:,\p{N}+)+|[\p{L}\p{M}\p{N}_]+(?:['’.][\p{L}\p{M}\p{N}_]+)*"
"""One word of a text, as the engine finds it; `_WORD` is the same for the query."""
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        "this to was will with",
    )
)
CLAUSES_MAX = 1024
_DEPTH_MAX = 50
_FUZZY_EDITS = 2

_WORD = re.compile(r"\d+(?:,\d+)+|\w+(?:['’.]\w+)*")
_TOKEN = re.compile(
    r"""\s*(?:(?P<phrase>"(?:[^"\\]|\\.)*")|/(?P<regex>(?:[^/\\]|\\.)*)/"""
    r"""|(?P<mark>&&|\|\||[()+!]|-(?=\S))|\^(?P<boost>\d+(?:\.\d+)?)|~(?P<edits>\d*)"""
    r"""|(?P<term>(?:[^\s()"/+!^~\\\-]|\\.)(?:[^\s()"^~\\]|\\.)*))""",
    re.DOTALL,
)
Occur = Literal["must", "should", "must_not"]


@dataclass(frozen=True, slots=True)
class Words:
    """These words one after the other; None is any word (a stop word's place)."""

    words: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One word that a regular expression matches as a whole."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """One word that is at most so many edits away."""

    word: str
    edits: int


@dataclass(frozen=True, slots=True)
class Everything:
    """`*:*`"""


@dataclass(frozen=True, slots=True)
class Group:
    """All of what must be, none of what must not be, and where nothing must be, some of what should."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    occur: Occur
    query: TextQuery


TextQuery = Words | Pattern | Fuzzy | Everything | Group


def parse_text_query(text: str, *, all_by_default: bool = False) -> Group:
    """Read a query; words without an operator between them are alternatives, or all needed. Raises ValidationFault."""
    reader = _Reader(text, list(_tokens(text)), all_by_default)
    group = reader.group(0)
    if reader.at < len(reader.tokens):
        raise _wrong(text, "a ) has no (")
    return group


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _wrong(text, f"cannot be read from '{text[at : at + 20].strip()}' on")
        yield match
        at = match.end()


def _wrong(text: str, why: str) -> ValidationFault:
    return ValidationFault(f"Cannot parse TEXT_MATCH query '{text[:100]}': {why}")


class _Reader:
    """Reads tokens into groups; `at` is the next one."""

    def __init__(self, text: str, tokens: list[re.Match[str]], all_by_default: bool) -> None:
        self.text, self.tokens, self.at = text, tokens, 0
        self._default: Occur = "must" if all_by_default else "should"
        self._count = 0

    def group(self, depth: int) -> Group:
        if depth > _DEPTH_MAX:
            raise _wrong(self.text, f"it is nested deeper than {_DEPTH_MAX} levels")
        clauses: list[Clause] = []
        first = self.at
        while (word := self._peek()) is not None and word != ")":
            connective = self._connective(self.at > first)
            occur = self._occur(connective)
            query = self._atom(depth)
            if connective is not None and clauses:
                clauses[-1] = _joined(clauses[-1], connective)
            if query is not None:
                clauses.append(Clause(occur, query))
        return Group(tuple(clauses))

    def _peek(self) -> str | None:
        if self.at >= len(self.tokens):
            return None
        token = self.tokens[self.at]
        return token["mark"] or token["term"] or ""

    def _take(self, *words: str) -> bool:
        taken = self._peek() in words
        self.at += taken
        return taken

    def _connective(self, has_left: bool) -> Literal["AND", "OR"] | None:
        found: Literal["AND", "OR"] | None = None
        if self._take("AND", "&&"):
            found = "AND"
        elif self._take("OR", "||"):
            found = "OR"
        if found is not None and not has_left:
            raise _wrong(self.text, f"nothing stands before {found}")
        return found

    def _occur(self, connective: Literal["AND", "OR"] | None) -> Occur:
        if self._take("NOT", "!", "-"):
            return "must_not"
        if self._take("+") or connective == "AND":
            return "must"
        return "should" if connective == "OR" else self._default

    def _atom(self, depth: int) -> TextQuery | None:
        """None for what has no words, such as a stop word alone."""
        self._count += 1
        if self._count > CLAUSES_MAX:
            raise _wrong(self.text, f"it has more than {CLAUSES_MAX} clauses")
        if self._take("("):
            inner = self.group(depth + 1)
            if not self._take(")"):
                raise _wrong(self.text, "a ( is not closed")
            self._boost()
            return inner if inner.clauses else None
        if self._peek() in (None, ")", "+", "!", "-", "AND", "OR", "NOT", "&&", "||"):
            raise _wrong(self.text, "a term is missing")
        token = self.tokens[self.at]
        self.at += 1
        return self._leaf(token)

    def _leaf(self, token: re.Match[str]) -> TextQuery | None:
        edits = self._edits()
        self._boost()
        if token["phrase"] is not None:
            if edits is not None:
                raise _wrong(self.text, "a distance after a phrase is not supported, use AND between its words")
            return phrase(_unescaped(token["phrase"][1:-1]))
        if token["regex"] is not None:
            return Pattern(token["regex"].lower())
        if token["term"] is None:
            raise _wrong(self.text, f"'{token[0].strip()}' stands alone")
        return self._term(token["term"], edits)

    def _term(self, term: str, edits: int | None) -> TextQuery | None:
        if term == "*:*" or term == "*":
            return Everything()
        if re.search(r"(?<!\\):", term) or term[0] in "[{":
            raise _wrong(self.text, "fields and ranges are not supported, only words of the column itself")
        if edits is not None:
            return Fuzzy(_unescaped(term).lower(), edits)
        if re.search(r"(?<!\\)[*?]", term):
            return Pattern(_wildcards(term.lower()))
        words = [word for word in words_of(_unescaped(term)) if word not in STOP_WORDS]
        alternatives = tuple(Clause(self._default, Words((word,))) for word in words)
        return alternatives[0].query if len(alternatives) == 1 else Group(alternatives) if alternatives else None

    def _edits(self) -> int | None:
        if self.at >= len(self.tokens) or self.tokens[self.at]["edits"] is None:
            return None
        text = self.tokens[self.at]["edits"]
        self.at += 1
        return min(int(text), _FUZZY_EDITS) if text else _FUZZY_EDITS

    def _boost(self) -> None:
        if self.at < len(self.tokens) and self.tokens[self.at]["boost"] is not None:
            self.at += 1


def _joined(left: Clause, connective: Literal["AND", "OR"]) -> Clause:
    """What a connective makes of the clause before it; OR takes back what only the default demanded."""
    if connective == "AND" and left.occur == "should":
        return replace(left, occur="must")
    return left


def words_of(text: str) -> list[str]:
    """The lower-case words of a text."""
    return _WORD.findall(text.lower())


def phrase(text: str) -> Words | None:
    words = [None if word in STOP_WORDS else word for word in words_of(text)]
    while words and words[0] is None:
        words.pop(0)
    while words and words[-1] is None:
        words.pop()
    return Words(tuple(words)) if words else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _wildcards(term: str) -> str:
    """`f?o*` as a regular expression."""
    parts = re.findall(r"\\.|.", term, re.DOTALL)
    return "".join({"*": ".*", "?": "."}.get(part) or re.escape(part[-1]) for part in parts)


def needed_words(query: TextQuery) -> frozenset[str]:
    """Words that every text that matches has: cheap to look for before it is taken apart."""
    match query:
        case Words(words):
            return frozenset(word for word in words if word is not None)
        case Group(clauses):
            must = [clause for clause in clauses if clause.occur == "must"]
            certain = must or [clause for clause in clauses if clause.occur == "should"]
            if not must and len(certain) > 1:
                return frozenset()
            return frozenset(word for clause in certain for word in needed_words(clause.query))
        case _:
            return frozenset()
