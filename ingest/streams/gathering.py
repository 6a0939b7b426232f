"""Kafka messages as columns, a chunk at a time: what is asked of a message is asked while it is in the cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import confluent_kafka
import numpy as np
from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, KafkaError

from ingest.streams.base import Envelope, Fetched, Int64s, OutOfRange, StreamEvent, StreamTrouble
from ingest.streams.values import Values
from segments.offsets import following

Message = Any
"""A confluent_kafka.Message that came out of `consume`, so that partition, offset and timestamp are set."""

# Unbound methods: mapped over a batch they cost a quarter of what a method caller does.
_partition = confluent_kafka.Message.partition
_offset = confluent_kafka.Message.offset
_timestamp = confluent_kafka.Message.timestamp
_value = confluent_kafka.Message.value
_key = confluent_kafka.Message.key
_headers = confluent_kafka.Message.headers
_error = confluent_kafka.Message.error

_LOST = frozenset({KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET, KafkaError._LOG_TRUNCATION})


class Gathering:
    """What one fetch has found so far, in order for each partition."""

    def __init__(self) -> None:
        self._events: list[StreamEvent] = []
        self._runs: dict[int, _Run] = {}
        self.size_bytes = 0
        """Of all values."""

    def add(self, messages: Sequence[Message]) -> None:
        for partition, run in _by_partition(messages):
            times = np.fromiter(map(itemgetter(1), map(_timestamp, run)), np.int64, len(run))
            if times.min() < 0 and any(map(_error, run)):  # an error has no time
                self._add_mixed(partition, run, times)
            else:
                self._add_records(partition, run, times)

    def events(self) -> list[StreamEvent]:
        """Everything that was found; nothing may be added any more."""
        return [*self._events, *(run.fetched() for run in self._runs.values())]

    def _add_records(self, partition: int, run: Sequence[Message], times: Int64s) -> None:
        found = self._runs.get(partition)
        if found is None:
            found = self._runs[partition] = _Run(partition)
        self.size_bytes += found.add(run, times)

    def _add_mixed(self, partition: int, run: Sequence[Message], times: Int64s) -> None:
        """Errors stand between the records before and behind them."""
        at = 0
        for is_bad, part in groupby(run, lambda message: message.error() is not None):
            chunk = list(part)
            if not is_bad:
                self._add_records(partition, chunk, times[at : at + len(chunk)])
            else:
                self._close(partition)
                self._events.extend(filter(None, map(_event, chunk)))
            at += len(chunk)

    def _close(self, partition: int) -> None:
        if partition in self._runs:
            self._events.append(self._runs.pop(partition).fetched())


class _Run:
    """Consecutive records of one partition."""

    def __init__(self, partition: int) -> None:
        self._partition = partition
        self._last: Message = None
        self._offsets: list[Int64s] = []
        self._times: list[Int64s] = []
        self._values: list[bytes | None] = []
        self._known: Values | None = Values()
        """None once a record without a value was among them."""
        self._envelopes: list[Envelope] = []
        self._is_bare = True

    def add(self, run: Sequence[Message], times: Int64s) -> int:
        """Returns the bytes of the values."""
        self._last = run[-1]
        self._offsets.append(_offsets(run))
        self._times.append(times if run[0].timestamp()[0] != TIMESTAMP_NOT_AVAILABLE else np.zeros_like(times))
        is_bare = list(map(_key, run)).count(None) == len(run) and not any(map(_headers, run))
        self._is_bare = self._is_bare and is_bare
        self._envelopes += [NOTHING] * len(run) if is_bare else run
        return self._add_values(list(map(_value, run)))

    def _add_values(self, values: list[bytes | None]) -> int:
        if self._known is not None:
            try:
                return self._known.take(values)
            except TypeError:
                self._values, self._known = list(self._known), None
        self._values += values
        return sum(map(len, filter(None, values)))

    def fetched(self) -> Fetched:
        """The records as columns."""
        return Fetched(
            partition=self._partition,
            payloads=self._values if self._known is None else self._known,
            offsets=np.concatenate(self._offsets),
            timestamps_ms=np.concatenate(self._times),
            next_offset=following(self._last.offset()),
            leader_epoch=-1 if (epoch := self._last.leader_epoch()) is None else epoch,
            envelopes=() if self._is_bare else self._envelopes,
        )


class _Nothing:
    """A record with nothing beside its value. Its message is let go of: a fetch full of them leaves the cache."""

    def key(self) -> None:
        return None

    def headers(self) -> None:
        return None


NOTHING = _Nothing()


def _offsets(run: Sequence[Message]) -> Int64s:
    """From first and last where there is no hole."""
    first, end = run[0].offset(), following(run[-1].offset())
    return np.arange(first, end) if end - first == len(run) else np.fromiter(map(_offset, run), np.int64, len(run))


def _by_partition(messages: Sequence[Message]) -> Iterator[tuple[int, Sequence[Message]]]:
    """Runs of one partition; -1 speaks of the client as a whole."""
    numbers = set(map(_partition, messages))
    if len(numbers) == 1:
        yield _known(numbers.pop()), messages
        return
    for partition, run in groupby(messages, _partition):
        yield _known(partition), list(run)


def _known(partition: int | None) -> int:
    return -1 if partition is None else partition


def _event(message: Message) -> StreamEvent | None:
    error, partition = message.error(), message.partition()
    if error.code() == KafkaError._PARTITION_EOF:
        return _nothing_more(partition, message.offset())
    if error.code() in _LOST:
        return OutOfRange(partition, error.str())
    return StreamTrouble(partition if partition is not None and partition >= 0 else None, error.str())


def _nothing_more(partition: int, position: int) -> Fetched | None:
    """The end of a partition also tells the position beyond trailing markers, which no record does."""
    if position < 0:
        return None
    empty = np.empty(0, np.int64)
    return Fetched(partition, [], empty, empty, position, -1)
