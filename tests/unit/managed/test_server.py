"""Ports, data directories and configuration files of managed servers."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from crushpad.managed import kafka, zookeeper
from crushpad.managed.errors import DataDirInUse, PortTaken
from crushpad.managed.server import (
    HOST,
    choose_port,
    free_port,
    is_free,
    locked_data_dir,
    read_properties,
    write_properties,
)


@pytest.fixture
def busy_port():
    with socket.create_server((HOST, 0)) as listening:
        yield listening.getsockname()[1]


def test_a_port_that_is_asked_for_is_taken_or_refused(busy_port: int) -> None:
    free = free_port()
    assert choose_port(free) == free
    with pytest.raises(PortTaken, match=f"port {busy_port} on {HOST} is in use by another program"):
        choose_port(busy_port)


def test_port_0_takes_the_last_one_again() -> None:
    free = free_port()
    assert choose_port(0, remembered=free) == free


def test_port_0_takes_another_when_the_last_one_is_in_use(busy_port: int) -> None:
    chosen = choose_port(0, remembered=busy_port)
    assert chosen != busy_port
    assert is_free(chosen)


def test_properties_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "server.properties"
    assert read_properties(path) == {}
    write_properties(path, {"listeners": "PLAINTEXT://127.0.0.1:9", "node.id": 1, "empty": "", "equals": "a=b"})
    assert read_properties(path) == {
        "listeners": "PLAINTEXT://127.0.0.1:9",
        "node.id": "1",
        "empty": "",
        "equals": "a=b",
    }


def test_whoever_inherits_the_lock_keeps_the_data_directory(tmp_path: Path) -> None:
    with locked_data_dir(tmp_path) as descriptor:
        inherited = os.dup(descriptor)
    with pytest.raises(DataDirInUse, match="is in use by a running server"), locked_data_dir(tmp_path, grace_s=0):
        pass
    os.close(inherited)
    with locked_data_dir(tmp_path):
        pass


def test_servers_listen_on_loopback_only() -> None:
    data = Path("/data")
    assert zookeeper.configuration(data, 1)["clientPortAddress"] == HOST
    assert kafka.configuration(data, 1, 2)["listeners"] == f"PLAINTEXT://{HOST}:1,CONTROLLER://{HOST}:2"


def test_topics_are_not_made_by_being_named() -> None:
    assert kafka.configuration(Path("/data"), 1, 2)["auto.create.topics.enable"] == "false"


def test_a_silent_or_foreign_listener_is_no_server(busy_port: int) -> None:
    assert not zookeeper.serves_requests(free_port())
    assert not kafka.has_broker(free_port())
    assert not kafka.has_broker(busy_port)  # accepts, never answers
    assert not zookeeper.serves_requests(busy_port)


def test_a_cluster_id_is_no_command_line_option() -> None:
    identifiers = {kafka.random_cluster_id() for _ in range(200)}
    assert len(identifiers) == 200
    assert all(len(identifier) == 22 and "-" not in identifier for identifier in identifiers)
