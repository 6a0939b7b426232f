"""A rate limit holds a partition back, it is said, and every row comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.conftest import KafkaBroker
from tests.produced import Produced, schema, table, wait_for_all
from tests.service import Service, running, wait_until

RATE, ROWS = 200, 900


def held_back(service: Service) -> list[dict[str, Any]]:
    """Those of which it is known too how much waits."""
    return [each for each in held(service) if each["lagRows"]]


def held(service: Service) -> list[dict[str, Any]]:
    reply = service.get("/tables/t/partitions")
    return [each for each in reply.body.get("partitions", []) if each["heldTo"]] if reply.status == 200 else []


def test_a_topic_is_read_at_its_rate_and_the_status_says_that_it_is_held(
    tmp_path: Path, zk_root: str, kafka: KafkaBroker
) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    produced.send(ROWS)
    config = table("t", produced.topic, produced.brokers)
    (stream,) = config["ingestionConfig"]["streamIngestionConfig"]["streamConfigMaps"]
    stream["topic.consumption.rate.limit"] = str(RATE)
    with running(tmp_path / "data", zk_root) as service:
        service.upload(schema("t"), config)
        partition = wait_until(lambda: held_back(service), "a partition is held back")[0]
        assert (partition["state"], partition["heldTo"]) == ("CONSUMING", "100 records/s")
        wait_for_all(service, "t", produced)
        wait_until(lambda: not held(service), "nothing waits")
