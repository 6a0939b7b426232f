"""Cost growth: each axis from its small end to its large one, the fitted log-log slope, and what the last point keeps.

Only ours is measured here: an axis is compared with its own best point.
"""

from __future__ import annotations

from collections.abc import Iterator

from scripts.bench import growth_load, growth_planning, growth_queries
from scripts.bench.figures import Figure
from scripts.bench.world import World

AXES = (growth_planning, growth_queries, growth_load)


def run(world: World) -> Iterator[Figure]:
    for axes in AXES:
        yield from axes.run(world)
