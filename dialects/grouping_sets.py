"""GROUPING SETS, ROLLUP and CUBE, written out as the sets of keys that they stand for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, product

from sqlglot import exp

from dialects.faults import SyntaxFault
from dialects.tree import Node

SETS_MAX = 4096
_KEYS_MAX = 12
Keys = tuple[Node, ...]


def grouping_sets(elements: Sequence[exp.Expr], key: Callable[[exp.Expr], Node]) -> tuple[Keys, ...]:
    """The sets of a GROUP BY, each key once in a set. Raises SyntaxFault for more than 4096 of them."""
    choices = [_sets(element, key) for element in elements]
    if math.prod(map(len, choices)) > SETS_MAX:
        raise SyntaxFault(f"GROUP BY stands for more than {SETS_MAX} grouping sets")
    return tuple(_joined(chosen) for chosen in product(*choices))


def _sets(element: exp.Expr, key: Callable[[exp.Expr], Node]) -> list[Keys]:
    match element:
        case exp.Rollup(expressions=parts):
            keys = [_keys(part, key) for part in parts]
            return [_joined(keys[:count]) for count in range(len(keys), -1, -1)]
        case exp.Cube(expressions=parts):
            if len(parts) > _KEYS_MAX:
                raise SyntaxFault(f"CUBE takes at most {_KEYS_MAX} keys, found {len(parts)}")
            keys = [_keys(part, key) for part in parts]
            return [_joined(chosen) for count in range(len(keys), -1, -1) for chosen in combinations(keys, count)]
        case exp.GroupingSets(expressions=parts):
            return [found for part in parts for found in _sets(part, key)]
        case _:
            return [_keys(element, key)]


def _keys(part: exp.Expr, key: Callable[[exp.Expr], Node]) -> Keys:
    match part:
        case exp.Tuple(expressions=inner):
            return _joined(_keys(one, key) for one in inner)
        case exp.Paren(this=inner):
            return _keys(inner, key)
        case _:
            return (key(part),)


def _joined(lists: Iterable[Keys]) -> Keys:
    return tuple(dict.fromkeys(key for keys in lists for key in keys))
