"""The managed ZooKeeper and Kafka, really started: they answer, keep their data, and never outlive their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from confluent_kafka import Consumer, TopicPartition
from kazoo.client import KazooClient

from crushpad.managed.errors import ChildFailed, DataDirInUse, PortTaken
from crushpad.managed.kafka import start_kafka
from crushpad.managed.server import free_port
from crushpad.managed.zookeeper import start_zookeeper
from tests.kafka_topics import create_topic, delete_topic, fresh_name, produce

REPOSITORY = Path(__file__).parents[2]
END_TIMEOUT_S = 20


@contextmanager
def connected(address: str) -> Iterator[KazooClient]:
    client = KazooClient(address)
    client.start()
    try:
        yield client
    finally:
        client.stop()
        client.close()


def read_values(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": uuid.uuid4().hex, "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    try:
        return [message.value() for message in consumer.consume(count, timeout=20)]
    finally:
        consumer.close()


def test_zookeeper_goes_on_with_its_data_at_the_same_address(tmp_path: Path) -> None:
    first = start_zookeeper(tmp_path)
    with connected(first.address) as client:
        client.create("/kept", b"yes")
    first.stop()

    second = start_zookeeper(tmp_path)
    try:
        assert second.address == first.address
        with connected(second.address) as client:
            assert client.get("/kept")[0] == b"yes"
    finally:
        second.stop()


def test_kafka_goes_on_with_its_data_at_the_same_address(tmp_path: Path) -> None:
    first = start_kafka(tmp_path)
    create_topic(first.address, "kept", 1)
    produce(first.address, "kept", [(0, b"k", b"one", None), (0, b"k", b"two", None)])
    first.stop()

    second = start_kafka(tmp_path)
    try:
        assert second.address == first.address
        assert read_values(second.address, "kept", 2) == [b"one", b"two"]
    finally:
        second.stop()


def test_kafka_finds_its_data_behind_other_ports(tmp_path: Path) -> None:
    first = start_kafka(tmp_path)
    create_topic(first.address, "kept", 1)
    produce(first.address, "kept", [(0, None, b"one", None)])
    first.stop()

    second = start_kafka(tmp_path, free_port(), free_port())
    try:
        assert second.address != first.address
        assert read_values(second.address, "kept", 1) == [b"one"]
    finally:
        second.stop()


def test_two_servers_never_share_a_data_directory(tmp_path: Path) -> None:
    first = start_zookeeper(tmp_path)
    try:
        with pytest.raises(DataDirInUse, match="in use by a running server"):
            start_zookeeper(tmp_path)
    finally:
        first.stop()


def test_a_port_in_use_is_said_before_anything_starts(tmp_path: Path, zookeeper: str) -> None:
    port = int(zookeeper.rpartition(":")[2])
    with pytest.raises(PortTaken, match=f"port {port} .* is in use"):
        start_zookeeper(tmp_path, port)


def test_a_server_that_dies_while_starting_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match=r"(?s)zookeeper ended with status 2 .*this-is-no-number"):
        start_zookeeper(tmp_path, properties={"tickTime": "this-is-no-number"})


def test_killing_the_parent_ends_the_servers(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from crushpad.managed.kafka import start_kafka\n"
        "from crushpad.managed.zookeeper import start_zookeeper\n"
        "folder = Path(sys.argv[1])\n"
        "servers = start_zookeeper(folder / 'zookeeper'), start_kafka(folder / 'kafka')\n"
        "print(*(server.child.pid for server in servers), flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    servers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    assert [server.name() for server in servers] == ["java", "java"]

    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()

    _, alive = psutil.wait_procs(servers, timeout=END_TIMEOUT_S)
    assert alive == []


def test_topics_can_be_deleted_and_made_again_at_once(kafka) -> None:
    name = fresh_name()
    for value in (b"first life", b"second life"):
        create_topic(kafka.bootstrap, name, 2)
        assert produce(kafka.bootstrap, name, [(0, None, value, 1_700_000_000_000), (1, b"k", None, None)]) == [
            (0, 0),
            (1, 0),
        ]
        assert read_values(kafka.bootstrap, name, 1) == [value]
        delete_topic(kafka.bootstrap, name)


def test_each_zk_root_is_a_tree_of_its_own(zk_root: str) -> None:
    host, _, chroot = zk_root.partition("/")
    with connected(host) as client:
        assert client.exists(f"/{chroot}") is None
