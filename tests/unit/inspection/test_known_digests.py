"""In a data folder the digests of committed segments are known: a file that was replaced is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from segments.catalogue import CatalogueWriter, PartitionEntry, TableEntry
from segments.inspection.verify.checks import Status
from segments.inspection.verify.places import checks_at
from segments.sealed import to_entry
from tests.unit.inspection.golden_segments import write
from tests.unit.seal.test_sealed import step_of


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two committed segments."""
    results = write(tmp_path / "segments")
    entries = [to_entry(step_of(result), result.path) for result in results]
    footer = results[0].footer
    partition = PartitionEntry(
        partition=0,
        topic=footer.topic,
        topic_id=footer.topic_id,
        sequence=9,
        first_start=footer.start,
        committed_end=results[1].footer.end,
        created_ms=0,
        config_version=1,
        schema_version=1,
        segments=entries,
        gaps=[],
    )
    table = TableEntry(footer.table, footer.incarnation, "active", 1, {}, "clicks", 1, {}, 0, [partition])
    writer = CatalogueWriter(tmp_path / "catalogue")
    writer.publish({footer.table: table}, 0)
    writer.close()
    return tmp_path


def digests(place: Path) -> list[Status]:
    return [check.status for _, checks in checks_at(str(place)) for check in checks if check.check == "digest"]


def test_committed_segments_have_the_digests_of_their_steps(data: Path):
    assert digests(data / "segments") == [Status.OK, Status.OK]


def test_another_whole_segment_in_its_place_is_found_by_its_digest(data: Path):
    first, second = sorted((data / "segments").rglob("clicks__0__?__*Z.????????????????.parquet"))
    second.write_bytes(first.read_bytes())
    assert digests(second) == [Status.FOUND]


def test_a_bare_file_is_known_to_nobody(data: Path, tmp_path_factory: pytest.TempPathFactory):
    bare = tmp_path_factory.mktemp("elsewhere") / "bare.parquet"
    bare.write_bytes(next((data / "segments").rglob("*__8__*.parquet")).read_bytes())
    assert digests(bare) == [Status.UNKNOWN]
