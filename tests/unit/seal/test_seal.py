"""Sealing: the same rows, sorted, in a file that is whole or not there."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segments.arrow_schema import OFFSET
from segments.catalogue import ColumnStats
from segments.seal import (
    SealRequest,
    gatherable,
    rejects_path,
    row_group_rows,
    seal,
    seal_rejects,
    sort_order,
)
from segments.sealed import blooms, column_stats, read_footer
from segments.stores.files import digest_of
from segments.time_bounds import TimeColumn
from tableconfigs.datetime_format import DateTimeFormat
from tests.unit.seal.click_rows import NOW_MS, START, clicks, facts, rows_of, sealed

MILLISECONDS = DateTimeFormat.parse("1:MILLISECONDS:EPOCH")


def test_every_row_is_there_sorted_by_the_sort_column_and_then_by_offset(tmp_path):
    rows = clicks(5_000)
    sealed(rows, tmp_path / "s.parquet", sort_column="city")
    back = pq.read_table(tmp_path / "s.parquet")
    assert back == rows.sort_by([("city", "ascending"), (OFFSET, "ascending")])


def test_without_a_sort_column_rows_stay_in_offset_order(tmp_path):
    rows = clicks(500)
    sealed(rows, tmp_path / "s.parquet")
    assert pq.read_table(tmp_path / "s.parquet") == rows


def test_rows_that_lie_sorted_already_are_not_gathered():
    assert sort_order(clicks(500), OFFSET) is None
    assert sort_order(clicks(500), "ts") is not None
    assert sort_order(clicks(0), "ts") is None


def test_nulls_sort_last(tmp_path):
    rows = rows_of({"city": pa.array(["Oslo", None, "Jena"])})
    sealed(rows, tmp_path / "s.parquet", sort_column="city")
    assert pq.read_table(tmp_path / "s.parquet")["city"].to_pylist() == ["Jena", "Oslo", None]


def test_the_file_says_how_it_is_sorted_and_has_page_indexes_and_no_arrow_schema(tmp_path):
    sealed(clicks(500), tmp_path / "s.parquet", sort_column="user_id")
    metadata = pq.read_metadata(tmp_path / "s.parquet")
    group = metadata.row_group(0)
    assert [(order.column_index, order.descending) for order in group.sorting_columns] == [(1, False)]
    assert all(group.column(leaf).has_column_index for leaf in range(group.num_columns))
    assert set(metadata.metadata) == {b"crushpad", b"crushpad.sha256"}


def test_a_segment_without_rows_is_a_segment(tmp_path):
    result = sealed(clicks(0), tmp_path / "s.parquet", sort_column="ts", time=TimeColumn("ts", MILLISECONDS))
    assert (result.rows, result.footer.time_min_ms, result.footer.time_max_ms) == (0, None, None)
    assert read_footer(tmp_path / "s.parquet") == result.footer
    assert duckdb.execute(f"select count(*), min(ts) from '{tmp_path}/s.parquet'").fetchall() == [(0, None)]


def test_digest_and_size_are_those_of_the_file(tmp_path):
    result = sealed(clicks(3_000), tmp_path / "s.parquet", sort_column="ts")
    assert result.digest == digest_of(result.path)
    assert result.size_bytes == result.path.stat().st_size


def test_sealing_the_same_rows_again_gives_the_same_file(tmp_path):
    first, second = (sealed(clicks(3_000), tmp_path / name, sort_column="ts") for name in ("a", "b"))
    assert first.digest == second.digest


def test_the_commit_learns_what_the_file_holds(tmp_path):
    result = sealed(clicks(300), tmp_path / "s.parquet", time=TimeColumn("ts", MILLISECONDS))
    file = result.stored_as("key")
    assert (file.uri, file.digest, file.rows, file.rejects) == ("key", result.digest, 300, 2)
    assert (file.start, file.end, file.leader_epoch) == (START, START + 300, 4)
    assert (file.time_min_ms, file.time_max_ms) == (result.footer.time_min_ms, result.footer.time_max_ms)


@pytest.mark.parametrize("count", [1, 999])
def test_rows_beyond_the_segments_offsets_are_refused(tmp_path, count):
    request = SealRequest(clicks(count), facts(START + count - 1), tmp_path / "s.parquet")
    with pytest.raises(ValueError, match=r"clicks__0__7.* not all in \[1000, "):
        seal(request)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"sort_column": "nope"}, {"bloom_columns": ("nope",)}])
def test_a_column_that_is_not_there_is_named(tmp_path, options):
    with pytest.raises(ValueError, match=r"no columns \['nope'\] in"):
        sealed(clicks(10), tmp_path / "s.parquet", **options)


def test_more_than_a_million_rows_make_several_row_groups_in_one_order(tmp_path):
    count = 1_000_100
    rows = rows_of({"n": pa.array(range(count, 0, -1), pa.int64())})
    sealed(rows, tmp_path / "s.parquet", sort_column="n", bloom_columns=("n",))
    metadata = pq.read_metadata(tmp_path / "s.parquet")
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [1_000_000, 100]
    assert pq.read_table(tmp_path / "s.parquet", columns=["n"])["n"].to_numpy().tolist() == list(range(1, count + 1))
    assert column_stats(tmp_path / "s.parquet")["n"] == ColumnStats(1, count, nulls=0)
    assert blooms(tmp_path / "s.parquet") == ["n"]


@pytest.mark.parametrize(
    ("rows", "size_bytes", "expected"),
    [(500_000, 60_000_000, 1_000_000), (3_000_000, 300_000_000, 1_000_000), (100_000, 1 << 30, 50_000), (0, 0, 1)],
)
def test_a_row_group_is_bounded_in_rows_and_in_bytes(rows, size_bytes, expected):
    allowed = row_group_rows(rows, size_bytes)
    assert min(allowed, rows) == min(expected, rows)


def test_texts_too_large_for_small_offsets_are_sealed_as_the_same_texts(tmp_path):
    rows = clicks(200).append_column("tags", pa.array([["a" * 40, "b"]] * 200))
    wide = gatherable(rows, offsets_max=2_000)
    assert wide.schema.field("session").type == pa.large_string()
    assert wide.schema.field("tags").type == pa.list_(pa.large_string())
    sealed(wide, tmp_path / "s.parquet", sort_column="session", bloom_columns=("session",))
    assert pq.read_table(tmp_path / "s.parquet") == rows.sort_by("session")


def test_rejected_records_are_sealed_beside_the_segment(tmp_path):
    rejects = pa.table({"offset": [7, 9], "reason": ["not JSON", "no ts"], "value": [b"{", b"{}"]})
    result = seal_rejects(rejects, tmp_path / "s.parquet")
    assert result.path == rejects_path(tmp_path / "s.parquet") == tmp_path / "s.rejects.parquet"
    assert (result.rows, result.digest, result.size_bytes) == (2, digest_of(result.path), result.path.stat().st_size)
    assert pq.read_table(result.path) == rejects


def test_the_file_is_closed_to_strangers(tmp_path):
    assert sealed(clicks(10), tmp_path / "s.parquet").path.stat().st_mode & 0o777 == 0o640


def test_a_torn_file_of_a_killed_seal_is_replaced(tmp_path):
    (tmp_path / "s.parquet.part").write_bytes(b"torn")
    result = sealed(clicks(10), tmp_path / "s.parquet")
    assert list(tmp_path.iterdir()) == [result.path]


@pytest.mark.parametrize("bytes_max", [0, 1_000, 30_000])
def test_a_full_disk_leaves_nothing_and_says_so(tmp_path, bytes_max):
    program = f"""
