"""Geometries as well-known text, well-known binary and GeoJSON."""

from __future__ import annotations

import json
import re
import struct
from typing import Any

from engine.functions.shapes import KINDS, Part, Path, Point, Shape, checked

CHARS_MAX = 4 * 1024 * 1024
_SHOWN_MAX = 60
_HEAD = re.compile(r"\s*(?:SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON)\s*", re.IGNORECASE)
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"\s*(?:([(),])|({_NUMBER})\s+({_NUMBER}))")
_NAMES = {"POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon"}
_LEVELS = {"Point": 1, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""Brackets around a shape's coordinates; a point of a MULTIPOINT may have its own."""
_WKB_TYPES = {1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}
_WKB_DEPTH_MAX = 2


def from_text(text: str, geography: bool) -> Shape:
    """Raises ValueError where it stops being well-known text."""
    head = _HEAD.match(text[: _SHOWN_MAX + CHARS_MAX])
    if head is None or len(text) > CHARS_MAX:
        raise ValueError(f"not the text of a geometry: '{text[:_SHOWN_MAX]}', for example POINT (1 2)")
    kind = ("Multi" if head[1] else "") + _NAMES[head[2].upper()]
    rest = text[head.end() :].strip()
    if rest.upper() == "EMPTY":
        return Shape(kind, (), geography)
    return checked(Shape(kind, _nested(kind, _Brackets(rest, kind).read()), geography))


class _Brackets:
    """Reads `((1 2, 3 4), ...)` into lists."""

    def __init__(self, text: str, kind: str) -> None:
        self._text, self._at, self._kind = text, 0, kind

    def read(self) -> Any:
        found = self._list(_LEVELS[self._kind])
        if self._text[self._at :].strip():
            raise self._wrong()
        return found

    def _list(self, level: int) -> list[Any]:
        if self._next()[1] != "(":
            raise self._wrong()
        items: list[Any] = []
        while True:
            items.append(self._list(level - 1) if level > 1 else self._point())
            token = self._next()
            if token[1] == ")":
                return items
            if token[1] != ",":
                raise self._wrong()

    def _point(self) -> Point:
        token = self._next()
        bracketed = token[1] == "(" and self._kind == "MultiPoint"
        if bracketed:
            token = self._next()
        if token[2] is None or (bracketed and self._next()[1] != ")"):
            raise self._wrong()
        return float(token[2]), float(token[3])

    def _next(self) -> re.Match[str]:
        token = _TOKEN.match(self._text, self._at)
        if token is None:
            raise self._wrong()
        self._at = token.end()
        return token

    def _wrong(self) -> ValueError:
        place = self._text[self._at : self._at + _SHOWN_MAX]
        return ValueError(f"not the text of a {self._kind.upper()}: two numbers, a comma or a bracket at '{place}'")


def _nested(kind: str, coordinates: Any) -> tuple[Part, ...]:
    """Parts of a shape from its list of coordinates, nested as the kind says."""
    match kind:
        case "Point" | "LineString":
            return ((tuple(coordinates),),)
        case "MultiPoint":
            return tuple(((point,),) for point in coordinates)
        case "MultiLineString":
            return tuple((tuple(path),) for path in coordinates)
        case "Polygon":
            return (tuple(map(tuple, coordinates)),)
        case _:
            return tuple(tuple(map(tuple, part)) for part in coordinates)


def to_text(shape: Shape) -> str:
    if not shape.parts:
        return f"{shape.kind.upper()} EMPTY"
    match shape.kind:
        case "Point" | "LineString" | "MultiLineString":
            paths = ", ".join(_path_text(path) for path in shape.paths)
            body = f"({paths})" if shape.kind.startswith("Multi") else paths
        case "MultiPoint":
            body = f"({', '.join(_path_text(path) for path in shape.paths)})"
        case "Polygon":
            body = _part_text(shape.parts[0])
        case _:
            body = f"({', '.join(map(_part_text, shape.parts))})"
    return f"{shape.kind.upper()} {body}"


def _part_text(part: Part) -> str:
    return f"({', '.join(map(_path_text, part))})"


def _path_text(path: Path) -> str:
    return f"({', '.join(f'{_number(x)} {_number(y)}' for x, y in path)})"


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def from_binary(octets: bytes, geography: bool) -> Shape:
    """Well-known binary of either byte order. Raises ValueError."""
    try:
        shape, end = _read_binary(octets, 0, 0)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"not well-known binary of a geometry: {octets[:20].hex()}") from error
    if end != len(octets):
        raise ValueError(f"{len(octets) - end} bytes follow the well-known binary of a geometry")
    return checked(Shape(shape.kind, shape.parts, geography))


