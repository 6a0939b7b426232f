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


class EngineJob(msgspec.Struct, frozen=True):
    """One SELECT with everything it reads. `output_types` are Pinot's words, one for each column."""

    id: int
    sql: str
    relations: tuple[ConsumingRelation, ...]
    output_types: tuple[str, ...]
    timeout_ms: int
    rows_max: int
    bytes_max: int


class Fault(msgspec.Struct, frozen=True):
    """Why there are no rows: Pinot's error code and message."""

    code: int
    message: str


class EngineAnswer(msgspec.Struct, frozen=True):
    """Rows as the JSON text of `resultTable.rows`, or a fault.

    `stale`: a file was gone, so plan on a fresh view. `spent`: the engine ran out of memory, so start another.
    """

    id: int
    rows_json: bytes = b"[]"
    row_count: int = 0
    rows_matched: int = 0
    rows_scanned: int = 0
    cpu_ns: int = 0
    fault: Fault | None = None
    stale: bool = False
    spent: bool = False


class Ready(msgspec.Struct, frozen=True):
    """The first message of an engine process: it is up and takes jobs."""

    pid: int


_encoder = msgspec.msgpack.Encoder()
decode_job = msgspec.msgpack.Decoder(EngineJob).decode
decode_answer = msgspec.msgpack.Decoder(EngineAnswer).decode
decode_ready = msgspec.msgpack.Decoder(Ready).decode


def framed(message: EngineJob | EngineAnswer | Ready) -> bytes:
    """The message with its length before it."""
    body = _encoder.encode(message)
    return LENGTH.pack(len(body)) + body


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next message's bytes from a blocking stream, None at its end. Raises EOFError in the middle of one."""
    head = stream.read(LENGTH.size)
    if not head:
        return None
    body = stream.read(frame_length(head))
    if len(head) < LENGTH.size or len(body) < frame_length(head):
        raise EOFError("the stream ended within a message")
    return body


def frame_length(head: bytes) -> int:
    """Length of the message that follows `head`. Raises ValueError when it cannot be one of ours."""
    (length,) = LENGTH.unpack(head)
    if length > MESSAGE_BYTES_MAX:
        raise ValueError(f"a message of {length} bytes; at most {MESSAGE_BYTES_MAX} are sent")
    return int(length)
