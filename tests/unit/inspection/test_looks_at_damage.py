"""Commands that only look at a damaged file say so in a sentence, or show what is still right; they never break."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from segments.inspection.columns import columns_of
from segments.inspection.errors import InspectionError
from segments.inspection.listing import listed
from segments.inspection.opening import Segment, open_segment
from segments.inspection.rows import Choice, chosen_batches
from segments.inspection.summary import summary
from tests.unit.inspection.golden_commands import FIRST
from tests.unit.inspection.golden_segments import GOLDEN
from tests.unit.inspection.test_flipped_bytes import flipped

FLIPS = 300
FOOTER_BYTES = 4_500

LOOKS: dict[str, Callable[[str], object]] = {
    "list": listed,
    "show": lambda path: summary(open_segment(path)),
    "columns": lambda path: columns_of(open_segment(path), exact=True),
    "rows": lambda path: sum(batch.num_rows for batch in chosen_batches(open_segment(path), Choice(from_offset=1_100))),
}


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_at_a_damaged_file_never_breaks(tmp_path: Path, look: str):
    chance = random.Random(look)
    content = (GOLDEN / FIRST).read_bytes()
    path = tmp_path / "damaged.parquet"
    refused = []
    for _ in range(FLIPS):
        place = len(content) - 1 - chance.randrange(chance.choice([FOOTER_BYTES, len(content)]))
        path.write_bytes(flipped(content, place, chance.randrange(1, 256)))
        try:
            LOOKS[look](str(path))
        except InspectionError as error:
            refused.append(str(error))
    assert len(refused) > FLIPS / 2
    assert all(str(path) in sentence for sentence in refused)


def test_rows_that_can_be_read_are_not_lost_for_a_damaged_column(tmp_path: Path):
    content = (GOLDEN / FIRST).read_bytes()
    path = tmp_path / "damaged.parquet"
    path.write_bytes(flipped(content, 200, 1))
    segment: Segment = open_segment(str(path))
    (batch,) = segment.batches(["$offset", "user_id"])
    assert batch.num_rows == segment.facts.rows
