"""Apache Pinot 1.5.1: controller, broker and server in one JVM, out of a folder of jars."""

from __future__ import annotations

from pathlib import Path

from crushpad.managed.child import Child
from crushpad.managed.java import find_java
from crushpad.managed.server import free_port, write_properties
from scripts.bench.systems import tables
from scripts.bench.systems.port import Stored, TableSpec
from scripts.bench.systems.served import Served

STARTER = Path(__file__).with_name("PinotPeer.java")
CONSUMER_FACTORY = "org.apache.pinot.plugin.stream.kafka30.KafkaConsumerFactory"
HEAP = ("-Xms2g", "-Xmx4g", "-XX:MaxDirectMemorySize=4g", "-XX:+UseG1GC", "-XX:ActiveProcessorCount=2")
OPENED = ("java.nio", "sun.nio.ch", "java.lang", "java.util", "java.lang.reflect", "jdk.internal.misc")
SERVER_JAR = "pinot-server-"
ROLES = ("controller", "broker", "server")

NO_DICTIONARY = ("session", "url", "amount")
RANGES = ("ts",)
INVERTED = ("event", "city")

LOG = """<Configuration status="WARN"><Appenders><Console name="out"><PatternLayout pattern="%d %p [%c{1}] %m%n"/>
</Console></Appenders><Loggers><Root level="warn"><AppenderRef ref="out"/></Root></Loggers></Configuration>
"""


class Pinot(Served):
    """One cluster of its own in ZooKeeper, named like `folder`, run from the jars in `home`/lib."""

    def __init__(self, home: Path, folder: Path, zookeeper: str, tuned: bool = False) -> None:
        self._folder, self._tuned = folder, tuned
        self._ports = {name: free_port() for name in ("controller", "broker", "server", "netty", "grpc")}
        folder.mkdir(parents=True)
        (folder / "log4j2.xml").write_text(LOG)
        configs = [self._configured(role, zookeeper) for role in ROLES]
        argv = [*_java(home, folder), str(STARTER), *map(str, configs)]
        child = Child(argv, name="pinot", log_path=folder / "pinot.log")
        name = "pinot tuned" if tuned else "pinot default"
        super().__init__(name, child, self._ports["controller"], self._ports["broker"])

    def healthy(self) -> bool:
        return all(self.get(self._ports[role], "/health") == (200, b"OK") for role in ROLES)

    def config(self, table: TableSpec) -> tuple[tables.Json, tables.Json]:
        indexes, fields = tuned(table) if self._tuned else ({}, [])
        return tables.schema(table), tables.config(table, indexes, fields, CONSUMER_FACTORY)

    def stored(self, table: str) -> Stored:
        """What the server has unpacked and maps, and the archives that it fetches them from."""
        index, deep_store = self._folder / "index" / f"{table}_REALTIME", self._folder / "deepstore" / table
        names = self.sealed(table)
        return Stored(sum(size_of(index / name) for name in names), sum(size_of(deep_store / name) for name in names))

    def _configured(self, role: str, zookeeper: str) -> Path:
        path = self._folder / f"{role}.conf"
        common: dict[str, str | int] = {
            "pinot.cluster.name": self._folder.name,
            "pinot.zk.server": zookeeper,
            "pinot.service.role": role,
        }
        write_properties(path, common | self._of_role(role, zookeeper))
        return path

    def _of_role(self, role: str, zookeeper: str) -> dict[str, str | int]:
        if role == "controller":
            return {
                "controller.host": "127.0.0.1",
                "controller.port": self._ports["controller"],
                "controller.data.dir": str(self._folder / "deepstore"),
                "controller.helix.cluster.name": self._folder.name,
                "controller.zk.str": zookeeper,
                "controller.task.scheduler.enabled": "false",
            }
        if role == "broker":
            return {
                "pinot.broker.hostname": "127.0.0.1",
                "pinot.broker.client.queryPort": self._ports["broker"],
                "pinot.broker.delayShutdownTimeMs": 0,
            }
        return {
            "pinot.server.netty.host": "127.0.0.1",
            "pinot.server.netty.port": self._ports["netty"],
            "pinot.server.grpc.port": self._ports["grpc"],
            "pinot.server.adminapi.port": self._ports["server"],
            "pinot.server.shutdown.enableQueryCheck": "false",
            "pinot.server.instance.dataDir": str(self._folder / "index"),
            "pinot.server.instance.segmentTarDir": str(self._folder / "archives"),
        }


def version_in(home: Path) -> str:
    """Of the Pinot whose jars are in `home`/lib. Raises FileNotFoundError when there is none."""
    found = [jar.stem.removeprefix(SERVER_JAR) for jar in home.glob(f"lib/{SERVER_JAR}*.jar")]
    if not found:
        raise FileNotFoundError(f"{home / 'lib'} has no {SERVER_JAR}*.jar: docs/performance.md says how to make one")
    return found[0]


def tuned(table: TableSpec) -> tuple[tables.Json, list[tables.Json]]:
    """tableIndexConfig and fieldConfigList by the click stream's columns, as far as there are such, and by the keys."""
    columns = {name for name, _ in table.columns}
    indexes = {
        "rangeIndexColumns": [name for name in RANGES if name in columns],
        "invertedIndexColumns": [name for name in (*INVERTED, *table.keys) if name in columns],
        "bloomFilterColumns": list(table.keys),
    }
    plain = [name for name in NO_DICTIONARY if name in columns]
    return indexes, [{"name": name, "encodingType": "RAW", "compressionCodec": "LZ4"} for name in plain]


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    return sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file())


def _java(home: Path, folder: Path) -> list[str]:
    """A JVM with Pinot's jars; an empty plugin folder makes it look for plugins among them."""
    (folder / "plugins").mkdir()
    opens = [part for package in OPENED for part in ("--add-opens", f"java.base/{package}=ALL-UNNAMED")]
    settings = {
        "io.netty.tryReflectionSetAccessible": "true",
        "user.timezone": "UTC",
        "plugins.dir": str(folder / "plugins"),
        "log4j2.configurationFile": str(folder / "log4j2.xml"),
    }
    return [str(find_java()), *HEAP, *opens, *(f"-D{k}={v}" for k, v in settings.items()), "-cp", f"{home}/lib/*"]
