"""Records that could not become rows: why, where, and their raw bytes, in an append file of their own (P18).

Here each value is packed by itself. Sealed, the values lie plain in a zstandard column, which takes half of what a
trained dictionary would leave, and a fifth of this form: `sealed_form`.
"""

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
        pa.field("raw", pa.binary()),
        pa.field("key", pa.binary()),
        pa.field("headers", pa.map_(pa.string(), pa.binary())),
    ]
)
"""`field` is a JSON path, or "" when the whole record is at fault; `raw` is packed with `pack`, null when not kept."""

KEY_BYTES_MAX = 64 * 1024
HEADERS_BYTES_MAX = 64 * 1024
"""A longer key, or headers that are larger together, are not kept."""

_BYTES = ("raw", "key", "headers")

_LEVEL = 3


def pack(raw: bytes) -> bytes:
    """The record's value as one zstandard frame."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(raw)


def unpack(packed: bytes) -> bytes:
    """What `pack` was given. Raises zstandard.ZstdError for anything else, or beyond `RAW_BYTES_MAX`."""
    if zstandard.frame_content_size(packed) > RAW_BYTES_MAX:
        raise zstandard.ZstdError(f"the packed record states more than {RAW_BYTES_MAX} bytes")
    return zstandard.ZstdDecompressor().decompress(packed, max_output_size=RAW_BYTES_MAX)


def without_bytes(rejects: pa.RecordBatch) -> pa.RecordBatch:
    """Where and why, but none of the records' own bytes."""
    for name in _BYTES:
        at = REJECT_SCHEMA.get_field_index(name)
        rejects = rejects.set_column(
            at, REJECT_SCHEMA.field(at), pa.nulls(rejects.num_rows, REJECT_SCHEMA.field(at).type)
        )
    return rejects


def sealed_form(rejects: pa.Table) -> pa.Table:
    """The rejects with their values unpacked, to be compressed as one column."""
    at = REJECT_SCHEMA.get_field_index("raw")
    raw = [None if packed is None else unpack(packed) for packed in rejects.column("raw").to_pylist()]
    return rejects.set_column(at, REJECT_SCHEMA.field(at), pa.chunked_array([raw], pa.binary()))
