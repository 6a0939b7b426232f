"""Whether a bloom filter lets every value of its column pass: one that does not makes queries miss rows."""

from __future__ import annotations

from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segments.inspection.verify.xxh64 import Bytes, Hashes, xxh64

VALUES_MAX = 4096
"""Values of a column that are looked up, spread over the row group: the digests vouch for the bytes already."""
_BLOCK_BYTES = 32
_SALTS = np.array(
    [0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31], np.uint32
)

Blocks = npt.NDArray[np.uint32]


def missing(file: IO[bytes], chunk: pq.ColumnChunkMetaData, values: pa.ChunkedArray) -> int:
    """How many of the looked up values the filter denies. Raises ValueError for a filter that cannot be read."""
    blocks = _blocks(file, chunk)
    looked_up = _spread(values)
    return sum(int((~_passes(blocks, xxh64(each))).sum()) for each in _by_length(looked_up))


def _blocks(file: IO[bytes], chunk: pq.ColumnChunkMetaData) -> Blocks:
    file.seek(chunk.bloom_filter_offset)
    data = file.read(chunk.bloom_filter_length)
    size_bytes = _bitset_bytes(data)
    if size_bytes <= 0 or size_bytes % _BLOCK_BYTES or size_bytes >= len(data):
        raise ValueError(f"a bloom filter of {size_bytes} bytes in {len(data)}")
    return np.frombuffer(data[-size_bytes:], np.dtype("<u4")).reshape(-1, _BLOCK_BYTES // 4)


def _bitset_bytes(header: bytes) -> int:
    """The header begins with field 1, a 32-bit integer in Thrift's compact form."""
    number = shift = 0
    for byte in header[1:6]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return number >> 1


def _passes(blocks: Blocks, hashes: Hashes) -> npt.NDArray[np.bool_]:
    """The split block filter: the upper half of a hash picks the block, the lower one a bit in each of its words."""
    half = np.uint64(32)
    picked = blocks[(((hashes >> half) * np.uint64(len(blocks))) >> half).astype(np.int64)]
    keys = hashes.astype(np.uint32)
    with np.errstate(over="ignore"):
        masks = np.uint32(1) << ((keys[:, None] * _SALTS) >> np.uint32(27))
    return np.asarray((picked & masks == masks).all(axis=1))


def _spread(values: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_list(values.type):
        values = pc.list_flatten(values)
    step = max(1, len(values) // VALUES_MAX)
    picked = values.take(pa.array(np.arange(0, len(values), step)))
    if pa.types.is_dictionary(picked.type):
        picked = picked.cast(picked.type.value_type)
    return picked.drop_null().combine_chunks().unique()


def _by_length(values: pa.Array) -> list[Bytes]:
    """The values as Parquet hashes them, in matrices of equal length."""
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        texts = values.cast(pa.binary()).to_pylist()
        lengths = sorted(set(map(len, texts)))
        return [_matrix([text for text in texts if len(text) == length], length) for length in lengths]
    width = values.type.bit_width // 8
    plain = values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values
    return [plain.to_numpy(zero_copy_only=False).view(np.uint8).reshape(-1, width)] if len(values) else []


def _matrix(texts: list[bytes], length: int) -> Bytes:
    return np.frombuffer(b"".join(texts), np.uint8).reshape(len(texts), length)
