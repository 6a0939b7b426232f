"""What a newcomer does with the files that it finds (P16, P20), and when files are let go (P23)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest import events as ev
from ingest.files import Files
from ingest.machine import Action
from ingest.state import ClosedFile
from segments.consuming.sidecar import read_sidecar
from tests.unit.ingest.partition_bench import GRACE_MS, IDENTITY, Bench, do, recipe, take

LOG_END = 1_000


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def filled(bench: Bench, *counts: int) -> None:
    """A process that wrote one file after the other and died; the last one is open."""
    partition = bench.consuming()
    for number, count in enumerate(counts):
        if number:
            do(partition, Action.ROLL)
        bench.produce(count)
        take(partition, bench.fetch())
    partition.close()


def claimed(bench: Bench, start: int = 0, log_end: int = LOG_END, version: int = 1) -> tuple[Files, ev.Claimed]:
    files = Files(IDENTITY, bench.ports())
    return files, files.claim(bench.first_record(start), log_end, recipe(version))


def ranges(event: ev.Claimed) -> list[tuple[int, int]]:
    return [*((c.start, c.end) for c in event.closed), (event.file.start, event.file.next_offset)]


def visible(bench: Bench) -> list[tuple[int, int]]:
    states = [read_sidecar(path)[1] for path in bench.sidecars]
    return [(state.start, state.next_offset) for state in states]


def test_without_files_one_is_opened_at_the_committed_end(bench: Bench) -> None:
    assert ranges(claimed(bench, start=40)[1]) == [(40, 40)]


def test_files_that_chain_from_the_committed_end_go_on(bench: Bench) -> None:
    filled(bench, 5, 5, 2)
    assert ranges(claimed(bench)[1]) == [(0, 5), (5, 10), (10, 12)]


def test_files_below_the_committed_end_are_let_go_of_and_the_rest_goes_on(bench: Bench) -> None:
    filled(bench, 5, 5, 2)
    assert ranges(claimed(bench, start=5)[1]) == [(5, 10), (10, 12)]
    assert visible(bench) == [(0, 5), (5, 10), (10, 12)]


def test_a_file_that_straddles_the_committed_end_goes_on(bench: Bench) -> None:
    filled(bench, 5, 2)
    assert ranges(claimed(bench, start=3)[1]) == [(0, 5), (5, 7)]


def test_an_open_file_that_straddles_the_committed_end_goes_on(bench: Bench) -> None:
    filled(bench, 5)
    assert ranges(claimed(bench, start=3)[1]) == [(0, 5)]


def test_files_that_are_behind_make_room_for_one_at_the_committed_end(bench: Bench) -> None:
    filled(bench, 5, 2)
    _, event = claimed(bench, start=30)
    assert ranges(event) == [(30, 30)]
    assert event.file.number == 2


def test_a_living_writer_keeps_its_files_and_the_newcomer_starts_its_own(bench: Bench) -> None:
    partition = bench.consuming()
    bench.produce(4)
    take(partition, bench.fetch())
    assert ranges(claimed(bench)[1]) == [(0, 0)]
    assert visible(bench) in ([(0, 4), (0, 0)], [(0, 0), (0, 4)])


def test_rows_beyond_the_log_are_of_another_log_and_dropped(bench: Bench) -> None:
    filled(bench, 5, 2)
    assert ranges(claimed(bench, log_end=6)[1]) == [(0, 0)]
    assert visible(bench) == [(0, 0)]


def test_files_of_an_older_config_are_adopted_as_they_are(bench: Bench) -> None:
    """They are sealed with their own schema; nothing is read from Kafka again."""
    filled(bench, 5, 2)
    _, event = claimed(bench, version=2)
    assert ranges(event) == [(0, 5), (5, 7)]
    assert event.file.schema_version == 1


def test_a_damaged_file_is_dropped_and_what_does_not_chain_any_more_stays_for_queries(bench: Bench) -> None:
    filled(bench, 5, 2)
    _, state = read_sidecar(bench.sidecars[0])
    part = bench.sidecars[0].parent / state.parts[0].file
    data = bytearray(part.read_bytes())
    data[state.parts[0].bytes_visible - 9] ^= 0xFF
    part.write_bytes(data)
    assert ranges(claimed(bench)[1]) == [(0, 0)]
    assert visible(bench) == [(5, 7), (0, 0)]


def test_committed_files_stay_until_queries_have_used_their_segment_for_the_grace(bench: Bench) -> None:
    filled(bench, 5, 2)
    files, _ = claimed(bench, start=5)
    files.release()
    bench.now_ms += 10 * GRACE_MS
    files.release()
    assert visible(bench) == [(0, 5), (5, 7)], "nothing is published yet"
    bench.published = 5
    files.release()
    bench.now_ms += GRACE_MS - 1
    files.release()
    assert visible(bench) == [(0, 5), (5, 7)], "the grace is not over"
    bench.now_ms += 1
    files.release()
    assert visible(bench) == [(5, 7)]


def test_a_retired_number_is_not_used_again(bench: Bench) -> None:
    filled(bench, 5)
    files, event = claimed(bench, start=30)
    assert event.file.number == 1
    assert files.roll(recipe()).file.number == 2


def test_files_before_the_oldest_closed_one_are_retired(bench: Bench) -> None:
    filled(bench, 5, 5, 2)
    files, event = claimed(bench)
    bench.published = 5
    files.retire_before(event.closed[1:])
    files.release()
    bench.now_ms += GRACE_MS
    files.release()
    assert event.closed[1] == ClosedFile(1, 5, 10)
    assert visible(bench) == [(5, 10), (10, 12)]


def test_a_dropped_table_leaves_no_files(bench: Bench) -> None:
    filled(bench, 5, 2)
    files, _ = claimed(bench, start=5)
    files.unlink()
    assert bench.sidecars == []
