"""What ingestion asks of a stream: a handful of verbs, no position kept but the one that was assigned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


class Envelope(Protocol):
    """What a record has beside its value; asked only of records that are rejected."""

    def key(self) -> bytes | str | None: ...

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None: ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """Consecutive records of one partition. `next_offset` also lies beyond markers and compacted records."""

    partition: int
    payloads: Sequence[bytes | None]
    """Record values; None is a tombstone."""
    offsets: Int64s
    timestamps_ms: Int64s
    next_offset: int
    leader_epoch: int
    envelopes: Sequence[Envelope] = ()
    """One for each record, or none at all where nobody has them."""


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """The next record to read is not there: retention passed it, or the log was cut (I6)."""

    partition: int
    detail: str


@dataclass(frozen=True, slots=True)
class StreamTrouble:
    """The stream cannot be read now; the client goes on trying. `partition` None: all of them."""

    partition: int | None
    detail: str


StreamEvent = Fetched | OutOfRange | StreamTrouble


class StreamUnavailable(Exception):
    """The stream cannot be asked now. Try again."""


class UnknownTopic(Exception):
    """There is no such topic. Create it, or mend the table config."""


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """A topic as it is now; `topic_id` changes when it is deleted and created again (P1)."""

    topic: str
    topic_id: str
    partitions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    partition: int
    next_offset: int
    leader_epoch: int
    """Epoch of the record before; -1 when not known."""


class StreamReader(Protocol):
    """One client handle; many partitions of one topic (P34)."""

    def assign(self, assignments: Sequence[Assignment]) -> None:
        """Begin (or begin again) at these offsets."""

    def unassign(self, partitions: Sequence[int]) -> None:
        """Stop reading these; records that were fetched ahead are dropped."""

    def fetch(self, records_max: int, wait_s: float) -> list[StreamEvent]:
        """What arrived, in order per partition; waits at most `wait_s` for the first record, and a little for more."""

    def upstream(self, partition: int) -> int | None:
        """Next offset to be written as the last fetch saw it; asks nobody."""

    def close(self) -> None: ...


class StreamMetadata(Protocol):
    """Questions about a topic. All raise StreamUnavailable, or UnknownTopic."""

    def describe(self) -> TopicInfo: ...

    def earliest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """First offset that is still there, by partition."""

    def latest(self, partitions: Sequence[int]) -> Mapping[int, int]:
        """Next offset to be written (read_committed: to become stable), by partition."""

    def at_time(self, partitions: Sequence[int], timestamp_ms: int) -> Mapping[int, int]:
        """First offset with a record time at or after `timestamp_ms`; the latest offset when there is none."""

    def close(self) -> None: ...


def split(fetched: Fetched, at: int) -> tuple[Fetched, Fetched]:
    """The first `at` records, and the others with whatever lies behind them."""
    middle = int(fetched.offsets[at]) if at < len(fetched.offsets) else fetched.next_offset
    return _slice(fetched, slice(0, at), middle), _slice(fetched, slice(at, None), fetched.next_offset)


def _slice(fetched: Fetched, part: slice, next_offset: int) -> Fetched:
    payloads, offsets, times = fetched.payloads[part], fetched.offsets[part], fetched.timestamps_ms[part]
    envelopes = fetched.envelopes[part]
    return Fetched(fetched.partition, payloads, offsets, times, next_offset, fetched.leader_epoch, envelopes)
