"""A client in Python: `Client`, and `AsyncClient` for asyncio. Rows and results are Arrow.

Words: a *query* is SQL whose result comes whole (`Answer`); *rows* are a range read, as a stream of record batches or
as pages with a *cursor*. Errors are exceptions named for what to do next (`errors.py`).

It loads pyarrow and httpx2 and nothing of the service, so that it may stand in any program.
"""

from crushpad.client.answers import Answer, RowsPage, Uploaded
from crushpad.client.asynchronous import AsyncClient
from crushpad.client.errors import (
    BadRequest,
    ClientError,
    Conflict,
    NotFound,
    QueryError,
    StreamBroken,
    Unavailable,
    Unreachable,
)
from crushpad.client.requests import RowRange
from crushpad.client.synchronous import Client

__all__ = [
    "Answer",
    "AsyncClient",
    "BadRequest",
    "Client",
    "ClientError",
    "Conflict",
    "NotFound",
    "QueryError",
    "RowRange",
    "RowsPage",
    "StreamBroken",
    "Unavailable",
    "Unreachable",
    "Uploaded",
]
