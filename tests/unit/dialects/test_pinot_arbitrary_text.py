"""Whatever text comes in: a QueryFault, or exactly one SELECT over `t` (P27)."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from dialects.binding import bind
from dialects.column_types import ColumnType
from dialects.expressions import print_scalar
from dialects.faults import QueryFault
from dialects.functions import FUNCTIONS
from dialects.pinot import parse

_SCHEMA = {
    "a": ColumnType("INT"),
    "b'\"": ColumnType("STRING"),
    "m": ColumnType("LONG", True),
    "ts": ColumnType("TIMESTAMP"),
}
_WORDS = [
    *["SELECT", "FROM", "WHERE", "GROUP", "BY", "HAVING", "ORDER", "LIMIT", "OFFSET", "DISTINCT", "AS", "AND", "OR", "NOT", "IN", "IS", "BETWEEN", "LIKE", "CASE", "WHEN"],
    *["THEN", "ELSE", "END", "NULL", "TRUE", "FALSE", "ASC", "DESC", "FILTER", "SET", "OPTION", "JOIN", "UNION", "WITH", "OVER", "DROP", "COPY", "INTO", "cast", "extract"],
    *["(", ")", "(", ")", ",", ",", ";", "=", "<>", "<", ">=", "+", "-", "*", "/", "%", "||", "[", "]", ".", ":", "?", "@", "{", "}", "'", '"', "--", "/*", "*/", "$", "\\", "\x00"],
    *["a", "a", "ts", "m", "t", "\"b'\"\"\"", "1", "0", "2.5", "1e9", "99999999999999999999", "'x'", "'DAY'", "''", "''';DROP", "TABLE", "t'", '"$offset"', "é", "😀"],
    *FUNCTIONS,
]  # fmt: skip
_tokens = st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join)
_texts = st.one_of(st.text(max_size=60), _tokens, _tokens.map(lambda tail: f"SELECT {tail}"), _tokens.map(lambda tail: f"SELECT a FROM t WHERE {tail}"))  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(_texts, st.booleans(), st.booleans())
def test_a_query_is_one_select_or_a_fault(relation, text: str, null_handling: bool, stored_nulls: bool) -> None:
    try:
        query = bind(parse(text), _SCHEMA, stored_nulls=stored_nulls, null_handling=null_handling, now_ms=0)
    except QueryFault:
        return
    _assert_one_select(relation, query.select)
    assert query.columns <= {*_SCHEMA, "$partition", "$offset", "$timestamp", "$ordinal", "$segmentName"}


@settings(max_examples=200, deadline=None)
@given(_texts)
def test_an_expression_is_one_expression_or_a_fault(relation, text: str) -> None:
    try:
        printed = print_scalar(text, _SCHEMA, None)
    except QueryFault:
        return
    _assert_one_select(relation, f"SELECT {printed.sql} FROM t")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_survives_as_a_literal_and_never_as_sql(relation, text: str) -> None:
    quoted = text.replace("'", "''")
    try:
        query = bind(parse(f"SELECT '{quoted}'"), {}, stored_nulls=False, null_handling=False, now_ms=0)
    except QueryFault:
        assert "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)
        return
    assert relation.execute(query.select).fetchall() == [(text,)]


def _assert_one_select(relation: duckdb.DuckDBPyConnection, sql: str) -> None:
    statements = relation.extract_statements(sql)
    assert [statement.type.name for statement in statements] == ["SELECT"]
