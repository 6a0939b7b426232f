"""Tables for both systems, and what a folder of files weighs."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from scripts.bench.data.clicks import CLICKS
from scripts.bench.systems import tables
from scripts.bench.systems.pinot import size_of, tuned, version_in
from scripts.bench.systems.port import TableSpec

TABLE = CLICKS.table("clicks", "127.0.0.1:9092", partitions=1, segment_rows=1000, flush_s=60)


def test_the_time_column_is_no_dimension():
    found = tables.schema(TABLE)
    assert "ts" not in [field["name"] for field in found["dimensionFieldSpecs"]]
    assert [field["name"] for field in found["dateTimeFieldSpecs"]] == ["ts"]
    assert {"name": "ok", "dataType": "BOOLEAN"} in found["dimensionFieldSpecs"]


def test_a_type_that_no_data_set_has_is_refused():
    with pytest.raises(KeyError, match="date32"):
        tables.schema(TableSpec("t", "", 1, [("day", pa.date32())], "ts", 1, 1))


def test_a_segment_ends_by_rows_or_time():
    stream = tables.config(TABLE, {})["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"][0]
    assert stream["realtime.segment.flush.threshold.segment.rows"] == "1000"
    assert stream["realtime.segment.flush.threshold.time"] == "60s"


def test_tuning_follows_the_columns_that_there_are():
    indexes, fields = tuned(TABLE)
    assert indexes == {
        "rangeIndexColumns": ["ts"],
        "invertedIndexColumns": ["event", "city", "user_id"],
        "bloomFilterColumns": ["user_id"],
    }
    assert [field["name"] for field in fields] == ["session", "url", "amount"]
    none, no_fields = tuned(TableSpec("t", "", 1, [("at", pa.int64())], "at", 1, 1))
    assert (set(map(tuple, none.values())), no_fields) == ({()}, [])


def test_a_home_says_its_version_by_its_jar(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="no pinot-server-"):
        version_in(tmp_path)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "pinot-server-1.5.1.jar").touch()
    assert version_in(tmp_path) == "1.5.1"


def test_sizes_are_of_files_and_of_folders(tmp_path: Path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"123")
    (tmp_path / "a" / "b" / "two").write_bytes(b"12345")
    assert size_of(tmp_path / "a") == 8
    assert size_of(tmp_path / "a" / "one") == 3
    assert size_of(tmp_path / "missing") == 0
