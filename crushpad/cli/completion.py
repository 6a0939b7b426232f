"""What Tab completes in the query shell: keywords, functions that are asked for often, tables and their columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from crushpad.cli.api import Api
from crushpad.cli.exit_codes import Failure

KEYWORDS = (
    "SELECT", "DISTINCT", "FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "AND", "OR", "NOT",
    "IN", "IS NULL", "IS NOT NULL", "BETWEEN", "LIKE", "AS", "ASC", "DESC", "CASE", "WHEN", "THEN", "ELSE", "END",
    "JOIN", "LEFT JOIN", "ON", "UNION ALL", "WITH", "OVER", "PARTITION BY", "FILTER", "SET", "EXPLAIN PLAN FOR",
    "COUNT(", "SUM(", "MIN(", "MAX(", "AVG(", "DISTINCTCOUNT(", "PERCENTILE(", "CAST(", "DATETRUNC(", "AGO(",
    "JSONEXTRACTSCALAR(", "REGEXP_LIKE(",
)  # fmt: skip
SYSTEM = ("system.tables", "system.segments", "system.partitions", "system.rejects", "system.queries")
_KINDS = ("dimensionFieldSpecs", "metricFieldSpecs", "dateTimeFieldSpecs")


@dataclass(slots=True)
class Completion:
    """Asks the service for its tables at the first Tab."""

    api: Api
    _words: list[str] = field(default_factory=list)
    _found: list[str] = field(default_factory=list)

    def suggestion(self, begun: str, at: int) -> str | None:
        """The `at`-th word that begins so, as readline asks for them: from 0 until there is none."""
        if at == 0:
            self._found = suggestions(begun, self._known())
        return self._found[at] if at < len(self._found) else None

    def _known(self) -> list[str]:
        if not self._words:
            try:
                self._words = [*KEYWORDS, *SYSTEM, *self._of_service()]
            except Failure:  # no service now: Tab is no place to say so
                return [*KEYWORDS, *SYSTEM]
        return self._words

    def _of_service(self) -> Iterator[str]:
        for table in self.api.get("tables")["tables"]:
            yield table
            schema = self.api.get("tables", table, "schema")
            yield from (spec["name"] for kind in _KINDS for spec in schema.get(kind, []))


def suggestions(begun: str, words: list[str]) -> list[str]:
    """Words that begin so in any case, each once; keywords as they are typed, in small letters or in capitals."""
    found = (word for word in words if word.lower().startswith(begun.lower()))
    small = begun.islower()
    return sorted({word.lower() if small and word in KEYWORDS else word for word in found})
