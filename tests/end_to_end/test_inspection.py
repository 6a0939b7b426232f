"""Looking inside what a running service has sealed and is still filling, with the command line beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KafkaBroker
from tests.produced import Produced, schema, table
from tests.service import Service, running, wait_until

TABLE = "inspected"
PARTITIONS = 2
SEGMENT_ROWS = 300
SEALED_END = 2 * SEGMENT_ROWS
"""Of each partition, before and while it is looked at."""
FIRST = 1_500
"""Rows before the first look: each partition has sealed twice then, and is consuming."""

Json = dict[str, Any]


@pytest.fixture(scope="module")
def produced(kafka: KafkaBroker) -> Produced:
    return Produced.on_new_topic(kafka.bootstrap, PARTITIONS)


@pytest.fixture(scope="module")
def service(zookeeper: str, produced: Produced, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that has taken in the first rows."""
    with running(tmp_path_factory.mktemp("inspected") / "data", f"{zookeeper}/{produced.topic}") as ready:
        ready.upload(schema(TABLE), table(TABLE, produced.topic, produced.brokers, flush_rows=SEGMENT_ROWS))
        produced.send(FIRST)
        ready.wait_for_count(TABLE, FIRST)
        wait_until(lambda: len(ready.sealed(TABLE)) == 4, "both partitions have sealed twice")
        yield ready


def crushpad(*arguments: object, code: int = 0) -> list[Json]:
    """What `crushpad segment ARGUMENTS` prints, row by row."""
    argv = [sys.executable, "-m", "crushpad", "segment", *map(str, arguments), "--output", "jsonl"]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == code, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def consuming(service: Service) -> list[Path]:
    """Side-cars of the third segments; those of sealed ones go when no query can need them."""
    return sorted((service.data_dir / "consuming").rglob("0000000002.sidecar"))


def test_everything_that_was_sealed_is_as_it_was_sealed(service: Service):
    checks = crushpad("verify", service.data_dir / "segments")
    by_status = {status: {one["check"] for one in checks if one["status"] == status} for status in ("ok", "unknown")}
    assert {"digest", "body digest", "identity", "chain", "rows"} <= by_status["ok"]
    assert by_status["unknown"] == {"bloom filters"}


def test_the_chain_is_the_same_from_the_service_and_from_the_files(service: Service):
    told = crushpad("chain", TABLE, "--endpoint", f"http://{service.http}")
    found = crushpad("chain", service.data_dir / "segments")

    assert [link for link in told if link["kind"] == "segment"] == found
    assert [link["kind"] for link in told] == ["segment", "segment", "consuming"] * PARTITIONS
    assert {link["note"] for link in found} == {None}


def test_every_produced_row_is_in_a_file(service: Service, produced: Produced):
    found = [
        (row["$partition"], row["$offset"], row["$ordinal"], row["hash"])
        for segment in crushpad("list", service.data_dir)
        if segment["state"] == "sealed" or segment["start"] == SEALED_END
        for row in crushpad("rows", segment["path"], "--columns", "$partition,$offset,$ordinal,hash")
    ]
    assert sorted(found) == sorted(produced.rows)


def test_a_consuming_segment_is_seen_growing(service: Service, produced: Produced):
    before = {path: crushpad("show", path)[0] for path in consuming(service)}
    produced.send(40)
    service.wait_for_count(TABLE, len(produced))
    after = {path: crushpad("show", path)[0] for path in consuming(service)}

    grown = [after[path]["rows"] - before[path]["rows"] for path in after.keys() & before.keys()]
    assert sum(grown) == 40
    assert {one["status"] for path in after for one in crushpad("verify", path)} == {"ok"}


def test_a_file_that_is_damaged_in_the_store_is_found(service: Service, tmp_path: Path):
    path = next(iter(sorted((service.data_dir / "segments").rglob("*.parquet"))))
    content = path.read_bytes()
    copy = tmp_path / "copy.parquet"
    copy.write_bytes(content[:999] + bytes([content[999] ^ 1]) + content[1000:])
    found = crushpad("verify", copy, "--findings-only", code=6)
    assert "body digest" in {one["check"] for one in found}
