"""How a column of a sealed segment is written, and why. Loads no Arrow: tools that must start at once read footers."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

Codec = Literal["NONE", "ZSTD", "SNAPPY"]


class Encoding(StrEnum):
    """Parquet's names."""

    PLAIN = "PLAIN"
    DICTIONARY = "RLE_DICTIONARY"
    DELTA = "DELTA_BINARY_PACKED"
    LENGTHS = "DELTA_LENGTH_BYTE_ARRAY"
    SPLIT = "BYTE_STREAM_SPLIT"


class ColumnEncoding(BaseModel):
    """How a leaf column is written, why, and about how many distinct values it has."""

    model_config = ConfigDict(frozen=True)

    encoding: Encoding
    codec: Codec = "NONE"
    distinct: int
    reason: str

    @property
    def dictionary(self) -> bool:
        return self.encoding is Encoding.DICTIONARY
