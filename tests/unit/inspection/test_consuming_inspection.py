"""A consuming segment is looked into while its writer appends, merges and goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from segments.consuming.file import ConsumingFile
from segments.consuming.sidecar import part_name, sidecar_name
from segments.inspection.columns import columns_of
from segments.inspection.consuming import ConsumingSegment
from segments.inspection.errors import NothingThere
from segments.inspection.facts import PART, SIDE_CAR
from segments.inspection.opening import open_segment
from segments.inspection.rows import Choice, chosen_batches, json_rows
from segments.inspection.summary import summary
from segments.inspection.verify.checks import Status
from segments.inspection.verify.consuming import consuming_checks
from tests.unit.consuming.material import CAPACITY_BYTES, IDENTITY, SCHEMA, offsets_of, opening, records

APPENDS = 400
ROWS_EACH = 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / IDENTITY.path / "writer-1"


@pytest.fixture
def file(folder: Path) -> Iterator[ConsumingFile]:
    """Its clock leaps, so that merged parts are unlinked at the very next append."""
    moments = iter(range(0, 10**9, 60))
    made = ConsumingFile.create(folder, opening(), SCHEMA, CAPACITY_BYTES, clock=lambda: float(next(moments)))
    yield made
    made.close()


def append(file: ConsumingFile, number: int) -> None:
    file.append(records(number * ROWS_EACH, (number + 1) * ROWS_EACH))


def test_every_look_at_a_growing_segment_is_one_whole_cut(file: ConsumingFile):
    append(file, 0)
    done = threading.Event()

    def write() -> None:
        for number in range(1, APPENDS):
            append(file, number)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = [0]
    while not done.is_set():
        segment = ConsumingSegment.open(file.path)
        assert offsets_of(segment.table()) == list(range(segment.facts.end))
        assert [check.status for check in consuming_checks(file.path)] == [Status.OK, Status.OK]
        seen.append(segment.facts.end)
    writer.join()

    assert seen == sorted(seen)
    assert ConsumingSegment.open(file.path).facts.rows == APPENDS * ROWS_EACH


def test_a_look_keeps_its_cut_when_parts_are_merged_under_it(file: ConsumingFile):
    append(file, 0)
    segment = ConsumingSegment.open(file.path)
    for number in range(1, APPENDS):
        append(file, number)
    assert offsets_of(segment.table()) == list(range(ROWS_EACH))
    assert summary(segment)["rows"] == ROWS_EACH


def test_rows_are_chosen_as_of_sealed_segments(file: ConsumingFile):
    for number in range(10):
        append(file, number)
    segment = open_segment(str(file.path))
    chosen = chosen_batches(segment, Choice(columns=("number",), from_offset=18, to_offset=22))
    assert [number for (number,) in json_rows(chosen)] == [180, 190, 200, 210]
    assert columns_of(segment, exact=False)[0].cardinality == 50


def test_a_part_file_leads_to_its_segment(file: ConsumingFile):
    append(file, 0)
    (part,) = file.state.parts
    assert open_segment(str(file.path.with_name(part.file))).facts.rows == ROWS_EACH


def test_endings_are_those_that_the_writer_gives():
    assert sidecar_name(0).endswith(SIDE_CAR)
    assert part_name(0, 0).endswith(PART)


def test_the_table_incarnation_is_known_from_the_place(file: ConsumingFile):
    assert ConsumingSegment.open(file.path).facts.incarnation == IDENTITY.incarnation


def test_damage_is_found(file: ConsumingFile):
    append(file, 0)
    (part,) = file.state.parts
    path = file.path.with_name(part.file)
    content = bytearray(path.read_bytes())
    content[part.bytes_visible - 100] ^= 1
    path.write_bytes(content)
    (_, frames) = consuming_checks(file.path)
    assert frames.status is Status.FOUND
    assert "checksum" in frames.detail


def test_a_segment_that_is_gone_is_named(file: ConsumingFile):
    append(file, 0)
    segment = ConsumingSegment.open(file.path)
    file.path.with_name(file.state.parts[0].file).unlink()
    with pytest.raises(NothingThere, match="the segment was sealed"):
        segment.table()
