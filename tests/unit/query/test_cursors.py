"""Answers that are kept are fetched page by page, expire, and never take more disk than they may."""

import json

import pytest

from dialects.bound_query import OutputColumn
from query.asked import Place
from query.cursors import Cursors
from query.faults import Unanswerable
from query.response import BrokerResponse, Result
from query.response_store import BadPage, NoSuchResponse, ResponseStore

COLUMNS = (OutputColumn("n", "LONG"), OutputColumn("text", "STRING"))
ROWS = [[number, f"],[{number}\n"] for number in range(100)]


class Clock:
    now_ms = 1_000_000

    def __call__(self):
        return self.now_ms


@pytest.fixture
def clock():
    return Clock()


def cursors_at(folder, clock, bytes_max=1 << 20):
    place = Place("127.0.0.1", "Broker_127.0.0.1_8099", "Server_127.0.0.1_8098", folder)
    store = ResponseStore(folder / "responses", bytes_max=bytes_max, keep_ms=60_000, clock_ms=clock)
    return Cursors(store, place, clock)


@pytest.fixture
def cursors(tmp_path, clock):
    return cursors_at(tmp_path, clock)


def opened(cursors, request_id="17", rows=10, of=ROWS):
    """As an engine sends its rows: in pieces."""
    chunks = [json.dumps(of)[:1].encode(), json.dumps(of)[1:].encode()]
    body = BrokerResponse(requestId=request_id, numRowsResultSet=len(of), totalDocs=500)
    return json.loads(b"".join(cursors.opened(body, Result(COLUMNS, tuple(chunks), len(of)), rows, 999_990)))


def page(cursors, offset, rows, request_id="17"):
    return json.loads(b"".join(cursors.page(request_id, offset, rows)))


def test_the_first_page_comes_with_what_is_needed_for_the_others(cursors):
    first = opened(cursors)
    assert first["resultTable"] == {
        "dataSchema": {"columnNames": ["n", "text"], "columnDataTypes": ["LONG", "STRING"]},
        "rows": ROWS[:10],
    }
    told = ("requestId", "numRowsResultSet", "offset", "numRows", "totalDocs", "brokerHost", "brokerPort")
    assert [first[name] for name in told] == ["17", 100, 0, 10, 500, "127.0.0.1", 8099]
    assert (first["submissionTimeMs"], first["expirationTimeMs"]) == (999_990, 1_060_000)
    assert first["bytesWritten"] > 0


@pytest.mark.parametrize(("offset", "rows"), [(0, 100), (10, 10), (99, 10), (50, 1000)])
def test_a_page_is_any_range_of_the_rows(cursors, offset, rows):
    opened(cursors)
    found = page(cursors, offset, rows)
    assert found["resultTable"]["rows"] == ROWS[offset : offset + rows]
    assert (found["offset"], found["numRows"]) == (offset, min(rows, 100 - offset))


def test_a_page_behind_the_last_row_is_refused(cursors):
    opened(cursors)
    with pytest.raises(BadPage, match="Offset 100 should be lesser than totalRecords 100"):
        page(cursors, 100, 1)


def test_an_answer_without_rows_has_one_empty_page(cursors):
    assert opened(cursors, of=[])["resultTable"]["rows"] == []
    assert page(cursors, 0, 10)["numRows"] == 0


def test_kept_answers_are_listed_and_deleted(cursors):
    opened(cursors, "17")
    opened(cursors, "18")
    assert [one["requestId"] for one in cursors.all()] == ["17", "18"]
    cursors.store.delete("17")
    assert [one["requestId"] for one in cursors.all()] == ["18"]
    with pytest.raises(NoSuchResponse):
        page(cursors, 0, 1)


def test_a_restart_keeps_answers_and_drops_what_was_half_written(cursors, clock, tmp_path):
    opened(cursors)
    (tmp_path / "responses" / ".18").mkdir()
    again = cursors_at(tmp_path, clock)
    assert page(again, 0, 1)["resultTable"]["rows"] == ROWS[:1]
    assert [path.name for path in (tmp_path / "responses").iterdir()] == ["17"]


def test_an_expired_answer_is_gone(cursors, clock, tmp_path):
    opened(cursors)
    clock.now_ms += 60_000
    with pytest.raises(NoSuchResponse):
        page(cursors, 0, 1)
    assert list(cursors.all()) == []
    opened(cursors, "18")
    assert [path.name for path in (tmp_path / "responses").iterdir()] == ["18"]


def test_a_full_store_takes_no_more(clock, tmp_path):
    cursors = cursors_at(tmp_path, clock, bytes_max=5_000)
    opened(cursors, "17")
    opened(cursors, "18")
    with pytest.raises(Unanswerable, match="cannot be kept for a cursor: kept answers have"):
        opened(cursors, "19")
    cursors.store.delete("17")
    opened(cursors, "19")


@pytest.mark.parametrize("name", ["..", "../17", "", "１７", "seventeen", "17/../17"])
def test_only_request_ids_name_answers(cursors, name):
    opened(cursors)
    with pytest.raises(NoSuchResponse):
        cursors.described(name)
