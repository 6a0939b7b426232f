"""The queries of the query benchmark, each in Pinot's SQL and in DuckDB's over a relation `t` of the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FIRST_MS = 1_700_000_000_000
"""Time of the first row; each next one is a millisecond later."""
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
TABLE = "clicks"
EXACT = 1e-9
_COLUMNS = "ts, user_id, event, city, amount, qty, session, url, ok"


@dataclass(frozen=True)
class Case:
    """`line_ms` is the p50 that has to hold; `tolerance` is relative, for numbers that need not be equal."""

    name: str
    sql: str
    bare: str
    line_ms: float | None = None
    tolerance: float = EXACT


@dataclass(frozen=True)
class Loaded:
    """What the table holds: `segments` sealed ones of `segment_rows`, then `consuming_rows`; some user in it."""

    segments: int
    segment_rows: int
    consuming_rows: int
    user_id: int = 0

    @property
    def rows(self) -> int:
        return self.segments * self.segment_rows + self.consuming_rows

    def within(self, length_ms: int) -> str:
        """A condition on the time column: `length_ms` from the middle of the sealed rows, or as far as they go."""
        start = FIRST_MS + self.segments // 2 * self.segment_rows
        return f"ts BETWEEN {start} AND {min(start + length_ms, FIRST_MS + self.rows) - 1}"

    def one_segment(self, number: int) -> str:
        start = FIRST_MS + number % self.segments * self.segment_rows
        return f"ts BETWEEN {start} AND {start + self.segment_rows - 1}"


def pruned(loaded: Loaded, number: int) -> Case:
    """A query that has to read one segment."""
    return _same(
        "pruned to one segment", f"city, COUNT(*), SUM(amount) {{}} WHERE {loaded.one_segment(number)}", "city"
    )


def count() -> Case:
    return _same("Q1 count", "COUNT(*) {}")


def one_minute(loaded: Loaded, number: int) -> Case:
    start = FIRST_MS + number * 7_919 % (loaded.rows - MINUTE_MS)
    return _same("Q2 one minute", f"COUNT(*) {{}} WHERE ts BETWEEN {start} AND {start + MINUTE_MS - 1}")


def cases(loaded: Loaded) -> Iterator[Case]:
    """Q1 to Q10, after the query that has a line of its own."""
    sealed = f"ts < {FIRST_MS + loaded.segments * loaded.segment_rows // 2}"
    bucket = "DATETRUNC('MINUTE', ts)"
    yield _with_line(pruned(loaded, loaded.segments // 2), 10)
    yield count()
    yield _same("Q2 one minute", f"COUNT(*) {{}} WHERE {loaded.within(MINUTE_MS)}")
    yield _same("Q2 one hour", f"COUNT(*) {{}} WHERE {loaded.within(HOUR_MS)}")
    yield _same("Q2 all", f"COUNT(*) {{}} WHERE ts BETWEEN {FIRST_MS} AND {FIRST_MS + loaded.rows}")
    yield _same("Q3 sum over half", f"SUM(amount), COUNT(*) {{}} WHERE {sealed}")
    yield _same("Q4 by city", f"city, SUM(amount), COUNT(*) {{}} WHERE {sealed}", "city")
    yield Case(
        "Q5 by minute, one hour",
        f"SELECT {bucket}, COUNT(*) FROM {TABLE} WHERE {loaded.within(HOUR_MS)} GROUP BY {bucket} LIMIT 1000",
        f"SELECT ts // 60000 * 60000, COUNT(*) FROM t WHERE {loaded.within(HOUR_MS)} GROUP BY 1",
    )
    yield _same("Q6 top users", "user_id, SUM(amount) {} GROUP BY user_id ORDER BY SUM(amount) DESC, user_id LIMIT 10")
    yield _same("Q7 exact distinct", "COUNT(DISTINCT user_id) {}")
    yield Case(
        "Q7 approximate",
        f"SELECT DISTINCTCOUNTHLL(user_id) FROM {TABLE}",
        "SELECT approx_count_distinct(user_id) FROM t",
        tolerance=0.1,
    )
    yield _same("Q8 needle", f"{_COLUMNS} {{}} WHERE user_id = {loaded.user_id} ORDER BY ts DESC LIMIT 100")
    yield _same("Q9 url like", "COUNT(*) {} WHERE url LIKE '%/77/%'")
    yield Case(
        "Q10 percentile by event",
        f"SELECT event, PERCENTILE(amount, 99) FROM {TABLE} GROUP BY event",
        "SELECT event, quantile_disc(amount, 0.99) FROM t GROUP BY event",
        tolerance=1e-4,
    )


def _same(name: str, text: str, group_by: str | None = None) -> Case:
    """A query that reads alike in both dialects; `{}` stands where FROM belongs."""
    tail = f" GROUP BY {group_by} LIMIT 1000" if group_by else ""
    return Case(name, f"SELECT {text.format(f'FROM {TABLE}')}{tail}", f"SELECT {text.format('FROM t')}{tail}")


def _with_line(case: Case, line_ms: float) -> Case:
    return Case(case.name, case.sql, case.bare, line_ms, case.tolerance)
