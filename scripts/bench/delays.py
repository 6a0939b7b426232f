"""What a run of counts says of freshness and of its own truth. Pure: moments are epoch milliseconds, rows are numbers.

A row is fresh when an answer first counts it: the row numbered n is counted by the first answer greater than n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scripts.bench.append_times import Milliseconds


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer: how many rows it counted, and when it was there."""

    rows: int
    at_ms: float


def delays(appended_ms: Milliseconds, seen: Sequence[Seen]) -> Milliseconds:
    """For each row: ms from its append to the first answer that counts it.

    A row that no answer counted has waited until the last one at least.
    """
    counted = np.maximum.accumulate([one.rows for one in seen])
    moments = np.array([one.at_ms for one in seen])
    first = np.searchsorted(counted, np.arange(len(appended_ms)), side="right")
    waited: Milliseconds = moments[np.minimum(first, len(seen) - 1)] - appended_ms
    return np.maximum(waited, 0.0)


def wrong_answers(appended_ms: Milliseconds, seen: Sequence[Seen]) -> int:
    """How many answers counted less than one before them, or rows that Kafka did not have yet.

    The broker's clock is cut to whole milliseconds, so a row may be counted in the millisecond of its append.
    """
    counted = np.array([one.rows for one in seen])
    most = np.searchsorted(appended_ms, [one.at_ms for one in seen], side="right")
    return int(np.count_nonzero((counted < np.maximum.accumulate(counted)) | (counted > most)))


def around_seals(waited: Milliseconds, segment_rows: int, rate: int, first: int) -> Milliseconds:
    """The delays of rows from half a second before to a second behind each seal, of rows from `first` on."""
    numbers = np.arange(first, len(waited))
    place = (numbers + rate // 2) % segment_rows
    sealed = numbers + rate // 2 >= segment_rows
    found: Milliseconds = waited[numbers[sealed & (place < rate * 3 // 2)]]
    return found
