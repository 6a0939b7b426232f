"""The checks of a table config that need its schema. One validator, all problems."""

from collections.abc import Iterator
from enum import StrEnum
from functools import partial

from tableconfigs.data_types import DataType
from tableconfigs.datetime_format import TimeKind
from tableconfigs.field_config import CompressionCodec, FieldConfig, IndexType
from tableconfigs.field_specs import FieldSpec
from tableconfigs.joda_pattern import sorts_by_time
from tableconfigs.notices import refusals
from tableconfigs.problems import InvalidConfig, Problem, did_you_mean, pointer
from tableconfigs.rollups import rollup_problems
from tableconfigs.schema import Schema
from tableconfigs.table import TableConfig, TableType
from tableconfigs.transform_checks import filter_problems, transform_problems


class ValidationType(StrEnum):
    """What `validationTypesToSkip` may name. Of the single ones none is made here: there are no tasks, tenants, ..."""

    ALL = "ALL"
    TASK = "TASK"
    UPSERT = "UPSERT"
    TENANT = "TENANT"
    MINION_INSTANCES = "MINION_INSTANCES"
    ACTIVE_TASKS = "ACTIVE_TASKS"


def validation_types(text: str | None) -> frozenset[ValidationType]:
    """The types of a comma list such as `task, TENANT`. Raises `InvalidConfig` for any other word."""
    words = [word.strip().upper() for word in (text or "").split(",") if word.strip()]
    unknown = [word for word in words if word not in set(ValidationType)]
    if unknown:
        text = f"must be a comma list of {', '.join(ValidationType)}"
        raise InvalidConfig([Problem("", word, f"Invalid validationTypesToSkip, {text}") for word in unknown])
    return frozenset(map(ValidationType, words))


def validate_table(config: TableConfig, schema: Schema, skip: frozenset[ValidationType] = frozenset()) -> None:
    """Check a table config against its schema. Raises `InvalidConfig` with every problem found.

    Skipping ALL leaves out the checks without which the table runs all the same.
    """
    needed = (_time_column, _sorted_column, _bloom_filters, _ingestion, _refused)
    others = (_index_columns, _field_configs, _partition_columns)
    checks = needed if ValidationType.ALL in skip else (*needed, *others)
    problems = [problem for check in checks for problem in check(config, schema)]
    if problems:
        raise InvalidConfig(problems, f"Invalid table config: {config.name_with_type}")


def _time_column(config: TableConfig, schema: Schema) -> Iterator[Problem]:
    name, path = config.time_column, "/segmentsConfig/timeColumnName"
    if name is None:
        return
    spec = schema.date_times.get(name)
    if spec is None:
        place = f"from the table config: {config.name_with_type}, in the schema: {schema.schema_name}"
        hint = did_you_mean(name, schema.date_times) or f"; its dateTime columns are {', '.join(schema.date_times)}"
        yield Problem(path, name, f"Cannot find valid fieldSpec for timeColumn: {name} {place}{hint}")
        return
    pattern = spec.format_spec.pattern
    if spec.format_spec.kind is TimeKind.SIMPLE_DATE_FORMAT and pattern and not sorts_by_time(pattern):
        text = f"SIMPLE_DATE_FORMAT pattern {pattern} has to be sorted by both lexicographical and datetime order"
        yield Problem(path, name, f"{text}, as in yyyy-MM-dd HH:mm:ss")


def _sorted_column(config: TableConfig, schema: Schema) -> Iterator[Problem]:
    name, path = config.indexing.sorted_column, "/tableIndexConfig/sortedColumn"
    if name is None:
        return
    spec = schema.columns.get(name)
    if spec is None:
        yield Problem(path, name, f"Failed to find sorted column: {name} in schema{did_you_mean(name, schema.columns)}")
    elif not spec.single_value_field:
        yield Problem(path, name, f"Cannot sort on multi-value column: {name}")


def _missing(schema: Schema, path: str, name: str) -> Iterator[Problem]:
    if name not in schema.columns:
        yield Problem(path, name, f"Failed to find column: {name} in schema{did_you_mean(name, schema.columns)}")


def _bloom_filters(config: TableConfig, schema: Schema) -> Iterator[Problem]:
    table = config.table_index_config
    for at, name in enumerate(table.bloom_filter_columns or []):
        yield from _missing(schema, pointer("tableIndexConfig", "bloomFilterColumns", at), name)
    for name in table.bloom_filter_configs or {}:
        yield from _missing(schema, pointer("tableIndexConfig", "bloomFilterConfigs", name), name)
    for at, field in enumerate(config.field_config_list or []):
        if field.has_index("bloom"):
            yield from _missing(schema, pointer("fieldConfigList", at, "name"), field.name)


