"""What a name in an expression stands for: a column of a schema, an alias, or a path inside a JSON column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dialects.column_types import INT, LONG, STRING, TIMESTAMP, ColumnType
from dialects.faults import ColumnFault
from dialects.tree import Call, Column, Literal, Node, Query, string

# Columns that every row of a relation has beside the schema's: where it came from (P28).
VIRTUAL_COLUMNS = {
    "$partition": ColumnType(INT),
    "$offset": ColumnType(LONG),
    "$timestamp": ColumnType(TIMESTAMP),
    "$ordinal": ColumnType(INT),
    "$segmentName": ColumnType(STRING),
}


class Resolver(Protocol):
    """Turns the parts of a possibly dotted name into a node. Raises ColumnFault."""

    def resolve(self, parts: list[str]) -> Node: ...


@dataclass(slots=True)
class Names:
    """Schema columns in any case, qualified by the table or not, and aliases, which come first."""

    schema: Mapping[str, ColumnType]
    virtual: Mapping[str, ColumnType] = field(default_factory=dict)
    qualifiers: frozenset[str] = frozenset()
    aliases: Mapping[str, Node] = field(default_factory=dict)
    _spelling: dict[str, str] | None = None

    def with_aliases(self, aliases: Mapping[str, Node]) -> Names:
        return Names(self.schema, self.virtual, self.qualifiers, aliases, self._spelling)

    def resolve(self, parts: list[str]) -> Node:
        dotted = ".".join(parts)
        if dotted in self.aliases:
            return self.aliases[dotted]
        name = self._column(dotted)
        if name is None and len(parts) > 1 and ".".join(parts[:-1]).lower() in self.qualifiers:
            name = self._column(parts[-1])
        if name is None:
            raise ColumnFault(dotted)
        return Column(name, self.schema[name] if name in self.schema else self.virtual[name])

    def _column(self, name: str) -> str | None:
        if name in self.schema or name in self.virtual:
            return name
        if self._spelling is None:
            self._spelling = {known.lower(): known for known in (*self.virtual, *self.schema)}
        return self._spelling.get(name.lower())


@dataclass(frozen=True, slots=True)
class JsonPaths:
    """Inside JSON_MATCH every name is a path: `"$.a.b"` is one text, `"$.arr[*]"` all texts it reaches."""

    column: Node

    def resolve(self, parts: list[str]) -> Node:
        path = ".".join(parts)
        rooted = path if path.startswith("$") else f"$.{path}"
        return Call("jsonpatharray" if "[*]" in rooted else "jsonpathstring", (self.column, string(rooted)))


@dataclass(frozen=True, slots=True)
class ElementOf:
    """Inside FILTERMV the one name is `v`: an element of the column, printed as the lambda's `e`."""

    data_type: str

    def resolve(self, parts: list[str]) -> Node:
        if [part.lower() for part in parts] != ["v"]:
            raise ColumnFault(".".join(parts))
        return Query("e", self.data_type)


def over_paths(node: Node) -> Node:
    """A condition over paths: compared with numbers as numbers, and IS NULL asks whether the path is there."""
    match node:
        case Call("is_null", (Call("jsonpathstring" | "jsonpatharray", path),)):
            return Call("not", (Call("jsonpathexists", path),))
        case Call("is_not_null", (Call("jsonpathstring" | "jsonpatharray", path),)):
            return Call("jsonpathexists", path)
        case Call(function, (Call("jsonpathstring", path), Literal(int() | float()), *_)):
            return Call(function, (Call("jsonpathdouble", path), *node.arguments[1:]))
        case Call("and" | "or" | "not" as connective, parts):
            return Call(connective, tuple(map(over_paths, parts)))
        case _:
            return node
