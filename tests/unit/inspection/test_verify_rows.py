"""Files whose bytes are whole but whose rows are not what their footers say: each lie has its check."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segments.history import Origin
from segments.inspection.opening import open_segment
from segments.inspection.summary import summary
from segments.inspection.verify.blooms import missing
from segments.inspection.verify.checks import Check, Status
from segments.inspection.verify.sealed import sealed_checks
from segments.inspection.verify.xxh64 import xxh64
from segments.metadata import FOOTER_KEY, SegmentFacts
from segments.own_digest import OWN_DIGEST_KEY, TRAILER_BYTES, UNFILLED, end_bytes, filled, value_at
from segments.seal import SealRequest, seal
from segments.stores.files import DigestingFile
from tests.unit.inspection.golden_segments import ROWS, TIME, shop_rows, write
from tests.unit.seal.click_rows import START, clicks, facts, rows_of, sealed


def found(path: Path) -> dict[str, str]:
    return {one.check: one.detail for one in sealed_checks(path, None) if one.status is Status.FOUND}


def said(path: Path, check: str) -> Check:
    (one,) = [one for one in sealed_checks(path, None) if one.check == check]
    return one


def rewritten(path: Path, rows: pa.Table) -> Path:
    """The file with other rows under the same footer, as an early version wrote it: without digests of its own."""
    footer = pq.read_metadata(path).metadata[FOOTER_KEY]
    with pq.ParquetWriter(path, rows.schema, store_schema=False, write_page_checksum=True) as writer:
        writer.write_table(rows)
        writer.add_key_value_metadata({FOOTER_KEY: footer})
    return path


def test_rows_out_of_order_are_found(tmp_path: Path):
    path = sealed(clicks(500), tmp_path / "s.parquet", sort_column="ts").path
    rewritten(path, pq.read_table(path).take(pa.array([*range(100), *range(200, 500), *range(100, 200)])))
    assert found(path) == {"order": "row 400 is less in ts than the row before it"}


def test_a_row_that_is_there_twice_is_found(tmp_path: Path):
    path = sealed(clicks(500), tmp_path / "s.parquet").path
    rewritten(path, pq.read_table(path).take(pa.array([*range(100), 99, *range(101, 500)])))
    assert found(path) == {"offsets": f"offset {START + 99} has a row more than once"}


def test_a_record_may_have_made_several_rows(tmp_path: Path):
    rows = clicks(6)
    offsets, ordinals = pa.array([START, START, START + 1, START + 1, START + 1, START + 5]), [0, 1, 0, 1, 2, 0]
    rows = rows.set_column(rows.schema.get_field_index("$offset"), rows.schema.field("$offset"), offsets)
    at = rows.schema.get_field_index("$ordinal")
    path = sealed(
        rows.set_column(at, rows.schema.field("$ordinal"), pa.array(ordinals, pa.int32())), tmp_path / "s.parquet"
    ).path
    assert found(path) == {}


def test_rows_of_other_offsets_are_found(tmp_path: Path):
    path = sealed(clicks(500), tmp_path / "s.parquet").path
    rows = pq.read_table(path)
    moved = pa.array(np.arange(START + 1, START + 501))
    rewritten(path, rows.set_column(rows.schema.get_field_index("$offset"), rows.schema.field("$offset"), moved))
    assert found(path) == {"offsets": f"rows of offsets {START + 1} to {START + 500}, outside [{START}, {START + 500})"}


def test_a_missing_row_is_found(tmp_path: Path):
    path = sealed(clicks(500), tmp_path / "s.parquet").path
    rewritten(path, pq.read_table(path).slice(0, 499))
    assert found(path) == {"rows": "499 rows, the footer says 500, Parquet 499"}


def test_statistics_that_are_too_narrow_are_found(tmp_path: Path):
    """The bytes of a bound are changed and the digests made anew: only the rows can tell."""
    path = sealed(rows_of({"number": pa.array([7_777_777, 8_888_888, 9_999_999])}), tmp_path / "s.parquet").path
    content = path.read_bytes()
    body, end = parted(content)
    assert end.count(struct.pack("<q", 9_999_999)) == 2
    resealed(path, body, end.replace(struct.pack("<q", 9_999_999), struct.pack("<q", 9_000_000)))
    assert found(path) == {
        "statistics": "number goes from 7777777 to 9999999, its statistics say 7777777 to 9000000",
    }


def test_a_bloom_filter_that_denies_its_values_is_found(tmp_path: Path):
    path = sealed(clicks(500), tmp_path / "s.parquet", bloom_columns=("session",)).path
    parquet = pq.read_metadata(path)
    leaf = parquet.schema.to_arrow_schema().get_field_index("session")
    chunk = parquet.row_group(0).column(leaf)
    body, end = parted(path.read_bytes())
    behind = chunk.bloom_filter_offset + chunk.bloom_filter_length
    resealed(path, body[: behind - 256] + bytes(256) + body[behind:], end)
    assert found(path).keys() == {"bloom filters"}
    assert "session in row group 0" in found(path)["bloom filters"]


def parted(content: bytes) -> tuple[bytes, bytes]:
    cut = len(content) - end_bytes(content[-TRAILER_BYTES:])
    return content[:cut], content[cut:]


def resealed(path: Path, body: bytes, end: bytes) -> None:
    """Write the file with digests that are right for it."""
    at = value_at(end)
    blank = end[:at] + UNFILLED + end[at + len(UNFILLED) :]
    with path.open("wb") as raw:
        file = DigestingFile(raw)
        file.write(body)
        file.write(filled(blank, file.digest))


def test_an_entry_that_sealing_does_not_write_is_found(tmp_path: Path):
    path = sealed(clicks(5), tmp_path / "s.parquet").path
    body, end = parted(path.read_bytes())
    path.write_bytes(body + end.replace(OWN_DIGEST_KEY, b"crushpad.sha257"))
    assert "crushpad.sha257" in found(path)["footer"]


def test_of_a_file_of_an_early_version_it_is_said_what_cannot_be_proven(tmp_path: Path):
    path = sealed(clicks(500), tmp_path / "s.parquet").path
    rewritten(path, pq.read_table(path))
    assert found(path) == {}
    assert said(path, "body digest").status is said(path, "footer").status is Status.UNKNOWN


def test_a_file_under_the_name_of_another_is_found(tmp_path: Path):
    first, second = write(tmp_path)
    content = second.path.read_bytes()
    first.path.write_bytes(content)
    assert "the path says clicks__0__7__20251009T0853Z" in found(first.path)["identity"]


def test_a_missing_reject_is_found(tmp_path: Path):
    first, _ = write(tmp_path)
    rejects = pq.read_table(first.path.with_name(first.path.name.replace(".parquet", ".rejects.parquet")))
    pq.write_table(rejects.slice(1), first.path.with_name(first.path.name.replace(".parquet", ".rejects.parquet")))
    assert "has 1 records, the footer says 2" in found(first.path)["rejects"]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"start": START + 251, "predecessor": "a1b2c3d4e5f60718"}, "hole in offsets between 1250 and 1251"),
        ({"start": START + 249, "predecessor": "a1b2c3d4e5f60718"}, "overlap in offsets between 1249 and 1250"),
        (
            {"start": START + 250, "predecessor": "ffff"},
            "names ffff as its predecessor, sequence 7 is a1b2c3d4e5f60718",
        ),
    ],
)
def test_a_segment_that_does_not_fit_its_neighbour_is_found(tmp_path: Path, changes: dict[str, Any], finding: str):
    first, second = write(tmp_path)
    said_of = SegmentFacts(**second.footer.model_dump() | changes)
    seal(SealRequest(shop_rows(ROWS + 10, 40), said_of, second.path, sort_column="ts", time=TIME))
    assert finding in found(second.path)["chain"]
    assert finding in found(first.path)["chain"]


def test_replayed_rows_lie_before_their_empty_range(tmp_path: Path):
    """Records that were rejected once: the segment moves no offset."""
    rows, at = clicks(50), START + 50
    path = seal(SealRequest(rows, facts(at, start=at, origin=Origin.REPLAYED), tmp_path / "s.parquet")).path
    assert found(path) == {}
    assert "50 rows of records before 1050" in summary(open_segment(str(path)))["offsets"]
    early = facts(START + 20, start=START + 20, origin=Origin.REPLAYED)
    path = seal(SealRequest(rows, early, tmp_path / "t.parquet")).path
    assert "a replay at 1020 has rows before it only" in found(path)["offsets"]


def test_a_segment_of_no_rows_is_as_it_was_sealed(tmp_path: Path):
    path = sealed(clicks(0), tmp_path / "s.parquet", sort_column="ts").path
    assert found(path) == {}


def test_several_row_groups_and_nulls_and_nan_are_as_they_were_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("segments.seal.ROW_GROUP_ROWS_MAX", 64)
    first, _ = write(tmp_path)
    assert pq.read_metadata(first.path).num_row_groups == 4
    assert found(first.path) == {}


@pytest.mark.parametrize("length", [0, 1, 3, 4, 7, 8, 15, 31, 32, 33, 63, 64, 100])
def test_texts_of_every_length_are_hashed_as_arrow_does_when_it_writes(tmp_path: Path, length: int):
    path = tmp_path / "s.parquet"
    texts = sorted({(f"{number:05d}"[::-1] * 25)[:length] for number in range(3_000)})
    pq.write_table(pa.table({"text": texts}), path, bloom_filter_options={"text": {"ndv": 3_000, "fpp": 0.01}})
    chunk = pq.read_metadata(path).row_group(0).column(0)
    with path.open("rb") as file:
        assert missing(file, chunk, pa.chunked_array([texts])) == 0
        assert missing(file, chunk, pa.chunked_array([[f"{text}." for text in texts]])) > 0.9 * len(texts)


def test_xxh64_has_the_published_values():
    empty, abc = np.zeros((1, 0), np.uint8), np.frombuffer(b"abc", np.uint8).reshape(1, 3)
    assert [int(xxh64(empty)[0]), int(xxh64(abc)[0])] == [0xEF46DB3751D8E999, 0x44BC2CF5AD770999]
