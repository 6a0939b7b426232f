"""Facts of a sealed file from its last bytes: one read, no Parquet reader, tens of microseconds a file.

The footer's JSON is found by its key near the end of the file. This is for listing many files; whoever goes on to use
one opens it properly.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from segments import own_digest
from segments.inspection.errors import NotASegment, NothingThere
from segments.inspection.facts import Facts, decode_facts

TAIL_BYTES = 16 * 1024
_MAGIC = b"PAR1"
_LEAST_BYTES = len(_MAGIC) + own_digest.TRAILER_BYTES
_KEY = b"\x18\x08crushpad\x18"
"""Of the entry in the footer's Thrift, with its length before it and the type of the value behind it."""


def facts_of(path: Path) -> Facts:
    """Raises NotASegment, NothingThere. A footer that is not as it was sealed is not parsed by anybody after this."""
    end, size_bytes = read_end(path)
    if not own_digest.holds(end):
        raise NotASegment(f"{path} is damaged: its footer is not as it was sealed; fetch it again")
    text = _footer_json(end)
    if text is None:
        raise NotASegment(f"{path} is Parquet, but no segment: its footer has no 'crushpad' entry")
    try:
        return msgspec.structs.replace(decode_facts(text), path=str(path), size_bytes=size_bytes)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotASegment(f"{path} has a footer that cannot be read ({error}); fetch the file again") from error


def read_end(path: Path) -> tuple[bytes, int]:
    """The Parquet footer with what follows it, and the file's size.

    Raises NotASegment for a file that is not Parquet from its first to its last bytes, NothingThere.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise NothingThere(f"{path} cannot be opened: {error.strerror}") from error
    try:
        return _read_end(fd, path)
    except OSError as error:
        raise NothingThere(f"{path} cannot be read: {error.strerror}") from error
    finally:
        os.close(fd)


def _read_end(fd: int, path: Path) -> tuple[bytes, int]:
    size_bytes = os.fstat(fd).st_size
    end = os.pread(fd, TAIL_BYTES, max(0, size_bytes - TAIL_BYTES))
    if size_bytes < _LEAST_BYTES or end[-len(_MAGIC) :] != _MAGIC:
        raise NotASegment(_what_it_is(path, size_bytes, os.pread(fd, len(_MAGIC), 0)))
    wanted = own_digest.end_bytes(end[-own_digest.TRAILER_BYTES :])
    if wanted > size_bytes - len(_MAGIC):
        raise NotASegment(f"{path} is damaged: its footer would be larger than the file; fetch it again")
    return (end[-wanted:] if wanted <= len(end) else os.pread(fd, wanted, size_bytes - wanted)), size_bytes


def _what_it_is(path: Path, size_bytes: int, start: bytes) -> str:
    if size_bytes == 0:
        return f"{path} is empty; fetch it again from the deep store"
    if start == _MAGIC:
        return f"{path} is truncated: {size_bytes} bytes that do not end as Parquet does; fetch it again"
    return f"{path} is not a segment: it is no Parquet file, it begins with {start!r}"


def _footer_json(end: bytes) -> bytes | None:
    at = end.rfind(_KEY)
    if at < 0:
        return None
    at += len(_KEY)
    length = shift = 0
    while end[at] & 0x80:
        length |= (end[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    length |= end[at] << shift
    return end[at + 1 : at + 1 + length]
