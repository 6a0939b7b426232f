"""Where a new table starts to read: `auto.offset.reset` as Pinot understands it, and the synonyms people write."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from tableconfigs.periods import period_ms


@dataclass(frozen=True, slots=True)
class Smallest:
    """From the first offset that Kafka still has."""


@dataclass(frozen=True, slots=True)
class Largest:
    """From the end."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """From the first record at or after `ms` since the epoch; from the end if there is none."""

    ms: int


@dataclass(frozen=True, slots=True)
class Period:
    """From the first record not older than `ms`; from the end if there is none."""

    ms: int


OffsetCriteria = Smallest | Largest | Timestamp | Period

_WORDS: dict[str, OffsetCriteria] = {
    "smallest": Smallest(),
    "earliest": Smallest(),
    "largest": Largest(),
    "latest": Largest(),
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT.+")
_EPOCH = datetime.fromtimestamp(0, UTC)
EXPECTED = "smallest, largest, a period as in 2d or 4h30m, or an ISO-8601 instant"


def offset_criteria(text: str) -> OffsetCriteria:
    """Read one of the accepted spellings. Raises ValueError."""
    plain = text.strip()
    word = _WORDS.get(plain.lower())
    if word is not None:
        return word
    return _instant(plain) if _INSTANT.fullmatch(plain) else Period(period_ms(plain))


def _instant(text: str) -> Timestamp:
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Timestamp(round((aware - _EPOCH).total_seconds() * 1000))
