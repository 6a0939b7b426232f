"""Avro messages with plain fields, a whole batch at once: one field of all messages after the other, by numpy.

No library does this for messages without a container file. What is not plain, or looks broken, is fastavro's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.decoders.base import Columns

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PAD = 64
"""Zeros behind the last message, so that reading beyond a broken one's end stays within the buffer."""

_PLAIN: Mapping[str, frozenset[str]] = {
    "int": frozenset({"INT", "LONG"}),
    "long": frozenset({"LONG", "TIMESTAMP"}),
    "float": frozenset({"FLOAT", "DOUBLE"}),
    "double": frozenset({"DOUBLE"}),
    "boolean": frozenset({"BOOLEAN"}),
    "string": frozenset({"STRING"}),
    "bytes": frozenset({"BYTES"}),
}
"""By Avro type, the Pinot types that take its values as they are."""


@dataclass(frozen=True, slots=True)
class Field:
    """`null_at` is the branch of a union that means null; None: no union."""

    name: str
    kind: str
    null_at: int | None


def plan_of(schema: Mapping[str, Any], columns: Columns) -> list[Field] | None:
    """The fields to read, in order; None when one is not plain or a column wants another type."""
    fields = [_field(each) for each in schema["fields"]]
    plain = [field for field in fields if field is not None]
    kinds = {field.name: field.kind for field in plain}
    fits = all(
        name not in kinds or (not column.multi_value and column.data_type in _PLAIN[kinds[name]])
        for name, column in columns.items()
    )
    return plain if plain and len(plain) == len(fields) and fits else None


def _field(each: Mapping[str, Any]) -> Field | None:
    kind, name = each["type"], str(each["name"])
    if isinstance(kind, list):
        branches = [branch for branch in kind if branch != "null"]
        if len(kind) != 2 or len(branches) != 1 or branches[0] not in _PLAIN:
            return None
        return Field(name, branches[0], kind.index("null"))
    return Field(name, kind, None) if isinstance(kind, str) and kind in _PLAIN else None


class Cursor:
    """Where each message of a batch is read; `bad` ones went beyond their end, or are not what the schema says."""

    def __init__(self, payloads: list[bytes]) -> None:
        lengths = np.fromiter(map(len, payloads), np.int64, len(payloads))
        self.buffer = np.frombuffer(b"".join([*payloads, bytes(PAD)]), np.uint8)
        self.ends: Int64s = np.cumsum(lengths)
        self.at: Int64s = self.ends - lengths
        self.bad: Bools = np.zeros(len(payloads), bool)

    def column(self, field: Field) -> pa.Array:
        """The field of every message, null where it is null or the message is bad."""
        rows = np.arange(len(self.at))
        if field.null_at is not None:
            branch = self._varints(rows)
            self.bad |= (branch != 0) & (branch != 1)
            rows = np.flatnonzero(branch != field.null_at)
        made = _READ[field.kind](self, rows)
        self._settle()
        if len(rows) == len(self.at):
            return made
        places = np.full(len(self.at), -1, np.int64)
        places[rows] = np.arange(len(rows))
        return made.take(pa.array(places, mask=places < 0))

    def _settle(self) -> None:
        """Bad messages stay at their end."""
        self.bad |= self.at > self.ends
        np.copyto(self.at, self.ends, where=self.bad)

    def _varints(self, rows: Int64s) -> Int64s:
        """A zigzag number of each of `rows`."""
        at = self.at[rows]
        byte = self.buffer[at]
        value = (byte & 0x7F).astype(np.uint64)
        at += 1
        more, shift = np.flatnonzero(byte & 0x80), 7
        while len(more) and shift < 64:
            byte = self.buffer[at[more]]
            value[more] |= (byte & 0x7F).astype(np.uint64) << np.uint64(shift)
            at[more] += 1
            more, shift = more[(byte & 0x80) != 0], shift + 7
        self.bad[rows[more]] = True
        self.at[rows] = at
        return (value >> np.uint64(1)).astype(np.int64) ^ -(value & np.uint64(1)).astype(np.int64)

    def whole(self, rows: Int64s) -> pa.Array:
        return pa.array(self._varints(rows))

    def whole_32(self, rows: Int64s) -> pa.Array:
        values = self._varints(rows)
        beyond = values != values.astype(np.int32)
        self.bad[rows[beyond]] = True
        return pa.array(values.astype(np.int32))

    def boolean(self, rows: Int64s) -> pa.Array:
        byte = self.buffer[self.at[rows]]
        self.bad[rows[byte > 1]] = True
        self.at[rows] += 1
        return pa.array(byte == 1)

    def real(self, rows: Int64s, kind: str) -> pa.Array:
        size = np.dtype(kind).itemsize
        octets = self.buffer[self.at[rows][:, None] + np.arange(size)]
        self.at[rows] += size
        return pa.array(np.ascontiguousarray(octets).view(kind).reshape(-1))

    def octets(self, rows: Int64s, kind: pa.DataType) -> pa.Array:
        """Raises ArrowInvalid for text that is no UTF-8."""
        lengths = self._varints(rows)
        broken = (lengths < 0) | (lengths > self.ends[rows] - self.at[rows])
        self.bad[rows[broken]] = True
        lengths[broken] = 0
        offsets = np.append(0, np.cumsum(lengths))
        index = np.repeat(self.at[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        data = pa.py_buffer(self.buffer[index])
        self.at[rows] += lengths
        made = pa.Array.from_buffers(kind, len(rows), [None, pa.py_buffer(offsets.astype(np.int32)), data])
        made.validate(full=True)
        return made


_READ: Mapping[str, Any] = {
    "int": Cursor.whole_32,
    "long": Cursor.whole,
    "float": lambda cursor, rows: cursor.real(rows, "<f4"),
    "double": lambda cursor, rows: cursor.real(rows, "<f8"),
    "boolean": Cursor.boolean,
    "string": lambda cursor, rows: cursor.octets(rows, pa.string()),
    "bytes": lambda cursor, rows: cursor.octets(rows, pa.binary()),
}
