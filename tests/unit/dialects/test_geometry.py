"""Geometries: text, binary and GeoJSON of every kind, measures, and how two lie to each other."""

import pytest

VALUES = [
    ("ST_POINT(1, 2)", "BYTES", b"\x00?\xf0\x00\x00\x00\x00\x00\x00@\x00\x00\x00\x00\x00\x00\x00"),
    ("ST_AsText(ST_POINT(1, 2.5))", "STRING", "POINT (1 2.5)"),
    ("ST_AsText(toSphericalGeography(ST_POINT(1, 2)))", "STRING", "POINT (1 2)"),
    ("ST_GeomFromText('POINT (1 2)')", "BYTES", b"\x00?\xf0\x00\x00\x00\x00\x00\x00@\x00\x00\x00\x00\x00\x00\x00"),
    (
        "ST_AsText(ST_GeomFromText('polygon((0 0,4 0,4 4,0 4,0 0),(1 1,1 2,2 2,2 1,1 1))'))",
        "STRING",
        "POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))",
    ),
    ("ST_AsText(ST_GeomFromText('MULTIPOINT ((1 2), (3 4))'))", "STRING", "MULTIPOINT ((1 2), (3 4))"),
    ("ST_AsText(ST_GeomFromText('MULTIPOINT (1 2, 3 4)'))", "STRING", "MULTIPOINT ((1 2), (3 4))"),
    ("ST_AsText(ST_GeomFromText('LINESTRING (1 2, 3 4)'))", "STRING", "LINESTRING (1 2, 3 4)"),
    (
        "ST_AsText(ST_GeomFromText('MULTILINESTRING ((1 2, 3 4), (5 6, 7 8))'))",
        "STRING",
        "MULTILINESTRING ((1 2, 3 4), (5 6, 7 8))",
    ),
    (
        "ST_AsText(ST_GeomFromText('MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)), ((5 5, 5 6, 6 6, 5 5)))'))",
        "STRING",
        "MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)), ((5 5, 5 6, 6 6, 5 5)))",
    ),
    ("ST_AsText(ST_GeomFromText('POINT EMPTY'))", "STRING", "POINT EMPTY"),
    ("ST_AsText(ST_GeomFromText('POLYGON EMPTY'))", "STRING", "POLYGON EMPTY"),
    (
        "ST_AsBinary(ST_POINT(1, 2))",
        "BYTES",
        b"\x00\x00\x00\x00\x01?\xf0\x00\x00\x00\x00\x00\x00@\x00\x00\x00\x00\x00\x00\x00",
    ),
    (
        "ST_AsText(ST_GeomFromWKB(ST_AsBinary(ST_GeomFromText('POLYGON ((0 0, 0 1, 1 1, 0 0))'))))",
        "STRING",
        "POLYGON ((0 0, 0 1, 1 1, 0 0))",
    ),
    (
        "ST_AsText(ST_GeogFromWKB(ST_AsBinary(ST_GeomFromText('MULTIPOINT (1 2, 3 4)'))))",
        "STRING",
        "MULTIPOINT ((1 2), (3 4))",
    ),
    (
        "ST_AsText(ST_GeomFromWKB(ST_AsBinary(ST_GeomFromText('LINESTRING (1 2, 3 4)'))))",
        "STRING",
        "LINESTRING (1 2, 3 4)",
    ),
    ("ST_AsGeoJSON(ST_POINT(1, 2))", "STRING", '{"type":"Point","coordinates":[1.0,2.0]}'),
    (
        'ST_AsText(ST_GeomFromGeoJSON(\'{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[0,0]]]}\'))',
        "STRING",
        "POLYGON ((0 0, 0 1, 1 1, 0 0))",
    ),
    ('ST_AsText(ST_GeogFromGeoJSON(\'{"type":"Point","coordinates":[1,2]}\'))', "STRING", "POINT (1 2)"),
    (
        "ST_AsGeoJSON(ST_GeomFromText('MULTIPOLYGON (((0 0, 0 1, 1 1, 0 0)))'))",
        "STRING",
        '{"type":"MultiPolygon","coordinates":[[[[0.0,0.0],[0.0,1.0],[1.0,1.0],[0.0,0.0]]]]}',
    ),
    ("ST_GeometryType(ST_GeomFromText('LINESTRING (1 2, 3 4)'))", "STRING", "LineString"),
    ("ST_Area(ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 2 1, 1 1))'))", "DOUBLE", 15.0),
    (
        "ST_Area(ST_GeogFromText('POLYGON ((-122.5 37.7, -122.4 37.7, -122.4 37.8, -122.5 37.8, -122.5 37.7))'))",
        "DOUBLE",
        pytest.approx(97763614.97265807),
    ),
    ("ST_Area(ST_POINT(1, 2))", "DOUBLE", 0.0),
    (
        "ST_Area(ST_GeogFromText('POLYGON ((0 80, 90 80, 180 80, -90 80, 0 80))'))",
        "DOUBLE",
        pytest.approx(2485430616789.9307),
    ),
    ("ST_Distance(ST_POINT(0, 0), ST_POINT(3, 4))", "DOUBLE", 5.0),
    ("ST_Distance(ST_POINT(-122, 37, 1), ST_POINT(-121, 37, 1))", "DOUBLE", pytest.approx(88803.94810730832)),
    ("ST_Distance(ST_POINT(0, 5), ST_GeomFromText('LINESTRING (-1 0, 1 0)'))", "DOUBLE", 5.0),
    ("ST_Distance(ST_POINT(2, 2), ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'))", "DOUBLE", 0.0),
    ("ST_Distance(ST_GeomFromText('LINESTRING (0 0, 4 4)'), ST_GeomFromText('LINESTRING (0 4, 4 0)'))", "DOUBLE", 0.0),
    ("ST_Contains(ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'), ST_POINT(2, 2))", "INT", 1),
    ("ST_Contains(ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'), ST_POINT(0, 2))", "INT", 0),
    (
        "ST_Contains(ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 3, 3 3, 3 1, 1 1))'), ST_POINT(2, 2))",
        "INT",
        0,
    ),
    (
        "ST_Contains(ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'), ST_GeomFromText('POLYGON ((1 1, 2 1, 2 2, 1 1))'))",
        "INT",
        1,
    ),
    (
        "ST_Contains(ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'), ST_GeomFromText('POLYGON ((1 1, 9 1, 2 2, 1 1))'))",
        "INT",
        0,
    ),
    (
        "ST_Contains(ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'), ST_GeomFromText('LINESTRING (0 0, 4 0)'))",
        "INT",
        0,
    ),
    (
        "ST_Contains(ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'), ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'))",
        "INT",
        1,
    ),
    ("ST_Within(ST_POINT(2, 2), ST_GeomFromText('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'))", "INT", 1),
    ("ST_Within(ST_POINT(5, 2), ST_Polygon('POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))'))", "INT", 0),
    ("ST_Equals(ST_POINT(1, 2), ST_GeomFromText('POINT (1 2)'))", "INT", 1),
    (
        "ST_Equals(ST_GeomFromText('POLYGON ((0 0, 0 1, 1 1, 0 0))'), ST_GeomFromText('POLYGON ((1 1, 0 1, 0 0, 1 1))'))",
        "INT",
        1,
    ),
    ("encodeGeoHash(57.64911, 10.40744, 11)", "STRING", "u4pruydqqvj"),
    ("decodeGeoHash('ezs42')", "DOUBLE_ARRAY", [42.60498046875, -5.60302734375]),
    ("decodeGeoHashLatitude('ezs42')", "DOUBLE", 42.60498046875),
    ("decodeGeoHashLon('ezs42')", "DOUBLE", -5.60302734375),
    ("ST_Contains(ST_POINT(1, 1), ST_GeomFromText('LINESTRING (1 2, 3 4)'))", "INT", 0),
]


