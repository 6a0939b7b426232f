"""An Arrow stream is understood however its bytes are cut, and known to be broken when its end is missing."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crushpad.client.arrow_stream import ArrowStream
from crushpad.client.errors import StreamBroken

SCHEMA = pa.schema([("a", pa.int64()), ("b", pa.string()), ("c", pa.list_(pa.int64()))])
ROWS = [[{"a": 1, "b": "x", "c": [1]}, {"a": None, "b": "Łódź", "c": []}], [], [{"a": 9, "b": None, "c": None}]]
BATCHES = [pa.RecordBatch.from_pylist(rows, SCHEMA) for rows in ROWS]


def written(batches: list[pa.RecordBatch]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return bytes(sink.getvalue())


@given(st.integers(1, 400))
def test_batches_come_whole_from_pieces_of_any_size(size: int):
    body, stream = written(BATCHES), ArrowStream()
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    found = [batch for piece in pieces for batch in stream.add(piece)]
    stream.end()
    assert found == BATCHES


def test_a_stream_without_rows_has_its_schema():
    stream = ArrowStream()
    assert list(stream.add(written([]))) == []
    stream.end()
    assert stream.schema == SCHEMA


@pytest.mark.parametrize("missing", [1, 8, 100])
def test_a_stream_without_its_end_is_broken(missing: int):
    stream = ArrowStream()
    list(stream.add(written(BATCHES)[:-missing]))
    with pytest.raises(StreamBroken):
        stream.end()
