"""Readers and a writer at full speed: no count over a fixed offset range ever falls, or exceeds what is there (I8)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.contract.consuming_reader import RANGE_END
from tests.contract.consuming_writer import row_count

REPOSITORY = Path(__file__).parents[2]
READERS = 2
READS = 100_000
FRAMES_MAX = 400


@contextmanager
def process(module: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"tests.contract.{module}", *map(str, arguments)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def test_a_hundred_thousand_reads_while_segments_are_written_compacted_and_sealed(tmp_path: Path) -> None:
    with process("consuming_writer", tmp_path) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        seen = readers(tmp_path, READS // READERS)
        writer.communicate("")
    assert writer.returncode == 0
    assert sum(one["reads"] for one in seen) == READS
    for one in seen:
        assert one["generation"] > 20, "segments changed hands"
        assert one["in_range"] == row_count(RANGE_END)
        assert one["most_frames"] <= FRAMES_MAX


def readers(data: Path, reads: int) -> list[dict[str, Any]]:
    with process("consuming_reader", data, reads) as first, process("consuming_reader", data, reads) as second:
        printed = [one.communicate()[0] for one in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    return [json.loads(text) for text in printed]
