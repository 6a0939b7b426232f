"""The digests that a sealed file carries of itself, so that damage shows with nothing but the file at hand.

Page checksums cover neither page headers nor bloom filters, page indexes and the footer. So the footer's metadata has
one more entry of fixed length: SHA-256 of everything before the Parquet footer (the *body*), then SHA-256 of the rest
of the file (the *end*: footer, its length, magic) with this entry's own value as zeros. Together they cover every
byte, and an intact end says that it is safe to parse what the damaged body's metadata says.
"""

from __future__ import annotations

import hashlib
import struct

from segments.stores.files import DigestingFile

OWN_DIGEST_KEY = b"crushpad.sha256"
"""Key of the two digests in a Parquet file's key-value metadata."""
HEX_BYTES = 64
UNFILLED = b"0" * (2 * HEX_BYTES)
TRAILER_BYTES = 8
"""Length of the Parquet footer, and the magic."""

_VALUE_HEADER_BYTES = 3
"""Between key and value in the footer's Thrift: type of the field, and a length of 128 in two bytes."""


class EndKeeper:
    """A file for a Parquet writer that can keep back what is written, to fill the digests in.

    Row groups go through; after `keep_back` come only indexes, filters and the footer, which are small.
    """

    closed = False

    def __init__(self, file: DigestingFile) -> None:
        self._file = file
        self._kept: bytearray | None = None

    def write(self, data: bytes) -> int:
        if self._kept is None:
            return self._file.write(data)
        self._kept += data
        return len(data)

    def tell(self) -> int:
        return self._file.size_bytes + len(self._kept or b"")

    def flush(self) -> None:
        """What is kept back waits for `release`."""

    def keep_back(self) -> None:
        self._kept = bytearray()

    def release(self) -> None:
        """Write what was kept back, the digests filled in. The Parquet writer is closed by now."""
        kept = bytes(self._kept or b"")
        cut = len(kept) - end_bytes(kept[-TRAILER_BYTES:])
        self._file.write(kept[:cut])
        self._file.write(filled(kept[cut:], self._file.digest))


def end_bytes(trailer: bytes) -> int:
    """Size of a Parquet file's end, by its last `TRAILER_BYTES` bytes."""
    length: int = struct.unpack_from("<I", trailer)[0]
    return length + TRAILER_BYTES


def filled(end: bytes, body_digest: str) -> bytes:
    """`end` with both digests in place of `UNFILLED`."""
    at = value_at(end)
    digests = (body_digest + _end_digest(end, at)).encode()
    return end[:at] + digests + end[at + len(digests) :]


def stated(end: bytes) -> tuple[str, str] | None:
    """The digests of body and end that `end` states; None when it has no such entry."""
    if not is_stated(end):
        return None
    at = value_at(end)
    value = end[at : at + len(UNFILLED)].decode("latin-1")
    return value[:HEX_BYTES], value[HEX_BYTES:]


def holds(end: bytes) -> bool:
    """Whether an end is as it was sealed, by its own word; one that states nothing (of an early version) passes."""
    found = stated(end)
    return found is None or found[1] == digest_of_end(end)


def is_stated(end: bytes) -> bool:
    """Whether the key is there, whatever a Thrift reader would make of the bytes around it."""
    return OWN_DIGEST_KEY in end


def digest_of_end(end: bytes) -> str:
    """SHA-256 of an end, its own value left out."""
    return _end_digest(end, value_at(end))


def value_at(end: bytes) -> int:
    """Where the value of the entry begins. Raises ValueError when there is no entry."""
    return end.rindex(OWN_DIGEST_KEY) + len(OWN_DIGEST_KEY) + _VALUE_HEADER_BYTES


def _end_digest(end: bytes, at: int) -> str:
    return hashlib.sha256(end[:at] + UNFILLED + end[at + len(UNFILLED) :]).hexdigest()
