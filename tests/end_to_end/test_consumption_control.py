"""A person pauses, resumes, asks for commits and accepts gaps on a running service, by HTTP and from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from tests.commit_chain import assert_sound
from tests.conftest import KafkaBroker
from tests.produced import Produced, answered, schema, table, wait_for_all
from tests.range_reads import assert_ranges_tell_what_sql_tells
from tests.service import Service, running, wait_until


def crushpad(service: Service, *arguments: str) -> Any:
    """A command against the service: what it prints, read as JSON."""
    command = [sys.executable, "-m", "crushpad", *arguments, "--endpoint", f"http://{service.http}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr


def committed_ends(service: Service) -> dict[int, int]:
    watermarks = service.get("/tables/t/consumerWatermarks").body["watermarks"]
    return {each["partitionGroupId"]: each["offset"] for each in watermarks}


def wait_for_commit_of_all(service: Service, produced: Produced) -> None:
    wait_until(lambda: sum(committed_ends(service).values()) == len(produced), "all rows are committed")


def delete_records(brokers: str, topic: str, before: int) -> None:
    place, admin = TopicPartition(topic, 0, before), AdminClient({"bootstrap.servers": brokers})
    admin.delete_records([place])[place].result(20)


def test_a_table_is_paused_resumed_and_committed_on_demand(tmp_path: Path, zk_root: str, kafka: KafkaBroker) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap, partitions=2)
    with running(tmp_path / "data", zk_root, sweep_interval_seconds=1) as service:
        service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap))
        produced.send(60)
        wait_for_all(service, "t", produced)

        job = crushpad(service, "table", "force-commit", "t", "--wait", "20")
        assert job["numberOfSegmentsYetToBeCommitted"] == 0
        assert len(json.loads(job["segmentsForceCommitted"])) == 2
        wait_for_commit_of_all(service, produced)

        produced.send(20)
        wait_for_all(service, "t", produced)
        paused = crushpad(service, "table", "pause", "t", "--comment", "broker upgrade", "--wait", "20")
        assert (paused["pauseFlag"], paused["consumingSegments"], paused["comment"]) == (True, [], "broker upgrade")
        wait_for_commit_of_all(service, produced)
        service.wait_for_state("t", "PAUSED", partitions=2)

        service.restart()
        service.wait_for_state("t", "PAUSED", partitions=2)
        before = len(produced)
        produced.send(30)
        assert service.get("/tables/t/pauseStatus").body["pauseFlag"] is True
        assert service.count("t") == before
        assert "paused by a person: broker upgrade" in service.consumers("t")[0]["reason"]

        resumed = crushpad(service, "table", "resume", "t")
        assert resumed["pauseFlag"] is False
        wait_for_all(service, "t", produced)
        wait_until(lambda: len(service.get("/tables/t/pauseStatus").body["consumingSegments"]) == 2, "both consume")
        assert "resume" in [line["what"] for line in service.logged("admin change")]
        assert_segments_are_deleted(service, produced)
        assert_a_disabled_table_rests(service, produced)
        assert_a_deleted_table_is_taken_back(service, produced)
        assert_sound(zk_root, "t", service.data_dir)


def assert_segments_are_deleted(service: Service, produced: Produced) -> None:
    """Rows of a deleted segment go from the answers at once and may be taken back; then its file is swept, for good."""
    name, segment = next(iter(service.sealed("t").items()))
    place = Path(service.get(f"/segments/t/{name}/metadata").body["crushpad.path"])
    rows = int(segment["segment.total.docs"])
    assert service.request("DELETE", f"/segments/t/{name}").body == {"status": "Segment deleted"}
    wait_until(lambda: service.count("t") == len(produced) - rows, "its rows are gone")
    assert [each["segmentName"] for each in crushpad(service, "segment", "deleted", "t", "--output", "json")] == [name]
    crushpad(service, "segment", "undelete", "t", name)
    wait_for_all(service, "t", produced)

    service.succeed("DELETE", f"/segments/t/{name}?retention=0d")
    wait_until(lambda: not place.exists(), "its file is swept")
    wait_until(lambda: not list(service.data_dir.glob(f"segments/deleted/**/{name}*")), "it is deleted for good")
    assert name not in service.segments("t")
    assert service.request("DELETE", f"/segments/t/{name}").status == 404
    assert service.request("POST", f"/segments/t/{name}/undelete").status == 404
    gone = {row for row in produced.rows if row not in answered(service, "t")}
    assert len(gone) == rows
    assert_ranges_tell_what_sql_tells(service, "t", "amount")
    for row in gone:
        del produced.rows[row]


def error_codes(service: Service) -> list[int]:
    return [each["errorCode"] for each in service.answer("SELECT COUNT(*) FROM t")["exceptions"]]


def assert_a_disabled_table_rests(service: Service, produced: Produced) -> None:
    service.succeed("PUT", "/tables/t/state?type=REALTIME&state=disable")
    wait_until(lambda: error_codes(service) == [191], "it answers nothing")
    service.wait_for_state("t", "PAUSED", partitions=2)
    produced.send(10)
    service.succeed("PUT", "/tables/t/state?type=REALTIME&state=enable")
    wait_for_all(service, "t", produced)


def assert_a_deleted_table_is_taken_back(service: Service, produced: Produced) -> None:
    """What it had not committed is read again."""
    produced.send(10)
    wait_for_all(service, "t", produced)
    service.succeed("DELETE", "/tables/t?retention=1d")
    wait_until(lambda: error_codes(service) == [190], "it is gone")
    crushpad(service, "table", "undelete", "t")
    wait_for_all(service, "t", produced)


def test_what_is_left_out_is_a_gap_in_the_history(tmp_path: Path, zk_root: str, kafka: KafkaBroker) -> None:
    produced = Produced.on_new_topic(kafka.bootstrap)
    with running(tmp_path / "data", zk_root) as service:
        service.upload(schema("t"), table("t", produced.topic, kafka.bootstrap))
        produced.send(50)
        wait_for_all(service, "t", produced)

        crushpad(service, "table", "pause", "t", "--wait", "20")
        produced.send(25)
        crushpad(service, "table", "resume", "t", "--from", "largest", "--comment", "only new ones")
        wait_until(lambda: committed_ends(service) == {0: 75}, "the gap is recorded")
        service.wait_for_state("t", "CONSUMING")
        produced.send(10)
        service.wait_for_count("t", 60)

        service.request("POST", "/tables/t/pauseConsumption")
        wait_until(lambda: committed_ends(service) == {0: 85}, "everything is committed")
        produced.send(15)
        delete_records(kafka.bootstrap, produced.topic, 95)
        service.request("POST", "/tables/t/resumeConsumption")
        service.wait_for_state("t", "LOST")
        named = "records 85 to 94 are not in Kafka any more"
        wait_until(lambda: named in (service.consumers("t")[0]["reason"] or ""), "the lost range is named")
        said = crushpad(service, "partition", "accept-gap", "t", "0", "--yes", "--comment", "retention")
        assert "Partition 0 of t_REALTIME goes on at the smallest offset" in said
        service.wait_for_state("t", "CONSUMING")
        service.wait_for_count("t", 65)

        service.request("POST", "/tables/t/pauseConsumption")
        wait_until(lambda: committed_ends(service) == {0: 100}, "everything is committed")
        accepting = table("t", produced.topic, kafka.bootstrap)
        accepting["ingestionConfig"] = {**accepting.get("ingestionConfig", {}), "gapPolicy": "accept"}
        service.succeed("PUT", "/tables/t", accepting)
        produced.send(20)
        delete_records(kafka.bootstrap, produced.topic, 110)
        service.request("POST", "/tables/t/resumeConsumption")
        service.wait_for_count("t", 75)
        assert (said := service.logged("gap accepted"))[-1]["who"] == "gapPolicy ACCEPT", said

        missing = Counter(offset for _, offset, _, _ in produced.rows - answered(service, "t"))
        assert sorted(missing) == [*range(50, 75), *range(85, 95), *range(100, 110)]
        (chain,) = assert_sound(zk_root, "t", service.data_dir)
        gaps = [(each["start"], each["end"], each["reason"]) for each in chain.steps if each["kind"] == "gap"]
        by_policy = (100, 110, "the records are not in Kafka any more")
        assert gaps == [(50, 75, "only new ones"), (85, 95, "retention"), by_policy]
        assert_ranges_tell_what_sql_tells(service, "t", "amount")
