"""What a range read may ask: times, offsets, order, limit; each wrong parameter is named with what would be right."""

import pytest

from query.rows_request import Order, RowsFault, read_request

NOON_MS = 1_769_860_800_000


@pytest.mark.parametrize(
    "written",
    [str(NOON_MS), "2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "2026-01-31T13:00:00+01:00", "2026-01-31 12:00"],
)
def test_a_moment_is_epoch_milliseconds_or_iso(written):
    assert read_request({"from": written}).from_ms == NOON_MS


def test_a_moment_between_two_milliseconds_begins_with_the_next_one():
    assert read_request({"from": "2026-01-31T12:00:00.000001Z"}).from_ms == NOON_MS + 1


def test_without_parameters_everything_is_read_by_offset():
    request = read_request({})
    assert (request.order, request.limit, request.columns, request.filter_text) == (Order(), None, None, None)


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ("offset", Order()),
        ("offset:desc", Order(descending=True)),
        ("time", Order(by_time=True)),
        ("time:desc", Order(by_time=True, descending=True)),
    ],
)
def test_orders(written, order):
    assert read_request({"order": written}).order == order


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"from": "yesterday"}, "from must be epoch milliseconds or ISO 8601, as in 1700000000000"),
        ({"to": "31.1.2026"}, "not '31.1.2026'"),
        ({"from": "2", "to": "1"}, "from 2 is beyond to 1"),
        ({"partition": "0", "fromOffset": "9", "toOffset": "3"}, "fromOffset 9 is beyond toOffset 3"),
        ({"fromOffset": "3"}, "fromOffset and toOffset need a partition"),
        ({"from": "1", "partition": "0", "toOffset": "3"}, "cannot stand beside fromOffset and toOffset"),
        ({"partition": "-1"}, "partition must be a whole number from 0 to 2147483647, not '-1'"),
        ({"partition": "0", "fromOffset": "9" * 30}, "fromOffset must be a whole number from 0"),
        ({"limit": "0"}, "limit must be a whole number from 1 to 100000, not '0'; without limit the whole range"),
        ({"limit": "²"}, "limit must be"),
        ({"order": "city"}, "order must be one of offset, offset:asc, offset:desc, time"),
        ({"columns": "a,,b"}, "columns must be different names with commas between them, not 'a,,b'"),
        ({"columns": "a,a"}, "columns must be different names"),
        ({"cursor": "abc"}, "limit must say how many rows"),
        ({"form": "1"}, "form is no parameter of a range read, did you mean 'from'?"),
        ({"timeoutMs": "0"}, "timeoutMs must be a whole number from 1"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_would_be_right(given, said):
    with pytest.raises(RowsFault) as refused:
        read_request(given)
    assert refused.value.status == 400
    assert said in str(refused.value)


@pytest.mark.parametrize("text", ["city =", "a = 1) OR (b = 2", "1 = 1 GROUP BY city", "", "SELECT 1", "a = 1; DROP"])
def test_a_filter_is_one_condition(text):
    with pytest.raises(RowsFault, match="filter: "):
        read_request({"filter": text}).condition()
