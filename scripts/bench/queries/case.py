"""A case: a query as a client sends it, as DuckDB answers it, and what is wanted of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scripts.bench.figures import BEST_PEER, Target

EXACT = 1e-9
HALF_OF_THE_BEST_PEER = (Target(0.5, BEST_PEER),)
ROWS = "t"
"""The name of the relation that DuckDB's texts read."""


@dataclass(frozen=True, slots=True)
class Query:
    """`sql` is Pinot's, `bare` what DuckDB has to do for the same; `truth` is the exact answer, if that is not it."""

    sql: str
    bare: str
    truth: str = ""

    @property
    def expected(self) -> str:
        return self.truth or self.bare


@dataclass(frozen=True, slots=True)
class Case:
    """`queries` are asked in turn; `tolerance` is relative, for numbers; `targets` are of the median, in ms."""

    name: str
    queries: tuple[Query, ...]
    tolerance: float = EXACT
    targets: tuple[Target, ...] = HALF_OF_THE_BEST_PEER


def case(name: str, sql: str, bare: str = "", truth: str = "", tolerance: float = EXACT) -> Case:
    """One query with `{}` for the relation, which stays `{}` until `of_table`; `bare` if DuckDB says it differently."""
    return Case(name, (Query(sql, (bare or sql).format(ROWS), truth.format(ROWS)),), tolerance)


def of_table(asked: Case, table: str) -> Case:
    queries = tuple(replace(query, sql=query.sql.format(table)) for query in asked.queries)
    return replace(asked, queries=queries)
