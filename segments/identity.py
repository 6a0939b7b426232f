"""Who a partition is (P1) and who a file belongs to. Ids are made once and never used again."""

from __future__ import annotations

import re
from dataclasses import dataclass

PARTITIONS_PER_TOPIC = 10_000
"""Pinot's partition id is `topic index * 10000 + Kafka partition` (contract 1.6)."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def checked_id(kind: str, value: str) -> str:
    """`value`, if it may stand in a path. Raises ValueError otherwise."""
    if not is_id(value):
        raise ValueError(f"{kind} {value!r} must be 1 to 64 of letters, digits, '_' and '-'")
    return value


def is_id(value: str) -> bool:
    """Whether `value` may be one of our ids."""
    return _ID.match(value) is not None


def incarnation_from(random: bytes) -> str:
    """A table incarnation from 12 random bytes (P1)."""
    return random[:12].hex()


def attempt_from(random: bytes) -> str:
    """An attempt id from 8 random bytes (P8)."""
    return random[:8].hex()


@dataclass(frozen=True, slots=True, order=True)
class PartitionIdentity:
    """(table incarnation, Kafka topic id, Pinot partition id): every path, key and footer carries it (P1)."""

    incarnation: str
    topic_id: str
    partition: int

    def __post_init__(self) -> None:
        checked_id("table incarnation", self.incarnation)
        checked_id("topic id", self.topic_id)
        if self.partition < 0:
            raise ValueError(f"partition id {self.partition} must not be negative")

    @property
    def kafka_partition(self) -> int:
        return self.partition % PARTITIONS_PER_TOPIC

    @property
    def path(self) -> str:
        """Relative folder of this partition, in the deep store and on local disk."""
        return f"{self.incarnation}/{self.topic_id}.{self.partition}"

    def __str__(self) -> str:
        return self.path
