"""Q1 to Q10 on the clicks (D1): counts, pruned ranges, scans, groups, distinct counts, a needle, LIKE, percentiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scripts.bench.data.clicks import COLUMNS
from scripts.bench.data.dataset import FIRST_MS
from scripts.bench.figures import Target
from scripts.bench.queries.case import Case, case

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
ALL_COLUMNS = ", ".join(name for name, _ in COLUMNS)
"""A star would put them in order of their names in one system, of the schema in another."""
ALL_GROUPS = "SET numGroupsLimit = 10000000; "
NEW_TEXTS = 30
ABSOLUTE = (Target(2.0),)
_STRIDE = 7_919
"""Literals move by so many seconds, which is prime, from one turn to the next."""


@dataclass(frozen=True, slots=True)
class Span:
    """What the rows span: `[FIRST_MS, FIRST_MS + length_ms)`; `user_id` is somebody's in it."""

    length_ms: int
    user_id: int

    def window(self, wanted_ms: int, turn: int) -> str:
        """A condition on the time: `wanted_ms` somewhere in the span, elsewhere in each turn."""
        free = max(self.length_ms - wanted_ms, 1)
        start = FIRST_MS + (turn + 1) * _STRIDE * 1_000 % free
        return f"ts BETWEEN {start} AND {start + wanted_ms - 1}"

    def half(self, turn: int) -> str:
        return self.window(self.length_ms // 2, turn)


def cases(span: Span, turn: int) -> Iterator[Case]:
    """All of Q1 to Q10 with the literals of a turn."""
    yield from _ranges(span, turn)
    yield from _scans(span, turn)
    yield from _groups()
    needle = f"WHERE user_id = {span.user_id} ORDER BY ts DESC LIMIT 100"
    yield case("Q8 one user's rows", f"SELECT {ALL_COLUMNS} FROM {{}} {needle}")
    yield case("Q9 url like", "SELECT COUNT(*) FROM {} WHERE url LIKE '%/77/%'")
    yield from _percentiles()


def count() -> Case:
    return case("Q1 count", "SELECT COUNT(*) FROM {}")


def one_hour(span: Span, turn: int) -> Case:
    return _counted("Q2 one hour", span.window(HOUR_MS, turn))


def by_city(span: Span, turn: int) -> Case:
    tail = f"WHERE {span.half(turn)} GROUP BY city LIMIT 100"
    return case("Q4 by city", f"SELECT city, SUM(amount), COUNT(*) FROM {{}} {tail}")


def by_minute(span: Span, turn: int) -> Case:
    minute, window = "DATETRUNC('MINUTE', ts)", span.window(HOUR_MS, turn)
    return case(
        "Q5 by minute, one hour",
        f"SELECT {minute}, COUNT(*) FROM {{}} WHERE {window} GROUP BY {minute} LIMIT 1000",
        f"SELECT ts // {MINUTE_MS} * {MINUTE_MS}, COUNT(*) FROM {{}} WHERE {window} GROUP BY 1",
    )


def _ranges(span: Span, turn: int) -> Iterator[Case]:
    minutes = [_counted("", span.window(MINUTE_MS, turn * NEW_TEXTS + number)) for number in range(NEW_TEXTS)]
    new_texts = tuple(query for minute in minutes for query in minute.queries)
    yield replace(count(), targets=ABSOLUTE)
    yield _counted("Q2 one minute", span.window(MINUTE_MS, turn))
    yield Case("Q2 one minute, each text new", new_texts, targets=ABSOLUTE)
    yield one_hour(span, turn)
    yield _counted("Q2 all", f"ts BETWEEN {FIRST_MS} AND {FIRST_MS + span.length_ms + turn}")


def _scans(span: Span, turn: int) -> Iterator[Case]:
    yield case("Q3 sum over half", f"SELECT SUM(amount), COUNT(*) FROM {{}} WHERE {span.half(turn)}")
    yield by_city(span, turn)
    yield by_minute(span, turn)


def _groups() -> Iterator[Case]:
    top = "SELECT user_id, SUM(amount) FROM {} GROUP BY user_id ORDER BY SUM(amount) DESC, user_id LIMIT 10"
    distinct = "SELECT COUNT(DISTINCT user_id) FROM {}"
    yield case("Q6 top users", top)
    yield case("Q6 top users, all groups", ALL_GROUPS + top, top)
    yield case("Q7 exact distinct", distinct)
    about = "SELECT approx_count_distinct(user_id) FROM {}"
    yield case("Q7 approximate distinct", "SELECT DISTINCTCOUNTHLL(user_id) FROM {}", about, distinct, tolerance=0.25)


def _percentiles() -> Iterator[Case]:
    exact = "SELECT event, quantile_disc(amount, 0.99) FROM {} GROUP BY event"
    about = "SELECT event, approx_quantile(amount, 0.99) FROM {} GROUP BY event"
    sql = "SELECT event, PERCENTILE(amount, 99) FROM {} GROUP BY event"
    yield case("Q10 percentile by event", sql, exact, tolerance=1e-2)
    sql = "SELECT event, PERCENTILETDIGEST(amount, 99) FROM {} GROUP BY event"
    yield case("Q10 t-digest by event", sql, about, exact, tolerance=2e-2)


def _counted(name: str, window: str) -> Case:
    return replace(case(name, f"SELECT COUNT(*) FROM {{}} WHERE {window}"), targets=ABSOLUTE)
