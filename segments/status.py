"""What running partitions say of themselves: one two-slot file per worker process, read by whoever asks.

A status explains; nothing is decided by it. The truth about offsets is the side-car and the consuming record.

Both slots are allocated when the file is made, so that a worker can say why it waits when the disk is full. A slot is
half of the file, and at least twice as large as what is said: a worker that comes to say more, because it was given
more partitions, puts a larger file into the old one's place.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from segments import two_slots

SUFFIX = ".status"
SLOT_BYTES_MIN = 256 * 1024
_HEADER_BYTES = 32
STALE_AFTER_MS = 10_000
"""A worker that has written nothing for so long is taken for stopped."""


class PartitionStatus(BaseModel):
    """One Kafka partition in the hands of one worker. Offsets name the next record to read."""

    model_config = ConfigDict(frozen=True)

    table: str
    """With type, `clicks_REALTIME`."""
    partition: int
    """Pinot's partition id (P5)."""
    topic: str
    segment_name: str | None = None
    """Of the consuming segment; None before the first one is known."""
    state: str
    """The machine's word for where it stands, `CONSUMING` when rows flow."""
    reason: str | None = None
    """One sentence on why rows do not flow, with what would help; None while they do."""
    since_ms: int = 0
    """When the partition entered this state (epoch ms)."""
    current_offset: int | None = None
    upstream_offset: int | None = None
    """The topic's end as last seen; None while it is not known."""
    last_consumed_ms: int | None = None
    """When a record was last taken in (epoch ms)."""
    availability_lag_ms: int | None = None
    """Newest record: from its Kafka timestamp to its visibility."""
    held_to: float | None = None
    """Records per second that the table's rate limit allows it, while more of them wait."""
    rows: int = 0
    """Of the consuming segment; the three below too."""
    rejects: int = 0
    bytes: int = 0
    age_ms: int = 0
    lag_ms: int | None = None
    """Age of the oldest record that is not consumed; 0 when there is none, None while that is not known."""
    closed: int = 0
    """Full consuming files that wait for their commit."""
    rows_max: int | None = None
    """When the consuming segment is closed, with the two below; None when the worker does not say."""
    bytes_max: int | None = None
    age_ms_max: int | None = None
    dead_letters: str | None = None
    """What keeps committed rejects from the dead-letter topic; None when nothing does."""
    counters: dict[str, int] = Field(default_factory=dict)
    """Totals since the worker took the partition, by name (`ingest/counting.py`)."""

    @property
    def consuming(self) -> bool:
        return self.state.upper() == "CONSUMING"

    @property
    def records_lag(self) -> int | None:
        """Records in the topic that are not consumed yet; None while either end is unknown."""
        if self.current_offset is None or self.upstream_offset is None:
            return None
        return max(0, self.upstream_offset - self.current_offset)


class WorkerStatus(BaseModel):
    """Everything that one worker process says of itself."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    process: str
    """Stable name, for example `ingest-0`: the next process of that name takes the file over."""
    pid: int
    written_ms: int
    partitions: list[PartitionStatus] = Field(default_factory=list)
    counters: dict[str, int] = Field(default_factory=dict)
    """Totals since the process started, by name."""
    problems: dict[str, str] = Field(default_factory=dict)
    """By table: one sentence on what keeps it from consuming as a whole, for example that Kafka cannot be reached."""


def status_path(folder: Path, process: str) -> Path:
    return folder / f"{process}{SUFFIX}"


def write_status(path: Path, status: WorkerStatus) -> None:
    """Make `status` the newest record of the file. One writer per file. Raises OSError."""
    payload = status.model_dump_json().encode()
    slot_bytes = _slot_bytes(path)
    if slot_bytes < 2 * len(payload):
        try:
            return _replace(path, payload)
        except OSError:
            if slot_bytes < len(payload) + _HEADER_BYTES:
                raise
    return _overwrite(path, payload, slot_bytes)


def read_statuses(folder: Path, now_ms: int) -> list[WorkerStatus]:
    """Statuses of the workers that are alive, by process name; older ones than `STALE_AFTER_MS` are left out."""
    found = (_read(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
    return [status for status in found if status is not None and now_ms - status.written_ms <= STALE_AFTER_MS]


def _slot_bytes(path: Path) -> int:
    """Room for one record in the file that there is; 0 when there is none."""
    try:
        return path.stat().st_size // 2
    except FileNotFoundError:
        return 0


def _overwrite(path: Path, payload: bytes, slot_bytes: int) -> None:
    fd = os.open(path, os.O_RDWR)
    try:
        two_slots.write(fd, _newest_generation(fd, slot_bytes) + 1, payload, slot_bytes)
    finally:
        os.close(fd)


def _replace(path: Path, payload: bytes) -> None:
    """A new file with room for twice the payload; the old one is there until this one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    slot_bytes = max(SLOT_BYTES_MIN, 1 << (2 * len(payload) - 1).bit_length())
    making = path.with_suffix(".making")
    fd = os.open(making, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o640)
    try:
        two_slots.allocate(fd, slot_bytes)
        two_slots.write(fd, 1, payload, slot_bytes)
        making.replace(path)
    except OSError:
        making.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)


def _newest_generation(fd: int, slot_bytes: int) -> int:
    try:
        return two_slots.read(fd, slot_bytes)[0]
    except two_slots.NoValidSlot:
        return 0


def _read(path: Path) -> WorkerStatus | None:
    """None for a file that is gone, or of another format."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return WorkerStatus.model_validate_json(two_slots.read(fd, os.fstat(fd).st_size // 2)[1])
    except (two_slots.NoValidSlot, ValidationError):
        return None
    finally:
        os.close(fd)
