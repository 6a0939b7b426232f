"""Sets of ids: what ID_SET gives, IN_ID_SET takes; whole numbers are bytes that any Roaring library reads."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialects.faults import QueryFault
from dialects.roaring import read_bitmap, read_bitmap_64, write_bitmap, write_bitmap_64

INTS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63), 2**63 - 1)


@given(st.sets(INTS), st.integers(0, 2**31 - 10_000), st.integers(0, 9_000))
def test_bitmaps_are_read_as_they_were_written(scattered, start, count):
    numbers = scattered | set(range(start, start + count))
    assert set(read_bitmap(write_bitmap(numbers))) == numbers


@given(st.sets(LONGS))
def test_bitmaps_of_longs_are_read_as_they_were_written(numbers):
    assert set(read_bitmap_64(write_bitmap_64(numbers))) == numbers


def test_the_bytes_are_those_of_the_portable_format():
    assert (
        write_bitmap([1, 65_536, 3]).hex()
        == "3a30000002000000" + "00000100" + "01000000" + "1800000" + "01c000000" + "01000300" + "0000"
    )


def test_runs_are_read():
    octets = bytes.fromhex("3b300000" + "01" + "00000900" + "0100" + "05000900")
    assert read_bitmap(octets) == list(range(5, 15))


@given(st.binary(max_size=60))
def test_other_bytes_are_no_bitmap(octets):
    with contextlib.suppress(ValueError):
        assert isinstance(read_bitmap(octets), list)


def test_a_set_of_very_many_is_refused():
    with pytest.raises(ValueError, match="100000 numbers"):
        read_bitmap(bytes.fromhex("3b300100" + "03" + "0000ffff" + "0100ffff" + "01000000ffff" * 2))


@pytest.mark.parametrize("column", ["Distance", "n", "nums", "days", "ms", "flag", "ts"])
def test_an_id_set_holds_the_values_of_its_column(ask, column):
    answer = ask(f"SELECT ID_SET({column}) FROM t WHERE Carrier = 'AA'")
    assert (answer.names, answer.types) == ([f"idset({column})"], ["STRING"])
    if column != "nums":
        ((text,),) = answer.rows
        assert ask(f"SELECT Carrier FROM t WHERE IN_ID_SET({column}, '{text}') = 1").rows[:2] == [("AA",), ("AA",)]
        assert ask(f"SELECT COUNT(*) FROM t WHERE NOT INIDSET({column}, '{text}')").rows in ([(1,)], [(0,)])


@pytest.mark.parametrize("column", ["Carrier", "f", "d", "raw", "js", "tags"])
def test_other_values_are_a_bloom_filter(ask, column):
    ((text,),) = ask(f"SELECT ID_SET({column}, 'expectedInsertions=100;fpp=0.01') FROM t WHERE Carrier = 'AA'").rows
    assert base64.b64decode(text)[0] == 3
    if column != "tags":
        assert ask(f"SELECT COUNT(*) FROM t WHERE INIDSET({column}, '{text}')").rows == [(2,)]


def test_small_limits_make_bloom_filters_of_whole_numbers(ask):
    ((text,),) = ask("SELECT IDSET(n, 'sizeThresholdInBytes=1;expectedInsertions=10') FROM t WHERE n = 1").rows
    assert base64.b64decode(text)[:2] == b"\3\1"
    assert ask(f"SELECT n FROM t WHERE INIDSET(n, '{text}')").rows == [(1,)]


def test_no_ids_are_the_empty_set(ask):
    assert ask("SELECT ID_SET(n) FROM t WHERE n = 77").rows == [("AA==",)]
    assert ask("SELECT COUNT(*) FROM t WHERE INIDSET(n, 'AA==')").rows == [(0,)]


@pytest.mark.parametrize(
    "call",
    [
        "INIDSET(n, 'x')",
        "INIDSET(n, '')",
        "INIDSET(n, 'CQ==')",
        "INIDSET(n, 'AQAA')",
        "INIDSET(nums, 'AA==')",
        "INIDSET(n, Carrier)",
        "ID_SET(n, 'size=1')",
        "ID_SET(n, 'fpp=2')",
        "ID_SET(n, 'fpp=x')",
    ],
)
def test_what_is_no_set_is_refused(bound, call):
    with pytest.raises(QueryFault) as raised:
        bound(f"SELECT {call} FROM t")
    assert raised.value.code == 700
