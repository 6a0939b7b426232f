"""Which files in the deep store are litter (P12): attempts that lost, and incarnations that are gone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import structlog

from segments.commit import is_dead
from segments.history import Step
from segments.registry import SegmentRegistry
from segments.stores.base import DELETED, ParsedKey, SegmentStore

log = structlog.get_logger()

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
    """The keys of segments and rejects; retired files and what somebody else put there are left alone."""
    found = []
    for key in keys:
        if key.startswith(f"{DELETED}/"):
            continue
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


def sweep(store: SegmentStore, registry: SegmentRegistry, incarnations: Collection[str]) -> list[str]:
    """Retire dead attempts; returns their keys. Raises RegistryUnavailable, StoreUnavailable.

    Keys are listed before the registry is read: a commit in between makes a file look alive, never dead.
    """
    keys = parsed_keys(store.list(""))
    sequences = {
        (incarnation, partition): current.record.sequence
        for incarnation in incarnations
        for partition, current in registry.partitions(incarnation).items()
    }
    early = beyond(keys, sequences)
    if early:
        log.error("nothing is swept: the registry is older than the store", keys=[kept.key for kept in early])
        return []
    found = dead(keys, incarnations, _steps(keys, registry, sequences))
    for key in found:
        store.retire(key)
    return found


def _steps(
    keys: Iterable[Kept], registry: SegmentRegistry, sequences: Mapping[Place, int]
) -> dict[tuple[Place, int], Step]:
    """The committed steps at the sequences of `keys`, one question a partition."""
    wanted: dict[Place, set[int]] = {}
    for kept in keys:
        if kept.parsed.sequence < sequences.get(kept.place, 0):
            wanted.setdefault(kept.place, set()).add(kept.parsed.sequence)
    found = {place: registry.steps(*place, sorted(asked)) for place, asked in wanted.items()}
    return {(place, step.sequence): step for place, steps in found.items() for step in steps}


def _is_dead(kept: Kept, incarnations: Collection[str], steps: Mapping[tuple[Place, int], Step]) -> bool:
    parsed = kept.parsed
    exists = parsed.identity.incarnation in incarnations
    return is_dead(parsed.attempt, parsed.sequence, steps.get((kept.place, parsed.sequence)), exists)
