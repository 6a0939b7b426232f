"""`tableIndexConfig` and `fieldConfigList`: which columns are sorted and indexed, said in the old way or the new."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tableconfigs.field_config import EncodingType, FieldConfig, IndexType, TimestampGranularity
from tableconfigs.parsing import Columns, OptionalText, PinotModel, Text
from tableconfigs.problems import Problem
from tableconfigs.stream_entries import StreamEntries


class ColumnPartition(PinotModel):
    """How one column decides the partition of a row."""

    function_name: Text
    num_partitions: int
    function_config: dict[str, Text] | None = None


class SegmentPartitionConfig(PinotModel):
    """`segmentPartitionConfig`."""

    column_partition_map: dict[str, ColumnPartition]


class StarTreeIndexConfig(PinotModel):
    """One entry of `starTreeIndexConfigs`."""

    dimensions_split_order: Columns
    skip_star_node_creation_for_dimensions: Columns | None = None
    function_column_pairs: list[Text] | None = None
    aggregation_configs: list[dict[str, Any]] | None = None
    max_leaf_records: int | None = None


class MultiColumnTextIndexConfig(PinotModel):
    """`multiColumnTextIndexConfig`."""

    columns: Columns
    properties: dict[str, Text] | None = None
    per_column_properties: dict[str, dict[str, Text]] | None = None


class TableIndexConfig(PinotModel):
    """`tableIndexConfig` (contract 1.4)."""

    load_mode: OptionalText = None
    stream_configs: StreamEntries | None = None
    sorted_column: Columns | None = None
    inverted_index_columns: Columns | None = None
    range_index_columns: Columns | None = None
    bloom_filter_columns: Columns | None = None
    bloom_filter_configs: dict[str, dict[str, Any]] | None = None
    json_index_columns: Columns | None = None
    json_index_configs: dict[str, dict[str, Any]] | None = None
    no_dictionary_columns: Columns | None = None
    no_dictionary_config: dict[str, Text] | None = None
    on_heap_dictionary_columns: Columns | None = None
    var_length_dictionary_columns: Columns | None = None
    segment_format_version: OptionalText = None
    column_min_max_value_generator_mode: OptionalText = None
    segment_partition_config: SegmentPartitionConfig | None = None
    star_tree_index_configs: list[StarTreeIndexConfig] | None = None
    multi_column_text_index_config: MultiColumnTextIndexConfig | None = None
    segment_name_generator_type: OptionalText = None
    tier_overwrites: dict[str, Any] | None = None
    aggregate_metrics: bool = False
    enable_default_star_tree: bool = False
    null_handling_enabled: bool = False
    range_index_version: int = 2
    auto_generated_inverted_index: bool = False
    create_inverted_index_during_segment_generation: bool = False
    enable_dynamic_star_tree_creation: bool = False
    column_major_segment_builder_enabled: bool = True
    skip_segment_preprocess: bool = False
    optimize_no_dict_stats_collection: bool = False
    optimize_dictionary: bool = False
    optimize_dictionary_for_metrics: bool = False
    optimize_dictionary_type: bool = False
    no_dictionary_size_ratio_threshold: float = 0.85
    compression_stats_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Indexing:
    """What both sections say together, by column."""

    table: TableIndexConfig
    fields: list[FieldConfig]

    @property
    def sorted_column(self) -> str | None:
        """The column that rows of a segment are ordered by; None leaves it to time."""
        named = self.table.sorted_column or [
            field.name for field in self.fields if IndexType.SORTED in field.all_index_types
        ]
        return named[0] if named else None

    @property
    def null_handling_enabled(self) -> bool:
        """Whether nulls are told apart from defaults in the whole table."""
        return self.table.null_handling_enabled

    def bloom_filter_columns(self) -> list[str]:
        """Columns with a bloom filter."""
        return self._named("bloom", self.table.bloom_filter_columns, self.table.bloom_filter_configs)

    def inverted_columns(self) -> list[str]:
        """Columns with an inverted index."""
        return self._named("inverted", self.table.inverted_index_columns)

    def range_columns(self) -> list[str]:
        """Columns with a range index."""
        return self._named("range", self.table.range_index_columns)

    def json_columns(self) -> list[str]:
        """Columns with a JSON index."""
        return self._named("json", self.table.json_index_columns, self.table.json_index_configs)

    def no_dictionary_columns(self) -> list[str]:
        """Columns stored without a dictionary."""
        raw = [field.name for field in self.fields if field.encoding_type is EncodingType.RAW]
        return _distinct(self.table.no_dictionary_columns, self.table.no_dictionary_config, raw)

    def timestamp_granularities(self) -> dict[str, list[TimestampGranularity]]:
        """The granularities of each column with a timestamp index."""
        return {field.name: field.timestamp_config.granularities for field in self.fields if field.timestamp_config}

    def _named(self, kind: str, *old: list[str] | dict[str, Any] | None) -> list[str]:
        return _distinct(*old, [field.name for field in self.fields if field.has_index(kind)])

    def problems(self) -> Iterator[Problem]:
        """Contradictions between the two sections and within the list."""
        seen: set[str] = set()
        raw = set(self.table.no_dictionary_columns or []) | set(self.table.no_dictionary_config or {})
        for at, field in enumerate(self.fields):
            if field.name in seen:
                yield Problem(f"/fieldConfigList/{at}/name", field.name, _DUPLICATE.format(field.name))
            if field.encoding_type is EncodingType.DICTIONARY and field.name in raw:
                yield Problem(f"/fieldConfigList/{at}/encodingType", "DICTIONARY", _ENCODING.format(field.name))
            seen.add(field.name)


_DUPLICATE = "Duplicate FieldConfig for column: {}"
_ENCODING = "FieldConfig encoding type is different from indexingConfig for column: {}, use RAW or drop one of them"


def _distinct(*groups: list[str] | dict[str, Any] | None) -> list[str]:
    return list(dict.fromkeys(name for group in groups for name in group or ()))
