"""The way of one record, gathered and written as one document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crushpad.looks.world import World, partition_view, raw_name
from ingest.decoders.base import DecoderWaits
from ingest.printable import moment_json, record_json, row_json
from ingest.topics_reading import Record
from ingest.trace import Evidence, GapStep, judge
from ingest.trace_log import LogSays, ask
from ingest.trial import Bench, Trial
from segments.catalogue import TableEntry
from segments.history import StepKind
from segments.registry import RegistryUnavailable
from segments.view import PartitionView
from segments.whereabouts import Holding, Whereabouts, find
from tableconfigs.stream import split_partition_id

Json = dict[str, Any]

LOG_APPEND_TIME = "log append time"


def trace(world: World, question: Mapping[str, Any]) -> Json:
    """`question` has `table`, `partition` (Pinot's id) and `offset`. Raises CannotLook."""
    table, partition, offset = question["table"], int(question["partition"]), int(question["offset"])
    taken = world.view(world.table(table))
    view = partition_view(taken, partition)
    place = find(raw_name(taken.table), view, offset)
    log = _log(world, taken.table, view, offset)
    bench = Bench(taken.table, world.environ)
    trial, trouble = _tried(bench, log, partition)
    same = place.holding is None or _versions(place.holding) == (
        bench.recipe.config_version,
        bench.recipe.schema_version,
    )
    gap = _gap(world, taken.table, view, place)
    verdict = judge(Evidence(offset, view.visible_end, place, log, trial, gap, same, trouble))
    return {
        "table": taken.table.name,
        "partition": partition,
        "offset": offset,
        "fate": verdict.fate,
        "sentence": verdict.sentence,
        "advice": verdict.advice,
        "record": None if log.record is None else record_json(log.record),
        "trial": None if trial is None else _trial_json(bench, trial, same),
        "trialTrouble": trouble,
        "rows": _rows(place.holding),
        "reject": _reject_json(place.holding),
        "segment": None if place.holding is None else _segment_json(place.holding, log.record),
        "gap": _gap_json(place, gap),
        "kafka": _kafka_json(view, log),
        "readUpTo": view.visible_end,
        "committedUpTo": view.entry.committed_end,
    }


def _tried(bench: Bench, log: LogSays, partition: int) -> tuple[Trial | None, str | None]:
    """What the pipeline makes of the record, or why it cannot tell now."""
    if log.record is None:
        return None, None
    try:
        return bench.tried(log.record, partition), None
    except DecoderWaits as error:
        return None, str(error)


def _log(world: World, table: TableEntry, view: PartitionView, offset: int) -> LogSays:
    entry = view.entry
    stream = world.stream(table, entry.partition)
    kafka_partition = split_partition_id(entry.partition)[1]
    isolation = str(stream.isolation_level)
    return ask(world.cluster(stream), entry.topic, entry.topic_id, isolation, kafka_partition, offset)


def _gap(world: World, table: TableEntry, view: PartitionView, place: Whereabouts) -> GapStep | None:
    """The step of a gap; None where there is none, or ZooKeeper is away: the catalogue has its reason."""
    if place.gap_reason is None or place.range is None:
        return None
    entry = view.entry
    try:
        steps = world.registry.steps(table.incarnation, entry.partition, range(entry.sequence))
    except (KeyError, RegistryUnavailable):
        return None
    for step in steps:
        if step.range == place.range and step.kind in (StepKind.GAP, StepKind.DELETED):
            return GapStep(step.kind is StepKind.DELETED, place.gap_reason, step.who, step.committed_ms)
    return None


def _versions(holding: Holding) -> tuple[int, int]:
    return holding.config_version, holding.schema_version


def _trial_json(bench: Bench, trial: Trial, same_versions: bool) -> Json:
    """What the pipeline makes of the record now."""
    return {
        "outcome": trial.outcome,
        "configVersion": bench.recipe.config_version,
        "schemaVersion": bench.recipe.schema_version,
        "asWhenItWasRead": same_versions,
        **trial_fields(trial),
    }


def trial_fields(trial: Trial) -> Json:
    """The stages of a trial, without where it ran."""
    return {
        "decoded": [row_json(row) for row in trial.decoded],
        "transforms": [{"column": e.column, "expression": e.expression, "did": e.did} for e in trial.transforms],
        "filteredBy": trial.filtered_by,
        "rows": [row_json(row) for row in trial.rows],
        "reason": trial.reason,
        "field": trial.field,
        "badFieldsBecameNull": trial.bad_fields,
    }


def _rows(holding: Holding | None) -> list[Json]:
    """What queries see of the record, in its own segment or in a replay's."""
    if holding is None:
        return []
    return [row_json(row) for row in (holding.settled.rows if holding.settled is not None else holding.rows)]


def _reject_json(holding: Holding | None) -> Json | None:
    if holding is None or holding.reject is None:
        return None
    settled = holding.settled
    return {
        "reason": holding.reject.reason,
        "field": holding.reject.field,
        "replay": settled and settled.name,
        "replayed": settled and moment_json(settled.committed_ms),
    }


def _segment_json(holding: Holding, record: Record | None) -> Json:
    """The segment and its times. When one row became visible is not recorded, only between which moments."""
    begun = holding.created_ms
    if record is not None and record.timestamp_kind == LOG_APPEND_TIME and record.timestamp_ms is not None:
        begun = max(begun, record.timestamp_ms)
    committed = None if holding.committed_ms is None else moment_json(holding.committed_ms)
    return {
        "name": holding.name,
        "state": "consuming" if committed is None else "committed",
        "sequence": holding.sequence,
        "start": holding.range.start,
        "end": holding.range.end,
        "path": holding.path,
        "attempt": holding.attempt,
        "configVersion": holding.config_version,
        "schemaVersion": holding.schema_version,
        "visibleNotBefore": moment_json(begun),
        "visibleNotAfter": committed,
        "committed": committed,
    }


def _gap_json(place: Whereabouts, gap: GapStep | None) -> Json | None:
    if place.gap_reason is None or place.range is None:
        return None
    return {
        "start": place.range.start,
        "end": place.range.end,
        "reason": place.gap_reason,
        "who": gap.who if gap else None,
        "committed": moment_json(gap.committed_ms) if gap else None,
    }


def _kafka_json(view: PartitionView, log: LogSays) -> Json:
    known = log.trouble is None
    return {
        "topic": view.entry.topic,
        "partition": split_partition_id(view.entry.partition)[1],
        "earliest": log.earliest if known else None,
        "latest": log.latest if known else None,
        "recreated": log.recreated,
        "trouble": log.trouble,
    }
