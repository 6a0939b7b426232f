"""Geometries of a group as one."""

from __future__ import annotations

from collections.abc import Iterable

from engine.functions.entry import ArrowFunction
from engine.functions.shapes import read, united, written
from engine.sketches.entry import known, per_group


def union(octets: Iterable[bytes | None]) -> bytes | None:
    shape = united(read(one) for one in known(octets))
    return None if shape is None else written(shape)


SHAPES: tuple[ArrowFunction, ...] = (per_group("geo_union", "BLOB[]", "BLOB", union),)
