"""Consuming files of every format that was ever written can be read (`tests/golden/consuming/<format>`).

A golden folder is a writer's folder of ten rows in two frames and one reject, cut to its visible bytes.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from segments.consuming.adoption import claim
from segments.consuming.file import Appended, ConsumingFile
from segments.consuming.listing import list_sidecars
from segments.consuming.reader import FrameCache
from segments.consuming.rejects import REJECT_SCHEMA, unpack
from segments.consuming.sidecar import SideCar
from tests.unit.consuming.material import BOOT, CAPACITY_BYTES, SCHEMA, offsets_of, opening, rejects_at, rows

GOLDEN = Path(__file__).parents[2] / "golden" / "consuming"
FORMATS = sorted(path.name for path in GOLDEN.iterdir())


def write(folder: Path) -> SideCar:
    file = ConsumingFile.create(folder, opening(sequence=12), SCHEMA, CAPACITY_BYTES, clock=lambda: 0.0)
    file.append(Appended(rows(0, 6), None, 6, 7, newest_ms=5, time_min_ms=0, time_max_ms=5))
    state = file.append(Appended(rows(6, 10), rejects_at([10]), 12, 8, filtered=1, newest_ms=11))
    file.close()
    return state


def test_there_is_a_golden_folder_of_the_format_that_is_written_now(tmp_path: Path) -> None:
    now = write(tmp_path / "writer-1")
    [(path, golden)] = list_sidecars(GOLDEN / f"{now.format}")
    assert golden.model_dump(exclude={"parts", "rejected"}) == now.model_dump(exclude={"parts", "rejected"})
    assert path.name == "0000000012.sidecar"
    assert [part.file for part in golden.named] == ["0000000012.0.arrow", "0000000012.rejects.arrow"]


@pytest.mark.parametrize("version", FORMATS)
def test_golden_rows_are_read(version: str) -> None:
    [(path, state)] = list_sidecars(GOLDEN / version)
    assert FrameCache().table(path.parent, state.parts).equals(pa.Table.from_batches([rows(0, 10)]))


@pytest.mark.parametrize("version", FORMATS)
def test_golden_rejects_are_read(version: str) -> None:
    [(path, state)] = list_sidecars(GOLDEN / version)
    assert state.rejected is not None
    rejected = FrameCache().table(path.parent, [state.rejected])
    assert rejected.schema == REJECT_SCHEMA
    [reject] = rejected.to_pylist()
    assert (reject["$offset"], reject["reason"], unpack(reject["raw"])) == (10, "not a number", b"{")


@pytest.mark.parametrize("version", FORMATS)
def test_golden_files_are_adopted_and_go_on(version: str, tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / version, tmp_path, dirs_exist_ok=True)
    home = claim(tmp_path, BOOT, lambda: "another")
    [file] = home.adopted
    file.append(Appended(rows(12, 15), None, 15, 8))
    assert offsets_of(file.table(verify=True)) == [*range(10), 12, 13, 14]
    file.close()
    home.close()
