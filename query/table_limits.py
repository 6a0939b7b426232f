"""What a table config says of queries on the table: `query` and `quota.maxQueriesPerSecond` (contract 1.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog
from pydantic import ValidationError
from sqlglot import exp

from dialects.faults import QueryFault
from dialects.pinot import StageStatement, Statement, parse
from query.faults import Unanswerable
from query.jobs import Fault
from query.options import TIMEOUT_MS_MAX
from segments.catalogue import TableEntry
from tableconfigs.serving import QueryConfig, Quota

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TableLimits:
    """`options` hold unless a query says otherwise; `overrides` are expressions by what a query writes instead."""

    options: Mapping[str, str] = field(default_factory=dict)
    queries_per_second: float | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)


def limits_of(entry: TableEntry) -> TableLimits:
    """A section that cannot be read here limits nothing, which is logged."""
    try:
        query = QueryConfig.model_validate(entry.config.get("query") or {})
        quota = Quota.model_validate(entry.config.get("quota") or {})
        rate = float(quota.max_queries_per_second) if quota.max_queries_per_second else None
    except (ValidationError, ValueError) as error:
        log.warning("limits of queries are not read", table=entry.name, reason=str(error))
        return TableLimits()
    return TableLimits(_options(query), rate, query.expression_override_map or {})


def _options(query: QueryConfig) -> dict[str, str]:
    said = {
        "timeoutMs": None if query.timeout_ms is None else min(query.timeout_ms, TIMEOUT_MS_MAX),
        "maxQueryResponseSizeBytes": query.max_query_response_size_bytes,
        "maxServerResponseSizeBytes": query.max_server_response_size_bytes,
    }
    return {name: str(value) for name, value in said.items() if value is not None}


def overridden(statement: Statement, overrides: Mapping[str, str]) -> Statement:
    """The statement with the expressions that stand for others replaced, wherever they occur. One that cannot be read
    replaces nothing."""
    pairs = [(_tree(written), _tree(instead)) for written, instead in overrides.items()]
    replacing = {source: target for source, target in pairs if source is not None and target is not None}
    if not replacing:
        return statement
    tree = statement.tree.transform(lambda node: replacing[node].copy() if node in replacing else node)
    assert isinstance(tree, exp.Select)  # what stands for another is an expression, never the whole query
    return Statement(tree, statement.options, statement.explain)


def _tree(expression: str) -> exp.Expression | None:
    try:
        found: exp.Expression = parse(f"SELECT {expression} FROM t").tree.expressions[0].unalias()
    except QueryFault:
        log.warning("an expression of expressionOverrideMap is not read", expression=expression)
        return None
    return found


@dataclass(slots=True)
class _Bucket:
    """Queries that may come now; a second's worth is saved up, though one at least."""

    since_ms: int
    left: float

    def take(self, now_ms: int, rate: float) -> bool:
        earned = max(0, now_ms - self.since_ms) * rate / 1000
        self.left, self.since_ms = min(self.left + earned, max(rate, 1.0)), now_ms
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass(slots=True)
class TableGuard:
    """The limits of all tables, and how many queries each has taken. Used by one thread."""

    _limits: dict[str, tuple[tuple[str, int], TableLimits]] = field(default_factory=dict)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def admit(self, entries: Iterable[TableEntry], now_ms: int) -> Mapping[str, str]:
        """Count a query that reads these tables; the options that they give it. The shortest time and the smallest size
        of several count. Raises Unanswerable (429) for a table that takes no more queries in this second."""
        limits = [(entry.name, self._of(entry)) for entry in entries]
        for name, each in limits:
            if each.queries_per_second is not None:
                self._count(name, each.queries_per_second, now_ms)
        options: dict[str, str] = {}
        for _, each in limits:
            options |= {key: min(value, options.get(key, value), key=int) for key, value in each.options.items()}
        return options

    def _of(self, entry: TableEntry) -> TableLimits:
        version = entry.incarnation, entry.config_version
        known = self._limits.get(entry.name)
        if known is None or known[0] != version:
            known = self._limits[entry.name] = version, limits_of(entry)
        return known[1]

    def _count(self, table: str, rate: float, now_ms: int) -> None:
        bucket = self._buckets.setdefault(table, _Bucket(now_ms, max(rate, 1.0)))
        if not bucket.take(now_ms, rate):
            reason = (
                f"TooManyRequestsError: table {table} takes {rate:g} queries per second (quota.maxQueriesPerSecond)"
            )
            raise Unanswerable(Fault(429, f"{reason}; ask again later"))


def tables_named(statement: Statement | StageStatement) -> list[str]:
    """Names as written, those of sub-queries in WITH too."""
    sources = statement.tree.find_all(exp.Table)
    return list(dict.fromkeys(".".join(part.name for part in source.parts) for source in sources))
