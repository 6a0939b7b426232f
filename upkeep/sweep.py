"""Which files in the deep store are litter (P12): attempts that lost, and incarnations that are gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import structlog

from segments.commit import is_dead
from segments.deletion import end_retention, is_over
from segments.history import Step
from segments.registry import SegmentRegistry
from segments.stores.base import DELETED, ParsedKey, SegmentStore
from tableconfigs.source import TableConfigSource
from upkeep.deletion import stored_tables

log = structlog.get_logger()

DAY_MS = 24 * 3600 * 1000

Place = tuple[str, int]
"""Incarnation and partition."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A key and what it says."""

    key: str
    parsed: ParsedKey

    @property
    def place(self) -> Place:
        return self.parsed.identity.incarnation, self.parsed.identity.partition


def parsed_keys(keys: Iterable[str]) -> list[Kept]:
    """The keys of segments and rejects; what somebody else put there is left alone."""
    found = []
    for key in keys:
        try:
            found.append(Kept(key, ParsedKey.of(key)))
        except ValueError:
            log.warning("file in the deep store that is not ours", key=key)
    return found


def beyond(keys: Iterable[Kept], sequences: Mapping[Place, int]) -> list[Kept]:
    """Files of a later sequence than their partition has: an older ZooKeeper snapshot came back (P13)."""
    return [kept for kept in keys if kept.parsed.sequence > sequences.get(kept.place, kept.parsed.sequence)]


def dead(keys: Iterable[Kept], incarnations: Collection[str], steps: Mapping[tuple[Place, int], Step]) -> list[str]:
    """Keys of dead attempts. `steps` are the committed ones by place and sequence."""
    return [kept.key for kept in keys if _is_dead(kept, incarnations, steps)]


def sweep(
    store: SegmentStore,
    registry: SegmentRegistry,
    configs: TableConfigSource,
    is_server_stale: Callable[[], bool],
    now_ms: int,
) -> list[str]:
    """Retire dead attempts; returns their keys. Nothing is retired while the registry is older than it was (P13).

    Keys are listed before anything else is read: a table or a commit in between makes a file look alive, never dead.
    A deleted segment whose retention is over is first marked so, and swept the next time: nobody takes it back between.
    Raises RegistryUnavailable, SourceUnavailable, StoreUnavailable.
    """
    keys = parsed_keys(store.list(""))
    incarnations = {table.incarnation for table in stored_tables(configs)}
    sequences = {
        (incarnation, partition): current.record.sequence
        for incarnation in incarnations
        for partition, current in registry.partitions(incarnation).items()
    }
    early = [kept.key for kept in beyond(keys, sequences) if _is_beyond(kept, registry)]
    if early:
        log.error("nothing is swept: the registry is older than the store", keys=early)
        return []
    steps = _steps(keys, registry, sequences)
    found = dead(keys, incarnations, steps)
    if is_server_stale():
        return []
    for key in found:
        store.retire(key, _since_ms(key, steps))
    _end_retentions(registry, steps, now_ms)
    return found


def purge(
    store: SegmentStore, now_ms: int, keep_days: float, kept_ms: Mapping[str, int] = MappingProxyType({})
) -> list[str]:
    """Delete for good what was retired more than `keep_days` ago; `kept_ms` is said by incarnation, and wins.

    Returns the keys. Raises StoreUnavailable.
    """
    folders = sorted({key.split("/")[1] for key in store.list(DELETED)})
    ages = {folder: kept_ms.get(folder, int(keep_days * DAY_MS)) for folder in folders}
    return [key for folder, age_ms in ages.items() for key in store.purge(now_ms - age_ms, folder)]


def _since_ms(key: str, steps: Mapping[tuple[Place, int], Step]) -> int | None:
    """The days of a file that was kept until its segment could be taken back no more are over."""
    parsed = ParsedKey.of(key)
    step = steps.get(((parsed.identity.incarnation, parsed.identity.partition), parsed.sequence))
    return step.keep_until_ms if step is not None and step.attempt == parsed.attempt else None


def _end_retentions(registry: SegmentRegistry, steps: Mapping[tuple[Place, int], Step], now_ms: int) -> None:
    for (place, sequence), step in steps.items():
        if is_over(step, now_ms):
            incarnation, partition = place
            try:
                end_retention(registry, incarnation, {partition: [sequence]}, now_ms)
            except KeyError:
                continue  # the table was dropped meanwhile


def _is_beyond(kept: Kept, registry: SegmentRegistry) -> bool:
    """Asked again after a sync: a server that only lags behind is no alarm."""
    current = registry.look(*kept.place, kept.parsed.sequence).current
    return current is not None and current.record.sequence < kept.parsed.sequence


def _steps(
    keys: Iterable[Kept], registry: SegmentRegistry, sequences: Mapping[Place, int]
) -> dict[tuple[Place, int], Step]:
    """The committed steps at the sequences of `keys`, one question a partition."""
    wanted: dict[Place, set[int]] = {}
    for kept in keys:
        if kept.parsed.sequence < sequences.get(kept.place, 0):
            wanted.setdefault(kept.place, set()).add(kept.parsed.sequence)
    found = {place: _steps_of(place, sorted(asked), registry) for place, asked in wanted.items()}
    return {(place, step.sequence): step for place, steps in found.items() for step in steps}


def _steps_of(place: Place, sequences: list[int], registry: SegmentRegistry) -> list[Step]:
    try:
        return registry.steps(*place, sequences)
    except KeyError:
        return []  # the table was dropped meanwhile: next time its incarnation is gone


def _is_dead(kept: Kept, incarnations: Collection[str], steps: Mapping[tuple[Place, int], Step]) -> bool:
    parsed = kept.parsed
    exists = parsed.identity.incarnation in incarnations
    return is_dead(parsed.attempt, parsed.sequence, steps.get((kept.place, parsed.sequence)), exists)
