"""Which changes of a table config its stored rows do not stand (contract 1.1, row "update"). Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tableconfigs.problems import Problem
from tableconfigs.table import TableConfig
from tableconfigs.upsert import DedupConfig, UpsertConfig

_UPSERT: Mapping[str, Callable[[UpsertConfig], Any]] = {
    "mode": lambda config: config.mode,
    "hashFunction": lambda config: config.hash_function,
    "comparisonColumns": lambda config: config.comparison_columns or config.comparison_column,
    "dropOutOfOrderRecord": lambda config: config.drop_out_of_order_record,
    "outOfOrderRecordColumn": lambda config: config.out_of_order_record_column,
    "deleteRecordColumn": lambda config: config.delete_record_column,
}
_DEDUP: Mapping[str, Callable[[DedupConfig], Any]] = {
    "dedupEnabled": lambda config: config.dedup_enabled,
    "hashFunction": lambda config: config.hash_function,
    "dedupTimeColumn": lambda config: config.dedup_time_column,
}


def table_incompatibilities(old: TableConfig, new: TableConfig) -> Iterator[Problem]:
    """Why rows that `old` made do not fit `new`; nothing when they do."""
    yield from _topics(old, new)
    yield from _section("/upsertConfig", _UPSERT, old.upsert_config, new.upsert_config)
    yield from _section("/dedupConfig", _DEDUP, old.dedup_config, new.dedup_config)
    if old.upsert_config or old.dedup_config:
        yield from _keyed(old, new)


def _section(place: str, parts: Mapping[str, Callable[[Any], Any]], old: Any, new: Any) -> Iterator[Problem]:
    if (old is None) != (new is None):
        yield Problem(place, None, f"{place[1:]} cannot be {'removed' if new is None else 'added'}")
        return
    for key, part in parts.items() if old is not None else ():
        before, after = part(old), part(new)
        if before != after:
            yield Problem(f"{place}/{key}", after, f"{key} cannot be changed from {before} to {after}")


def _keyed(old: TableConfig, new: TableConfig) -> Iterator[Problem]:
    """Of a table whose rows have keys: the time column compares them, partitions keep them together."""
    if old.time_column != new.time_column:
        text = f"the time column cannot be changed from {old.time_column}: it says which row is newer"
        yield Problem("/segmentsConfig/timeColumnName", new.time_column, text)
    if _partitions(old) != _partitions(new):
        text = "the number of partitions cannot be changed: keys would move between partitions"
        yield Problem("/tableIndexConfig/segmentPartitionConfig", None, text)


def _partitions(config: TableConfig) -> dict[str, int]:
    partitions = config.table_index_config.segment_partition_config
    return {name: by.num_partitions for name, by in partitions.column_partition_map.items()} if partitions else {}


def _topics(old: TableConfig, new: TableConfig) -> Iterator[Problem]:
    """A topic has its place in the list for life: partition ids are counted from it."""
    kept = [stream.topic for stream in new.streams[: len(old.streams)]]
    before = [stream.topic for stream in old.streams]
    if len(before) > 1 and kept != before:
        text = f"topics keep their place, {', '.join(before)} come first: partition ids are counted from it"
        yield Problem("/ingestionConfig/streamIngestionConfig/streamConfigMaps", kept, text)
