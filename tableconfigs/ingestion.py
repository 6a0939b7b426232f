"""`ingestionConfig`: streams, transforms, filter, and what becomes of rows that cannot be read (contract 1.6)."""

from enum import StrEnum
from typing import Annotated, Any

from tableconfigs.parsing import UPPER, OptionalText, PinotModel, Text
from tableconfigs.rejects import RejectsConfig
from tableconfigs.schema_conforming import SchemaConformingTransformerConfig
from tableconfigs.stream_entries import StreamEntries


class ParallelSegmentConsumptionPolicy(StrEnum):
    """May the next segment consume while the previous one is built or downloaded."""

    ALLOW_ALWAYS = "ALLOW_ALWAYS"
    ALLOW_DURING_BUILD_ONLY = "ALLOW_DURING_BUILD_ONLY"
    ALLOW_DURING_DOWNLOAD_ONLY = "ALLOW_DURING_DOWNLOAD_ONLY"
    DISALLOW_ALWAYS = "DISALLOW_ALWAYS"


class DisasterRecoveryMode(StrEnum):
    """When segments may be repaired by reading the stream again."""

    DEFAULT = "DEFAULT"
    ALWAYS = "ALWAYS"


class GapPolicy(StrEnum):
    """What a partition does whose next records are not in Kafka any more. Not a key of Pinot's."""

    STOP = "STOP"
    """It waits for a person."""
    ACCEPT = "ACCEPT"
    """It goes on at the first record that is there; what is missing becomes a gap in its history."""


class Toggle(StrEnum):
    """On, off, or as the service says."""

    ENABLE = "ENABLE"
    DISABLE = "DISABLE"
    DEFAULT = "DEFAULT"


class StreamIngestionConfig(PinotModel):
    """`streamIngestionConfig`. `stream_configs` is a common misspelling of the maps' key, refused by name."""

    stream_config_maps: list[StreamEntries] | None = None
    stream_configs: Any = None
    disaster_recovery_mode: Annotated[DisasterRecoveryMode, UPPER] = DisasterRecoveryMode.DEFAULT
    pauseless_consumption_enabled: bool = False
    column_major_segment_builder_enabled: bool = True
    track_filtered_message_offsets: bool = False
    enforce_consumption_in_order: bool = False
    use_ideal_state_to_calculate_previous_segment: bool = False
    parallel_segment_consumption_policy: Annotated[ParallelSegmentConsumptionPolicy | None, UPPER] = None
    realtime_offset_auto_reset_handler_class: OptionalText = None
    drop_record_on_partition_mismatch: bool | None = None
    oom_protection: Annotated[Toggle | None, UPPER] = None


class TransformConfig(PinotModel):
    """A column computed from others."""

    column_name: OptionalText = None
    transform_function: OptionalText = None


class FilterConfig(PinotModel):
    """Rows for which the expression is true are dropped."""

    filter_function: OptionalText = None


class CollectionToJson(StrEnum):
    """Which collections that are not unnested become JSON text."""

    NON_PRIMITIVE = "NON_PRIMITIVE"
    NONE = "NONE"
    ALL = "ALL"


class ComplexTypeConfig(PinotModel):
    """How nested values are flattened."""

    fields_to_unnest: list[Text] | None = None
    delimiter: Text = "."
    collection_not_unnested_to_json: Annotated[CollectionToJson, UPPER] = CollectionToJson.NON_PRIMITIVE
    prefixes_to_rename: dict[str, Text] | None = None


class AggregationConfig(PinotModel):
    """A metric rolled up while consuming."""

    column_name: OptionalText = None
    aggregation_function: OptionalText = None


GENERATE_COLUMN = "generateColumn"


class EnrichmentConfig(PinotModel):
    """One enricher; `generateColumn` has expressions by column in its property `fieldToFunctionMap`."""

    enricher_type: Text
    properties: dict[str, Any] | None = None
    pre_complex_type_transform: bool = False

    @property
    def generates(self) -> bool:
        return self.enricher_type == GENERATE_COLUMN

    @property
    def functions(self) -> dict[str, Any]:
        """Expressions by column, as written; nothing for another kind of enricher."""
        found = (self.properties or {}).get("fieldToFunctionMap") or {}
        return found if self.generates and isinstance(found, dict) else {}


class SourceFieldConfig(PinotModel):
    """The type a source field is coerced to before anything else."""

    name: Text
    data_type: Text
    pre_complex_type_transform: bool = False


class IngestionConfig(PinotModel):
    """What happens to a message on its way into a row."""

    stream_ingestion_config: StreamIngestionConfig | None = None
    batch_ingestion_config: dict[str, Any] | None = None
    filter_config: FilterConfig | None = None
    enrichment_configs: list[EnrichmentConfig] | None = None
    transform_configs: list[TransformConfig] | None = None
    complex_type_config: ComplexTypeConfig | None = None
    schema_conforming_transformer_config: SchemaConformingTransformerConfig | None = None
    schema_conforming_transformer_v2_config: SchemaConformingTransformerConfig | None = None
    aggregation_configs: list[AggregationConfig] | None = None
    source_field_configs: list[SourceFieldConfig] | None = None
    rejects_config: RejectsConfig | None = None
    gap_policy: Annotated[GapPolicy | None, UPPER] = None
    segment_time_value_check: bool = True
    continue_on_error: bool = False
    retry_on_segment_build_precheck_failure: bool = False
    row_time_value_check: bool = False
    ingestion_exception_log_rate_limit_per_min: int = 5
    max_consecutive_record_fetch_failures_allowed: int = 0

    @property
    def transforms(self) -> list[tuple[str, str]]:
        """`(column, expression)` in the order written, enrichments first: where both fill a column, theirs is taken."""
        enriched = {name: str(text) for each in self.enrichment_configs or [] for name, text in each.functions.items()}
        written = [(each.column_name, each.transform_function) for each in self.transform_configs or []]
        own = [(name, text) for name, text in written if name and text and name not in enriched]
        return [*enriched.items(), *own]

    @property
    def filter_expression(self) -> str | None:
        """The expression whose truth drops a row."""
        return self.filter_config.filter_function if self.filter_config else None

    @property
    def gaps(self) -> GapPolicy:
        """`gapPolicy`, STOP when absent."""
        return self.gap_policy or GapPolicy.STOP

    @property
    def rejects(self) -> RejectsConfig:
        """`rejectsConfig`, with its defaults when absent."""
        return self.rejects_config or RejectsConfig()
