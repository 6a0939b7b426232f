"""Geometries: what they are, and how Pinot writes them to bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

Point = tuple[float, float]
Path = tuple[Point, ...]
Part = tuple[Path, ...]

KINDS = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
_GEOGRAPHY = 0x80
_KEPT = 256
"""Geometries that were read and are at hand: a polygon in a filter is read once, not for each row."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Parts are points, lines or polygons; a part is one path, a polygon's shell and then its holes.

    `geography`: x and y are degrees of longitude and latitude on a sphere.
    """

    kind: str
    parts: tuple[Part, ...]
    geography: bool = False

    @property
    def paths(self) -> Iterator[Path]:
        return (path for part in self.parts for path in part)

    @property
    def points(self) -> Iterator[Point]:
        return (point for path in self.paths for point in path)

    @property
    def is_areal(self) -> bool:
        return self.kind.endswith("Polygon")

    @property
    def is_puntal(self) -> bool:
        return self.kind.endswith("Point")


def united(shapes: Iterable[Shape]) -> Shape | None:
    """The points of all of them. Raises ValueError for lines and polygons, unless all are the same."""
    found = list(dict.fromkeys(shapes))
    if len(found) < 2:
        return found[0] if found else None
    if not all(shape.is_puntal for shape in found):
        raise ValueError("ST_Union unites points: lines and polygons are not cut where they cross")
    points = sorted({point for shape in found for point in shape.points})
    kind = "Point" if len(points) == 1 else "MultiPoint"
    return Shape(kind, tuple(((point,),) for point in points), found[0].geography)


def checked(shape: Shape) -> Shape:
    """Raises ValueError for rings that are not closed and lines of one point."""
    if shape.is_areal:
        if any(len(path) < 4 or path[0] != path[-1] for path in shape.paths):
            raise ValueError("a polygon's ring needs four points or more, the last of which is the first")
    elif not shape.is_puntal and any(len(path) < 2 for path in shape.paths):
        raise ValueError("a line needs two points or more")
    return shape


def written(shape: Shape) -> bytes:
    """Pinot's layout, big-endian: a byte of kind, then coordinates; lines and polygons have an index of their paths."""
    head = bytes([KINDS.index(shape.kind) | (_GEOGRAPHY if shape.geography else 0)])
    if shape.kind == "Point":
        return head + _coordinates(next(shape.points, (float("nan"), float("nan"))))
    if shape.kind == "MultiPoint":
        points = list(shape.points)
        return head + struct.pack(">i", len(points)) + b"".join(map(_coordinates, points))
    paths = list(_wound(shape))
    starts = [sum(map(len, paths[:at])) for at in range(len(paths))]
    index = struct.pack(f">ii{len(paths)}i", len(paths), sum(map(len, paths)), *starts)
    return head + index + b"".join(_coordinates(point) for path in paths for point in path)


def _wound(shape: Shape) -> Iterator[Path]:
    """Shells clockwise, holes the other way round: that is how a reader tells them apart."""
    for part in shape.parts:
        for at, path in enumerate(part):
            yield path[::-1] if shape.is_areal and is_clockwise(path) != (at == 0) else path


def is_clockwise(path: Path) -> bool:
    return sum((x2 - x1) * (y2 + y1) for (x1, y1), (x2, y2) in pairwise(path)) > 0


def _coordinates(point: Point) -> bytes:
    return struct.pack(">dd", *point)


@lru_cache(_KEPT)
def read(octets: bytes) -> Shape:
    """Raises ValueError for bytes that are no geometry of Pinot's."""
    if not octets or octets[0] & ~_GEOGRAPHY >= len(KINDS):
        raise ValueError(
            f"not a geometry: {octets[:20].hex() or 'no bytes'}, make one with ST_Point or ST_GeomFromText"
        )
    kind, geography = KINDS[octets[0] & ~_GEOGRAPHY], bool(octets[0] & _GEOGRAPHY)
    try:
        return checked(Shape(kind, _parts(kind, octets), geography))
    except struct.error as error:
        raise ValueError(f"not a whole geometry: {len(octets)} bytes are too few or too many") from error


def _parts(kind: str, octets: bytes) -> tuple[Part, ...]:
    if kind == "Point":
        x, y = struct.unpack(">dd", octets[1:])
        return () if x != x or y != y else ((((x, y),),),)
    (count,) = struct.unpack_from(">i", octets, 1)
    if kind == "MultiPoint":
        return tuple(((point,),) for point in _points(octets, 5, count))
    paths = _paths(octets, count)
    if kind.endswith("LineString"):
        return tuple((path,) for path in paths)
    return tuple(_polygons(paths))


def _points(octets: bytes, start: int, count: int) -> list[Point]:
    if count < 0 or len(octets) != start + count * 16:
        raise struct.error
    numbers = struct.unpack_from(f">{count * 2}d", octets, start)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _paths(octets: bytes, count: int) -> list[Path]:
    (total,) = struct.unpack_from(">i", octets, 5)
    if not 0 <= count <= len(octets):
        raise struct.error
    starts = [*struct.unpack_from(f">{count}i", octets, 9), total]
    points = _points(octets, 9 + count * 4, total)
    return [tuple(points[low:high]) for low, high in pairwise(starts)]


def _polygons(paths: list[Path]) -> Iterator[Part]:
    """A clockwise path starts a polygon."""
    part: list[Path] = []
    for path in paths:
        if part and is_clockwise(path):
            yield tuple(part)
            part = []
        part.append(path)
    if part:
        yield tuple(part)
