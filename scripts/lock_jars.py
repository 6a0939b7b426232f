"""Write `crushpad/managed/jars.json`: every jar of the managed servers, with its SHA-256 and size.

Resolves the coordinates below with all that they depend on. Run by `make lock-jars`; it downloads about 60 MB.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jgo.maven import MavenContext

LOCK_PATH = Path(__file__).parent.parent / "crushpad" / "managed" / "jars.json"


@dataclass(frozen=True)
class Server:
    """What a server is made of: its own coordinate, what its POM forgets, and what it names but never loads."""

    coordinates: tuple[str, ...]
    left_out: tuple[str, ...] = field(default=())


SERVERS = {
    "kafka": Server(("org.apache.kafka:kafka_2.13:4.1.1", "org.slf4j:slf4j-simple:1.7.36")),
    "zookeeper": Server(
        coordinates=(
            "org.apache.zookeeper:zookeeper:3.9.5",
            "io.dropwizard.metrics:metrics-core:4.1.12.1",
            "org.xerial.snappy:snappy-java:1.1.10.5",
            "org.slf4j:slf4j-simple:2.0.13",
        ),
        # a test library that netty's POM drags in, and native TLS for a server that speaks plain text on loopback
        left_out=(
            "org.mockito:*",
            "net.bytebuddy:*",
            "org.objenesis:*",
            "io.netty:netty-tcnative*",
            "io.netty:netty-transport-native-epoll",
            "ch.qos.logback:*",
        ),
    ),
}


def main() -> None:
    with tempfile.TemporaryDirectory() as repository:
        context = MavenContext(repo_cache=Path(repository), timeout=60)
        lock = {
            name: [locked(artifact) for artifact in artifacts_of(server, context)] for name, server in SERVERS.items()
        }
    LOCK_PATH.write_text(json.dumps(lock, indent=1) + "\n")
    for name, jars in lock.items():
        print(f"{name}: {len(jars)} jars, {sum(jar['bytes'] for jar in jars) / 1e6:.1f} MB")


def artifacts_of(server: Server, context: MavenContext) -> list[Any]:
    """jgo's artifacts of a server: its coordinates first, then what they depend on, sorted."""
    asked = [context.create_dependency(coordinate) for coordinate in server.coordinates]
    inputs, transitive = context.resolver.resolve(asked)
    found = [dependency.artifact for dependency in [*inputs, *transitive]]
    return [artifact for artifact in found if not is_left_out(artifact, server.left_out)]


def is_left_out(artifact: Any, patterns: Iterable[str]) -> bool:
    name = f"{artifact.groupId}:{artifact.artifactId}"
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def locked(artifact: Any) -> dict[str, Any]:
    content = artifact.resolve().read_bytes()
    print(f"  {artifact.groupId}:{artifact.artifactId}:{artifact.version}")
    return {
        "groupId": artifact.groupId,
        "artifactId": artifact.artifactId,
        "version": artifact.version,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
    }


if __name__ == "__main__":
    main()
