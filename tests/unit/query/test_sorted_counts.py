"""Counting in one decoded column: in order or not, numbers or times, kept or read again."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.connection import FileGone
from query.jobs import RangeCount
from query.sorted_counts import SortedCounts


def written(path, values, kind=pa.int64()):
    pq.write_table(pa.table({"t": pa.array(values, kind)}), path)
    return str(path)


@pytest.mark.parametrize("values", [[1, 2, 2, 5, 9], [5, 2, 9, 1, 2]], ids=["in order", "not in order"])
@pytest.mark.parametrize("kind", [pa.int32(), pa.int64(), pa.timestamp("ms")], ids=str)
def test_rows_between_both_ends_are_counted(tmp_path, values, kind):
    path, counts = written(tmp_path / "a.parquet", values, kind), SortedCounts()
    for low, high in ((1, 9), (2, 2), (3, 4), (-5, 1), (9, 2**62), (-(2**63), 2**63 - 1), (5, 2)):
        expected = sum(low <= value <= high for value in values)
        assert counts.count([RangeCount(path, "t", low, high)]) == expected


def test_files_add_up_and_an_empty_one_is_nothing(tmp_path):
    files = [written(tmp_path / f"{number}.parquet", range(number * 10)) for number in range(3)]
    assert SortedCounts().count(RangeCount(file, "t", 5, 100) for file in files) == 5 + 15


def test_columns_used_last_are_kept_and_others_read_again(tmp_path):
    files = [written(tmp_path / f"{number}.parquet", range(100)) for number in range(3)]
    counts = SortedCounts(kept_bytes=1700)  # two of them

    def count(number):
        return counts.count([RangeCount(files[number], "t", 0, 9)])

    assert [count(0), count(1), count(2)] == [10, 10, 10]
    for file in files:
        (tmp_path / file).unlink()
    assert [count(1), count(2)] == [10, 10]
    with pytest.raises(FileNotFoundError):
        count(0)


def test_a_damaged_file_is_said_to_be_gone(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 this is no segment PAR1")
    with pytest.raises(FileGone):
        SortedCounts().count([RangeCount(str(path), "t", 0, 1)])
