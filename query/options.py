"""The options of one query: those of the request and those in its text, which win."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialects.faults import ValidationFault
from dialects.options import option_name

TIMEOUT_MS_DEFAULT = 10_000
TIMEOUT_MS_MAX = 3_600_000


@dataclass(frozen=True, slots=True)
class QueryOptions:
    """What this engine heeds. `min_offsets` maps partition ids to offsets that must be visible first (P25)."""

    timeout_ms: int = TIMEOUT_MS_DEFAULT
    null_handling: bool = False
    min_offsets: Mapping[int, int] | None = None
    client_query_id: str | None = None
    stages: bool = False
    """Whether the multi-stage engine is wanted."""

    @classmethod
    def read(cls, request: Mapping[str, str], text: Mapping[str, str]) -> QueryOptions:
        """Raises ValidationFault for a value that cannot be meant."""
        given = {option_name(key): value for key, value in request.items()} | dict(text)
        return cls(
            timeout_ms=_timeout_ms(given.get("timeoutMs")),
            null_handling=given.get("enableNullHandling", "").lower() == "true",
            min_offsets=_min_offsets(given.get("minOffsets")),
            client_query_id=given.get("clientQueryId"),
            stages=wants_stages(request) or wants_stages(text),
        )


def wants_stages(options: Mapping[str, str]) -> bool:
    return any(option_name(key) == "useMultistageEngine" and value.lower() == "true" for key, value in options.items())


def _timeout_ms(text: str | None) -> int:
    if text is None:
        return TIMEOUT_MS_DEFAULT
    if not text.isdecimal() or not 0 < int(text) <= TIMEOUT_MS_MAX:
        raise ValidationFault(f"timeoutMs must be a whole number from 1 to {TIMEOUT_MS_MAX}, found: {text}")
    return int(text)


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
