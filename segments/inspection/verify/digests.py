"""Digests of a file: against what is known elsewhere, and against what the file states of itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from segments import own_digest
from segments.inspection.verify.checks import Check, found, ok, unknown

_READ_BYTES = 1 << 20
_MAGIC = b"PAR1"


@dataclass(frozen=True, slots=True)
class FileDigests:
    """SHA-256 of the whole file and of its body, and its end as bytes."""

    whole: str
    body: str
    end: bytes
    body_bytes: int
    starts_right: bool

    @classmethod
    def of(cls, path: Path, end: bytes, size_bytes: int) -> FileDigests:
        """One pass over the file, whose Parquet footer and trailer are `end`. Raises OSError."""
        body_bytes = size_bytes - len(end)
        sha = hashlib.sha256()
        buffer = memoryview(bytearray(_READ_BYTES))
        with path.open("rb", buffering=0) as file:
            starts_right = file.read(len(_MAGIC)) == _MAGIC
            file.seek(0)
            left = body_bytes
            while left > 0 and (read := file.readinto(buffer[: min(left, _READ_BYTES)])):
                sha.update(buffer[:read])
                left -= read
        body = sha.hexdigest()
        sha.update(end)
        return cls(sha.hexdigest(), body, end, body_bytes, starts_right)


def outside(digests: FileDigests, known: str | None) -> Check:
    """Against the digest that the chain, or a person, knows."""
    if known is None:
        return unknown("digest", f"sha256 {digests.whole}; no catalogue here knows which it should be")
    if known.lower() == digests.whole:
        return ok("digest", f"sha256 {digests.whole}")
    return found("digest", f"sha256 is {digests.whole}, it should be {known.lower()}")


def own_end(digests: FileDigests) -> Check:
    """Of the Parquet footer, by the file's own word. Files of early versions state nothing."""
    stated = own_digest.stated(digests.end)
    if stated is None:
        return unknown("footer digest", "the file was sealed by an early version and states none")
    if own_digest.holds(digests.end):
        return ok("footer digest", f"{len(digests.end)} bytes of footer are as they were sealed")
    first, last = digests.body_bytes, digests.body_bytes + len(digests.end) - 1
    return found("footer digest", f"the footer (bytes {first} to {last}) is not as it was sealed; nothing in it counts")


def own_body(digests: FileDigests) -> Check:
    """Of everything before the footer, by the word of a footer that is intact."""
    stated = own_digest.stated(digests.end)
    if stated is None and not digests.starts_right:
        return found("body digest", f"the file does not begin with {_MAGIC!r}")
    if stated is None:
        return unknown("body digest", "the file was sealed by an early version and states none")
    if stated[0] == digests.body:
        return ok("body digest", f"{digests.body_bytes} bytes of pages, filters and indexes are as they were sealed")
    return found("body digest", f"the first {digests.body_bytes} bytes are not as they were sealed")
