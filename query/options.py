"""The options of one query: those of the request and those in its text, which win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialects.faults import ValidationFault

TIMEOUT_MS_DEFAULT = 10_000
TIMEOUT_MS_MAX = 3_600_000
SERVICE_TIMEOUT = "serviceTimeoutMs"
"""Holds where neither the query nor its table says `timeoutMs`."""
NUM_GROUPS_LIMIT_DEFAULT = 100_000
CURSOR_ROWS_DEFAULT = 10_000
_INT_MAX = 2**31 - 1
_LONG_MAX = 2**63 - 1
_RESPONSE_BYTES = ("maxServerResponseSizeBytes", "maxQueryResponseSizeBytes")
_JOIN_MODES = ("THROW", "BREAK")


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What this engine heeds. `min_offsets` maps partition ids to offsets that must be visible first (P25)."""

    timeout_ms: int = TIMEOUT_MS_DEFAULT
    null_handling: bool = False
    min_offsets: Mapping[int, int] | None = None
    client_query_id: str | None = None
    stages: bool = False
    """Whether the multi-stage engine is wanted."""
    trace: bool = False
    drop_results: bool = False
    """The answer has no rows, only what is said of them."""
    cursor: bool = False
    """Keep the answer; it is fetched in pages of `cursor_rows`."""
    cursor_rows: int = CURSOR_ROWS_DEFAULT
    num_groups_limit: int | None = None
    max_rows_in_join: int | None = None
    join_breaks: bool = False
    """An answer of a join beyond `max_rows_in_join` is flagged as partial; otherwise it is an error."""
    response_bytes_max: int | None = None

    @classmethod
    def read(cls, request: Mapping[str, str], text: Mapping[str, str]) -> QueryOptions:
        """Names in any case; those that are not known are ignored. Raises ValidationFault for a value that cannot be
        meant."""
        given = _Given({key.lower(): value for key, value in (*request.items(), *text.items())})
        sizes = (given.number(name, 1, _LONG_MAX) for name in _RESPONSE_BYTES)
        return cls(
            timeout_ms=given.timeout_ms(),
            null_handling=given.flag("enableNullHandling"),
            min_offsets=_min_offsets(given.text("minOffsets")),
            client_query_id=given.text("clientQueryId"),
            stages=wants_stages(request) or wants_stages(text),
            trace=given.flag("trace"),
            drop_results=given.flag("dropResults"),
            cursor=given.flag("getCursor"),
            cursor_rows=given.number("cursorNumRows", 1, _INT_MAX) or CURSOR_ROWS_DEFAULT,
            num_groups_limit=given.number("numGroupsLimit", 1, _INT_MAX),
            max_rows_in_join=given.number("maxRowsInJoin", 1, _INT_MAX),
            join_breaks=given.choice("joinOverflowMode", _JOIN_MODES) == "BREAK",
            response_bytes_max=min((size for size in sizes if size is not None), default=None),
        )


def wants_stages(options: Mapping[str, str]) -> bool:
    return any(key.lower() == "usemultistageengine" and value.lower() == "true" for key, value in options.items())


def wants_cursor(options: Mapping[str, str]) -> bool:
    return any(key.lower() == "getcursor" and value.lower() == "true" for key, value in options.items())


@dataclass(frozen=True, slots=True)
class _Given:
    """Options by their names in lower case."""

    values: Mapping[str, str]

    def text(self, name: str) -> str | None:
        return self.values.get(name.lower())

    def flag(self, name: str) -> bool:
        return self.values.get(name.lower(), "").lower() == "true"

    def number(self, name: str, low: int, high: int) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
            raise ValidationFault(f"{name} must be a whole number from {low} to {high}, found: {text}")
        return int(text)

    def timeout_ms(self) -> int:
        """What the query says, else its table, else the service."""
        said = (self.number(name, 1, TIMEOUT_MS_MAX) for name in ("timeoutMs", SERVICE_TIMEOUT))
        return next((each for each in said if each is not None), TIMEOUT_MS_DEFAULT)

    def choice(self, name: str, words: tuple[str, ...]) -> str | None:
        text = self.text(name)
        if text is None or text.upper() in words:
            return text and text.upper()
        raise ValidationFault(f"{name} must be one of {', '.join(words)}, found: {text}")


def _min_offsets(text: str | None) -> dict[int, int] | None:
    """`partition:offset` pairs with commas between them, as in `0:1200,1:980`."""
    if not text:
        return None
    try:
        pairs = (pair.split(":") for pair in text.split(","))
        return {int(partition): int(offset) for partition, offset in pairs}
    except ValueError as error:
        raise ValidationFault(
            f"minOffsets must be partition:offset pairs, as in 0:1200,1:980, found: {text}"
        ) from error
