"""The footer of a sealed segment, format 1: written as in the golden file, and the golden file is read for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segments.metadata import FOOTER_KEY, SegmentFooter
from segments.own_digest import OWN_DIGEST_KEY
from segments.time_bounds import TimeColumn
from tableconfigs.datetime_format import DateTimeFormat
from tests.unit.seal.click_rows import NOW_MS, rows_of, sealed

GOLDEN = Path(__file__).parent / "segment_footer.v1.json"
LATER = {"origin": "stream"}
"""What was added to the format since; footers without it mean this."""
TIME = TimeColumn("ts", DateTimeFormat.parse("1:MILLISECONDS:EPOCH"))
ROWS = rows_of(
    {
        "ts": pa.array([NOW_MS + n for n in range(4)]),
        "city": pa.array(["Jena", "Oslo", None, "Jena"]),
        "amount": pa.array([1.5, float("nan"), 1.5, 1.5]),
        "ok": pa.array([True, True, False, None]),
        "tags": pa.array([["new"], [], ["new", "new"], None]),
    }
)


def test_a_footer_is_written_as_in_the_golden_file(tmp_path):
    sealed(ROWS, tmp_path / "s.parquet", sort_column="ts", time=TIME)
    metadata = pq.read_metadata(tmp_path / "s.parquet").metadata
    assert metadata.keys() == {FOOTER_KEY, OWN_DIGEST_KEY}
    assert json.loads(metadata[FOOTER_KEY]) == json.loads(GOLDEN.read_text())["crushpad"] | LATER


def test_a_footer_of_format_1_is_understood():
    text = json.dumps(json.loads(GOLDEN.read_text())["crushpad"])
    footer = SegmentFooter.model_validate_json(text)
    assert (footer.format, footer.rows, footer.rejects, str(footer.range)) == (1, 4, 2, "[1000, 1004)")
    assert footer.encodings["city"].dictionary
    assert footer.nan_columns == ("amount",)
    assert json.loads(footer.encoded()) == json.loads(text) | LATER
