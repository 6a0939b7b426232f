"""A Pinot table config: the JSON document of `/tables`, understood and checked on its own.

What needs the schema too is checked by `validation.validate_table`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from tableconfigs.client_properties import OPTIONS as CLIENT_PROPERTIES
from tableconfigs.field_config import FieldConfig
from tableconfigs.flush import FlushThresholds
from tableconfigs.indexing import Indexing, TableIndexConfig
from tableconfigs.ingestion import IngestionConfig
from tableconfigs.parsing import UPPER, OptionalText, Parsed, PinotModel, Text, load_json, parse_model
from tableconfigs.problems import InvalidConfig, Problem
from tableconfigs.references import concealed, concealing, late_places, resolve_all
from tableconfigs.rejects import RejectsConfig, RejectsPolicy
from tableconfigs.segments_config import SegmentsConfig
from tableconfigs.serving import (
    InstanceAssignmentConfig,
    Metadata,
    QueryConfig,
    Quota,
    Routing,
    TaskConfig,
    Tenants,
    TierConfig,
)
from tableconfigs.stream import StreamConfig, across_topics
from tableconfigs.upsert import DedupConfig, UpsertConfig

_NAME = re.compile(r"[\w.-]+")
_OLD_STREAMS = "/tableIndexConfig/streamConfigs"
_NEW_STREAMS = "/ingestionConfig/streamIngestionConfig/streamConfigMaps"


class TableType(StrEnum):
    """The halves of a hybrid table."""

    REALTIME = "REALTIME"
    OFFLINE = "OFFLINE"


class TableConfig(PinotModel):
    """How a table is fed, cut, kept and indexed (contract section 1)."""

    table_name: Text
    table_type: Annotated[TableType, UPPER]
    segments_config: SegmentsConfig
    tenants: Tenants
    table_index_config: TableIndexConfig
    metadata: Metadata = Metadata()
    quota: Quota | None = None
    task: TaskConfig | None = None
    routing: Routing | None = None
    query: QueryConfig | None = None
    instance_assignment_config_map: dict[str, InstanceAssignmentConfig] | None = None
    field_config_list: list[FieldConfig] | None = None
    upsert_config: UpsertConfig | None = None
    dedup_config: DedupConfig | None = None
    dimension_table_config: dict[str, Any] | None = None
    ingestion_config: IngestionConfig | None = None
    tier_configs: list[TierConfig] | None = None
    tuner_configs: list[dict[str, Any]] | None = None
    instance_partitions_map: dict[str, Text] | None = None
    segment_assignment_config_map: dict[str, dict[str, Any]] | None = None
    tier_overwrites: dict[str, Any] | None = None
    table_samplers: list[dict[str, Any]] | None = None
    description: OptionalText = None
    tags: list[Text] | None = None
    is_dim_table: bool = False
    is_materialized_view: bool | None = None

    @classmethod
    def parse(
        cls, source: bytes | str | Mapping[str, Any], environ: Mapping[str, str] | None = None
    ) -> "Parsed[TableConfig]":
        """Read a table config. Raises `InvalidConfig` with every problem found.

        `environ` resolves `${NAME}` references; None leaves them as they are, which only suits text values.
        """
        written = load_json(source)
        with concealing(written, environ or {}):
            parsed = cls._parsed(written, environ)
        return replace(parsed, unrecognized=concealed(parsed.unrecognized, written, environ or {}))

    @classmethod
    def _parsed(cls, written: dict[str, Any], environ: Mapping[str, str] | None) -> "Parsed[TableConfig]":
        parsed = parse_model(cls, _resolved(written, environ), written)
        config = parsed.value
        problems = list(config.problems())
        if problems:
            raise InvalidConfig(problems, f"Invalid table config: {config.name_with_type}")
        unknown = {path: value for stream in config.streams for path, value in stream.unrecognized.items()}
        named = {"tableName": config.name_with_type, "tableType": str(config.table_type)}
        return Parsed(config, parsed.unrecognized | unknown, parsed.stored | named)

    @property
    def raw_name(self) -> str:
        """The name without its type, as queries use it."""
        return self.table_name.removesuffix(f"_{self.table_type}")

    @property
    def name_with_type(self) -> str:
        """The name under which the config is stored: `clicks_REALTIME`."""
        return f"{self.raw_name}_{self.table_type}"

    @property
    def time_column(self) -> str | None:
        """The column by which segments are pruned and expire; always there in a realtime table."""
        return self.segments_config.time_column_name or None

    @property
    def replication(self) -> int:
        """Copies of each partition."""
        return self.segments_config.replicas

    @property
    def retention_ms(self) -> int | None:
        """How long rows are kept, None for ever."""
        return self.segments_config.retention_ms

    @property
    def ingestion(self) -> IngestionConfig:
        """`ingestionConfig`, with its defaults when absent."""
        return self.ingestion_config or IngestionConfig()

    @property
    def rejects(self) -> RejectsConfig:
        """What becomes of records that cannot be rows; `stopOnDecodeError` stops a partition before them."""
        stops = any(stream.stop_on_decode_error for stream in self.streams)
        unsaid = self.ingestion.rejects_config is None
        return RejectsConfig(policy=RejectsPolicy.FAIL) if stops and unsaid else self.ingestion.rejects

    @cached_property
    def indexing(self) -> Indexing:
        """Sorting, indexes and encodings by column."""
        return Indexing(self.table_index_config, self.field_config_list or [])

    @cached_property
    def streams(self) -> tuple[StreamConfig, ...]:
        """The topics, in the order that gives them their index (see `stream.partition_id`); none when offline."""
        if self.table_type is TableType.OFFLINE:
            return ()
        return tuple(StreamConfig.parse(entries, path) for path, entries in self._stream_entries())

    @property
    def flush(self) -> FlushThresholds:
        """When consuming segments end; the same for all topics of a table."""
        return self.streams[0].flush

    def _stream_entries(self) -> list[tuple[str, dict[str, str]]]:
        old = self.table_index_config.stream_configs
        if old:
            return [(_OLD_STREAMS, old)]
        streams = self.ingestion.stream_ingestion_config
        maps = (streams.stream_config_maps if streams else None) or []
        return [(f"{_NEW_STREAMS}/{at}", entries) for at, entries in enumerate(maps)]

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the config on its own."""
        yield from self._name_problems()
        yield from self.segments_config.problems()
        if self.table_type is TableType.REALTIME:
            if not self.time_column:
                text = "'timeColumnName' cannot be null in REALTIME table config"
                yield Problem("/segmentsConfig/timeColumnName", None, text)
            yield from self._stream_problems()
        yield from self.indexing.problems()
        for section in (self.quota, self.query):
            if section is not None:
                yield from section.problems()

    def _name_problems(self) -> Iterator[Problem]:
        for wrong, text in (
            ("__" in self.table_name, "'tableName' cannot contain double underscore ('__')"),
            (self.table_name.count(".") > 1, "'tableName' containing more than one '.' is not allowed"),
            (bool(re.search(r"\s", self.table_name)), "'tableName' containing space is not allowed"),
        ):
            if wrong:
                yield Problem("/tableName", self.table_name, text)
                return
        if not _NAME.fullmatch(self.raw_name) or self.raw_name.startswith((".", "-")):
            yield Problem(
                "/tableName", self.table_name, "'tableName' must consist of letters, digits, '_', '-' and '.'"
            )

    def _stream_problems(self) -> Iterator[Problem]:
        yield from self._location_problems()
        streams: list[StreamConfig] = []
        for path, entries in self._stream_entries():
            try:
                streams.append(StreamConfig.parse(entries, path))
            except InvalidConfig as error:
                yield from error.problems
        if len(streams) > 1:
            yield from across_topics(streams, _NEW_STREAMS)
        yield from self.ingestion.rejects.problems([stream.topic for stream in streams])

    def _location_problems(self) -> Iterator[Problem]:
        streams = self.ingestion.stream_ingestion_config
        if streams is not None and streams.stream_configs is not None:
            path = _NEW_STREAMS.replace("streamConfigMaps", "streamConfigs")
            text = "'streamConfigs' is not a key of streamIngestionConfig, write 'streamConfigMaps': a list of maps"
            yield Problem(path, streams.stream_configs, text)
        elif not self._stream_entries():
            text = f"Must have at least 1 stream in REALTIME table, in {_NEW_STREAMS}"
            yield Problem(_NEW_STREAMS, None, text)
        if self.table_index_config.stream_configs and streams is not None and streams.stream_config_maps:
            text = "Should not use indexingConfig#getStreamConfigs if ingestionConfig#StreamIngestionConfig is provided"
            yield Problem(_OLD_STREAMS, None, f"{text}; keep one of the two")

    def to_pinot_json(self) -> dict[str, Any]:
        """As Pinot answers GET: the name with its type, defaults spelled out, absent sections left out."""
        printed = self.printed()
        printed["tableName"] = self.name_with_type
        printed["segmentsConfig"] = self.segments_config.printed()
        if self.field_config_list is not None:
            printed["fieldConfigList"] = [field.printed() for field in self.field_config_list]
        return printed


_MISPLACED = "a secret can only stand in a property of the Kafka client or of the decoder, write ${NAME} or ${env:NAME}"


def _may_be_late(place: str) -> bool:
    """Whether `place` is a property that is handed over when a client or a decoder is made."""
    section, _, key = place.rpartition("/")
    in_stream = section == _OLD_STREAMS or section.rpartition("/")[0] == _NEW_STREAMS
    return in_stream and (key in CLIENT_PROPERTIES or key.startswith("stream.kafka.decoder.prop."))


def _resolved(written: dict[str, Any], environ: Mapping[str, str] | None) -> Mapping[str, Any]:
    if environ is None:
        return written
    problems: list[Problem] = []
    resolved: dict[str, Any] = resolve_all(written, environ, problems)
    problems += [Problem(place, text, _MISPLACED) for place, text in late_places(resolved) if not _may_be_late(place)]
    if problems:
        raise InvalidConfig(problems)
    return resolved
