"""TEXT_MATCH without an index: the words of a text, looked through by the engine for each row."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BOOLEAN, STRING, TEXTUAL, element_of, is_array
from dialects.conversions import Typed, convert
from dialects.faults import ValidationFault
from dialects.function_entry import Context, Function, literal_text, special
from dialects.literals import quote_string
from dialects.text_queries import (
    WORD_RE2,
    Everything,
    Fuzzy,
    Group,
    Pattern,
    TextQuery,
    Words,
    needed_words,
    parse_text_query,
)

_OPTIONS = ("parser", "defaultoperator", "allowleadingwildcard")


def _text_match(arguments: Sequence[Typed], _: Context) -> Typed:
    subject = arguments[0]
    if element_of(subject.data_type) not in TEXTUAL:
        raise ValidationFault(f"Function text_match looks for words in a STRING column, found {subject.data_type}")
    text = f"array_to_string({subject.sql}, ' ')" if is_array(subject.data_type) else convert(subject, STRING)
    needs_all = len(arguments) == 3 and _needs_all(literal_text(arguments[2], "text_match", "options"))
    query = parse_text_query(literal_text(arguments[1], "text_match", "query"), all_by_default=needs_all)
    words = f"regexp_extract_all(lower({text}), {quote_string(WORD_RE2)})"
    cheap = [f"contains(lower({text}), {quote_string(word)})" for word in sorted(needed_words(query))]
    exact = f"list_transform([{words}], lambda ws: {_printed(query, 'ws')})[1]"  # taken apart once for all conditions
    return Typed(f"({' AND '.join([f'{text} IS NOT NULL', *cheap, exact])})", BOOLEAN)


def _needs_all(options: str) -> bool:
    """`defaultOperator=AND`. Raises ValidationFault for options that would change the answer."""
    settings = dict(_option(option) for option in options.split(",") if option.strip())
    unknown = [name for name in settings if name not in _OPTIONS]
    if unknown or settings.get("parser", "classic") not in ("classic", "standard"):
        raise ValidationFault(
            f"Unsupported option of text_match: '{options}', use parser=CLASSIC, defaultOperator=AND or OR"
        )
    return settings.get("defaultoperator") == "and"


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().lower()


def _printed(query: TextQuery, words: str) -> str:
    match query:
        case Group():
            return _group(query, words)
        case Words():
            return _in_a_row(query, words)
        case Pattern(pattern):
            return _some_word(words, f"regexp_full_match(w, {quote_string(pattern)})")
        case Fuzzy(word, edits):
            return _some_word(words, f"damerau_levenshtein(w, {quote_string(word)}) <= {edits}")
        case Everything():
            return "TRUE"


def _group(group: Group, words: str) -> str:
    def printed(occur: str) -> list[str]:
        return [_printed(clause.query, words) for clause in group.clauses if clause.occur == occur]

    needed, refused = printed("must"), [f"NOT {sql}" for sql in printed("must_not")]
    if not needed:
        some = printed("should")
        needed = [f"({' OR '.join(some)})"] if some else ["FALSE"]
    return f"({' AND '.join([*needed, *refused])})"


def _some_word(words: str, condition: str) -> str:
    return f"(len(list_filter({words}, lambda w: {condition})) > 0)"


def _in_a_row(phrase: Words, words: str) -> str:
    """Blanks around each word make a search for words one for text."""
    if len(phrase.words) == 1 and phrase.words[0] is not None:
        return f"list_contains({words}, {quote_string(phrase.words[0])})"
    line = f"(' ' || array_to_string({words}, ' ') || ' ')"
    if None not in phrase.words:
        sought = " ".join(word for word in phrase.words if word is not None)
        return f"contains({line}, {quote_string(f' {sought} ')})"
    pattern = " ".join("[^ ]+" if word is None else f"\\Q{word}\\E" for word in phrase.words)
    return f"regexp_matches({line}, {quote_string(f' {pattern} ')})"


TEXT_MATCH: tuple[Function, ...] = (
    special(
        "text_match",
        2,
        3,
        _text_match,
        'Lucene\'s classic syntax: words, "phrases", prefix*, /regex/, fuzzy~1, AND, OR, NOT, (); '
        "the words of each row are looked through, no index is needed",
    ),
)
