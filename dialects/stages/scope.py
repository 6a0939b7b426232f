"""What names mean in one SELECT: the columns of its sources, then those of the SELECTs around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dialects.faults import ColumnFault, StageFault
from dialects.function_entry import null_flag_name
from dialects.tree import Call, Column, Node


@dataclass(slots=True, eq=False)
class Source:
    """One entry of a FROM. `render` prints it with the columns that turned out to be used."""

    qualifiers: frozenset[str]
    """Lower-case names that may stand before its columns."""
    columns: Mapping[str, Column]
    """By the name that a user writes, in order."""
    render: Callable[[frozenset[str]], str]
    hidden: Mapping[str, Column] = field(default_factory=dict)
    """Columns that can be named but are not part of `*`."""
    leaf: bool = False
    """Whether its rows are a table's, each as it is or computed from."""
    used: set[str] = field(default_factory=set)
    """The unique names that the statement reads."""

    def find(self, name: str) -> Column | None:
        """The column of that name, in any case, taken note of."""
        column = self.columns.get(name) or self.hidden.get(name) or self._any_case(name)
        if column is not None:
            self.used.add(column.name)
        return column

    def sql(self) -> str:
        return self.render(frozenset(self.used))

    def null_flag(self, column: Column) -> Column | None:
        """The column that says where a stored value is null, if the table remembers and the query sees defaults."""
        stored = next((known for known in self.columns.values() if known == column), None)
        return None if stored is None else self.find(null_flag_name(stored.name.partition(".")[2]))

    def _any_case(self, name: str) -> Column | None:
        wanted = name.lower()
        every = (*self.columns.items(), *self.hidden.items())
        return next((column for known, column in every if known.lower() == wanted), None)


@dataclass(slots=True)
class Scope:
    """A `Resolver` over sources. `merged` are columns of USING and NATURAL: one name for both sides."""

    sources: list[Source] = field(default_factory=list)
    outer: Scope | None = None
    merged: dict[str, Node] = field(default_factory=dict)
    aliases: Mapping[str, Node] = field(default_factory=dict)

    def with_aliases(self, aliases: Mapping[str, Node]) -> Scope:
        return Scope(self.sources, self.outer, self.merged, aliases)

    def resolve(self, parts: list[str]) -> Node:
        """Raises StageFault (700) or, without a qualifier, ColumnFault (710) for a name that no source has."""
        dotted = ".".join(parts)
        if dotted in self.aliases:
            return self.aliases[dotted]
        node = self._own(parts)
        if node is None and self.outer is not None:
            return self.outer.resolve(parts)
        if node is None and len(parts) == 1:
            raise ColumnFault(dotted)
        if node is None:
            raise StageFault(f"Column '{dotted}' not found in any table")
        return node

    @property
    def is_leaf(self) -> bool:
        """Whether the SELECT reads one table and nothing else: Pinot then leaves it to the single-stage engine."""
        return len(self.sources) == 1 and self.sources[0].leaf

    def null_flag(self, column: Column) -> Column | None:
        found = (flag for source in self.sources if (flag := source.null_flag(column)) is not None)
        outer = self.outer.null_flag(column) if self.outer is not None else None
        return next(found, outer)

    def star(self, qualifier: str) -> Iterator[tuple[str, Node]]:
        """The columns of `*`, or of `qualifier.*`: their names and nodes. Raises StageFault."""
        sources = [one for one in self.sources if not qualifier or qualifier.lower() in one.qualifiers]
        if not sources:
            raise StageFault(f"Table '{qualifier}' not found" if qualifier else "SELECT * needs a table")
        if not qualifier:
            for name, node in self.merged.items():
                self._note(node)
                yield name, node
        for source in sources:
            for name, column in source.columns.items():
                if qualifier or name not in self.merged:
                    source.used.add(column.name)
                    yield name, column

    def _own(self, parts: list[str]) -> Node | None:
        dotted = ".".join(parts)
        if (merged := self.merged.get(dotted)) is not None:
            self._note(merged)
            return merged
        found = [column for source in self.sources if (column := source.find(dotted)) is not None]
        if not found and len(parts) > 1:
            qualifier = ".".join(parts[:-1]).lower()
            named = (source for source in self.sources if qualifier in source.qualifiers)
            found = [column for source in named if (column := source.find(parts[-1])) is not None]
        if len(found) > 1:
            raise StageFault(f"Column '{dotted}' is ambiguous: put the table's name before it")
        return found[0] if found else None

    def _note(self, node: Node) -> None:
        for column in node.arguments if isinstance(node, Call) else (node,):
            for source in self.sources:
                if isinstance(column, Column) and column in (*source.columns.values(), *source.hidden.values()):
                    source.used.add(column.name)
