"""The real servers and the service as children, on ports that are free."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from crushpad.cli.api import Api
from crushpad.managed.child import Child
from crushpad.managed.kafka import start_kafka
from crushpad.managed.progress import fetch_display
from crushpad.managed.server import HOST, choose_port, is_free
from crushpad.managed.zookeeper import start_zookeeper

ZOOKEEPER_PORT = 2181
KAFKA_PORT = 9092
READY_DEADLINE_S = 60.0


@dataclass(frozen=True)
class Stack:
    """Addresses of everything that runs, as `host:port`, and the service's process."""

    zookeeper: str
    kafka: str
    http: str
    broker: str
    service: Child

    @property
    def api(self) -> Api:
        return Api(f"http://{self.http}")


@contextmanager
def running_stack(data_dir: Path, port: int, broker_port: int, console: Console) -> Iterator[Stack]:
    """Start ZooKeeper, Kafka and the service; end them in the opposite order. Raises `ManagedError`."""
    with ExitStack() as children:
        with fetch_display(console) as on_fetched:
            folder = data_dir / "zookeeper"
            console.print("starting ZooKeeper")
            zookeeper = start_zookeeper(folder, usual_port(ZOOKEEPER_PORT, folder), on_fetched=on_fetched)
            children.callback(zookeeper.stop)
            folder = data_dir / "kafka"
            console.print(f"starting Kafka        (ZooKeeper answers at {zookeeper.address})")
            kafka = start_kafka(folder, usual_port(KAFKA_PORT, folder), on_fetched=on_fetched)
            children.callback(kafka.stop)
        console.print(f"starting the service  (Kafka answers at {kafka.address})")
        http, broker = (open_port(wanted, console) for wanted in (port, broker_port))
        service = start_service(data_dir, zookeeper.address, http, broker)
        children.callback(service.stop)
        stack = Stack(zookeeper.address, kafka.address, f"{HOST}:{http}", f"{HOST}:{broker}", service)
        service.wait_until(stack.api.is_ready, READY_DEADLINE_S)
        yield stack


def usual_port(usual: int, data_dir: Path) -> int:
    """The port that everybody knows, for the first start; later, or if it is taken, 0: that of the last start."""
    return 0 if data_dir.exists() or not is_free(usual) else usual


def open_port(wanted: int, console: Console) -> int:
    """`wanted`, or any free port when that is 0 or taken, which is said."""
    port = wanted if wanted and is_free(wanted) else choose_port(0)
    if wanted not in (0, port):
        console.print(f"port {wanted} is taken, using {port} instead")
    return port


def start_service(data_dir: Path, zookeeper: str, port: int, broker_port: int) -> Child:
    """`crushpad serve` as a child, logging to a file."""
    options = {"--data-dir": data_dir, "--zookeeper": zookeeper, "--port": port, "--broker-port": broker_port}
    argv = [sys.executable, "-m", "crushpad", "serve", *(str(part) for pair in options.items() for part in pair)]
    return Child(argv, name="crushpad serve", log_path=data_dir / "logs" / "serve.log").start()
