"""Real servers for tests: started once per run, when the first test asks for them, and ended with the run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tests.server_pool import PoolDoor, RemotePool, ServerPool, Servers

SERVERS = pytest.StashKey[Servers]()
DOOR = pytest.StashKey[PoolDoor]()


@dataclass(frozen=True)
class KafkaBroker:
    """A running Kafka: `bootstrap` is what clients call `bootstrap.servers`."""

    bootstrap: str


@pytest.fixture(scope="session")
def zookeeper(request: pytest.FixtureRequest) -> str:
    """Address `127.0.0.1:port` of the run's ZooKeeper; for a tree of one's own take `zk_root`."""
    return request.config.stash[SERVERS].address_of("zookeeper")


@pytest.fixture
def zk_root(zookeeper: str) -> str:
    """`127.0.0.1:port/<chroot>` with a chroot that no other test has. The chroot's znode does not exist yet."""
    return f"{zookeeper}/test-{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> KafkaBroker:
    """The run's Kafka. It is shared: take topic names that no other test has (`tests.kafka_topics.fresh_name`)."""
    return KafkaBroker(request.config.stash[SERVERS].address_of("kafka"))


def pytest_configure(config: pytest.Config) -> None:
    worker_input: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[SERVERS] = ServerPool() if worker_input is None else RemotePool(worker_input["server_pool_port"])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist is about to start a worker: tell it where to ask."""
    stash: pytest.Stash = node.config.stash
    if DOOR not in stash:
        stash[DOOR] = PoolDoor(stash[SERVERS])
    node.workerinput["server_pool_port"] = stash[DOOR].port


def pytest_unconfigure(config: pytest.Config) -> None:
    if DOOR in config.stash:
        config.stash[DOOR].shutdown()
        config.stash[DOOR].server_close()
    if isinstance(servers := config.stash.get(SERVERS, None), ServerPool):
        servers.close()
