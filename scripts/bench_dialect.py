"""Dialect benchmark: parse, bind and print a five-clause query, beside sqlglot parsing and printing the same text.

    python -m scripts.bench_dialect [--runs 400]

Both take turns; the figures are medians of processor time. The line is 1 ms for a query of five clauses.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import sqlglot

from dialects.binding import bind
from dialects.column_types import ColumnType
from dialects.pinot import StageStatement, parse, parse_query
from dialects.stages.binding import bind_stages

LINE_MS = 1.0
COLUMNS = {
    "city": ColumnType("STRING"),
    "event": ColumnType("STRING"),
    "amount": ColumnType("DOUBLE"),
    "ts": ColumnType("TIMESTAMP"),
    "user_id": ColumnType("INT"),
}
FIVE_CLAUSES = (
    "SELECT city, COUNT(*), SUM(amount) FROM clicks WHERE event = 'purchase' AND ts > 1700000000000 "
    "GROUP BY city HAVING COUNT(*) > 10 ORDER BY SUM(amount) DESC LIMIT 20"
)
A_JOIN = (
    "SELECT a.city, COUNT(*) FROM clicks a JOIN clicks b ON a.user_id = b.user_id WHERE a.event = 'purchase' "
    "GROUP BY a.city HAVING COUNT(*) > 10 ORDER BY 2 DESC LIMIT 20"
)


def single_stage() -> None:
    bind(parse(FIVE_CLAUSES), COLUMNS, stored_nulls=False, null_handling=False, now_ms=0)


def multi_stage() -> None:
    statement = parse_query(A_JOIN)
    assert isinstance(statement, StageStatement)
    bind_stages(statement, lambda _: COLUMNS, 0)


def sqlglot_alone(sql: str) -> Callable[[], None]:
    def run() -> None:
        sqlglot.parse_one(sql, dialect="trino").sql("duckdb")

    return run


def spent_ms(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    cases = {
        "five clauses": (single_stage, sqlglot_alone(FIVE_CLAUSES)),
        "a join": (multi_stage, sqlglot_alone(A_JOIN)),
    }
    for name, (ours, theirs) in cases.items():
        pairs = [(spent_ms(ours), spent_ms(theirs)) for _ in range(runs)]
        mine, other = (median(column) for column in zip(*pairs, strict=True))
        verdict = "holds" if mine < LINE_MS else "missed"
        print(f"{name:14} ours {mine:.3f} ms, sqlglot {other:.3f} ms, ratio {mine / other:.1f}; line 1 ms: {verdict}")


if __name__ == "__main__":
    main()
