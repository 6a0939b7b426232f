"""The seam to the deep store: what a store promises, and the keys of the files in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from segments.identity import PartitionIdentity, checked_id
from segments.name import SegmentName
from segments.stores.files import PART
from segments.stores.files import DiskFull as DiskFull

DELETED = "deleted"
"""Where retired files lie for some days (P12)."""
PARQUET = ".parquet"
REJECTS = ".rejects.parquet"
FILTERED = ".filtered.parquet"
BESIDE = (REJECTS, FILTERED)
"""Endings of files that lie beside a segment and are none."""
NAME_BYTES_MAX = 200
"""Leaves room for what a file is called while it is written."""

_NAME = re.compile(r"\w[\w.$%+=@~-]*\Z")


class StoreUnavailable(Exception):
    """The store cannot be reached, or failed. Try again with the same file: nothing is known of what was asked."""


class AlreadyThere(Exception):
    """The key names a file with other content, and stores never overwrite. Give up this attempt."""


class NotInStore(LookupError):
    """No complete file has this key."""


class SegmentStore(Protocol):
    """Seven verbs. Every one raises StoreUnavailable when the store fails, and ValueError for a key that is none."""

    def put(self, local: Path, key: str) -> str:
        """Copy or link a file into the store; returns its uri, which is the key.

        On return the file is complete, durable, and of the same size and SHA-256 as `local` (P8, I3). Doing it again is
        harmless. Raises AlreadyThere for a key with other content, DiskFull.
        """

    def fetch(self, key: str, to: Path) -> None:
        """Bring a file to this host, whole or not at all. Raises NotInStore, DiskFull."""

    def exists(self, key: str) -> bool:
        """Whether a complete file has this key."""

    def list(self, prefix: str) -> Sequence[str]:
        """Keys under a folder (`""`: all; `deleted`: the retired ones), sorted."""

    def retire(self, key: str, since_ms: int | None = None) -> None:
        """Move a file to `deleted/<key>` (P12). Nothing happens when it is not there.

        Its time in there is counted from `since_ms` (epoch ms), or from now by the store's clock.
        """

    def purge(self, retired_before_ms: int, folder: str) -> Sequence[str]:
        """Delete for good what was retired from `folder` before this time (epoch ms, by the store's clock).

        Returns the keys.
        """

    def local_path(self, key: str) -> Path | None:
        """Where the file lies on this host already, if the store is here; else None: fetch it."""


def key_for(identity: PartitionIdentity, sequence: int, name: str, attempt: str) -> str:
    """Key of a segment: `<incarnation>/<topic id>.<partition>/<name>.<attempt>.parquet`.

    Raises ValueError when the name is not that of a segment of this sequence.
    """
    if SegmentName.parse(name).sequence != sequence:
        raise ValueError(f"segment name {name!r} is not of sequence {sequence}")
    return checked_key(f"{identity.path}/{name}.{checked_id('attempt id', attempt)}{PARQUET}")


def rejects_key(key: str) -> str:
    """Key of the rejected records of the segment with this key."""
    return key.removesuffix(PARQUET) + REJECTS


def filtered_key(key: str) -> str:
    """Key of the offsets that the table's filter dropped when the replayed segment with this key was made."""
    return key.removesuffix(PARQUET) + FILTERED


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """What a key says of a file: whose it is, and which attempt wrote it. A sweeper needs no more (P12, P13)."""

    identity: PartitionIdentity
    name: str
    sequence: int
    attempt: str
    is_rejects: bool
    """Whether it only lies beside a segment: rejects, or what a filter dropped."""

    @classmethod
    def of(cls, key: str) -> ParsedKey:
        """Raises ValueError for a key that `key_for`, `rejects_key` and `filtered_key` do not make."""
        incarnation, partition_folder, file = checked_key(key).split("/")
        topic_id, _, partition = partition_folder.rpartition(".")
        is_rejects = file.endswith(BESIDE)
        segment = file.removesuffix(REJECTS).removesuffix(FILTERED).removesuffix(PARQUET)
        name, _, attempt = segment.rpartition(".")
        identity = PartitionIdentity(incarnation, topic_id, int(partition))
        return cls(identity, name, SegmentName.parse(name).sequence, checked_id("attempt id", attempt), is_rejects)


def checked_key(key: str) -> str:
    """`key`, if it is a relative path of plain names: no `..`, nothing hidden. Raises ValueError otherwise."""
    for name in key.split("/"):
        if not _NAME.match(name) or len(name.encode()) > NAME_BYTES_MAX or name.endswith(PART):
            raise ValueError(
                f"{name!r} in store key {key!r} must be at most {NAME_BYTES_MAX} bytes of letters, digits and any of"
                " _ . $ % + = @ ~ -, begin with a letter, digit or _, and not end in .part"
            )
    return key
