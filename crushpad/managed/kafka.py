"""A real Kafka as a child process: one node that is broker and controller, on loopback."""

from __future__ import annotations

import base64
import socket
import struct
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from crushpad.managed.errors import ChildFailed
from crushpad.managed.jars import OnFetched, ensure_jars
from crushpad.managed.server import (
    HOST,
    PROBE_TIMEOUT_S,
    JavaServer,
    RunningServer,
    choose_port,
    locked_data_dir,
    read_properties,
    write_properties,
)

FORMAT_TIMEOUT_S = 60
CLIENT_ID = b"crushpad-managed"
METADATA_REQUEST = 3
METADATA_VERSION = 4
ANSWER_BYTES_MAX = 1 << 20


def start_kafka(
    data_dir: Path,
    port: int = 0,
    controller_port: int = 0,
    *,
    properties: Mapping[str, str | int] | None = None,
    on_fetched: OnFetched | None = None,
) -> RunningServer:
    """Start Kafka on `data_dir` and return when a client would find its broker; old data there is gone on with.

    A port of 0 takes the one of the last start if it is free, else any. `properties` are added to the broker's
    configuration. Topics are not created by being named. Raises `ManagedError`.
    """
    data_dir = data_dir.resolve()
    config = data_dir / "server.properties"
    server = JavaServer(
        name="kafka",
        main_class="kafka.Kafka",
        heap_mb=512,
        class_path=ensure_jars("kafka", on_fetched=on_fetched),
        answers=has_broker,
    )
    with locked_data_dir(data_dir) as lock_fd:
        last = read_properties(config)
        port = choose_port(port, int(last.get("crushpad.port", 0)))
        controller_port = choose_port(controller_port, int(last.get("crushpad.controller.port", 0)))
        write_properties(config, configuration(data_dir, port, controller_port) | dict(properties or {}))
        if not (data_dir / "data" / "meta.properties").exists():
            format_storage(server, config)
        return server.start(data_dir, config, port, lock_fd)


def configuration(data_dir: Path, port: int, controller_port: int) -> dict[str, str | int]:
    """One node with small internal topics. Kafka ignores the two keys of ours, which remember the ports."""
    return {
        "crushpad.port": port,
        "crushpad.controller.port": controller_port,
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(data_dir / "data"),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        "log.cleaner.dedupe.buffer.size": 8 << 20,
    }


def format_storage(server: JavaServer, config: Path) -> None:
    """Give an empty data directory its cluster id. Raises `ChildFailed` with what Kafka says."""
    command = server.java("kafka.tools.StorageTool", "format", "-t", random_cluster_id(), "-c", config)
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S, check=False
    )
    if result.returncode != 0:
        raise ChildFailed(f"Kafka could not format {config.parent}", result.stdout + result.stderr)


def random_cluster_id() -> str:
    """A random UUID in Kafka's spelling, never with the leading dash that its command line would take for an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


def has_broker(port: int) -> bool:
    """Whether the Kafka on this port names at least one broker: a fenced one does not yet count.

    A Metadata request for no topic; the answer is throttle time, then the array of brokers, both 32-bit.
    """
    try:
        answer = _ask(port, METADATA_REQUEST, METADATA_VERSION, struct.pack(">i?", 0, False))
        (brokers,) = struct.unpack_from(">i", answer, 8)
    except (OSError, struct.error):
        return False
    return bool(brokers > 0)


def _ask(port: int, request: int, version: int, body: bytes) -> bytes:
    """One request and its answer in Kafka's framing: a 32-bit length, a header, the body."""
    message = struct.pack(">hhih", request, version, 0, len(CLIENT_ID)) + CLIENT_ID + body
    with socket.create_connection((HOST, port), PROBE_TIMEOUT_S) as connection:
        connection.sendall(struct.pack(">i", len(message)) + message)
        with connection.makefile("rb") as answer:
            (length,) = struct.unpack(">i", answer.read(4))
            return answer.read(min(length, ANSWER_BYTES_MAX))
