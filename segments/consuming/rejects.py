"""Records that could not become rows: why, where, and their raw bytes, in an append file of their own (P18)."""

from __future__ import annotations

import pyarrow as pa
import zstandard

from segments.arrow_schema import OFFSET, PARTITION, TIMESTAMP

RAW_BYTES_MAX = 64 * 1024 * 1024
"""A record larger than this is not unpacked: Kafka's own limits are far below."""

REJECT_SCHEMA = pa.schema(
    [
        pa.field(PARTITION, pa.int32(), nullable=False),
        pa.field(OFFSET, pa.int64(), nullable=False),
        pa.field(TIMESTAMP, pa.timestamp("ms"), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        pa.field("raw", pa.binary(), nullable=False),
    ]
)
"""`field` is a JSON path, or "" when the whole record is at fault; `raw` is packed with `pack`."""

_LEVEL = 3


def pack(raw: bytes) -> bytes:
    """The record's value as one zstandard frame."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(raw)


def unpack(packed: bytes) -> bytes:
    """What `pack` was given. Raises zstandard.ZstdError for anything else, or beyond `RAW_BYTES_MAX`."""
    if zstandard.frame_content_size(packed) > RAW_BYTES_MAX:
        raise zstandard.ZstdError(f"the packed record states more than {RAW_BYTES_MAX} bytes")
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=RAW_BYTES_MAX)
