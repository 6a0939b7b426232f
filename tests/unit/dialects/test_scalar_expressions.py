"""Single expressions, as ingestion transforms and filters have them."""

import pytest

from dialects.expressions import print_scalar
from dialects.faults import QueryFault


@pytest.mark.parametrize(
    ("text", "columns", "data_type", "value"),
    [
        ("fromEpochDays(days)", {"days"}, "LONG", 1388534400000),
        ("toEpochHours(ts)", {"ts"}, "LONG", 385714),
        ("concat(Carrier, Distance, '-')", {"Carrier", "Distance"}, "STRING", "AA-100"),
        ("distance > 5 AND Carrier = 'AA'", {"Distance", "Carrier"}, "BOOLEAN", True),
        ("jsonPathString(js, '$.a.b')", {"js"}, "STRING", "x"),
        ("jsonPathString(js, '$.zz')", {"js"}, "STRING", None),
        ("CASE WHEN flag THEN 1 END", {"flag"}, "INT", 1),
        ("strcmpless", {"strcmpless"}, "STRING", "s"),
    ],
)
def test_an_expression_prints_with_its_columns_and_type(relation, schema, text, columns, data_type, value) -> None:
    wider = {**schema, "strcmpless": schema["Carrier"]}
    printed = print_scalar(text, wider, None)
    assert (printed.columns, printed.data_type) == (columns, data_type)
    source = "(SELECT *, 's' AS strcmpless FROM t WHERE \"$offset\" = 10)"
    assert relation.execute(f"SELECT {printed.sql} FROM {source}").fetchall() == [(value,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("now()", "now() is not allowed here"),
        ("ago('PT1H')", "ago() is not allowed here"),
        ("rand()", "Unsupported function: rand"),
        ("Groovy({arg0 + 1}, n)", "Groovy functions are not supported"),
        ("sum(n)", "An aggregation cannot stand"),
        ("n FROM t", "an expression has no clauses"),
        ("n, d", "one expression is needed"),
        ("", "one expression is needed"),
        ("nosuch + 1", "Unknown columnName 'nosuch'"),
        ('"$offset"', "Unknown columnName '$offset'"),
    ],
)
def test_what_cannot_be_one_repeatable_expression_is_refused(schema, text: str, message: str) -> None:
    with pytest.raises(QueryFault) as fault:
        print_scalar(text, schema, None)
    assert message in fault.value.message


def test_with_a_clock_now_is_a_constant(relation, schema) -> None:
    printed = print_scalar("now() - 1", schema, 5000)
    assert relation.execute(f"SELECT {printed.sql}").fetchall() == [(4999.0,)]