def _read_binary(octets: bytes, at: int, depth: int) -> tuple[Shape, int]:
    order = "<" if octets[at] else ">"
    (number,) = struct.unpack_from(order + "I", octets, at + 1)
    kind = _WKB_TYPES[number]
    if depth > _WKB_DEPTH_MAX:
        raise KeyError(kind)
    at += 5
    if kind == "Point":
        return Shape(kind, (((struct.unpack_from(order + "dd", octets, at),),),)), at + 16
    (count,) = struct.unpack_from(order + "I", octets, at)
    at += 4
    parts: list[Part] = []
    if kind.startswith("Multi"):
        for _ in range(count):
            inner, at = _read_binary(octets, at, depth + 1)
            parts.extend(inner.parts)
        return Shape(kind, tuple(parts)), at
    paths: list[Path] = []
    for _ in range(count if kind == "Polygon" else 1):
        size = count
        if kind == "Polygon":
            (size,) = struct.unpack_from(order + "I", octets, at)
            at += 4
        numbers = struct.unpack_from(f"{order}{min(size, len(octets)) * 2}d", octets, at)
        paths.append(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
        at += size * 16
    return Shape(kind, (tuple(paths),)), at


def to_binary(shape: Shape) -> bytes:
    """Big-endian well-known binary."""
    number = next(number for number, kind in _WKB_TYPES.items() if kind == shape.kind)
    head = struct.pack(">BI", 0, number)
    if shape.kind.startswith("Multi"):
        inner = shape.kind.removeprefix("Multi")
        return head + struct.pack(">I", len(shape.parts)) + b"".join(to_binary(Shape(inner, (p,))) for p in shape.parts)
    if shape.kind == "Point":
        return head + struct.pack(">dd", *next(shape.points, (float("nan"),) * 2))
    paths = list(shape.paths)
    body = b"".join(_path_binary(path) for path in paths)
    return head + (struct.pack(">I", len(paths)) if shape.is_areal else b"" if paths else struct.pack(">I", 0)) + body


def _path_binary(path: Path) -> bytes:
    return struct.pack(">I", len(path)) + b"".join(struct.pack(">dd", *point) for point in path)


def from_json(text: str, geography: bool) -> Shape:
    """GeoJSON's geometry object. Raises ValueError."""
    try:
        found = json.loads(text[: CHARS_MAX + 1])
        kind, coordinates = found["type"], found["coordinates"]
        if kind not in KINDS:
            raise KeyError(kind)
        pairs = _pairs(coordinates, 0 if kind == "Point" else _LEVELS[kind])
        return checked(Shape(kind, _nested(kind, [pairs] if kind == "Point" else pairs), geography))
    except (KeyError, TypeError, IndexError, RecursionError, json.JSONDecodeError) as error:
        raise ValueError(f"not GeoJSON of a geometry: '{text[:_SHOWN_MAX]}'") from error


def _pairs(coordinates: Any, level: int) -> Any:
    if not level:
        return float(coordinates[0]), float(coordinates[1])
    return [_pairs(one, level - 1) for one in coordinates]


def to_json(shape: Shape) -> str:
    parts: list[Any] = [[[list(point) for point in path] for path in part] for part in shape.parts]
    match shape.kind:
        case "Point":
            coordinates = parts[0][0][0] if parts else []
        case "LineString":
            coordinates = parts[0][0] if parts else []
        case "MultiPoint":
            coordinates = [part[0][0] for part in parts]
        case "MultiLineString":
            coordinates = [part[0] for part in parts]
        case "Polygon":
            coordinates = parts[0] if parts else []
        case _:
            coordinates = parts
    return json.dumps({"type": shape.kind, "coordinates": coordinates}, separators=(",", ":"))
