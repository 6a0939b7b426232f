"""How two geometries lie to each other, on the plane: distances, and what holds what."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise, product

from engine.functions.shapes import Part, Path, Point, Shape

EARTH_RADIUS_M = 6_371_010.0
COMPARISONS_MAX = 10_000_000
"""Pairs of edges of two geometries in one row; more would not end in time."""
Edge = tuple[Point, Point]


def distance(left: Shape, right: Shape) -> float:
    """On the plane in its own unit; between two points of a sphere in metres. Raises ValueError."""
    _same_world(left, right)
    if left.geography:
        return _great_circle(left, right)
    if not left.parts or not right.parts:
        return math.nan
    if _meets(left, right) or _meets(right, left):
        return 0.0
    return min(_edge_distance(one, other) for one, other in _pairs(left, right))


def _same_world(left: Shape, right: Shape) -> None:
    if left.geography != right.geography:
        raise ValueError("one is a geometry on the plane, the other a geography on the sphere: both must be the same")


def _great_circle(left: Shape, right: Shape) -> float:
    """Vincenty's formula on a sphere."""
    if left.kind != "Point" or right.kind != "Point" or not left.parts or not right.parts:
        raise ValueError("on the sphere ST_Distance takes two points; make geometries with ST_GeomFromText")
    (x1, y1), (x2, y2) = (next(shape.points) for shape in (left, right))
    if max(abs(y1), abs(y2)) > 90 or max(abs(x1), abs(x2)) > 180:
        raise ValueError("longitudes are -180 to 180, latitudes -90 to 90: a point is (longitude, latitude)")
    latitude1, latitude2, turn = math.radians(y1), math.radians(y2), math.radians(x1 - x2)
    across = math.cos(latitude2) * math.sin(turn)
    along = math.cos(latitude1) * math.sin(latitude2) - math.sin(latitude1) * math.cos(latitude2) * math.cos(turn)
    ahead = math.sin(latitude1) * math.sin(latitude2) + math.cos(latitude1) * math.cos(latitude2) * math.cos(turn)
    return math.atan2(math.hypot(across, along), ahead) * EARTH_RADIUS_M


def contains(outer: Shape, inner: Shape) -> bool:
    """Whether no point of `inner` is outside, and some are inside. Raises ValueError for what cannot hold it."""
    _same_world(outer, inner)
    if not outer.parts or not inner.parts:
        return False
    if not outer.is_areal:
        if outer.is_puntal:
            return inner.is_puntal and set(inner.points) <= set(outer.points)
        raise ValueError(f"ST_Contains and ST_Within know what polygons and points hold, not a {outer.kind}")
    places = [_place(outer, point) for point in _witnesses(inner)]
    if min(places) < 0 or (not inner.is_areal and max(places) == 0):
        return False
    return inner.is_puntal or not (_crosses(outer, inner) or _hole_inside(outer, inner))


def equals(left: Shape, right: Shape) -> bool:
    """The same points, wherever their rings start and whichever way round they go."""
    return left.kind == right.kind and _normal(left) == _normal(right)


def _normal(shape: Shape) -> frozenset[frozenset[Path]]:
    return frozenset(frozenset(map(_normal_path, part)) for part in shape.parts)


def _normal_path(path: Path) -> Path:
    if len(path) < 4 or path[0] != path[-1]:
        return min(path, path[::-1])
    ring = path[:-1]
    start = ring.index(min(ring))
    forward = ring[start:] + ring[:start]
    return min(forward, forward[:1] + forward[:0:-1])


def _witnesses(shape: Shape) -> list[Point]:
    """Points that tell whether the shape is inside: its own, and the middles of its edges."""
    middles = [((x1 + x2) / 2, (y1 + y2) / 2) for (x1, y1), (x2, y2) in _edges(shape)]
    return [*shape.points, *middles]


def _place(areal: Shape, point: Point) -> int:
    """1 inside, 0 on an edge, -1 outside."""
    return max(_place_in_polygon(part, point) for part in areal.parts)


def _place_in_polygon(part: Part, point: Point) -> int:
    shell, *holes = (_place_in_ring(ring, point) for ring in part)
    return shell if shell <= 0 else min([shell, *(-hole for hole in holes)])


def _place_in_ring(ring: Path, point: Point) -> int:
    """Counts the edges that a ray to the right crosses."""
    x, y = point
    inside = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        side = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if side == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return 0
        if (y1 > y) != (y2 > y) and (side > 0) == (y2 > y1):
            inside = not inside
    return 1 if inside else -1


def _edges(shape: Shape) -> list[Edge]:
    return [edge for path in shape.paths for edge in pairwise(path)]


def _pairs(left: Shape, right: Shape) -> Iterator[tuple[Edge, Edge]]:
    """Edges of both; a point is an edge from itself to itself. Raises ValueError for too many."""
    ours, theirs = ([(p, p) for p in shape.points] if shape.is_puntal else _edges(shape) for shape in (left, right))
    if len(ours) * len(theirs) > COMPARISONS_MAX:
        raise ValueError(f"two geometries of {len(ours)} and {len(theirs)} edges are too large to compare")
    return product(ours, theirs)


def _crosses(outer: Shape, inner: Shape) -> bool:
    """Whether an edge of one goes through an edge of the other."""
    return any(
        _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0
        for (a, b), (c, d) in _pairs(outer, inner)
    )


def _side(start: Point, end: Point, point: Point) -> int:
    cross = (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
    return (cross > 0) - (cross < 0)


def _hole_inside(outer: Shape, inner: Shape) -> bool:
    if not inner.is_areal:
        return False
    return any(_place(inner, point) > 0 for part in outer.parts for hole in part[1:] for point in hole)


def _meets(areal: Shape, other: Shape) -> bool:
    """Whether a polygon holds a point of the other, or edges of both cross."""
    return (areal.is_areal and any(_place(areal, point) >= 0 for point in other.points)) or _crosses(areal, other)


def _edge_distance(one: Edge, other: Edge) -> float:
    """Of edges that do not cross: an end of one is nearest."""
    return min(
        *(_point_distance(point, other) for point in one),
        *(_point_distance(point, one) for point in other),
    )


def _point_distance(point: Point, edge: Edge) -> float:
    (x1, y1), (x2, y2) = edge
    length = (x2 - x1) ** 2 + (y2 - y1) ** 2
    share = ((point[0] - x1) * (x2 - x1) + (point[1] - y1) * (y2 - y1)) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return math.hypot(point[0] - x1 - share * (x2 - x1), point[1] - y1 - share * (y2 - y1))


def area(shape: Shape) -> float:
    """Square units on the plane, square metres of a polygon on the sphere."""
    ring_area = _spherical_area if shape.geography else _planar_area
    if not shape.is_areal:
        return 0.0
    return sum(ring_area(part[0]) - sum(map(ring_area, part[1:])) for part in shape.parts)


def _planar_area(ring: Path) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))) / 2


def _spherical_area(ring: Path) -> float:
    """From the spherical excess of the triangles that each edge makes with a pole."""
    excess = turned = 0.0
    for (x1, y1), (x2, y2) in pairwise(ring):
        turn = math.remainder(math.radians(x2 - x1), math.tau)
        tan1, tan2 = math.tan(math.radians(y1) / 2), math.tan(math.radians(y2) / 2)
        excess += 2 * math.atan2(math.tan(turn / 2) * (tan1 + tan2), 1 + tan1 * tan2)
        turned += turn
    if abs(turned) > math.pi:  # goes around a pole
        excess = abs(excess) - math.tau
    return abs(excess) * EARTH_RADIUS_M**2
