"""What a decoder is: a pure function of payloads and schema (P4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column as the decoder must fill it: Pinot's type word, and whether it holds lists.

    `value_type` is that of a MAP's values; `keep_zeros` is BIG_DECIMAL's `allowTrailingZeros`.
    """

    data_type: str
    multi_value: bool
    value_type: str = ""
    keep_zeros: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A payload that is no row: its index in the batch, why, and the JSON path of the bad field ('' for the whole)."""

    index: int
    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Rows in the order of their payloads; `kept` has the payload's index of each row (None: one row for each payload).

    A payload may give several rows, then its index stands several times; a payload is refused as a whole.
    `incomplete` counts rows in which a bad field became null (contract 7.4, `continueOnError`).
    """

    rows: pa.RecordBatch
    kept: Sequence[int] | None
    refused: Sequence[Refused]
    incomplete: int = 0


class DecoderWaits(Exception):
    """What decoding needs is away, as a schema registry may be: hold the partition and try again; nothing is lost."""


class Decoder(Protocol):
    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        """Never raises for a bad payload. Raises DecoderWaits when it cannot tell good from bad now."""


Columns = Mapping[str, SourceColumn]
