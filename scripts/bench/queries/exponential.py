"""Q12: on nine columns of exponential spread (D7), what dashboards ask of one table besides Q1 to Q10."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.bench.queries.case import Case, case
from scripts.bench.queries.clicks import ALL_GROUPS

_BETWEEN = "int_col > 123 AND int_col < 599999"
_SMALL = "int_col IN (0, 1, 2, 3, 4, 5, 7, 9, 10)"
_LEVEL = "low_cardinality_string_col = 'value1'"
_FILTERS = {
    "range scan": ("SUM(raw_int_col)", "raw_int_col BETWEEN 1 AND 10"),
    "in a list": ("COUNT(*)", _SMALL),
    "one of ten texts": ("COUNT(*)", _LEVEL),
    "three filters": ("COUNT(*)", f"{_SMALL} AND {_LEVEL} AND sorted_col BETWEEN 10 AND 20000"),
    "text like": ("COUNT(*)", "no_index_string_col LIKE '%e3f%'"),
}
_HOUR_MS = 3_600_000


def cases(rate: float) -> Iterator[Case]:
    """The cases of the data set of that rate."""
    title = f"Q12 rate {rate:g},"
    yield case(f"{title} sum", "SELECT SUM(raw_int_col) FROM {}")
    yield case(f"{title} min and max", "SELECT MIN(raw_int_col), MAX(raw_int_col), COUNT(*) FROM {}")
    for name, (total, where) in _FILTERS.items():
        yield case(f"{title} {name}", f"SELECT {total} FROM {{}} WHERE {where}")
    yield from _conditional(title)
    yield from _grouped(title)


def _conditional(title: str) -> Iterator[Case]:
    where = f"FILTER(WHERE {_BETWEEN})"
    either = f"CASE WHEN {_BETWEEN} THEN int_col ELSE 0 END"
    tail = "FROM {} WHERE no_index_int_col > 1"
    yield case(f"{title} FILTER", f"SELECT SUM(int_col) {where}, COUNT(*) {where} {tail}")
    yield case(f"{title} CASE", f"SELECT SUM({either}), MAX({either}) {tail}")


def _grouped(title: str) -> Iterator[Case]:
    groups = "raw_int_col, int_col"
    pairs = f"SELECT {groups}, COUNT(*) FROM {{}} GROUP BY {groups} ORDER BY COUNT(*) DESC, {groups} LIMIT 10"
    yield case(f"{title} pairs of numbers", ALL_GROUPS + pairs, pairs)
    groups = "low_cardinality_string_col, no_index_string_col"
    texts = f"SELECT {groups}, COUNT(*) FROM {{}} GROUP BY {groups} ORDER BY {groups} LIMIT 100"
    yield case(f"{title} pairs of texts", ALL_GROUPS + texts, texts)
    hour = "DATETRUNC('HOUR', tstmp_col)"
    yield case(
        f"{title} by hour",
        f"SELECT {hour}, COUNT(*) FROM {{}} GROUP BY {hour} LIMIT 1000",
        f"SELECT tstmp_col // {_HOUR_MS} * {_HOUR_MS}, COUNT(*) FROM {{}} GROUP BY 1",
    )
    kind = "JSONEXTRACTSCALAR(json_col, '$.type', 'STRING')"
    yield case(
        f"{title} by a field of JSON",
        f"SELECT {kind}, SUM(int_col) FROM {{}} GROUP BY {kind} LIMIT 100",
        "SELECT json_col ->> '$.type', SUM(int_col) FROM {} GROUP BY 1",
    )
