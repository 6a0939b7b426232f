"""From a table as the catalogue has it to what ingestion needs of it: recipe, limits, stream (P4)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from ingest.decoders.base import SourceColumn
from ingest.decoders.kinds import Wanted, decoder_of
from ingest.machine import Limits
from ingest.pipeline import Pipeline, TextLimit
from ingest.ports import Recipe
from ingest.transforms import transform_of
from segments.arrow_schema import row_schema
from segments.catalogue import TableEntry
from segments.identity import PartitionIdentity
from segments.time_bounds import TimeColumn
from tableconfigs.field_specs import DateTimeFieldSpec
from tableconfigs.flush import FlushThresholds, SizeTuning, next_row_target
from tableconfigs.schema import Schema
from tableconfigs.table import TableConfig

AGE_JITTER = 0.05


def recipe_of(entry: TableEntry, environ: Mapping[str, str]) -> Recipe:
    """`environ` resolves `${NAME}`. Raises InvalidConfig for a stored config that this version does not read."""
    table = TableConfig.parse(entry.config, environ).value
    schema = Schema.parse(entry.schemas[entry.schema_version]).value
    columns = {name: SourceColumn(str(c.data_type), not c.single_value_field) for name, c in schema.columns.items()}
    transform, source = transform_of(table.ingestion.transforms, table.ingestion.filter_expression, columns)
    stream = table.streams[0]
    pipeline = Pipeline(
        decoder=decoder_of(stream.decoder, stream.decoder_properties, Wanted(source, tuple(columns))),
        columns=tuple(columns),
        schema=row_schema(columns),
        time=_time_column(schema, table.time_column),
        limits=_text_limits(schema),
        transform=transform,
    )
    return Recipe(
        table=entry.name,
        raw_table=table.raw_name,
        config_version=entry.config_version,
        schema_version=entry.schema_version,
        pipeline=pipeline,
        sort_column=table.indexing.sorted_column or table.time_column,
        bloom_columns=tuple(table.indexing.bloom_filter_columns()),
        rejects=table.ingestion.rejects,
    )


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


def _text_limits(schema: Schema) -> tuple[TextLimit, ...]:
    specs = schema.columns.values()
    return tuple(
        TextLimit(c.name, c.length_max) for c in specs if str(c.data_type) == "STRING" and c.single_value_field
    )
