"""From a table as the catalogue has it to what ingestion needs of it: recipe, limits, stream (P4)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import pyarrow as pa

from ingest.decoders.base import Columns, SourceColumn
from ingest.decoders.conforming import SchemaConforming
from ingest.decoders.kinds import Wanted, decoder_of
from ingest.decoders.nested import ComplexTypes
from ingest.decoders.records import Chain, Shape
from ingest.pipeline import Pipeline, Reading, Transform
from ingest.ports import Recipe
from ingest.record_columns import RecordColumns, parted
from ingest.sanitising import TextLimit
from ingest.state import Limits
from ingest.time_check import TimeCheck
from segments.arrow_schema import arrow_type, row_schema
from segments.catalogue import TableEntry
from segments.identity import PartitionIdentity
from segments.time_bounds import TimeColumn
from tableconfigs.data_types import DataType
from tableconfigs.field_specs import (
    ComplexFieldSpec,
    DateTimeFieldSpec,
    FieldSpec,
    MaxLengthExceedStrategy,
    is_plausible_time,
)
from tableconfigs.flush import FlushThresholds, SizeTuning, next_row_target
from tableconfigs.ingestion import IngestionConfig
from tableconfigs.problems import InvalidConfig, Problem
from tableconfigs.references import Unresolved, named_file
from tableconfigs.rollups import rollups
from tableconfigs.schema import Schema
from tableconfigs.stream import StreamConfig
from tableconfigs.table import TableConfig

AGE_JITTER = 0.05


def recipe_of(entry: TableEntry, environ: Mapping[str, str]) -> Recipe:
    """`environ` resolves `${NAME}`. Raises InvalidConfig for a stored config that this version does not read."""
    table = TableConfig.parse(entry.config, environ).value
    schema = Schema.parse(entry.schemas[entry.schema_version]).value
    pipeline = _pipeline(table, schema, environ)
    return Recipe(
        table=entry.name,
        raw_table=table.raw_name,
        config_version=entry.config_version,
        schema_version=entry.schema_version,
        pipeline=pipeline,
        sort_column=table.indexing.sorted_column or table.time_column,
        bloom_columns=tuple(table.indexing.bloom_filter_columns()),
        rejects=table.rejects,
        gaps=table.ingestion.gaps,
    )


def _pipeline(table: TableConfig, schema: Schema, environ: Mapping[str, str]) -> Pipeline:
    ingestion = table.ingestion
    lenient = ingestion.continue_on_error
    columns = {name: source_column(spec) for name, spec in schema.columns.items()}
    own = [*ingestion.transforms, *schema.transforms_besides(dict(ingestion.transforms))]
    transforms = [*own, *rollups(ingestion, dict(own))]
    transform, source = _transform(transforms, ingestion, columns)
    of_value, of_record = parted(source)
    wanted = Wanted(of_value or NO_COLUMN, tuple(columns), _shape(ingestion, columns, source), lenient)
    time = _time_column(schema, table.time_column)
    first, *further = [_reading(stream, wanted, of_record, environ) for stream in table.streams]
    return Pipeline(
        decoder=first.decoder,
        columns=tuple(columns),
        schema=row_schema(columns),
        time=time,
        limits=_text_limits(schema),
        transform=transform,
        record_columns=first.record_columns,
        time_check=TimeCheck(time, lenient) if time is not None and ingestion.row_time_value_check else None,
        time_default=_time_default(schema, time),
        lenient=lenient,
        further_topics=tuple(further),
    )


def _transform(
    transforms: Sequence[tuple[str, str]], ingestion: IngestionConfig, columns: Columns
) -> tuple[Transform, Columns]:
    """The transform and the columns that must be decoded for it; a process whose tables have none loads no DuckDB."""
    if not transforms and ingestion.filter_expression is None:
        return Transform(), columns
    from ingest.transforms import transform_of

    lenient = ingestion.continue_on_error
    return transform_of(transforms, ingestion.filter_expression, columns, lenient, _source_types(ingestion))


def _reading(stream: StreamConfig, wanted: Wanted, of_record: Columns, environ: Mapping[str, str]) -> Reading:
    """Each topic of a table has its own decoder (contract 1.6: several streamConfigMaps)."""
    decoder = decoder_of(stream.decoder, _with_files(stream.decoder_properties, environ), wanted)
    record_columns = RecordColumns(of_record, stream.metadata_populate, wanted.lenient) if of_record else None
    return Reading(decoder, record_columns)


def _with_files(properties: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """A decoder's properties with whole paths of the files that they name. Raises InvalidConfig for one that a table
    config may not name: it comes from whoever may upload one."""
    return {name: _file(name, value, environ) if _names_file(name) else value for name, value in properties.items()}


def _names_file(name: str) -> bool:
    return name == "descriptorFile" or name.endswith(".location")


def _file(name: str, value: str, environ: Mapping[str, str]) -> str:
    try:
        return named_file(value, environ)
    except Unresolved as error:
        raise InvalidConfig([Problem(f"/stream.kafka.decoder.prop.{name}", value, str(error))]) from error


def _source_types(ingestion: IngestionConfig) -> Columns:
    """The types of source fields that `sourceFieldConfigs` names."""
    return {each.name: SourceColumn(each.data_type.upper(), False) for each in ingestion.source_field_configs or ()}


def _shape(ingestion: IngestionConfig, columns: Columns, source: Columns) -> Shape | None:
    """What records are turned into before their fields become columns; None: they stay as they are."""
    shapes: list[Shape] = []
    if ingestion.complex_type_config is not None:
        shapes.append(ComplexTypes(ingestion.complex_type_config))
    conforming = ingestion.schema_conforming_transformer_v2_config or ingestion.schema_conforming_transformer_config
    if conforming is not None:
        shapes.append(SchemaConforming(conforming, columns, source))
    return Chain(shapes) if shapes else None


NO_COLUMN: Columns = {"$": SourceColumn("STRING", False)}
"""What is decoded for a table whose columns all tell of the record: rows are counted by their columns."""


def source_column(spec: FieldSpec) -> SourceColumn:
    """A column of the schema as a decoder must fill it."""
    values = spec.child_field_specs if isinstance(spec, ComplexFieldSpec) else None
    value_type = str((values or {}).get("value", {}).get("dataType", "")).upper() if spec.data_type == "MAP" else ""
    return SourceColumn(str(spec.data_type), not spec.single_value_field, value_type, spec.allow_trailing_zeros)


def _time_default(schema: Schema, time: TimeColumn | None) -> pa.Scalar | None:
    """The default of the time column, if it is a moment that one may believe (contract 7.3)."""
    if time is None:
        return None
    spec = schema.columns[time.name]
    value = spec.default_null
    if not isinstance(value, int | str):
        return None
    try:
        plausible = is_plausible_time(time.format.to_millis(value))
    except ValueError:
        return None
    return pa.scalar(value, arrow_type(str(spec.data_type), False)) if plausible else None


def limits_of(
    flush: FlushThresholds, tuning: SizeTuning, partitions_on_host: int, identity: PartitionIdentity, capacity: int
) -> Limits:
    """Flush limits of one partition; in size mode `tuning` gives the rows (contract 3.2).

    Ages are jittered, so that partitions born together do not expire together (P34). `capacity` is in bytes.
    """
    rows = flush.rows_per_partition(partitions_on_host)
    share = zlib.crc32(identity.path.encode()) / 2**32
    return Limits(
        rows_max=rows if rows is not None else next_row_target(flush, tuning, share),
        age_ms_max=int(flush.time_ms * (1 - AGE_JITTER * share)),
        bytes_max=capacity,
    )


def _time_column(schema: Schema, name: str | None) -> TimeColumn | None:
    spec = schema.columns.get(name) if name else None
    return TimeColumn(spec.name, spec.format_spec) if isinstance(spec, DateTimeFieldSpec) else None


_LIMITED = frozenset({DataType.STRING, DataType.JSON, DataType.BYTES})


def _text_limits(schema: Schema) -> tuple[TextLimit, ...]:
    return tuple(
        TextLimit(spec.name, spec.length_max, spec.on_too_long, spec.default_null)
        for spec in schema.columns.values()
        if spec.data_type in _LIMITED and spec.on_too_long is not MaxLengthExceedStrategy.NO_ACTION
    )
