"""A frame can be read alone, costs no copy, and does not go wrong unnoticed (P17)."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.consuming.frames import ALIGNMENT, CorruptFrame, Frame, decode, encode, encode_schema, header, verify
from tests.unit.consuming.material import SCHEMA, rows


def written(*frames: Frame) -> bytes:
    return b"".join(b"".join(frame.buffers) for frame in frames)


@given(st.lists(st.integers(min_value=1, max_value=50), min_size=1, max_size=5))
def test_frames_behind_each_other_are_read_one_by_one(counts: list[int]) -> None:
    batches = [rows(100, 100 + count) for count in counts]
    buffer = pa.py_buffer(written(*(encode(batch, 100, 200) for batch in batches)))
    at = 0
    for batch in batches:
        found = header(buffer, at, buffer.size)
        verify(buffer, at, found)
        assert (found.rows, found.first_offset, found.next_offset) == (batch.num_rows, 100, 200)
        assert decode(buffer, at, found, SCHEMA).equals(batch)
        at += found.frame_bytes
    assert at == buffer.size


def test_frames_are_aligned_and_decoded_without_a_copy() -> None:
    frame = encode(rows(0, 10), 0, 10)
    assert frame.size % ALIGNMENT == 0
    buffer = pa.py_buffer(written(frame))
    batch = decode(buffer, 0, header(buffer, 0, buffer.size), SCHEMA)
    for part in batch.column("text").buffers() + batch.column("number").buffers():
        assert part is None or buffer.address <= part.address < buffer.address + buffer.size


def test_a_slice_of_a_large_batch_is_written_alone() -> None:
    assert encode(rows(0, 10_000).slice(5_000, 10), 5_000, 5_010).size < 2_000


@given(st.data())
def test_any_flipped_byte_is_found(data: st.DataObject) -> None:
    frame = bytearray(written(encode(rows(0, 10), 0, 10)))
    meaningful = 64 + header(pa.py_buffer(bytes(frame)), 0, len(frame)).payload_bytes
    padding_of_header = range(40, 64)
    place = data.draw(st.integers(0, meaningful - 1).filter(lambda at: at not in padding_of_header))
    frame[place] ^= data.draw(st.integers(1, 255))
    buffer = pa.py_buffer(bytes(frame))
    with pytest.raises(CorruptFrame):
        verify(buffer, 0, header(buffer, 0, buffer.size))


@pytest.mark.parametrize("missing", [1, 64, 200])
def test_a_frame_that_is_not_all_there_is_refused(missing: int) -> None:
    whole = written(encode(rows(0, 10), 0, 10))
    buffer = pa.py_buffer(whole[:-missing])
    with pytest.raises(CorruptFrame, match="are visible"):
        header(buffer, 0, buffer.size)


def test_zeros_are_no_frame() -> None:
    buffer = pa.py_buffer(bytes(1024))
    with pytest.raises(CorruptFrame, match="no frame at byte 0"):
        header(buffer, 0, buffer.size)


def test_the_schema_has_a_frame_too() -> None:
    buffer = pa.py_buffer(written(encode_schema(SCHEMA)))
    found = header(buffer, 0, buffer.size)
    verify(buffer, 0, found)
    assert found.rows == 0