import resource
from pathlib import Path
from segments.stores.base import DiskFull
from tests.unit.seal.click_rows import clicks, sealed
resource.setrlimit(resource.RLIMIT_FSIZE, ({bytes_max}, {bytes_max}))
try:
    sealed(clicks(3_000), Path({str(tmp_path / "s.parquet")!r}))
except DiskFull as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert f"no room for {tmp_path}/s.parquet" in run.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("values", "form", "expected"),
    [
        (pa.array([20, None, 10]), "1:SECONDS:EPOCH", (10_000, 20_000)),
        (pa.array([NOW_MS, NOW_MS + 5], pa.timestamp("ms")), "1:MILLISECONDS:TIMESTAMP", (NOW_MS, NOW_MS + 5)),
        (
            pa.array(["31/01/1970", "01/02/1970", None]),
            "1:DAYS:SIMPLE_DATE_FORMAT:dd/MM/yyyy",
            (2592000000, 2678400000),
        ),
        (pa.array(["1970-01-01", "soon"]), "1:DAYS:SIMPLE_DATE_FORMAT:yyyy-MM-dd", (None, None)),
        (pa.array([None, None], pa.int64()), "1:MILLISECONDS:EPOCH", (None, None)),
    ],
    ids=["seconds", "timestamps", "texts that do not sort as time", "not a time", "nulls"],
)
def test_the_time_range_is_in_milliseconds_whatever_the_columns_format(tmp_path, values, form, expected):
    time = TimeColumn("t", DateTimeFormat.parse(form))
    footer = sealed(rows_of({"t": values}), tmp_path / "s.parquet", time=time).footer
    assert (footer.time_min_ms, footer.time_max_ms) == expected


