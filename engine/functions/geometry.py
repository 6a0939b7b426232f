"""ST_ functions over columns of Pinot's geometry bytes, and geohashes."""

from __future__ import annotations

from collections.abc import Callable

from engine.functions.entry import ArrowFunction, by_row
from engine.functions.shape_relations import area, contains, distance, equals
from engine.functions.shape_texts import from_binary, from_json, from_text, to_binary, to_json, to_text
from engine.functions.shapes import Shape, read, written

_GEOHASH_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"
_GEOHASH_CHARS_MAX = 12


def _polygon(text: str) -> bytes:
    shape = from_text(text, False)
    if shape.kind != "Polygon":
        raise ValueError(f"ST_Polygon takes the text of a POLYGON, found a {shape.kind.upper()}")
    return written(shape)


def _marked(octets: bytes, geography: bool) -> bytes:
    """The same shape on the sphere or on the plane."""
    shape = read(octets)
    return written(Shape(shape.kind, shape.parts, geography))


def _of_two(relation: Callable[[Shape, Shape], bool]) -> Callable[[bytes, bytes], int]:
    return lambda left, right: int(relation(read(left), read(right)))


def geohash(latitude: float, longitude: float, length: int) -> str:
    if not 1 <= length <= _GEOHASH_CHARS_MAX:
        raise ValueError(f"a geohash has 1 to {_GEOHASH_CHARS_MAX} characters, found {length}")
    ranges, value = [[-180.0, 180.0], [-90.0, 90.0]], 0
    for bit in range(length * 5):
        limits, wanted = ranges[bit % 2], (longitude, latitude)[bit % 2]
        middle = sum(limits) / 2
        limits[wanted < middle] = middle
        value = value * 2 + (wanted >= middle)
    return "".join(_GEOHASH_DIGITS[value >> 5 * place & 31] for place in reversed(range(length)))


def from_geohash(text: str) -> list[float]:
    """Latitude and longitude of the middle. Raises ValueError."""
    ranges = [[-180.0, 180.0], [-90.0, 90.0]]
    if not text or any(character not in _GEOHASH_DIGITS for character in text):
        raise ValueError(f"not a geohash: '{text[:60]}'")
    bits = "".join(f"{_GEOHASH_DIGITS.index(character):05b}" for character in text)
    for place, bit in enumerate(bits):
        limits = ranges[place % 2]
        limits[bit == "0"] = sum(limits) / 2
    longitude, latitude = (sum(limits) / 2 for limits in ranges)
    return [latitude, longitude]


GEOMETRY: tuple[ArrowFunction, ...] = (
    by_row("geo_from_text", "VARCHAR BOOLEAN", "BLOB", lambda text, sphere: written(from_text(text, sphere))),
    by_row("geo_from_binary", "BLOB BOOLEAN", "BLOB", lambda octets, sphere: written(from_binary(octets, sphere))),
    by_row("geo_from_json", "VARCHAR BOOLEAN", "BLOB", lambda text, sphere: written(from_json(text, sphere))),
    by_row("geo_polygon", "VARCHAR", "BLOB", _polygon),
    by_row("geo_marked", "BLOB BOOLEAN", "BLOB", _marked),
    by_row("geo_to_text", "BLOB", "VARCHAR", lambda octets: to_text(read(octets))),
    by_row("geo_to_binary", "BLOB", "BLOB", lambda octets: to_binary(read(octets))),
    by_row("geo_to_json", "BLOB", "VARCHAR", lambda octets: to_json(read(octets))),
    by_row("geo_kind", "BLOB", "VARCHAR", lambda octets: read(octets).kind),
    by_row("geo_area", "BLOB", "DOUBLE", lambda octets: area(read(octets))),
    by_row("geo_distance", "BLOB BLOB", "DOUBLE", lambda left, right: distance(read(left), read(right))),
    by_row("geo_contains", "BLOB BLOB", "INTEGER", _of_two(contains)),
    by_row("geo_equals", "BLOB BLOB", "INTEGER", _of_two(equals)),
    by_row("geohash", "DOUBLE DOUBLE BIGINT", "VARCHAR", geohash),
    by_row("geohash_middle", "VARCHAR", "DOUBLE[]", from_geohash),
)
