"""What a decoder is: a pure function of payloads and schema (P4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column as the decoder must fill it: Pinot's type word, and whether it holds lists."""

    data_type: str
    multi_value: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A payload that is no row: its index in the batch, why, and the JSON path of the bad field ('' for the whole)."""

    index: int
    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """`rows` has one row per payload that was taken, `kept` their indices in the batch (None: all)."""

    rows: pa.RecordBatch
    kept: Sequence[int] | None
    refused: Sequence[Refused]


class Decoder(Protocol):
    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        """Never raises for a bad payload."""


Columns = Mapping[str, SourceColumn]
