"""What the front and an engine process say to each other: msgpack in frames with a length before them."""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec

LENGTH = struct.Struct("<I")
MESSAGE_BYTES_MAX = 1 << 30


class PartFile(msgspec.Struct, frozen=True, array_like=True):
    """An append file and how much of it is visible."""

    file: str
    bytes_visible: int


class ConsumingSource(msgspec.Struct, frozen=True, array_like=True):
    """The rows of one side-car's files; with `mask_below`, only those at or after that offset."""

    folder: str
    parts: tuple[PartFile, ...]
    mask_below: int | None


class ConsumingRelation(msgspec.Struct, frozen=True, array_like=True):
    """A relation of the SQL: the rows of several sources of one schema version, `columns` of them."""

    name: str
    columns: tuple[str, ...]
    sources: tuple[ConsumingSource, ...]


class RangeCount(msgspec.Struct, frozen=True, array_like=True):
    """Count the rows of a Parquet file whose `column` of whole numbers or times (epoch ms) is in `[low, high]`."""

    path: str
    column: str
    low: int
    high: int


class EngineJob(msgspec.Struct, frozen=True, tag="query"):
    """One SELECT with everything it reads; None where only `ranges` are counted.

    `output_types` are Pinot's words, one for each column. With a `format` (`formats.Format`) the answer is the whole
    result in it, its columns called `names`.
    """

    id: int
    sql: str | None
    relations: tuple[ConsumingRelation, ...]
    output_types: tuple[str, ...]
    timeout_ms: int
    rows_max: int
    bytes_max: int
    format: str | None = None
    names: tuple[str, ...] = ()
    limit: int | None = None
    """As many rows come at most, if that is known."""
    ranges: tuple[RangeCount, ...] = ()
    """Counted beside what the SELECT reads."""


class StreamJob(msgspec.Struct, frozen=True, tag="stream"):
    """One SELECT whose rows leave in frames, each when it is asked for by `MORE`.

    Its columns are the `len(names)` that leave, then `len(output_types) - len(names)` more; those at `keys` order it.
    """

    id: int
    sorted_sql: str
    plain_sql: str | None
    """The same without ORDER BY: enough if the rows that `keys_sql` reads turn out to lie in ascending order."""
    plain_has_keys: bool
    """Whether it selects them: else its rows are those of `keys_sql`, one by one."""
    keys_sql: str
    relations: tuple[ConsumingRelation, ...]
    names: tuple[str, ...]
    output_types: tuple[str, ...]
    keys: tuple[int, ...]
    format: str
    with_head: bool
    """Whether the first frame begins with what stands once before all rows."""
    timeout_ms: int
    """Longest work for one frame."""


class Control(msgspec.Struct, frozen=True, tag="control"):
    """One more frame of the stream is wanted, or no more at all."""

    more: bool


class Fault(msgspec.Struct, frozen=True):
    """Why there are no rows: Pinot's error code and message."""

    code: int
    message: str


class EngineAnswer(msgspec.Struct, frozen=True, tag="answer"):
    """Rows as the JSON text of `resultTable.rows` or whole in the format that was asked for, or a fault.

    `stale`: a file was gone, so plan on a fresh view. `spent`: the engine ran out of memory, so start another.
    Between processes the text or result follows the message in pieces of `chunk_bytes`, so that nobody holds it twice.
    """

    id: int
    chunks: tuple[bytes, ...] = ()
    chunk_bytes: tuple[int, ...] = ()
    row_count: int = 0
    rows_matched: int = 0
    rows_scanned: int = 0
    cpu_ns: int = 0
    groups: int = 0
    """Most groups that a GROUP BY of the query found, and most rows that a join of it made."""
    joined: int = 0
    counted: int = 0
    """Rows of the job's `ranges`."""
    fault: Fault | None = None
    stale: bool = False
    spent: bool = False


class StreamFrame(msgspec.Struct, frozen=True, tag="frame"):
    """Some rows in the stream's format. `place` are the keys of the last one, empty without rows.

    Between processes the body is `body_bytes` bytes in a slot of the `FrameMemory`, or behind the message without one.
    """

    rows: int
    place: tuple[int, ...]
    body_bytes: int = 0
    slot: int | None = None
    body: bytes = b""


Message = EngineAnswer | StreamFrame
"""What an engine says. An answer without rows ends a stream."""
Request = EngineJob | StreamJob | Control


class Ready(msgspec.Struct, frozen=True):
    """The first message of an engine process: it is up and takes jobs."""

    pid: int


_encoder = msgspec.msgpack.Encoder()
decode_request = msgspec.msgpack.Decoder(Request).decode
decode_message = msgspec.msgpack.Decoder(Message).decode
decode_ready = msgspec.msgpack.Decoder(Ready).decode


def framed(message: Request | Message | Ready) -> bytes:
    """The message with its length before it."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next message's bytes from a blocking stream, None at its end. Raises EOFError in the middle of one.

    Nothing behind the message is read, if the stream is not buffered.
    """
    head = _read(stream, LENGTH.size)
    if not head:
        return None
    body = _read(stream, frame_length(head)) if len(head) == LENGTH.size else b""
    if len(head) < LENGTH.size or len(body) < frame_length(head):
        raise EOFError("the stream ended within a message")
    return body


def _read(stream: BinaryIO, size: int) -> bytes:
    """`size` bytes, fewer only at the stream's end; an unbuffered stream gives them as they come."""
    found = stream.read(size)
    while found and len(found) < size and (more := stream.read(size - len(found))):
        found += more
    return found


def frame_length(head: bytes) -> int:
    """Length of the message that follows `head`. Raises ValueError when it cannot be one of ours."""
    (length,) = LENGTH.unpack(head)
    if length > MESSAGE_BYTES_MAX:
        raise ValueError(f"a message of {length} bytes; at most {MESSAGE_BYTES_MAX} are sent")
    return int(length)
