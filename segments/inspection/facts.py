"""What a segment says of itself, sealed or consuming, without a look at its rows. Loads no Arrow and no pydantic."""

from __future__ import annotations

from enum import StrEnum

import msgspec

SIDE_CAR = ".sidecar"
PART = ".arrow"
"""Endings of a consuming segment's files (`segments.consuming.sidecar`, which loads pydantic)."""


class State(StrEnum):
    SEALED = "sealed"
    CONSUMING = "consuming"


REPLAYED = "replayed"
"""Origin of a segment of rows that were rejected once, at offsets before its empty range."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Whose rows these are and which offsets they came from; times are epoch ms. None: this kind does not say it.

    The names are those of the footer (`segments.metadata`), from whose JSON sealed facts are decoded.
    """

    path: str = ""
    size_bytes: int = 0
    """Of the file; of the visible bytes while consuming."""
    state: State = State.SEALED
    name: str
    table: str | None = None
    incarnation: str | None = None
    topic: str | None = None
    topic_id: str
    partition: int
    sequence: int
    start: int
    end: int
    rows: int
    rejects: int = 0
    origin: str = "stream"
    """`replayed`: rows of records that were rejected once, at offsets before the (empty) range."""
    filtered: int | None = None
    """Records that the table's filter left out; counted while consuming only, like tombstones."""
    tombstones: int | None = None
    leader_epoch: int
    config_version: int
    schema_version: int
    attempt: str | None = None
    predecessor: str | None = None
    created_ms: int
    sealed_ms: int | None = None
    crushpad_version: str | None = None
    time_column: str | None = None
    time_min_ms: int | None = None
    time_max_ms: int | None = None
    sort_column: str | None = None

    @property
    def identity(self) -> tuple[str | None, str, int]:
        """(table incarnation, topic id, partition): segments of one chain agree in it (P1)."""
        return self.incarnation, self.topic_id, self.partition


decode_facts = msgspec.json.Decoder(Facts).decode
