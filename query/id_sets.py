"""Sub-queries of IN_SUBQUERY, asked before the query that they stand in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import msgspec

from dialects.faults import ValidationFault
from dialects.id_sets import Id, with_ids
from dialects.pinot import Statement
from query.asked import Asked
from query.response import BrokerResponse, Result

IDS_MAX = 100_000
_rows = msgspec.json.Decoder(list[list[str | int | float | bool]]).decode

Fill = Callable[[BrokerResponse, Asked], Awaitable[Result]]


async def resolved(asked: Asked, fill: Fill) -> Asked:
    """The query with lists of ids in the place of its sub-queries. Raises QueryFault, and what `fill` raises."""

    async def ids(statement: Statement) -> Sequence[Id]:
        inner = replace(asked, sql=f"{asked.sql} -- ids of now", statement=statement, form=None)
        result = await fill(BrokerResponse(), inner)
        if result.rows > IDS_MAX:
            raise ValidationFault(f"IN_SUBQUERY takes at most {IDS_MAX} ids, found {result.rows}: join in multi-stage")
        return [row[0] for row in _rows(b"".join(result.chunks))]

    statement = await with_ids(asked.statement, ids)
    if statement is asked.statement:
        return asked
    # what has the ids of this moment in it is bound for this moment only
    return replace(asked, sql=f"{asked.sql} -- with ids of now", statement=statement)
