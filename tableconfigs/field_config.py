"""`fieldConfigList`: encoding, codec and indexes of one column (contract 1.5)."""

from enum import StrEnum
from typing import Annotated, Any

from tableconfigs.parsing import UPPER, PinotModel, Text


class EncodingType(StrEnum):
    """How a column's values are stored."""

    RAW = "RAW"
    DICTIONARY = "DICTIONARY"


class IndexType(StrEnum):
    """The index kinds that the old form of a field config names."""

    INVERTED = "INVERTED"
    SORTED = "SORTED"
    TEXT = "TEXT"
    FST = "FST"
    IFST = "IFST"
    H3 = "H3"
    JSON = "JSON"
    TIMESTAMP = "TIMESTAMP"
    VECTOR = "VECTOR"
    RANGE = "RANGE"
    OPEN_STRUCT = "OPEN_STRUCT"


class CompressionCodec(StrEnum):
    """`compressionCodec` of a field config."""

    PASS_THROUGH = "PASS_THROUGH"
    SNAPPY = "SNAPPY"
    ZSTANDARD = "ZSTANDARD"
    LZ4 = "LZ4"
    GZIP = "GZIP"
    MV_ENTRY_DICT = "MV_ENTRY_DICT"
    CLP = "CLP"
    CLPV2 = "CLPV2"
    CLPV2_ZSTD = "CLPV2_ZSTD"
    CLPV2_LZ4 = "CLPV2_LZ4"
    DELTA = "DELTA"
    DELTADELTA = "DELTADELTA"


class TimestampGranularity(StrEnum):
    """The units of a timestamp index; each adds a hidden column `$<column>$<GRANULARITY>`."""

    MILLISECOND = "MILLISECOND"
    SECOND = "SECOND"
    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class TimestampConfig(PinotModel):
    """`timestampConfig` of a field config."""

    granularities: list[Annotated[TimestampGranularity, UPPER]] = []


class FieldConfig(PinotModel):
    """One entry of `fieldConfigList` (contract 1.5)."""

    name: Text
    encoding_type: Annotated[EncodingType | None, UPPER] = None
    index_type: Annotated[IndexType | None, UPPER] = None
    index_types: list[Annotated[IndexType, UPPER]] | None = None
    compression_codec: Annotated[CompressionCodec | None, UPPER] = None
    timestamp_config: TimestampConfig | None = None
    properties: dict[str, Text] | None = None
    indexes: dict[str, Any] | None = None
    tier_overwrites: dict[str, Any] | None = None

    @property
    def all_index_types(self) -> list[IndexType]:
        """What `indexTypes` and `indexType` name together."""
        types = list(self.index_types or [])
        return types if self.index_type is None or self.index_type in types else [self.index_type, *types]

    def has_index(self, kind: str) -> bool:
        """Whether `indexes` switches `kind` on: `{"bloom": {}}` does, `{"bloom": {"disabled": true}}` does not."""
        for name, options in (self.indexes or {}).items():
            if name.lower() == kind and options is not None:
                return not (isinstance(options, dict) and str(options.get("disabled", False)).lower() == "true")
        return kind.upper() in self.all_index_types

    def printed(self) -> dict[str, Any]:
        """As Pinot prints it: both forms of the index types, and `indexes` and `tierOverwrites` even when null."""
        types = [str(kind) for kind in self.all_index_types]
        return {
            "name": self.name,
            "encodingType": str(self.encoding_type or EncodingType.DICTIONARY),
            **({"indexType": types[0]} if types else {}),
            "indexTypes": types,
            **self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=_PRINTED_APART),
            "indexes": self.indexes,
            "tierOverwrites": self.tier_overwrites,
        }


_PRINTED_APART = {"name", "encoding_type", "index_type", "index_types", "indexes", "tier_overwrites"}
