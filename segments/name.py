"""Segment names as Pinot writes them (contract 4.1): `<rawTable>__<partition>__<sequence>__<yyyyMMddTHHmmZ>`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class SegmentName:
    """The four parts of a low-level consumer's segment name."""

    table: str
    partition: int
    sequence: int
    created: str

    @classmethod
    def of(cls, table: str, partition: int, sequence: int, created_ms: int) -> SegmentName:
        """Name of the segment of raw table `table` whose consuming record was made at `created_ms` (epoch ms)."""
        moment = datetime.fromtimestamp(created_ms / 1000, UTC)
        return cls(table, partition, sequence, moment.strftime("%Y%m%dT%H%MZ"))

    @classmethod
    def parse(cls, text: str) -> SegmentName:
        """Raises ValueError when `text` is not a segment name."""
        parts = text.split("__")
        if len(parts) != 4 or not parts[0] or not parts[1].isdigit() or not parts[2].isdigit():
            raise ValueError(
                f"{text!r} is not a segment name; expected <table>__<partition>__<sequence>__<creation time>"
            )
        return cls(parts[0], int(parts[1]), int(parts[2]), parts[3])

    def __str__(self) -> str:
        return f"{self.table}__{self.partition}__{self.sequence}__{self.created}"
