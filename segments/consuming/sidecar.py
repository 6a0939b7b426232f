"""The side-car: how much of a consuming segment's files is visible, and what the next offset is (P18)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from segments import two_slots
from segments.offsets import OffsetRange

SLOT_BYTES = 4096
SUFFIX = ".sidecar"


class Part(BaseModel):
    """One append file and how much of it is visible."""

    model_config = ConfigDict(frozen=True)

    file: str
    """Name inside the writer's folder."""
    bytes_visible: int
    rows: int
    frames: int
    level: int = 0
    """How often the rows of its frames were merged (P19): 0 for the tail, which appends go to."""


class SideCar(BaseModel):
    """State of one consuming segment after an append. `parts` are in offset order: body first, tail last (P19)."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    topic_id: str
    partition: int
    sequence: int
    writer: str
    boot: str
    config_version: int
    schema_version: int
    created_ms: int
    start: int
    next_offset: int
    leader_epoch: int
    rows: int = 0
    rejects: int = 0
    filtered: int = 0
    tombstones: int = 0
    parts: tuple[Part, ...] = ()
    rejected: Part | None = None
    newest_ms: int = 0
    """Largest record time seen (epoch ms); 0 before the first record."""
    time_min_ms: int | None = None
    time_max_ms: int | None = None
    """Bounds of the table's time column so far (epoch ms)."""

    @property
    def named(self) -> tuple[Part, ...]:
        """Every file of this segment."""
        return self.parts if self.rejected is None else (*self.parts, self.rejected)

    @property
    def range(self) -> OffsetRange:
        return OffsetRange(self.start, self.next_offset)


def sidecar_name(sequence: int) -> str:
    return f"{sequence:010d}{SUFFIX}"


def part_name(sequence: int, number: int) -> str:
    return f"{sequence:010d}.{number}.arrow"


def part_number(file: str) -> int:
    """The number in a part's name; -1 for the file of rejects."""
    number = file.split(".")[1]
    return int(number) if number.isdigit() else -1


def rejects_name(sequence: int) -> str:
    return f"{sequence:010d}.rejects.arrow"


def write_sidecar(fd: int, generation: int, state: SideCar) -> None:
    two_slots.write(fd, generation, state.model_dump_json().encode(), SLOT_BYTES)


def read_sidecar(path: Path) -> tuple[int, SideCar]:
    """(generation, state). Raises FileNotFoundError, NoValidSlot, or pydantic's ValidationError for a foreign file."""
    fd = os.open(path, os.O_RDONLY)
    try:
        generation, payload = two_slots.read(fd, SLOT_BYTES)
    finally:
        os.close(fd)
    return generation, SideCar.model_validate_json(payload)
