"""A cursor: where a range read goes on, by partition and offset, so that it outlives seals and restarts.

It fixes the end offsets that the first page saw. Rows never change (P4), so all pages together are that one cut.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Literal

import msgspec

from query.rows_request import RowsFault, RowsRequest

CURSOR_CHARS_MAX = 60_000


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """`place` are the keys of the last row that was sent, in the order of the read."""

    version: Literal[1]
    incarnation: str
    asked: str
    """Digest of what was asked: the next page must ask the same."""
    now_ms: int
    """What now() is on every page."""
    ends: dict[int, int]
    place: tuple[int, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Cursor).decode


def digest(request: RowsRequest) -> str:
    return hashlib.blake2b(repr(request.identity).encode(), digest_size=8).hexdigest()


def write_cursor(cursor: Cursor) -> str:
    """Letters, digits, `-` and `_`."""
    return base64.urlsafe_b64encode(_encode(cursor)).decode().rstrip("=")


def read_cursor(text: str, incarnation: str, request: RowsRequest) -> Cursor:
    """Raises RowsFault for what is no cursor, or one of another table or read."""
    shown = text if len(text) <= 40 else f"{text[:40]}..."
    try:
        cursor = _decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:  # msgspec's errors are ValueErrors
        raise RowsFault(400, f"cursor {shown!r} is none that was given here; begin without one") from error
    if cursor.incarnation != incarnation:
        raise RowsFault(400, f"cursor {shown!r} is of another table, or of one that was since created anew")
    keys = 4 if request.order.by_time else 3
    if cursor.asked != digest(request) or len(cursor.place) != keys:
        raise RowsFault(
            400, f"cursor {shown!r} is of another read: repeat all parameters but limit and format as they were"
        )
    return cursor
