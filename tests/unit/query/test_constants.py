"""Queries for constants: one row from the broker, each column called by its value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.query.query_house import Asker, House, clicks


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    house = House(tmp_path_factory.mktemp("constants"))
    house.seal(clicks(0, 10))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


@pytest.mark.parametrize("source", ["", " FROM clicks", " FROM clicks WHERE age > 3 LIMIT 5"])
def test_columns_without_an_alias_are_called_by_their_value(ask: Asker, source: str) -> None:
    body = ask(f"SELECT upper('a'), 1 + 1, 3 / 2, length('abc'), concat('a', 'b') AS c, 7 > 5, null{source}")
    assert body["resultTable"] == {
        "dataSchema": {
            "columnNames": ["'A'", "2", "1.5", "3", "c", "true", "null"],
            "columnDataTypes": ["STRING", "LONG", "DOUBLE", "INT", "STRING", "BOOLEAN", "UNKNOWN"],
        },
        "rows": [["A", 2, 1.5, 3, "ab", True, None]],
    }
    assert (body["numServersQueried"], body["numServersResponded"], body["tablesQueried"]) == (0, 0, [])


def test_an_answer_without_rows_keeps_its_names(ask: Asker) -> None:
    body = ask("SELECT sum(1) HAVING sum(1) > 5")
    assert body["resultTable"]["dataSchema"]["columnNames"] == ["sum('1')"]
    assert body["resultTable"]["rows"] == []
