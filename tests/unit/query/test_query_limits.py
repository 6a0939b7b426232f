"""What an answer may be at most, and what is said when it is more."""

import pytest

from query.options import QueryOptions
from tests.unit.query.query_house import Asker, House, clicks

JOINED = "SELECT COUNT(*) FROM clicks a JOIN clicks b ON a.city = b.city"


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"))
    house.seal(clicks(0, 300))
    house.publish()
    asker = Asker(house)
    yield asker
    asker.close()


def test_more_groups_than_the_limit_are_flagged_and_the_first_ones_are_exact(ask):
    sql = "SELECT age, COUNT(*) FROM clicks GROUP BY age ORDER BY age LIMIT 1000"
    whole = ask(sql)
    assert (whole["numRowsResultSet"], whole["numGroupsLimitReached"], whole["partialResult"]) == (100, False, False)
    some = ask(sql, numGroupsLimit="7")
    assert (some["numGroupsLimitReached"], some["partialResult"], some["exceptions"]) == (True, True, [])
    assert some["resultTable"]["rows"] == whole["resultTable"]["rows"][:7]
    assert not ask(sql, numGroupsLimit="100")["numGroupsLimitReached"]


def test_distinct_arguments_are_no_groups(ask):
    body = ask("SELECT city, COUNT(DISTINCT age) FROM clicks GROUP BY city LIMIT 100", numGroupsLimit="3")
    assert (body["numRowsResultSet"], body["numGroupsLimitReached"]) == (3, False)


def test_a_join_beyond_its_limit_is_an_error_or_flagged(ask):
    whole = ask(JOINED)
    assert (whole["maxRowsInJoin"], whole["maxRowsInJoinReached"]) == (30_000, False)
    (error,) = ask(JOINED, maxRowsInJoin="1000")["exceptions"]
    assert error["errorCode"] == 245
    assert "a join made 30000 rows, maxRowsInJoin is 1000" in error["message"]
    flagged = ask(JOINED, maxRowsInJoin="1000", joinOverflowMode="break")
    assert (flagged["maxRowsInJoinReached"], flagged["partialResult"], flagged["exceptions"]) == (True, True, [])


@pytest.mark.parametrize(
    "option", ["maxServerResponseSizeBytes", "maxQueryResponseSizeBytes", "MAXQUERYRESPONSESIZEBYTES"]
)
def test_an_answer_of_more_bytes_than_allowed_is_an_error(ask, option):
    sql = "SELECT city, user FROM clicks LIMIT 300"
    (error,) = ask(sql, **{option: "1000"})["exceptions"]
    assert error["errorCode"] == 245
    assert ask(sql, **{option: "100000"})["exceptions"] == []


def test_dropped_results_leave_what_is_said_of_them(ask):
    body = ask("SELECT city FROM clicks LIMIT 20", dropResults="true")
    assert "resultTable" not in body
    assert (body["numRowsResultSet"], body["totalDocs"]) == (20, 300)


def test_a_trace_says_where_the_time_went(ask):
    assert ask("SELECT COUNT(*) FROM clicks")["traceInfo"] == {}
    (trace,) = ask("SELECT COUNT(*) FROM clicks", trace="true")["traceInfo"].values()
    assert "Planning and Execution Time" in trace


def test_the_text_wins_over_the_request_and_unknown_options_are_ignored(ask):
    read = QueryOptions.read({"TIMEOUTMS": "5", "noSuchOption": "x", "trace": "true"}, {"timeoutMs": "7"})
    assert (read.timeout_ms, read.trace) == (7, True)
    assert ask("SET noSuchOption = 1; SELECT 1 OPTION(other=2)", yetAnother="3")["exceptions"] == []


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("timeoutMs", "0", "timeoutMs must be a whole number from 1 to 3600000, found: 0"),
        ("numGroupsLimit", "many", "numGroupsLimit must be a whole number from 1 to 2147483647, found: many"),
        ("joinOverflowMode", "WAIT", "joinOverflowMode must be one of THROW, BREAK, found: WAIT"),
        ("minOffsets", "0", "minOffsets must be partition:offset pairs, as in 0:1200,1:980, found: 0"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(ask, option, value, said):
    assert ask("SELECT COUNT(*) FROM clicks", **{option: value})["exceptions"] == [{"message": said, "errorCode": 700}]
