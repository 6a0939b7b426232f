"""Rows on their way through the pipeline: where each came from, and what becomes of records whose rows are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingest.decoders.base import Decoded, Refused
from ingest.streams.base import Envelope, Int64s

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one fetch that have a value."""

    payloads: Sequence[bytes]
    offsets: Int64s
    timestamps_ms: Int64s
    envelopes: Sequence[Envelope]


class Places:
    """Where each row of a batch came from; `index` counts records, `ordinals` a record's rows (P3)."""

    __slots__ = ("index", "offsets", "ordinals", "timestamps_ms")

    def __init__(self, batch: Batch, kept: Sequence[int] | None) -> None:
        self.index: Int64s = np.arange(len(batch.offsets)) if kept is None else np.array(kept, np.int64)
        self.offsets = batch.offsets if kept is None else batch.offsets[self.index]
        self.timestamps_ms = batch.timestamps_ms if kept is None else batch.timestamps_ms[self.index]
        self.ordinals = ordinals(self.index)

    def keep(self, mask: Bools) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name)[mask])


class Staged(NamedTuple):
    """What a stage makes of rows.

    `keep` is the mask of rows to keep (None: all). `refused` are by row, and may be counted as kept. `incomplete` rows
    lost a bad field, `sanitised` rows had a value cut or replaced.
    """

    rows: pa.RecordBatch
    keep: pa.BooleanArray | None = None
    refused: Sequence[Refused] = ()
    incomplete: int = 0
    sanitised: int = 0


class UnderWay:
    """The rows so far, and what was lost of them."""

    def __init__(self, decoded: Decoded, batch: Batch) -> None:
        self.rows = decoded.rows
        self.places = Places(batch, decoded.kept)
        self.refused: list[Refused] = list(decoded.refused)
        self.incomplete = decoded.incomplete
        self.filtered = self.sanitised = 0

    def take(self, staged: Staged) -> None:
        """Go on with what a stage made. A record of which one row is refused is refused as a whole (P3)."""
        self.rows = staged.rows
        self.incomplete += staged.incomplete
        self.sanitised += staged.sanitised
        if staged.refused or staged.keep is not None:
            self._drop(staged)

    def _drop(self, staged: Staged) -> None:
        first: dict[int, Refused] = {}
        for each in staged.refused:
            record = int(self.places.index[each.index])
            first.setdefault(record, Refused(record, each.reason, each.field))
        self.refused += first.values()
        bad = np.isin(self.places.index, list(first))
        kept = ~bad
        if staged.keep is not None:
            wanted = staged.keep.to_numpy(zero_copy_only=False)
            self.filtered += int((~wanted & ~bad).sum())
            kept &= wanted
        self.rows = self.rows.filter(pa.array(kept))
        self.places.keep(kept)


def ordinals(index: Int64s) -> npt.NDArray[np.int32]:
    """The number of each row among those of its record; equal `index` values stand together."""
    first = np.ones(len(index), bool)
    first[1:] = index[1:] != index[:-1]
    if first.all():
        return np.zeros(len(index), np.int32)
    starts = np.flatnonzero(first)
    return (np.arange(len(index)) - np.repeat(starts, np.diff(np.append(starts, len(index))))).astype(np.int32)
