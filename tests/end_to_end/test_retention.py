"""Segments that are older than their table keeps rows go by themselves, and the chain still accounts for every record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import KafkaBroker
from tests.produced import Produced, schema, table
from tests.service import Service, running, wait_until

FLUSH_ROWS = 100
EVERY_HOUR = 3600


def kept_for_a_day(topic: str, brokers: str) -> dict[str, Any]:
    """The rows' times are years ago."""
    config = table("t", topic, brokers, flush_rows=FLUSH_ROWS)
    config["segmentsConfig"] |= {
        "retentionTimeUnit": "DAYS",
        "retentionTimeValue": "1",
        "deletedSegmentsRetentionPeriod": "0d",
    }
    return config


def wait_for_segments(service: Service, sequences: list[int], rows: int) -> None:
    """Until these sealed segments alone are left, and the table has `rows` rows."""
    wait_until(
        lambda: sorted(int(name.split("__")[2]) for name in service.sealed("t")) == sequences, f"{sequences} stay"
    )
    wait_until(lambda: service.count("t") == rows, f"{rows} rows stay")


def files(service: Service) -> list[str]:
    return sorted(path.name for path in (service.data_dir / "segments").rglob("*.parquet"))


@pytest.fixture
def produced(kafka: KafkaBroker) -> Produced:
    return Produced.on_new_topic(kafka.bootstrap)


def test_old_segments_go_but_the_newest_and_every_record_is_accounted_for(
    tmp_path: Path, zk_root: str, produced: Produced
) -> None:
    with running(tmp_path / "data", zk_root) as service:
        service.upload(schema("t"), kept_for_a_day(produced.topic, produced.brokers))
        produced.send(250)
        wait_for_segments(service, [1], rows=150)
        wait_until(lambda: len(files(service)) == 1, "the file of the expired segment is gone, 0d after it expired")

        assert service.succeed("GET", "/tables/t/ledger")["holds"]
        fate = service.succeed("GET", "/tables/t/trace?partition=0&offset=7")
        assert fate["fate"] == "deleted"
        assert "older than the table's retention, 1 DAYS" in fate["sentence"]

        service.kill()
        service.start(sweep_interval_seconds=EVERY_HOUR)
        wait_for_segments(service, [1], rows=150)
        produced.send(100)
        wait_until(lambda: len(service.sealed("t")) == 2, "another segment is sealed")
        service.succeed("POST", "/periodictask/run?taskname=RetentionManager&tableName=t&type=REALTIME")
        wait_for_segments(service, [2], rows=150)
        assert service.succeed("GET", "/tables/t/ledger")["holds"]
