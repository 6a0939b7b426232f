"""What a range read asks, from the parameters of a request: each wrong one is named with its value and put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlglot import exp

from dialects.faults import QueryFault
from dialects.pinot import parse_expression
from query.options import TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX
from tableconfigs.problems import did_you_mean

PAGE_ROWS_MAX = 100_000
PARAMETERS = (
    "from", "to", "partition", "fromOffset", "toOffset", "columns", "filter", "order", "limit", "cursor", "timeoutMs",
)  # fmt: skip
LONG_MAX = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TIME_FORMS = "epoch milliseconds or ISO 8601, as in 1700000000000 or 2026-01-31T12:00:00Z"


class RowsFault(Exception):
    """There are no rows to send: an HTTP status, and a sentence that says what would be right."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Order:
    """Rows by offset, or by time and then by offset; `descending` is the exact reverse."""

    by_time: bool = False
    descending: bool = False


ORDERS: Mapping[str, Order] = {
    "offset": Order(),
    "offset:asc": Order(),
    "offset:desc": Order(descending=True),
    "time": Order(by_time=True),
    "time:asc": Order(by_time=True),
    "time:desc": Order(by_time=True, descending=True),
}


@dataclass(frozen=True, slots=True)
class RowsRequest:
    """A range read as it was asked; nothing in it was compared with a table yet. Times are epoch milliseconds."""

    from_ms: int | None = None
    to_ms: int | None = None
    partition: int | None = None
    from_offset: int | None = None
    to_offset: int | None = None
    columns: tuple[str, ...] | None = None
    filter_text: str | None = None
    order: Order = Order()
    limit: int | None = None
    cursor: str | None = None
    timeout_ms: int = TIMEOUT_MS_DEFAULT

    @property
    def identity(self) -> tuple[object, ...]:
        """What has to be the same for a cursor to go on."""
        bounds = (self.from_ms, self.to_ms, self.partition, self.from_offset, self.to_offset)
        return (*bounds, self.columns, self.filter_text, self.order.by_time, self.order.descending)

    def condition(self) -> exp.Expr | None:
        """The filter as a tree of its own. Raises RowsFault."""
        if self.filter_text is None:
            return None
        try:
            return parse_expression(self.filter_text)
        except QueryFault as error:
            raise RowsFault(400, f"filter: {self.filter_text!r} is no condition: {error.message}") from error


def read_request(given: Mapping[str, str]) -> RowsRequest:
    """Raises RowsFault for parameters that are unknown, cannot be read, or do not go together."""
    _check_names(given)
    request = RowsRequest(
        from_ms=_time("from", given),
        to_ms=_time("to", given),
        partition=_whole("partition", given, 2**31 - 1),
        from_offset=_whole("fromOffset", given, LONG_MAX),
        to_offset=_whole("toOffset", given, LONG_MAX),
        columns=_columns(given.get("columns")),
        filter_text=given.get("filter"),
        order=_order(given.get("order", "offset")),
        limit=_whole("limit", given, PAGE_ROWS_MAX, least=1),
        cursor=given.get("cursor"),
        timeout_ms=_whole("timeoutMs", given, TIMEOUT_MS_MAX, least=1) or TIMEOUT_MS_DEFAULT,
    )
    _check_together(request)
    return request


def _check_names(given: Iterable[str]) -> None:
    for name in given:
        if name not in PARAMETERS:
            hint = did_you_mean(name, PARAMETERS)
            raise RowsFault(400, f"{name} is no parameter of a range read{hint}; known are {', '.join(PARAMETERS)}")


def _check_together(request: RowsRequest) -> None:
    by_offset = request.from_offset is not None or request.to_offset is not None
    if by_offset and (request.from_ms is not None or request.to_ms is not None):
        raise RowsFault(
            400, "from and to cannot stand beside fromOffset and toOffset: give a range of time or of offsets"
        )
    if by_offset and request.partition is None:
        raise RowsFault(400, "fromOffset and toOffset need a partition: offsets count within one")
    for low, high in (("from_ms", "to_ms"), ("from_offset", "to_offset")):
        first, last = getattr(request, low), getattr(request, high)
        if first is not None and last is not None and first > last:
            names = ("from", "to") if low == "from_ms" else ("fromOffset", "toOffset")
            raise RowsFault(400, f"{names[0]} {first} is beyond {names[1]} {last}; the range goes up to {names[1]}")
    if request.cursor is not None and request.limit is None:
        raise RowsFault(400, "cursor goes on with a page, so limit must say how many rows it may have")


def _whole(name: str, given: Mapping[str, str], most: int, least: int = 0) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
        streamed = "; without limit the whole range is streamed" if name == "limit" else ""
        raise RowsFault(400, f"{name} must be a whole number from {least} to {most}, not {text!r}{streamed}")
    return int(text)


def _time(name: str, given: Mapping[str, str]) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) < 19:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RowsFault(400, f"{name} must be {_TIME_FORMS}, not {text!r}") from error
    whole, rest = divmod((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH, _MILLISECOND)
    return whole + bool(rest)  # rows have milliseconds: both ends of the range go up to the next one


def _columns(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if "" in names or len(set(names)) < len(names):
        raise RowsFault(400, f"columns must be different names with commas between them, not {text!r}")
    return names


def _order(text: str) -> Order:
    if text not in ORDERS:
        raise RowsFault(400, f"order must be one of {', '.join(ORDERS)}, not {text!r}")
    return ORDERS[text]
