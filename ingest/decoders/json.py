"""JSON payloads: pyarrow's reader for whole batches, msgspec's and `columns.py` for what that refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ingest.decoders.base import Columns, Decoded
from ingest.decoders.coercion import JSON_CASTS
from ingest.decoders.columns import ColumnBuilder, Faults, Record
from ingest.decoders.json_batch import BatchReader
from ingest.decoders.limits import DEPTH_MAX, PAYLOAD_BYTES_MAX, is_too_deep
from ingest.decoders.suspects import Suspects

FEW_ROWS = 128
"""So few rows cost the exact reader less than a call of the fast one."""

PIECE_ROWS = 1_000
"""A batch that the fast reader refuses is read in pieces of this size; only those it refuses again are read exactly."""

SUSPECTS_SHARE = 5
"""With more suspects than this part of a batch, nothing is won by looking for them."""

_EXACT_ONLY = frozenset({"BYTES", "UUID", "BIG_DECIMAL", "JSON", "MAP", "LIST", "STRUCT", "OPEN_STRUCT"})
"""Types whose text form the vectorised reader does not know."""

_parse: Callable[[bytes], Any] = msgspec.json.Decoder().decode


class JsonReader:
    """One JSON object a payload, exactly."""

    def read(self, payloads: Sequence[bytes]) -> list[Record | str]:
        return [_record(payload) for payload in payloads]


class JsonDecoder:
    """One JSON object a payload. A field that is missing is null; fields that no column wants are ignored."""

    def __init__(self, columns: Columns, lenient: bool = False) -> None:
        self._builder = ColumnBuilder(columns, JSON_CASTS, lenient)
        self._batches = BatchReader(self._builder.schema)
        self._suspects = Suspects(columns)
        self._always_exact = any(c.data_type in _EXACT_ONLY for c in columns.values())

    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        faults = Faults()
        pieces = list(self._pieces(payloads, faults))
        rows = pa.concat_batches(pieces) if len(pieces) != 1 else pieces[0]
        if not faults.refused:
            return Decoded(rows, None, (), len(faults.incomplete))
        kept = [index for index in range(len(payloads)) if index not in faults.refused]
        return Decoded(rows, kept, [faults.refused[index] for index in sorted(faults.refused)], len(faults.incomplete))

    def _pieces(self, payloads: Sequence[bytes], faults: Faults) -> Iterator[pa.RecordBatch]:
        whole = self._fast(payloads)
        if whole is None and len(payloads) > PIECE_ROWS and not self._always_exact:
            whole = self._without_suspects(payloads, faults)
        if whole is not None:
            yield whole
            return
        for first in range(0, max(1, len(payloads)), PIECE_ROWS):
            piece = payloads[first : first + PIECE_ROWS]
            rows = self._fast(piece) if len(piece) < len(payloads) else None
            yield self._exactly(piece, first, faults) if rows is None else rows

    def _without_suspects(self, payloads: Sequence[bytes], faults: Faults) -> pa.RecordBatch | None:
        """The fast reader's rows with those of suspects, read exactly, in their places; None when it still refuses."""
        for suspected in self._suspects.guesses(payloads):
            odd = np.flatnonzero(suspected)
            if not len(odd) or len(odd) > len(payloads) // SUSPECTS_SHARE:
                continue
            fast = self._fast(list(compress(payloads, (~suspected).tolist())))
            if fast is not None:
                exact, kept = self._exact_rows([payloads[at] for at in odd.tolist()], odd.tolist(), faults)
                places = np.append(np.flatnonzero(~suspected), np.array(kept, np.int64))
                return pa.concat_batches([fast, exact]).take(pa.array(np.argsort(places, kind="stable")))
        return None

    def _exactly(self, payloads: Sequence[bytes], first: int, faults: Faults) -> pa.RecordBatch:
        """Rows of the payloads that are fine; `first` is the index of the first payload."""
        return self._exact_rows(payloads, range(first, first + len(payloads)), faults)[0]

    def _exact_rows(
        self, payloads: Sequence[bytes], numbers: Sequence[int], faults: Faults
    ) -> tuple[pa.RecordBatch, list[int]]:
        """Rows of the payloads that are fine, and their numbers in the batch."""
        read = list(zip(numbers, map(_record, payloads), strict=True))
        for index, found in read:
            if isinstance(found, str):
                faults.refuse(index, found)
        indices = [index for index, found in read if not isinstance(found, str)]
        rows = self._builder.rows([found for _, found in read if not isinstance(found, str)], indices, faults)
        good = [index not in faults.refused for index in indices]
        if all(good):
            return rows, indices
        kept = [index for index in indices if index not in faults.refused]
        return rows.filter(pa.array(good, pa.bool_())), kept

    def _fast(self, payloads: Sequence[bytes]) -> pa.RecordBatch | None:
        """The batch by the vectorised reader, or None when a payload needs the exact one."""
        if self._always_exact or len(payloads) <= FEW_ROWS:
            return None
        return self._batches.read(payloads)


def _record(payload: bytes) -> Record | str:
    """The JSON object in `payload`, or the reason why there is none."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        return f"the value has {len(payload)} bytes, at most {PAYLOAD_BYTES_MAX} are read"
    if is_too_deep(payload):
        return f"not JSON: nested too deep, at most {DEPTH_MAX} levels are read"
    try:
        record = _parse(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"not JSON: {error}" if payload else "not JSON: the value is empty"
    return record if isinstance(record, dict) else f"not a JSON object but {type(record).__name__}"
