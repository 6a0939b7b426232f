"""A host's writer and follower in one process: appends, compacts, seals, publishes and unlinks without end.

    python -m tests.contract.consuming_writer <data folder>

Appends are small, so that compaction has work on every level, and every tenth record gives no row. After
`SEGMENT_RECORDS` the next consuming file opens, the catalogue names the sealed segment, and its consuming file goes
`KEPT_SEGMENTS` seals later (P23's grace, counted in segments so that no clock is needed). It prints `writing` when readers
may start, and ends when its input does.
"""

from __future__ import annotations

import random
import select
import sys
from collections import deque
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pyarrow as pa

from segments.arrow_schema import SYSTEM_FIELDS
from segments.catalogue import CatalogueWriter, PartitionEntry, SegmentEntry, TableEntry
from segments.consuming.adoption import Home, boot_id, claim
from segments.consuming.file import Appended, ConsumingFile, Opening
from segments.consuming.sidecar import SideCar
from segments.identity import PartitionIdentity

IDENTITY = PartitionIdentity("c0ffee", "topic-id", 0)
TABLE = "clicks_REALTIME"
SEGMENT_RECORDS = 10_000
APPEND_RECORDS_MAX = (2, 30, 60)
"""By sequence number, in turn."""
KEPT_SEGMENTS = 1
CAPACITY_BYTES = 1 << 20
SCHEMA = pa.schema([pa.field("number", pa.int64()), *SYSTEM_FIELDS])


def has_row(offset: int) -> bool:
    return offset % 10 != 9


def row_count(end: int) -> int:
    """Rows of the records `[0, end)`."""
    return end - end // 10


def main(data: Path) -> None:
    catalogue = CatalogueWriter(data / "catalogue")
    home = claim(data / "consuming" / IDENTITY.path, boot_id(), lambda: "writer")
    sealed: list[SegmentEntry] = []
    kept: deque[ConsumingFile] = deque()
    chance = random.Random(20)
    catalogue.publish({TABLE: table(sealed)}, now_ms=0)
    file = opened(home, 0)
    print("writing", flush=True)
    for sequence in count(1):
        for appended in appends(file.state, chance):
            file.append(appended)
        kept.append(file)
        file = opened(home, sequence)
        sealed.append(segment(kept[-1].state))
        catalogue.publish({TABLE: table(sealed)}, now_ms=sequence)
        if len(kept) > KEPT_SEGMENTS:
            kept.popleft().unlink()
        if select.select([sys.stdin], [], [], 0)[0]:
            return


def opened(home: Home, sequence: int) -> ConsumingFile:
    opening = Opening(
        identity=IDENTITY,
        sequence=sequence,
        start=sequence * SEGMENT_RECORDS,
        leader_epoch=0,
        config_version=1,
        schema_version=1,
        created_ms=0,
        writer=home.writer,
        boot=boot_id(),
    )
    return ConsumingFile.create(home.folder, opening, SCHEMA, CAPACITY_BYTES)


def appends(state: SideCar, chance: random.Random) -> Iterator[Appended]:
    """The records of one segment."""
    largest = APPEND_RECORDS_MAX[state.sequence % len(APPEND_RECORDS_MAX)]
    at, end = state.start, state.start + SEGMENT_RECORDS
    while at < end:
        upto = min(end, at + chance.randint(1, largest))
        yield Appended(rows(at, upto), None, upto, leader_epoch=0)
        at = upto


def rows(start: int, end: int) -> pa.RecordBatch:
    offsets = [offset for offset in range(start, end) if has_row(offset)]
    zeros = [0] * len(offsets)
    columns = {"number": offsets, "$partition": zeros, "$offset": offsets, "$timestamp": offsets, "$ordinal": zeros}
    return pa.record_batch(columns, schema=SCHEMA)


def segment(state: SideCar) -> SegmentEntry:
    name = f"clicks__0__{state.sequence}__20260101T0000Z"
    return SegmentEntry(
        name=name,
        sequence=state.sequence,
        start=state.start,
        end=state.next_offset,
        rows=state.rows,
        rejects=0,
        path=f"/sealed/{name}",
        size_bytes=0,
        digest="",
        schema_version=1,
        attempt="",
        created_ms=0,
        committed_ms=0,
        time_min_ms=None,
        time_max_ms=None,
        columns={},
        blooms=[],
    )


def table(sealed: list[SegmentEntry]) -> TableEntry:
    partition = PartitionEntry(
        partition=IDENTITY.partition,
        topic="clicks",
        topic_id=IDENTITY.topic_id,
        sequence=len(sealed),
        first_start=0,
        committed_end=sealed[-1].end if sealed else 0,
        created_ms=0,
        config_version=1,
        schema_version=1,
        segments=list(sealed),
        gaps=[],
    )
    return TableEntry(
        name=TABLE,
        incarnation=IDENTITY.incarnation,
        state="active",
        config_version=1,
        config={},
        schema_name="clicks",
        schema_version=1,
        schemas={},
        created_ms=0,
        partitions=[partition],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
