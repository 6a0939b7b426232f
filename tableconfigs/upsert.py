"""`upsertConfig` and `dedupConfig` (contract 8): read and kept; this version does not act on them."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tableconfigs.ingestion import Toggle, TransformConfig
from tableconfigs.parsing import UPPER, Columns, OptionalText, PinotModel, Text


class UpsertMode(StrEnum):
    """Whether a new row replaces the old one whole, column by column, or not at all."""

    FULL = "FULL"
    PARTIAL = "PARTIAL"
    NONE = "NONE"


class HashFunction(StrEnum):
    """How primary keys are shortened."""

    NONE = "NONE"
    MD5 = "MD5"
    MURMUR3 = "MURMUR3"
    UUID = "UUID"
    XXHASH = "XXHASH"
    XXH128 = "XXH128"


class UpsertStrategy(StrEnum):
    """How one column of a partial upsert merges."""

    APPEND = "APPEND"
    IGNORE = "IGNORE"
    INCREMENT = "INCREMENT"
    MAX = "MAX"
    MIN = "MIN"
    OVERWRITE = "OVERWRITE"
    FORCE_OVERWRITE = "FORCE_OVERWRITE"
    UNION = "UNION"


class ConsistencyMode(StrEnum):
    """What a query may see while keys move between segments."""

    NONE = "NONE"
    SYNC = "SYNC"
    SNAPSHOT = "SNAPSHOT"


class UpsertConfig(PinotModel):
    """The newest row of a primary key counts."""

    mode: Annotated[UpsertMode, UPPER] = UpsertMode.FULL
    hash_function: Annotated[HashFunction, UPPER] = HashFunction.NONE
    partial_upsert_strategies: dict[str, Annotated[UpsertStrategy, UPPER]] | None = None
    default_partial_upsert_strategy: Annotated[UpsertStrategy, UPPER] = UpsertStrategy.OVERWRITE
    partial_upsert_merger_class: OptionalText = None
    post_partial_upsert_transform_configs: list[TransformConfig] | None = None
    comparison_columns: Columns | None = None
    comparison_column: OptionalText = None
    delete_record_column: OptionalText = None
    drop_out_of_order_record: bool = False
    out_of_order_record_column: OptionalText = None
    snapshot: Annotated[Toggle, UPPER] = Toggle.DEFAULT
    preload: Annotated[Toggle, UPPER] = Toggle.DEFAULT
    enable_snapshot: bool | None = None
    enable_preload: bool | None = None
    metadata_ttl: float = Field(0.0, alias="metadataTTL")
    deleted_keys_ttl: float = Field(0.0, alias="deletedKeysTTL")
    enable_deleted_keys_compaction_consistency: bool = False
    consistency_mode: Annotated[ConsistencyMode, UPPER] = ConsistencyMode.NONE
    upsert_view_refresh_interval_ms: int = 3000
    new_segment_tracking_time_ms: int = 10_000
    enable_commit_time_compaction: bool = False
    metadata_manager_class: OptionalText = None
    metadata_manager_configs: dict[str, Text] | None = None
    allow_partial_upsert_consumption_during_commit: bool | None = None

    @property
    def is_on(self) -> bool:
        """Whether rows replace each other."""
        return self.mode is not UpsertMode.NONE


class DedupConfig(PinotModel):
    """The first row of a primary key counts."""

    dedup_enabled: bool = True
    hash_function: Annotated[HashFunction, UPPER] = HashFunction.NONE
    metadata_ttl: float = Field(0.0, alias="metadataTTL")
    dedup_time_column: OptionalText = None
    preload: Annotated[Toggle, UPPER] = Toggle.DEFAULT
    enable_preload: bool | None = None
    ignore_non_default_tiers: bool | None = None
    metadata_manager_class: OptionalText = None
    metadata_manager_configs: dict[str, Text] | None = None
    allow_dedup_consumption_during_commit: bool | None = None

    @property
    def is_on(self) -> bool:
        """Whether repeated rows are dropped."""
        return self.dedup_enabled
