"""A real ZooKeeper as a child process: one server, on loopback."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

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

ANSWER_BYTES_MAX = 4096


def start_zookeeper(
    data_dir: Path,
    port: int = 0,
    *,
    properties: Mapping[str, str | int] | None = None,
    on_fetched: OnFetched | None = None,
) -> RunningServer:
    """Start ZooKeeper on `data_dir` and return when it serves requests; old data there is gone on with.

    `port` 0 takes the port of the last start if it is free, else any. `properties` are added to the server's
    configuration. Raises `ManagedError`.
    """
    data_dir = data_dir.resolve()
    config = data_dir / "zoo.cfg"
    server = JavaServer(
        name="zookeeper",
        main_class="org.apache.zookeeper.server.quorum.QuorumPeerMain",
        heap_mb=256,
        class_path=ensure_jars("zookeeper", on_fetched=on_fetched),
        answers=serves_requests,
    )
    with locked_data_dir(data_dir) as lock_fd:
        port = choose_port(port, int(read_properties(config).get("clientPort", 0)))
        write_properties(config, configuration(data_dir, port) | dict(properties or {}))
        return server.start(data_dir, config, port, lock_fd)


def configuration(data_dir: Path, port: int) -> dict[str, str | int]:
    """What differs from ZooKeeper's defaults, and what must be said."""
    return {
        "tickTime": 500,
        "dataDir": str(data_dir / "data"),
        "clientPort": port,
        "clientPortAddress": HOST,
        "maxClientCnxns": 0,
        "admin.enableServer": "false",
        "4lw.commands.whitelist": "srvr,ruok,mntr",
        "autopurge.snapRetainCount": 3,
        "autopurge.purgeInterval": 1,
        "preAllocSize": 4096,
    }


def serves_requests(port: int) -> bool:
    """Whether a ZooKeeper on this port says that it serves (`ruok` says yes too early)."""
    try:
        with socket.create_connection((HOST, port), PROBE_TIMEOUT_S) as connection:
            connection.sendall(b"srvr")
            answer = connection.makefile("rb").read(ANSWER_BYTES_MAX)
    except OSError:
        return False
    return b"Mode: standalone" in answer