COLUMNS = {
    "int": (st.integers(-(2**31), 2**31 - 1), pa.int32()),
    "long": (st.integers(-(2**63), 2**63 - 1), pa.int64()),
    "double": (st.floats(allow_nan=False), pa.float64()),
    "flag": (st.booleans(), pa.bool_()),
    "text": (st.text(), pa.string()),
    "bytes": (st.binary(), pa.binary()),
    "tags": (st.lists(st.text(max_size=3) | st.none(), max_size=3), pa.list_(pa.string())),
    "when": (st.integers(-(2**40), 2**60), pa.timestamp("ms")),
}


@st.composite
def tables(draw):
    count = draw(st.integers(1, 300))
    distinct = draw(st.integers(1, 20))
    columns = {}
    for name, (values, kind) in COLUMNS.items():
        pool = draw(st.lists(values | st.none(), min_size=distinct, max_size=distinct))
        columns[name] = pa.array([pool[(n * n + n // 7) % distinct] for n in range(count)], kind)
    return rows_of(columns)


@settings(max_examples=150, deadline=None)
@given(rows=tables(), column=st.sampled_from(["int", "long", "double", "flag", "text", "when"]))
def test_any_rows_come_back_as_they_were(tmp_path_factory, rows, column):
    path = tmp_path_factory.mktemp("any") / "s.parquet"
    sealed(rows, path, sort_column=column, bloom_columns=("text", "tags", "flag", "long"))
    back = pq.read_table(path, page_checksum_verification=True)
    assert back == rows.sort_by([(column, "ascending"), (OFFSET, "ascending")])


@pytest.mark.parametrize("syncs_before", [0, 1], ids=["of the file", "of the folder"])
def test_a_failed_sync_leaves_no_file_that_could_be_trusted(tmp_path, monkeypatch, syncs_before):
    outcomes = iter([None] * syncs_before + [OSError(errno.EIO, "Input/output error")])

    def failing_sync(fd):
        if (outcome := next(outcomes)) is not None:
            raise outcome

    monkeypatch.setattr(os, "fsync", failing_sync)
    with pytest.raises(OSError, match="Input/output error"):
        sealed(clicks(10), tmp_path / "s.parquet")
    assert list(tmp_path.iterdir()) == []
