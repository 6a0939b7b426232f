"""The stages alone: fetch (B1), decode (B2), seal (B3), commit (B12), and what is written meanwhile (B15)."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.bench import stage_commit, stage_decode, stage_fetch, stage_seal, stage_writes
from scripts.bench.figures import Figure
from scripts.bench.world import World

STAGES = (stage_fetch, stage_decode, stage_seal, stage_commit, stage_writes)


def run(world: World) -> Iterator[Figure]:
    for stage in STAGES:
        yield from stage.run(world)
