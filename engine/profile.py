"""How many rows a query looked at, from DuckDB's own profile of it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

_ROW_WISE = frozenset({"FILTER", "PROJECTION", "STREAMING_LIMIT", "UNION"})


class _Operator(msgspec.Struct):
    type: str = ""
    intermediate_rows: int = 0
    rows_scanned: int = 0
    children: list[_Operator] = []


class _Profile(msgspec.Struct):
    operator: list[_Operator] = []


@dataclass(frozen=True, slots=True)
class RowsSeen:
    """`matched`: rows that passed the filter. `scanned`: rows that were read from files and relations.

    `groups` and `joined` are the most rows that one GROUP BY and one join of the query gave.
    """

    matched: int
    scanned: int
    groups: int = 0
    joined: int = 0


_decode = msgspec.json.Decoder(_Profile).decode


def rows_seen(profile: str) -> RowsSeen:
    """Read the tree of operators from the top; rows that matched are those that leave its lowest row-wise part."""
    roots = _decode(profile).operator
    groups, joined = max(map(_groups, roots), default=0), max(map(_joined, roots), default=0)
    return RowsSeen(sum(map(_matched, roots)), sum(map(_scanned, roots)), groups, joined)


def _groups(operator: _Operator) -> int:
    """Of the upper ones: below a GROUP BY there may be others, of its DISTINCT arguments."""
    if operator.type.endswith("GROUP_BY"):
        return operator.intermediate_rows
    return max(map(_groups, operator.children), default=0)


def _joined(operator: _Operator) -> int:
    own = operator.intermediate_rows if operator.type.endswith(("_JOIN", "CROSS_PRODUCT")) else 0
    return max([own, *map(_joined, operator.children)])


def _matched(operator: _Operator) -> int:
    if not operator.children:
        return operator.intermediate_rows
    below = sum(map(_matched, operator.children))
    if operator.type == "FILTER" and _is_row_wise(operator):
        return operator.intermediate_rows
    return below


def _is_row_wise(operator: _Operator) -> bool:
    return not operator.children or (operator.type in _ROW_WISE and all(map(_is_row_wise, operator.children)))


def _scanned(operator: _Operator) -> int:
    own = 0 if operator.children else max(operator.rows_scanned, operator.intermediate_rows)
    return own + sum(map(_scanned, operator.children))
