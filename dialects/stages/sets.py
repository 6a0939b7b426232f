"""UNION, INTERSECT and EXCEPT."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from dialects.column_types import STRING, duckdb_type, is_array, widest
from dialects.conversions import Typed, convert
from dialects.faults import StageFault, SyntaxFault
from dialects.literals import quote_identifier
from dialects.stages.limits import limit_sql
from dialects.stages.printing import ordering_sql
from dialects.stages.relation import Relation, RelationColumn

_WORDS: dict[type[exp.Expr], str] = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}


def combined(tree: exp.SetOperation, left: Relation, right: Relation, number: int) -> Relation:
    """Both sides with the names of the left one and types that hold both. Raises QueryFault."""
    if tree.args.get("by_name") or type(tree) not in _WORDS:
        raise SyntaxFault("UNION, INTERSECT and EXCEPT match columns by position")
    if len(left.columns) != len(right.columns):
        counts = f"{len(left.columns)} and {len(right.columns)}"
        raise StageFault(f"Column count mismatch in {_WORDS[type(tree)]}: {counts}")
    pairs = zip(left.columns, right.columns, strict=True)
    columns = tuple(
        RelationColumn(mine.name, f"q{number}.{at}", _common(mine, other)) for at, (mine, other) in enumerate(pairs)
    )
    words = _WORDS[type(tree)] + ("" if tree.args.get("distinct") else " ALL")
    sql = f"{_side(left, columns)} {words} {_side(right, columns)}"
    return Relation(f"{sql}{_order_by(tree, columns)}{limit_sql(tree)}", columns)


def _common(mine: RelationColumn, other: RelationColumn) -> str:
    kinds = [mine.data_type, other.data_type]
    found = widest(kinds) or (STRING if STRING in kinds and not any(map(is_array, kinds)) else None)
    if found is None:
        raise StageFault(f"Type mismatch in column '{mine.name}': {mine.data_type} and {other.data_type}")
    return found


def _side(relation: Relation, columns: Sequence[RelationColumn]) -> str:
    items = (_item(of, column) for of, column in zip(relation.columns, columns, strict=True))
    return f"SELECT {', '.join(items)} FROM ({relation.sql})"


def _item(of: RelationColumn, column: RelationColumn) -> str:
    value = convert(Typed(quote_identifier(of.unique), of.data_type), column.data_type)
    return f"CAST({value} AS {duckdb_type(column.data_type)}) AS {quote_identifier(column.unique)}"


def _order_by(tree: exp.Expr, columns: Sequence[RelationColumn]) -> str:
    order = tree.args.get("order")
    printed = [_ordering(one, columns) for one in (order.expressions if order is not None else ())]
    return f" ORDER BY {', '.join(printed)}" if printed else ""


def _ordering(ordered: exp.Expr, columns: Sequence[RelationColumn]) -> str:
    column = _ordered_column(ordered.this, columns)
    typed = Typed(quote_identifier(column.unique), column.data_type)
    return ordering_sql(typed, bool(ordered.args.get("desc")), bool(ordered.args.get("nulls_first")))


def _ordered_column(tree: exp.Expr, columns: Sequence[RelationColumn]) -> RelationColumn:
    if isinstance(tree, exp.Literal) and not tree.is_string and tree.name.isdecimal():
        if not 1 <= int(tree.name) <= len(columns):
            raise SyntaxFault(f"Expected ORDER BY ordinal between 1 and {len(columns)}, found {tree.name}")
        return columns[int(tree.name) - 1]
    found = next((column for column in columns if column.name.lower() == tree.name.lower()), None)
    if found is None or not isinstance(tree, exp.Column):
        raise StageFault(f"Column '{tree.name or type(tree).__name__}' of ORDER BY is none of the result")
    return found
