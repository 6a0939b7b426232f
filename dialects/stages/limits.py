"""LIMIT and OFFSET; the multi-stage engine adds none."""

from __future__ import annotations

from sqlglot import exp

from dialects.clauses import LIMIT_MAX
from dialects.faults import SyntaxFault


def limit_sql(tree: exp.Expr) -> str:
    """` LIMIT n OFFSET m` as far as they are written. Raises SyntaxFault."""
    limit, offset = _count(tree, "limit"), _count(tree, "offset")
    return f"{f' LIMIT {limit}' if limit is not None else ''}{f' OFFSET {offset}' if offset is not None else ''}"


def _count(tree: exp.Expr, clause: str) -> int | None:
    found = tree.args.get(clause)
    if found is None:
        return None
    literal = found.args.get("expression") or found.args.get("count")
    if not isinstance(literal, exp.Literal) or literal.is_string or not literal.name.isdecimal():
        raise SyntaxFault(f"{clause.upper()} needs a whole number that is not negative")
    if found.args.get("expressions") or len(literal.name) > 10 or int(literal.name) > LIMIT_MAX:
        raise SyntaxFault(f"{clause.upper()} needs a whole number up to {LIMIT_MAX}")
    return int(literal.name)
