"""Rejected records can be asked for: which, why, and where in the stream they were (I6)."""

import pytest

from tests.unit.query.query_house import Asker, House, clicks


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"))
    house.seal(clicks(0, 10), rejects=[(3, "not a number", "$.age"), (7, "not JSON", "")])
    file = house.consume(clicks(10, 15))
    house.reject(file, "too long", "$.user")
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def test_rejects_of_sealed_and_consuming_segments_are_rows(ask):
    body = ask('SELECT * FROM rejects ORDER BY "offset"')
    assert body["resultTable"] == {
        "dataSchema": {
            "columnNames": ["field", "offset", "partition", "reason", "table", "timestamp"],
            "columnDataTypes": ["STRING", "LONG", "INT", "STRING", "STRING", "TIMESTAMP"],
        },
        "rows": [
            ["$.age", 3, 0, "not a number", "clicks_REALTIME", "2026-01-01 00:00:00.003"],
            ["", 7, 0, "not JSON", "clicks_REALTIME", "2026-01-01 00:00:00.007"],
            ["$.user", 15, 0, "too long", "clicks_REALTIME", "2026-01-01 00:00:00.015"],
        ],
    }


def test_rejects_are_counted_by_table_and_reason(ask):
    rows = ask.rows(
        "SELECT reason, count(*) FROM rejects WHERE \"table\" = 'clicks_REALTIME' GROUP BY reason ORDER BY reason"
    )
    assert rows == [["not JSON", 1], ["not a number", 1], ["too long", 1]]


def test_another_table_has_none(ask):
    body = ask("SELECT count(*) FROM rejects WHERE \"table\" = 'other_REALTIME'")
    assert body["resultTable"]["rows"] == [[0]]
    assert body["totalDocs"] == 0


def test_rejects_are_no_rows_of_the_table(ask):
    assert ask.rows("SELECT count(*) FROM clicks WHERE age <> -1") == [[15]]


def test_explain_shows_what_would_be_read(ask):
    body = ask("EXPLAIN PLAN FOR SELECT city, count(*) FROM clicks WHERE age > 5 GROUP BY city")
    assert body["resultTable"]["dataSchema"] == {
        "columnNames": ["Operator", "Operator_Id", "Parent_Id"],
        "columnDataTypes": ["STRING", "INT", "INT"],
    }
    assert body["resultTable"]["rows"] == [
        ["BROKER_REDUCE(limit:10)", 1, 0],
        ["COMBINE_GROUP_BY", 2, 1],
        ["PLAN_START(numSegmentsForThisPlan:2)", -1, -1],
        ["GROUP_BY(groupKeys:city, aggregations:count(*))", 3, 2],
        ["PROJECT(city)", 4, 3],
        ["DOC_ID_SET", 5, 4],
        ["FILTER_FULL_SCAN(operator:RANGE,predicate:age > '5')", 6, 5],
    ]
    assert body["numDocsScanned"] == 0


def test_explain_says_when_metadata_answers(ask):
    rows = ask.rows("EXPLAIN PLAN FOR SELECT count(*) FROM clicks")
    assert [row[0] for row in rows][-1] == "AGGREGATE_NO_SCAN"


def test_explain_of_literals_is_the_brokers_alone(ask):
    assert ask.rows("EXPLAIN PLAN FOR SELECT 1") == [["BROKER_EVALUATE", 0, -1]]


@pytest.mark.parametrize("stages", ["false", "true"])
def test_tables_and_segments_are_rows(ask, stages):
    options = {"useMultistageEngine": stages}
    assert ask.rows('SELECT "table", state, segments, "rows", rejects FROM system.tables', **options) == [
        ["clicks_REALTIME", "active", 1, 10, 2]
    ]
    ((name, start, end, state),) = ask.rows(
        'SELECT segment, startOffset, endOffset, state FROM system.segments WHERE "rows" > 5', **options
    )
    assert (name.startswith("clicks__0__"), start, end, state) == (True, 0, 10, "ONLINE")


def test_a_partition_that_no_worker_speaks_of_says_so(ask):
    body = ask("SELECT partition, state, committedOffset, currentOffset FROM system.partitions LIMIT 5")
    assert body["resultTable"]["rows"] == [[0, "UNREPORTED", 10, -1]]
    assert (body["tablesQueried"], body["totalDocs"]) == (["system.partitions"], 1)


def test_queries_are_rows_the_one_that_asks_included(ask):
    ask("SELECT nosuch FROM clicks", clientQueryId="it's mine")
    asked = (
        "SELECT clientId, state, code, tables FROM system.queries WHERE clientId = 'it''s mine' OR state = 'running'"
    )
    assert ask.rows(asked, clientQueryId="looks") == [
        ["looks", "running", -1, ""],
        ["it's mine", "failed", 710, ""],
    ]


def test_a_text_that_is_no_text_is_remembered_as_far_as_it_is_one(ask):
    for text in ("SELECT 'a\0b' -- odd", "SELECT '\ud800' -- odd", "SELECT ''' -- odd"):
        assert ask(text)["exceptions"] != []
    found = ask.rows("SELECT sql FROM system.queries WHERE sql LIKE '%odd' AND code > 0 LIMIT 10")
    assert sorted(found) == [["SELECT ''' -- odd"], ["SELECT '?' -- odd"], ["SELECT 'a\ufffdb' -- odd"]]


def test_system_tables_are_joined_with_each_other(ask):
    rows = ask.rows(
        'SELECT s.segment, COUNT(*) FROM system.rejects r JOIN system.segments s ON r."table" = s."table" '
        'WHERE r."offset" < s.endOffset GROUP BY s.segment'
    )
    assert [count for _, count in rows] == [2]


def test_rejects_have_their_database_too(ask):
    assert ask.rows("SELECT COUNT(*) FROM system.rejects") == ask.rows("SELECT COUNT(*) FROM rejects") == [[3]]


def test_there_are_no_other_system_tables(ask):
    for name in ("system.nosuch", "tables", "segments"):
        assert ask(f"SELECT COUNT(*) FROM {name}")["exceptions"][0]["errorCode"] == 190


@pytest.mark.parametrize(
    "form",
    [
        "PLAN", "PLAN WITHOUT IMPLEMENTATION", "PLAN WITH IMPLEMENTATION", "IMPLEMENTATION PLAN",
        "PLAN INCLUDING ALL ATTRIBUTES WITHOUT IMPLEMENTATION", "plan excluding attributes",
    ],
)  # fmt: skip
@pytest.mark.parametrize("stages", ["false", "true"])
def test_every_form_of_explain_is_answered(ask, form, stages):
    body = ask(f"EXPLAIN {form} FOR SELECT city FROM clicks WHERE age > 5", useMultistageEngine=stages)
    assert body["exceptions"] == []
    assert body["resultTable"]["rows"] != []


@pytest.mark.parametrize("form", ["", "PLAN WITHOUT", "ANALYZE PLAN", "PLAN AS YAML"])
def test_other_forms_of_explain_are_not_known(ask, form):
    assert ask(f"EXPLAIN {form} FOR SELECT city FROM clicks")["exceptions"][0]["errorCode"] == 150
