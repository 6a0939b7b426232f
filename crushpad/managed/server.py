"""What ZooKeeper and Kafka have in common as managed servers: a directory, a port, a JVM, and somebody to ask."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crushpad.managed.child import Child
from crushpad.managed.errors import DataDirInUse, PortTaken
from crushpad.managed.java import find_java

HOST = "127.0.0.1"
ANSWER_DEADLINE_S = 60.0
PROBE_TIMEOUT_S = 1.0
PREDECESSOR_GRACE_S = 5.0

QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
QUIET = (
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
)


@dataclass(frozen=True)
class RunningServer:
    """A server that answers at `address` (`host:port`) and ends with this process, or at `stop`."""

    address: str
    child: Child
    data_dir: Path

    def stop(self, grace_s: float = 10.0) -> None:
        """End the server; its data stays. Harmless when it has ended."""
        self.child.stop(grace_s)


@dataclass(frozen=True)
class JavaServer:
    """How to start one server: what to run, on what heap, and how its address is asked whether it is there."""

    name: str
    main_class: str
    heap_mb: int
    class_path: Sequence[Path]
    answers: Callable[[int], bool]

    def java(self, main_class: str, *arguments: str | Path) -> list[str]:
        """The command line that runs a class of this server."""
        return [
            *[str(find_java()), f"-Xmx{self.heap_mb}m", *QUICK_START, *QUIET],
            *["-cp", os.pathsep.join(map(str, self.class_path)), main_class, *map(str, arguments)],
        ]

    def start(self, data_dir: Path, config: Path, port: int, lock_fd: int) -> RunningServer:
        """Start the server and wait until it answers. Raises `ChildFailed`."""
        child = Child(
            self.java(self.main_class, config),
            name=self.name,
            log_path=data_dir / f"{self.name}.log",
            pass_fds=(lock_fd,),
        ).start()
        try:
            child.wait_until(lambda: self.answers(port), ANSWER_DEADLINE_S)
        except BaseException:
            child.kill()
            raise
        return RunningServer(f"{HOST}:{port}", child, data_dir)


@contextmanager
def locked_data_dir(data_dir: Path, grace_s: float = PREDECESSOR_GRACE_S) -> Iterator[int]:
    """Hold a data directory for one server, by a lock that the server inherits and so keeps for as long as it lives.

    Yields the descriptor to pass on. A predecessor whose parent was killed just now is given a moment to be gone.
    Raises `DataDirInUse`.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock_within(descriptor, grace_s, data_dir)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock_within(descriptor: int, seconds: float, data_dir: Path) -> None:
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up_at:
                raise DataDirInUse(data_dir) from None
            time.sleep(0.05)  # flock has no timeout of its own


def choose_port(asked: int, remembered: int | None = None) -> int:
    """The port to listen on: the one asked for; for 0 the one of the last start if it is free, else any free one.

    Clients keep addresses (a table config names its broker), so a second start should have the first one's port.
    Raises `PortTaken` when a port asked for by number is in use.
    """
    if asked:
        if not is_free(asked):
            raise PortTaken(HOST, asked)
        return asked
    return remembered if remembered and is_free(remembered) else free_port()


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def write_properties(path: Path, properties: Mapping[str, str | int]) -> None:
    """Write a Java properties file, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
    fresh.replace(path)


def read_properties(path: Path) -> dict[str, str]:
    """Read back what `write_properties` wrote; nothing when there is no such file."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines())
    return {key: value for key, _, value in lines}