@pytest.mark.parametrize(("expression", "data_type", "expected"), VALUES)
def test_geometry_functions(ask, expression: str, data_type: str, expected: object) -> None:
    answer = ask(f"SELECT {expression} FROM t LIMIT 1")

    assert answer.types == [data_type]
    assert answer.rows == [(expected,)]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("ST_GeomFromText('POINT (1')", "two numbers, a comma or a bracket at '1'"),
        ("ST_GeomFromText('POINT (1 2) x')", "a bracket at ' x'"),
        ("ST_GeomFromText('POLYGON ((((')", "not the text of a POLYGON"),
        ("ST_GeomFromText('nonsense')", "not the text of a geometry: 'nonsense', for example POINT"),
        ("ST_GeomFromText('')", "not the text of a geometry"),
        ("ST_GeomFromText('POLYGON ((0 0, 1 1))')", "a polygon's ring needs four points or more"),
        ("ST_GeomFromText('LINESTRING (0 0)')", "a line needs two points or more"),
        ("ST_Polygon('POINT (1 2)')", "takes the text of a POLYGON, found a POINT"),
        ("ST_AsText(raw)", "not a geometry: abcd, make one with ST_Point or ST_GeomFromText"),
        ("ST_AsText('')", "not a geometry: no bytes"),
        ("ST_AsText('0400')", "not a whole geometry"),
        ("ST_AsText('047fffffff7fffffff')", "not a whole geometry"),
        ("ST_GeomFromWKB(raw)", "not well-known binary of a geometry: abcd"),
        ("ST_GeomFromWKB('0000000006ffffffff')", "not well-known binary"),
        ("ST_GeomFromGeoJSON('nope')", "not GeoJSON of a geometry: 'nope'"),
        ('ST_GeomFromGeoJSON(\'{"type":"Point","coordinates":[1]}\')', "not GeoJSON of a geometry"),
        ("ST_Distance(ST_POINT(0, 0, 1), ST_POINT(3, 4))", "both must be the same"),
        ("ST_Distance(ST_POINT(0, 95, 1), ST_POINT(3, 4, 1))", "latitudes -90 to 90"),
        ("ST_Contains(ST_GeomFromText('LINESTRING (1 2, 3 4)'), ST_POINT(1, 1))", "not a LineString"),
        ("encodeGeoHash(1, 1, 13)", "a geohash has 1 to 12 characters, found 13"),
        ("decodeGeoHash('aaa')", "not a geohash: 'aaa'"),
    ],
)
def test_what_is_no_geometry_is_named(ask, expression: str, message: str) -> None:
    with pytest.raises(Exception, match=message.replace("(", "\\(")):
        ask(f"SELECT {expression} FROM t")


def test_rows_are_found_in_a_polygon(ask) -> None:
    square = "ST_GeomFromText('POLYGON ((90 0, 110 0, 110 2, 90 2, 90 0))')"

    assert ask(f"SELECT Distance FROM t WHERE ST_Contains({square}, ST_Point(Distance, 1)) = 1").rows == [(100,)]
