"""Whether a dead writer's file may be adopted (P20): this boot, every checksum, and what the side-car says of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from segments.arrow_schema import OFFSET
from segments.consuming.frames import CorruptFrame, Header
from segments.consuming.mapped import MappedPart
from segments.consuming.rejects import REJECT_SCHEMA
from segments.consuming.sidecar import Part, SideCar, read_sidecar
from segments.two_slots import NoValidSlot


class NotAdoptable(Exception):
    """The file is dropped, for the reason that this says; Kafka still has its rows."""


def adoptable(path: Path, boot: str) -> SideCar:
    """The state of the consuming segment whose side-car is `path`, fully checked. Raises NotAdoptable."""
    state = _sidecar(path)
    if state.boot != boot:
        raise NotAdoptable("written before the host restarted")
    try:
        _check_files(path.parent, state)
    except FileNotFoundError as error:
        raise NotAdoptable(f"a file is missing: {error.filename or error}") from error
    except (CorruptFrame, pa.ArrowInvalid) as error:
        raise NotAdoptable(str(error)) from error
    return state


def _sidecar(path: Path) -> SideCar:
    try:
        return read_sidecar(path)[1]
    except NoValidSlot as error:
        raise NotAdoptable("half born: the side-car says nothing yet") from error
    except ValidationError as error:
        raise NotAdoptable(f"the side-car is of another format: {error.errors()[0]['msg']}") from error


def _check_files(folder: Path, state: SideCar) -> None:
    frames = [header for part in state.parts for header in _checked_frames(folder, part)]
    _check_offsets(frames, state)
    rows = sum(header.rows for header in frames)
    if rows != state.rows:
        raise NotAdoptable(f"the side-car says {state.rows} rows, the files hold {rows}")
    if state.rejected is not None:
        _check_offsets(_checked_frames(folder, state.rejected, REJECT_SCHEMA), state)


def _checked_frames(folder: Path, part: Part, schema: pa.Schema | None = None) -> Sequence[Header]:
    mapped = MappedPart(folder / part.file)
    mapped.verify(part.bytes_visible)
    headers = mapped.headers(part.bytes_visible)
    if (len(headers), sum(header.rows for header in headers)) != (part.frames, part.rows):
        raise NotAdoptable(f"{part.file} does not hold the {part.frames} frames and {part.rows} rows of the side-car")
    if schema is not None and not mapped.schema.equals(schema):
        raise NotAdoptable(f"{part.file} has another schema")
    for header, batch in zip(headers, mapped.batches(part.bytes_visible), strict=True):
        _check_rows(part.file, header, batch)
    return headers


def _check_rows(file: str, header: Header, batch: pa.RecordBatch) -> None:
    offsets = batch.column(OFFSET)
    first, last = offsets[0].as_py(), offsets[-1].as_py()
    if batch.num_rows != header.rows or not header.first_offset <= first <= last < header.next_offset:
        raise NotAdoptable(f"{file}: a frame's rows, at offsets {first} to {last}, are not what its header says")


def _check_offsets(frames: Sequence[Header], state: SideCar) -> None:
    """Frames ascend within the segment's range; between them may be offsets without rows."""
    reached = state.start
    for header in frames:
        if header.first_offset < reached:
            raise NotAdoptable(f"a frame starts at offset {header.first_offset}, before {reached} where it may")
        reached = header.next_offset
    if reached > state.next_offset:
        raise NotAdoptable(f"the frames go to offset {reached}, the side-car to {state.next_offset}")