def _index_columns(config: TableConfig, schema: Schema) -> Iterator[Problem]:
    table = config.table_index_config
    lists = {
        "invertedIndexColumns": table.inverted_index_columns,
        "rangeIndexColumns": table.range_index_columns,
        "jsonIndexColumns": table.json_index_columns,
        "noDictionaryColumns": table.no_dictionary_columns,
        "onHeapDictionaryColumns": table.on_heap_dictionary_columns,
        "varLengthDictionaryColumns": table.var_length_dictionary_columns,
    }
    maps = {
        "jsonIndexConfigs": table.json_index_configs,
        "noDictionaryConfig": table.no_dictionary_config,
    }
    for key, names in lists.items():
        for at, name in enumerate(names or []):
            yield from _missing(schema, pointer("tableIndexConfig", key, at), name)
    for key, by_name in maps.items():
        for name in by_name or {}:
            yield from _missing(schema, pointer("tableIndexConfig", key, name), name)


def _field_configs(config: TableConfig, schema: Schema) -> Iterator[Problem]:
    for at, field in enumerate(config.field_config_list or []):
        path = pointer("fieldConfigList", at)
        if not field.has_index("bloom"):
            yield from _missing(schema, f"{path}/name", field.name)
        spec = schema.columns.get(field.name)
        if spec is not None:
            yield from _field_config(field, spec, path)


_DELTA_CODECS = {CompressionCodec.DELTA, CompressionCodec.DELTADELTA}


def _field_config(field: FieldConfig, spec: FieldSpec, path: str) -> Iterator[Problem]:
    timestamp = IndexType.TIMESTAMP in field.all_index_types or field.timestamp_config is not None
    stored_as_long = spec.single_value_field and spec.data_type in {DataType.LONG, DataType.TIMESTAMP}
    if timestamp and not stored_as_long:
        text = f"Cannot create TIMESTAMP index on column: {field.name} of stored type other than LONG"
        yield Problem(f"{path}/timestampConfig", field.name, text)
    whole_numbers = spec.single_value_field and spec.data_type in {DataType.INT, DataType.LONG}
    if field.compression_codec in _DELTA_CODECS and not whole_numbers:
        text = f"compression codec {field.compression_codec} needs a single-value INT or LONG column"
        yield Problem(f"{path}/compressionCodec", field.name, text)


def _partition_columns(config: TableConfig, schema: Schema) -> Iterator[Problem]:
    partitions = config.table_index_config.segment_partition_config
    for name in partitions.column_partition_map if partitions else {}:
        path = pointer("tableIndexConfig", "segmentPartitionConfig", "columnPartitionMap", name)
        yield from _missing(schema, path, name)
        spec = schema.columns.get(name)
        if spec is not None and not spec.single_value_field:
            yield Problem(path, name, f"Cannot partition on multi-value column: {name}")


def _ingestion(config: TableConfig, schema: Schema) -> Iterator[Problem]:
    ingestion = config.ingestion
    yield from transform_problems(ingestion, schema)
    yield from filter_problems(ingestion, schema)
    yield from rollup_problems(ingestion, schema)
    complex_types = ingestion.complex_type_config
    for prefix in (complex_types.prefixes_to_rename if complex_types else None) or {}:
        clashing = next(filter(partial(_begins_with, prefix), schema.columns), None)
        if clashing is not None:
            text = "Fields in the schema may not begin with any prefix specified in the prefixesToRename config"
            path = pointer("ingestionConfig", "complexTypeConfig", "prefixesToRename", prefix)
            yield Problem(path, prefix, f"{text}, {clashing} does")


def _begins_with(prefix: str, name: str) -> bool:
    return name.startswith(prefix)


def _refused(config: TableConfig, _: Schema) -> Iterator[Problem]:
    """Sections that change answers and that this version does not act on: better refused than wrong."""
    if config.table_type is not TableType.REALTIME:
        yield Problem("/tableType", str(config.table_type), "this version has REALTIME tables only")
    yield from refusals(config)
    if config.upsert_config and config.dedup_config:
        yield Problem("/dedupConfig", None, "A table can have either Upsert or Dedup enabled, but not both")
