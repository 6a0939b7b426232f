"""Pinot's type words, how they widen, and the DuckDB types that hold them."""

from dataclasses import dataclass

INT = "INT"
LONG = "LONG"
FLOAT = "FLOAT"
DOUBLE = "DOUBLE"
BIG_DECIMAL = "BIG_DECIMAL"
BOOLEAN = "BOOLEAN"
TIMESTAMP = "TIMESTAMP"
STRING = "STRING"
JSON = "JSON"
BYTES = "BYTES"
UUID = "UUID"
MAP = "MAP"
UNKNOWN = "UNKNOWN"
OBJECT = "OBJECT"
"""Only of result columns: a value whose type Pinot does not know before it is there."""

# BIG_DECIMAL travels as plain decimal text; it is compared and added with this precision (29 whole digits).
DECIMAL_DUCKDB = "DECIMAL(38, 9)"

_DUCKDB = {
    INT: "INTEGER",
    LONG: "BIGINT",
    FLOAT: "FLOAT",
    DOUBLE: "DOUBLE",
    BIG_DECIMAL: "VARCHAR",
    BOOLEAN: "BOOLEAN",
    TIMESTAMP: "TIMESTAMP",
    STRING: "VARCHAR",
    JSON: "VARCHAR",
    BYTES: "BLOB",
    UUID: "VARCHAR",
    MAP: "VARCHAR",
    UNKNOWN: "VARCHAR",
}
_RANK = {INT: 0, LONG: 1, FLOAT: 2, DOUBLE: 3, BIG_DECIMAL: 4}
_ARRAY_SUFFIX = "_ARRAY"
TEXTUAL = frozenset({STRING, JSON, UUID, MAP})


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A schema column: `data_type` in Pinot's words (the element's type when `multi_value`)."""

    data_type: str
    multi_value: bool = False

    @property
    def word(self) -> str:
        """The word that an answer's `columnDataTypes` shows."""
        return array_of(self.data_type) if self.multi_value else self.data_type


def array_of(data_type: str) -> str:
    return data_type + _ARRAY_SUFFIX


def is_array(data_type: str) -> bool:
    return data_type.endswith(_ARRAY_SUFFIX)


def element_of(data_type: str) -> str:
    return data_type.removesuffix(_ARRAY_SUFFIX)


def is_numeric(data_type: str) -> bool:
    return data_type in _RANK


def is_integral(data_type: str) -> bool:
    return data_type in (INT, LONG)


def duckdb_type(data_type: str) -> str:
    """The DuckDB type that holds values of a Pinot type."""
    return _DUCKDB[element_of(data_type)] + ("[]" if is_array(data_type) else "")


def widest(data_types: list[str]) -> str | None:
    """The type that holds values of all these types, None where Pinot knows none (text beside numbers)."""
    known = [t for t in data_types if t != UNKNOWN]
    if not known:
        return UNKNOWN
    if all(t == known[0] for t in known):
        return known[0]
    if all(t in _RANK for t in known):
        return max(known, key=_RANK.__getitem__)
    if all(t in TEXTUAL for t in known):
        return STRING
    return LONG if all(t in (INT, LONG, TIMESTAMP) for t in known) else None
