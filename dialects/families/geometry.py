"""Geometries: BYTES in Pinot's own layout. What needs H3 cells is not here: no pure library serves them."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BYTES, DOUBLE, INT, LONG, STRING, array_of
from dialects.conversions import Typed, convert
from dialects.function_entry import Context, Function, scalar, special

_GEOGRAPHY = "'\\x80'::BLOB"
_GEOMETRY = "'\\x00'::BLOB"

POINT_TYPE = "the point is written as Pinot does: one byte (its first bit says geography), then x and y, big-endian"


def _point(arguments: Sequence[Typed], _: Context) -> Typed:
    x, y = (_big_endian(convert(value, DOUBLE)) for value in arguments[:2])
    kind = _GEOMETRY
    if len(arguments) == 3:
        kind = f"CASE WHEN {convert(arguments[2], LONG)} <> 0 THEN {_GEOGRAPHY} ELSE {_GEOMETRY} END"
    return Typed(f"(({kind}) || {x} || {y})", BYTES)


def _big_endian(number: str) -> str:
    return f"CAST(CAST({number} AS BIT) AS BLOB)"


def _made(name: str, parameter: str, function: str, sphere: bool, doc: str) -> Function:
    return scalar(name, parameter, BYTES, f"pinot_geo_{function}({{0}}, {'TRUE' if sphere else 'FALSE'})", doc)


def _of_one(name: str, function: str, result: str, doc: str) -> Function:
    return scalar(name, "y", result, f"pinot_geo_{function}({{0}})", doc)


def _union(arguments: Sequence[Typed], context: Context) -> Typed:
    values = convert(arguments[0], BYTES)
    return Typed(f"pinot_geo_union(list(DISTINCT {values}){context.where})", BYTES)


_HELD = "1 or 0; polygons hold points, lines and polygons, points hold equal points"

GEOMETRY: tuple[Function, ...] = (
    special("stpoint", 2, 3, _point, POINT_TYPE),
    scalar("stpolygon", "s", BYTES, "pinot_geo_polygon({0})", "of the text of a POLYGON"),
    _made("stgeomfromtext", "s", "from_text", False, "of well-known text"),
    _made("stgeogfromtext", "s", "from_text", True, "of well-known text, degrees on a sphere"),
    _made("stgeomfromwkb", "y", "from_binary", False, "of well-known binary"),
    _made("stgeogfromwkb", "y", "from_binary", True, "of well-known binary, degrees on a sphere"),
    _made("stgeomfromgeojson", "s", "from_json", False, "of GeoJSON"),
    _made("stgeogfromgeojson", "s", "from_json", True, "of GeoJSON, degrees on a sphere"),
    _made("tosphericalgeography", "y", "marked", True, "the same shape, degrees on a sphere"),
    _made("togeometry", "y", "marked", False, "the same shape on the plane"),
    _of_one("stastext", "to_text", STRING, "well-known text"),
    _of_one("stasbinary", "to_binary", BYTES, "well-known binary, big-endian"),
    _of_one("stasgeojson", "to_json", STRING, "GeoJSON"),
    _of_one("stgeometrytype", "kind", STRING, "Point, LineString, Polygon, MultiPoint, ..."),
    _of_one("starea", "area", DOUBLE, "square units on the plane, square metres on the sphere"),
    scalar(
        "stdistance",
        "yy",
        DOUBLE,
        "pinot_geo_distance({0}, {1})",
        "units on the plane; on the sphere metres between two points",
    ),
    Function(
        "stunion",
        1,
        1,
        _union,
        "all points of a group; lines and polygons only if equal",
        aggregate=True,
        nullable=True,
    ),
    scalar("stcontains", "yy", INT, "pinot_geo_contains({0}, {1})", _HELD),
    scalar("stwithin", "yy", INT, "pinot_geo_contains({1}, {0})", "stContains the other way round"),
    scalar(
        "stequals", "yy", INT, "pinot_geo_equals({0}, {1})", "1 or 0; the same points in any direction of its rings"
    ),
    scalar("encodegeohash", "ddl", STRING, "pinot_geohash({0}, {1}, {2})", "latitude, longitude, 1 to 12 characters"),
    scalar("decodegeohash", "s", array_of(DOUBLE), "pinot_geohash_middle({0})", "latitude and longitude of the middle"),
    scalar(
        "decodegeohashlatitude",
        "s",
        DOUBLE,
        "pinot_geohash_middle({0})[1]",
        "of the middle",
        aliases=("decodegeohashlat",),
    ),
    scalar(
        "decodegeohashlongitude",
        "s",
        DOUBLE,
        "pinot_geohash_middle({0})[2]",
        "of the middle",
        aliases=("decodegeohashlon",),
    ),
)
