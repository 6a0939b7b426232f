"""All checks of one sealed file, in the order in which they can be trusted: bytes, then footer, then rows."""

from __future__ import annotations

from pathlib import Path

from segments.inspection import tails
from segments.inspection.errors import NotASegment
from segments.inspection.sealed import SealedFile
from segments.inspection.verify import digests
from segments.inspection.verify.checks import Check, Status, found, ok, unknown
from segments.inspection.verify.data import data_checks
from segments.inspection.verify.digests import FileDigests
from segments.inspection.verify.identity import chain_check, identity_check, rejects_check
from segments.inspection.verify.pages import damaged_pages
from segments.metadata import FOOTER_KEY
from segments.own_digest import OWN_DIGEST_KEY, is_stated


def sealed_checks(path: Path, known_digest: str | None) -> list[Check]:
    """`known_digest`: SHA-256 that the file should have, if anybody knows. Raises NothingThere."""
    try:
        end, size_bytes = tails.read_end(path)
    except NotASegment as error:
        return [found("file", str(error))]
    seen = FileDigests.of(path, end, size_bytes)
    of_bytes = [digests.outside(seen, known_digest), digests.own_end(seen), digests.own_body(seen)]
    if of_bytes[1].status is Status.FOUND:
        return of_bytes
    return [*of_bytes, *_beyond_bytes(path, seen, _is_damaged(of_bytes))]


def _is_damaged(of_bytes: list[Check]) -> bool:
    return any(check.status is Status.FOUND for check in of_bytes)


def _beyond_bytes(path: Path, seen: FileDigests, damaged: bool) -> list[Check]:
    try:
        segment = SealedFile.open(path)
    except NotASegment as error:
        return [found("footer", str(error))]
    footer = _footer(segment, seen)
    if damaged:
        return [footer, damaged_pages(segment)]
    facts = segment.facts
    return [
        footer,
        *data_checks(segment),
        identity_check(path, facts),
        rejects_check(path, facts),
        chain_check(path, facts),
    ]


def _footer(segment: SealedFile, seen: FileDigests) -> Check:
    """Every entry of the metadata is one of ours: a changed key would otherwise hide what it stood for."""
    strange = sorted(set(segment.parquet.metadata) - {FOOTER_KEY, OWN_DIGEST_KEY})
    if strange:
        return found("footer", f"it has entries that sealing does not write: {strange}")
    if not is_stated(seen.end):
        return unknown("footer", "it can be read, but without digests nothing vouches for it")
    return ok("footer", f"format {segment.footer.format}, sealed by crushpad {segment.facts.crushpad_version}")
