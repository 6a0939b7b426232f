"""TEXT_MATCH: Lucene's classic syntax over the words of a text; VECTOR_SIMILARITY: the nearest rows of a table."""

import pytest

from dialects.faults import QueryFault, ValidationFault
from dialects.text_queries import CLAUSES_MAX, parse_text_query

FOX = "The quick brown fox"


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        (FOX, "fox", True),
        (FOX, "FOX AND quick", True),
        (FOX, "fox && quick", True),
        (FOX, "fox AND NOT quick", False),
        (FOX, "cat dog", False),
        (FOX, "cat fox", True),
        (FOX, "cat || fox", True),
        (FOX, '"quick brown"', True),
        (FOX, '"brown quick"', False),
        (FOX, '"quick fox"', False),
        (FOX, "qui*", True),
        (FOX, "*ick", True),
        (FOX, "f?x", True),
        (FOX, "f?", False),
        (FOX, "/f.x/", True),
        (FOX, "/quick brown/", False),
        (FOX, "(cat OR fox) AND brown", True),
        (FOX, "+fox -brown", False),
        (FOX, "fox^2 OR cat", True),
        (FOX, "quikc~", True),
        (FOX, "quikc~0", False),
        (FOX, "*:* AND NOT cat", True),
        # what is needed makes alternatives beside it optional
        (FOX, "fox AND quick OR dog", True),
        (FOX, "cat AND dog OR fox", False),
        # a query of refusals alone, of nothing, or of a word too frequent to be looked for matches nothing
        (FOX, "-cat", False),
        (FOX, "", False),
        (FOX, "the", False),
        (FOX, "the AND fox", True),
        # a stop word inside a phrase is a place where any word may stand
        ("The king of Spain", '"king of spain"', True),
        ("The king in Spain", '"king of spain"', True),
        ("The king Spain", '"king of spain"', False),
        # words go on over apostrophes and points, not over dashes
        ("state-of-the-art 1,000 x.com", "x.com", True),
        ("state-of-the-art 1,000 x.com", "com", False),
        ("state-of-the-art 1,000 x.com", "1,000", True),
        ("state-of-the-art 1,000 x.com", '"state-of-the-art"', True),
        ("it's", "it's", True),
        ("Ünïcode ДОМ", "дом", True),
        ("a\\b (c)", "\\(c\\)", True),
    ],
)
def test_text_match(ask, text: str, query: str, expected: bool) -> None:
    quoted_text, quoted_query = text.replace("'", "''"), query.replace("'", "''")

    assert ask(f"SELECT TEXT_MATCH('{quoted_text}', '{quoted_query}') FROM t LIMIT 1").rows == [(expected,)]


def test_text_match_filters_rows_of_single_and_multi_value_columns(ask) -> None:
    assert ask("SELECT count(*) FROM t WHERE text_match(Carrier, 'aa OR zz')").rows == [(2,)]
    assert ask("SELECT count(*) FROM t WHERE TEXT_MATCH(tags, 'b AND NOT c')").rows == [(1,)]


def test_the_default_operator_may_be_and(ask) -> None:
    sql = f"SELECT text_match('{FOX}', 'cat fox', 'parser=CLASSIC, defaultOperator=AND') FROM t LIMIT 1"
    assert ask(sql).rows == [(False,)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("'x', '(a'", "a ( is not closed"),
        ("'x', 'b)'", "a ) has no ("),
        ("'x', 'AND'", "nothing stands before AND"),
        ("'x', 'b AND'", "a term is missing"),
        ("'x', 'f:b'", "fields and ranges are not supported"),
        ("'x', '[b TO c]'", "fields and ranges are not supported"),
        ("'x', '\"b'", "cannot be read from"),
        ("'x', '\"b c\"~3'", "a distance after a phrase is not supported"),
        ("'x', '-'", "cannot be read from '-' on"),
        ("'x', 'b', 'parser=COMPLEX'", "use parser=CLASSIC"),
        ("nums, '1'", "looks for words in a STRING column, found INT_ARRAY"),
        ("'x', Carrier", "needs a literal as its query"),
    ],
)
def test_a_query_that_cannot_be_read_says_why(ask, arguments: str, message: str) -> None:
    with pytest.raises(QueryFault) as raised:
        ask(f"SELECT text_match({arguments}) FROM t")
    assert message in raised.value.message


@pytest.mark.parametrize("query", ["(" * 60 + "a" + ")" * 60, "b " * (CLAUSES_MAX + 1)])
def test_a_query_may_be_neither_deep_nor_long_without_end(query: str) -> None:
    with pytest.raises(ValidationFault):
        parse_text_query(query)


def test_a_broken_regular_expression_fails_the_query_only(ask) -> None:
    with pytest.raises(Exception, match="missing ]"):
        ask("SELECT text_match('x', '/[/') FROM t")
    assert ask("SELECT text_match('x', 'x') FROM t LIMIT 1").rows == [(True,)]


def test_vector_similarity_keeps_the_nearest_rows_of_the_table_before_other_filters(ask) -> None:
    near = "VECTOR_SIMILARITY(ARRAY[Distance, 100], ARRAY[100, 100], {})"

    assert ask(f"SELECT Distance FROM t WHERE {near.format(1)}").rows == [(100,)]
    assert ask(f"SELECT Distance FROM t WHERE {near.format(2)} ORDER BY 1").rows == [(100,), (300,)]
    assert ask(f"SELECT count(*) FROM t WHERE {near.format(1)} AND Distance > 100").rows == [(0,)]
