"""An Arrow stream read from chunks of bytes as they arrive, however they are cut."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pyarrow as pa

from crushpad.client.errors import StreamBroken

_PREFIX = 8
"""Continuation mark and length of the metadata."""
_LENGTH, _SHORT, _LONG = struct.Struct("<i"), struct.Struct("<H"), struct.Struct("<q")
_BODY_LENGTH_SLOT = 4 + 2 * 3


class ArrowStream:
    """Push bytes in, take batches out. `schema` is known once the first message is complete."""

    def __init__(self) -> None:
        self.schema: pa.Schema | None = None
        self.is_over = False
        self._held = bytearray()

    def add(self, chunk: bytes) -> Iterator[pa.RecordBatch]:
        """The batches that are complete by now; their memory is theirs."""
        self._held += chunk
        while (size := self._message_bytes()) is not None:
            message = pa.ipc.read_message(pa.py_buffer(self._first(size)))
            if self.schema is None:
                self.schema = pa.ipc.read_schema(message)
            else:
                yield pa.ipc.read_record_batch(message, self.schema)

    def _first(self, size: int) -> bytearray:
        """So many of the held bytes; the few behind them are moved, and the many are not."""
        first, self._held = self._held, self._held[size:]
        del first[size:]
        return first

    def end(self) -> None:
        """Raises StreamBroken unless the stream's end has come."""
        if not self.is_over:
            raise StreamBroken("the rows break off: the service could not send the rest; its log says why")

    def _message_bytes(self) -> int | None:
        """How long the first message is; None when it is not all there, and behind the last one."""
        if self.is_over or len(self._held) < _PREFIX:
            return None
        (metadata,) = _LENGTH.unpack_from(self._held, 4)
        if metadata == 0:
            self.is_over = True
            return None
        if len(self._held) < _PREFIX + metadata:
            return None
        size = int(_PREFIX + metadata + _body_bytes(self._held, _PREFIX))
        return size if len(self._held) >= size else None


def _body_bytes(held: bytearray, at: int) -> int:
    """The field `bodyLength` of the message's metadata at `at`, a flatbuffer: its fourth field (Arrow's Message.fbs).

    pyarrow reads streams that it pulls itself; it has no decoder for bytes that are pushed.
    """
    table = at + _LENGTH.unpack_from(held, at)[0]
    fields = table - _LENGTH.unpack_from(held, table)[0]
    has_it = _SHORT.unpack_from(held, fields)[0] > _BODY_LENGTH_SLOT
    offset = _SHORT.unpack_from(held, fields + _BODY_LENGTH_SLOT)[0] if has_it else 0
    return int(_LONG.unpack_from(held, table + offset)[0]) if offset else 0
