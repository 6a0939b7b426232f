"""What running partitions say of themselves, from one process to another."""

from pathlib import Path

import pytest

from segments.status import (
    SLOT_BYTES_MIN,
    STALE_AFTER_MS,
    PartitionStatus,
    WorkerStatus,
    read_statuses,
    status_path,
    write_status,
)

NOW_MS = 1_800_000_000_000


def partition(**changes: object) -> PartitionStatus:
    said: dict[str, object] = {"table": "clicks_REALTIME", "partition": 0, "topic": "clicks", "state": "CONSUMING"}
    return PartitionStatus.model_validate(said | changes)


def worker(process: str = "ingest-0", **changes: object) -> WorkerStatus:
    return WorkerStatus.model_validate({"process": process, "pid": 7, "written_ms": NOW_MS} | changes)


def test_a_reader_sees_what_was_written_last(tmp_path: Path):
    path = status_path(tmp_path / "status", "ingest-0")
    for offset in (10, 20, 30):
        write_status(path, worker(partitions=[partition(current_offset=offset)]))

    (seen,) = read_statuses(tmp_path / "status", NOW_MS)

    assert seen.partitions[0].current_offset == 30


def test_workers_come_in_the_order_of_their_names(tmp_path: Path):
    for process in ("ingest-1", "ingest-0"):
        write_status(status_path(tmp_path, process), worker(process))

    assert [status.process for status in read_statuses(tmp_path, NOW_MS)] == ["ingest-0", "ingest-1"]


def test_a_worker_that_fell_silent_is_left_out(tmp_path: Path):
    write_status(status_path(tmp_path, "ingest-0"), worker())

    assert len(read_statuses(tmp_path, NOW_MS + STALE_AFTER_MS)) == 1
    assert read_statuses(tmp_path, NOW_MS + STALE_AFTER_MS + 1) == []


def test_after_the_first_report_a_full_disk_cannot_silence_a_worker(tmp_path: Path):
    path = status_path(tmp_path, "ingest-0")
    write_status(path, worker())
    born = path.stat()

    for _ in range(3):
        write_status(path, worker(partitions=[partition(reason="the disk is full")]))

    assert born.st_blocks * 512 >= born.st_size
    assert (path.stat().st_blocks, path.stat().st_ino) == (born.st_blocks, born.st_ino)


def test_a_thousand_partitions_fit_and_a_reader_sees_all_of_them_at_any_time(tmp_path: Path):
    path = status_path(tmp_path, "ingest-0")
    for count in (1, 400, 1_000, 2_000):
        write_status(path, worker(partitions=[partition(partition=p, reason="x" * 200) for p in range(count)]))

        (seen,) = read_statuses(tmp_path, NOW_MS)
        assert [said.partition for said in seen.partitions] == [*range(count)]

    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_what_fits_is_said_although_there_is_no_room_for_a_larger_file(tmp_path: Path):
    path = status_path(tmp_path, "ingest-0")
    write_status(path, worker())
    (tmp_path / "ingest-0.making").mkdir()

    write_status(path, worker(partitions=[partition(reason="x" * (SLOT_BYTES_MIN * 3 // 4))]))
    with pytest.raises(IsADirectoryError):
        write_status(path, worker(partitions=[partition(reason="x" * SLOT_BYTES_MIN)]))

    assert len(read_statuses(tmp_path, NOW_MS)[0].partitions) == 1


@pytest.mark.parametrize("content", [b"", b"nonsense", bytes(1024 * 1024)])
def test_a_file_that_is_no_status_is_left_out(tmp_path: Path, content: bytes):
    status_path(tmp_path, "ingest-0").write_bytes(content)

    assert read_statuses(tmp_path, NOW_MS) == []


def test_there_may_be_no_folder_yet(tmp_path: Path):
    assert read_statuses(tmp_path / "status", NOW_MS) == []


@pytest.mark.parametrize(
    ("current", "upstream", "lag"), [(5, 9, 4), (9, 9, 0), (10, 9, 0), (None, 9, None), (5, None, None)]
)
def test_the_lag_is_known_when_both_ends_are(current: int | None, upstream: int | None, lag: int | None):
    assert partition(current_offset=current, upstream_offset=upstream).records_lag == lag
