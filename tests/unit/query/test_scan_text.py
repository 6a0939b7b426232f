"""The SQL that an engine gets holds no way out of its quotes and its folders (P27)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects.column_types import ColumnType
from query.scan import default_sql, read_parquet, unglobbed
from query.tables import QueryColumn


def literal_of(data_type: str, default, multi_value: bool = False) -> str:
    column_type = ColumnType(data_type, multi_value)
    return default_sql(QueryColumn("c", column_type, default, {1: column_type}))


@pytest.mark.parametrize("path", ["relative.parquet", "/segments/../secret", "/..", ""])
def test_a_path_that_could_leave_its_folder_is_refused(path):
    with pytest.raises(ValueError, match="must be absolute"):
        unglobbed(path)


def test_a_path_names_one_file_whatever_characters_it_has():
    assert unglobbed("/a/b*c?d[e.parquet") == "/a/b[*]c[?]d[[]e.parquet"


@given(st.text())
def test_quotes_in_paths_and_defaults_stay_inside(text):
    assert literal_of("STRING", text) == "CAST('" + text.replace("'", "''") + "' AS VARCHAR)"
    assert read_parquet(["/s/it's.parquet"]) == "read_parquet(['/s/it''s.parquet'], hive_partitioning = false)"


@pytest.mark.parametrize(
    ("data_type", "default", "sql"),
    [
        ("INT", -(2**31), "CAST(-2147483648 AS INTEGER)"),
        ("TIMESTAMP", 0, "CAST(make_timestamp_ms(0) AS TIMESTAMP)"),
        ("DOUBLE", float("-inf"), "CAST(CAST('-inf' AS DOUBLE) AS DOUBLE)"),
        ("BOOLEAN", False, "CAST(FALSE AS BOOLEAN)"),
        ("BYTES", b"\x0a", "CAST('\\x0A'::BLOB AS BLOB)"),
        ("MAP", {"a": 1}, "CAST('{\"a\": 1}' AS VARCHAR)"),
    ],
)
def test_defaults_are_typed_literals(data_type, default, sql):
    assert literal_of(data_type, default) == sql


def test_the_default_of_a_multi_value_column_is_a_list_of_one():
    assert literal_of("STRING", "null", multi_value=True) == "CAST(['null'] AS VARCHAR[])"
