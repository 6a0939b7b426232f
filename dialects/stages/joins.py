"""FROM and its joins: read into a scope first, printed when it is known which columns are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from dialects.faults import StageFault, SyntaxFault
from dialects.stages.printing import StagePrinter
from dialects.stages.scope import Scope, Source
from dialects.stages.sources import Relations, Sources
from dialects.tree import Call, Node

_METHODS = frozenset({"", "ASOF", "NATURAL"})
_SIDES = frozenset({"", "LEFT", "RIGHT", "FULL"})
_KINDS = frozenset({"", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"})


@dataclass(frozen=True, slots=True)
class _Joined:
    """A source, the words that join it to those before, and on what."""

    words: str
    source: Source
    condition: Node | None = None


@dataclass(slots=True)
class FromClause:
    """The sources of one SELECT, which `read` puts into `scope`."""

    relations: Relations
    scope: Scope
    nearest: list[Source] = field(default_factory=list)
    """Right sides of ASOF joins: which of their rows count depends on all of them."""
    _joined: list[_Joined] = field(default_factory=list)

    def read(self, tree: exp.Select) -> None:
        """Raises QueryFault."""
        first = tree.args.get("from_")
        if first is None:
            return
        self._joined.append(_Joined("", self._source(first.this)))
        for join in (*(first.this.args.get("joins") or ()), *(tree.args.get("joins") or ())):
            self._join(join)
        for lateral in tree.args.get("laterals") or ():
            self._joined.append(_Joined(" CROSS JOIN ", self._source(lateral)))

    def sql(self, printer: StagePrinter) -> str:
        """`FROM ...` with the columns that are used by now; empty without sources."""
        printed = "".join(_printed(one, printer) for one in self._joined)
        return f" FROM {printed}" if printed else ""

    def _source(self, tree: exp.Expr) -> Source:
        source = Sources(self.relations, self.scope).read(tree)
        self.scope.sources.append(source)
        return source

    def _join(self, join: exp.Expr) -> None:
        method, side, kind = (str(join.args.get(part) or "").upper() for part in ("method", "side", "kind"))
        if method not in _METHODS or side not in _SIDES or kind not in _KINDS:
            raise SyntaxFault(f"Unsupported join: {method} {side} {kind} JOIN".replace("  ", " "))
        before = Scope(list(self.scope.sources), None, dict(self.scope.merged))
        source = self._source(join.this)
        shared = _shared(join, before, source) if method == "NATURAL" else _using(join)
        condition = self._equal(shared, before, source, side) if shared else self._on(join)
        if method == "ASOF":
            self.nearest.append(source)
        if kind in ("SEMI", "ANTI"):
            self.scope.sources.remove(source)
        self._joined.append(_Joined(_words(method, side, kind, condition), source, condition))

    def _on(self, join: exp.Expr) -> Node | None:
        conditions = [join.args[part] for part in ("on", "match_condition") if join.args.get(part) is not None]
        nodes = tuple(self.relations.lowering(self.scope).node(one) for one in conditions)
        return Call("and", nodes) if len(nodes) > 1 else next(iter(nodes), None)

    def _equal(self, names: Sequence[str], before: Scope, right: Source, side: str) -> Node:
        """Equality of the shared columns, which have one name from then on."""
        pairs: list[Node] = []
        for name in names:
            mine, other = before.resolve([name]), right.find(name)
            if other is None:
                raise StageFault(f"Column '{name}' of USING is not in both tables")
            pairs.append(Call("equals", (mine, other)))
            both = Call("coalesce", (mine, other))
            self.scope.merged[name] = other if side == "RIGHT" else both if side == "FULL" else mine
        return Call("and", tuple(pairs)) if len(pairs) > 1 else pairs[0]


def _printed(joined: _Joined, printer: StagePrinter) -> str:
    on = f" ON {printer.condition(joined.condition)}" if joined.condition is not None else ""
    return f"{joined.words}{joined.source.sql()}{on}"


def _using(join: exp.Expr) -> list[str]:
    return [one.name for one in join.args.get("using") or ()]


def _shared(join: exp.Expr, before: Scope, right: Source) -> list[str]:
    """The columns of a NATURAL join. Raises SyntaxFault where a condition is written too."""
    if join.args.get("on") is not None or join.args.get("using"):
        raise SyntaxFault("NATURAL JOIN takes no condition")
    return [name for name in right.columns if any(name in one.columns for one in before.sources)]


def _words(method: str, side: str, kind: str, condition: Node | None) -> str:
    """DuckDB's words for the join. Raises SyntaxFault."""
    if kind == "CROSS" or (condition is None and not side and kind in ("", "INNER") and method != "ASOF"):
        return " CROSS JOIN "
    if condition is None:
        raise SyntaxFault(f"{' '.join(filter(None, (method, side, kind)))} JOIN needs ON or USING")
    named = ("ASOF" if method == "ASOF" else "", "" if kind in ("SEMI", "ANTI") else side, _kind(kind))
    return f" {' '.join(filter(None, named))} JOIN "


def _kind(kind: str) -> str:
    return kind if kind in ("SEMI", "ANTI") else ""
