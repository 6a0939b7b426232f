"""Offsets are half-open, identities may stand in paths, names are Pinot's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.identity import PartitionIdentity, attempt_from, incarnation_from
from segments.name import SegmentName
from segments.offsets import OffsetRange, first_break, following


def test_a_range_holds_its_start_and_not_its_end():
    offsets = OffsetRange(5, 8)
    assert [offset for offset in range(4, 10) if offset in offsets] == [5, 6, 7]


def test_the_next_record_to_read_after_7_is_8():
    assert following(7) == 8


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (4, 3)])
def test_a_range_that_ends_before_it_starts_is_refused(start, end):
    with pytest.raises(ValueError, match="half-open"):
        OffsetRange(start, end)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_ranges_that_meet_have_no_break(lengths):
    ends = [sum(lengths[: at + 1]) for at in range(len(lengths))]
    ranges = [OffsetRange(end - length, end) for end, length in zip(ends, lengths, strict=True)]
    assert first_break(ranges) is None


@pytest.mark.parametrize(
    ("second", "said"),
    [(OffsetRange(12, 20), "hole between 10 and 12"), (OffsetRange(9, 20), "overlap between 9 and 10")],
)
def test_a_break_says_what_it_is(second, said):
    assert str(first_break([OffsetRange(0, 10), second])) == said


def test_an_identity_is_a_path_of_plain_names():
    identity = PartitionIdentity("3f9c", "aP-_zTKT", 10_002)
    assert identity.path == "3f9c/aP-_zTKT.10002"
    assert identity.kafka_partition == 2


@pytest.mark.parametrize("bad", ["", "..", "a/b", "a+b", "x" * 65])
def test_an_id_that_no_path_may_have_is_refused(bad):
    with pytest.raises(ValueError, match="must be 1 to 64"):
        PartitionIdentity(bad, "topic", 0)


def test_ids_come_from_the_randomness_that_is_given():
    assert incarnation_from(bytes(range(12))) == "000102030405060708090a0b"
    assert attempt_from(bytes(8)) == "0000000000000000"


def test_a_segment_name_is_table_partition_sequence_and_utc_minute():
    name = SegmentName.of("clicks", 3, 17, 1_795_233_600_000)
    assert str(name) == "clicks__3__17__20261121T0400Z"
    assert SegmentName.parse(str(name)) == name


@pytest.mark.parametrize("text", ["clicks", "clicks__x__0__20261121T0400Z", "a__0__0", "__0__0__20261121T0400Z"])
def test_what_is_no_segment_name_is_refused(text):
    with pytest.raises(ValueError, match="not a segment name"):
        SegmentName.parse(text)
