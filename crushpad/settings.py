"""How this process is to run: a TOML file, then the environment, then flags; the later one wins.

Every value knows where it comes from. A misspelt name is never silently ignored: in the file it is an error, in the
environment (where other programs may use the prefix) a warning, both with the closest known name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from tableconfigs.problems import did_you_mean
from tableconfigs.secrets import mask

ENV_PREFIX = "CRUSHPAD_"
CONFIG_VARIABLE = "CRUSHPAD_CONFIG"
OTHER_VARIABLES = frozenset({CONFIG_VARIABLE, "CRUSHPAD_CACHE_DIR", "CRUSHPAD_ENDPOINT"})
"""Names with our prefix that are no settings of the service."""

DEFAULT = "default"

_ZOOKEEPER = re.compile(r"[^\s,/:]+:\d{1,5}(,[^\s,/:]+:\d{1,5})*(/[^\s]*)?\Z")


ENGINE_THREADS = 2


class InvalidSettings(ValueError):
    """Fix the input: `problems` names every wrong value with its place and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _zookeeper_address(value: str) -> str:
    if not _ZOOKEEPER.match(value):
        raise ValueError("must be HOST:PORT[,HOST:PORT...][/chroot]")
    return value


Port = Annotated[int, Field(ge=0, le=65535)]
ZooKeeperAddress = Annotated[str, AfterValidator(_zookeeper_address)]


class Settings(BaseModel):
    """Everything that can be set. Names carry their unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Field(Path(".crushpad"), description="Folder for segments, consuming files, logs and servers.")
    share_data_dir: bool = Field(
        False, description="For tests: run on a data folder on which another service runs; both write one catalogue."
    )
    zookeeper: ZooKeeperAddress | None = Field(
        None,
        description="HOST:PORT[,HOST:PORT...][/chroot]; without it a managed one is started under the data folder.",
    )
    zookeeper_port: Port = Field(2181, description="Port of the managed ZooKeeper; 0 picks a free one.")
    host: str = Field("127.0.0.1", min_length=1, description="Address that the HTTP ports listen on.")
    port: Port = Field(9000, description="HTTP port of the controller API, which answers queries too; 0 picks one.")
    broker_port: Port = Field(8099, description="HTTP port that Pinot's clients expect of a broker; 0 picks one.")

    secrets_dir: Path | None = Field(
        None,
        description="Folder of the files that `${secret:NAME}`, `${file:PATH}`, TLS properties and decoders may name.",
    )

    ingest_workers: int = Field(1, ge=1, le=64, description="Processes that consume; each steps some partitions.")
    seal_threads: int = Field(1, ge=1, le=64, description="Segments that one ingest worker seals at a time.")
    partition_discovery_seconds: float = Field(
        5, ge=0.1, description="How often topics are looked at for new partitions."
    )
    consuming_capacity_mb: int = Field(
        1024, ge=1, description="Largest consuming segment; it is sealed before it grows beyond."
    )
    consuming_budget_mb: int = Field(
        4096, ge=1, description="Consuming rows of a table on this host; shared by its partitions, sealed early beyond."
    )
    disk_reserve_mb: int = Field(512, ge=0, description="Free disk space kept for sealing; below it partitions stop.")

    kafka_queue_mb: int = Field(64, ge=1, description="Records fetched ahead of decoding, for each topic and worker.")
    crash_at: str | None = Field(
        None, description="For tests: name of a crash point, such as `before commit`, at which ingestion kills itself."
    )

    engine_processes: int = Field(2, ge=1, le=256, description="Processes that answer queries, one at a time each.")
    engine_threads: int = Field(ENGINE_THREADS, ge=1, le=256, description="Threads of one engine process.")
    query_timeout_ms: int = Field(10_000, ge=1, description="Longest query, unless the query says timeoutMs.")
    query_memory_mb: int = Field(1024, ge=64, description="Memory of one engine process.")
    query_rows_max: int = Field(1_000_000, ge=1, description="Most rows that one answer may have.")
    query_queue_max: int = Field(64, ge=0, description="Queries that may wait for an engine process; more get 503.")

    query_cursor_seconds: float = Field(3600, ge=1, description="Time that an answer is kept for its cursor.")
    query_cursor_mb: int = Field(1024, ge=1, description="Disk that all kept answers may take together.")
    query_http_status: Literal["pinot", "honest"] = Field(
        "pinot",
        description="HTTP status of a failed query: pinot is always 200, honest follows its error code; "
        "the header Pinot-Use-Http-Status-For-Errors wins.",
    )

    release_grace_seconds: float = Field(
        20, ge=0, description="Time that a replaced consuming file stays for queries that still read it."
    )
    sweep_interval_seconds: float = Field(
        60, ge=1, description="How often expired segments and dead attempts are looked for."
    )
    deleted_keep_days: float = Field(
        7, ge=0, description="Time that segments of dropped tables and dead attempts stay in the store's `deleted/`."
    )

    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="auto is text on a terminal and JSON elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe level to log.")


@dataclass(frozen=True)
class Loaded:
    """Settings, where each value comes from, and what deserves a warning."""

    settings: Settings
    origins: dict[str, str]
    """By field: `default`, `file PATH`, `environment NAME` or `flag --name`."""
    warnings: list[str]

    def effective(self) -> list[dict[str, Any]]:
        """Every setting as `{"name", "value", "origin"}`, secrets masked."""
        values = self.settings.model_dump(mode="json")
        return [{"name": name, "value": mask(values[name], name), "origin": self.origins[name]} for name in values]


def load(flags: Mapping[str, Any], environ: Mapping[str, str], config: Path | None = None) -> Loaded:
    """Settings from file, environment and flags. A flag that is None, or a variable that is empty, was not given.

    `config` is the file, else `$CRUSHPAD_CONFIG`, else there is none. Raises `InvalidSettings`.
    """
    config = config or (Path(named) if (named := environ.get(CONFIG_VARIABLE)) else None)
    layers: list[tuple[Callable[[str], str], Mapping[str, Any]]] = [
        (lambda _: f"file {config}", _from_file(config) if config else {}),
        (lambda name: f"environment {ENV_PREFIX}{name.upper()}", _from_environment(environ)),
        (lambda name: f"flag --{name.replace('_', '-')}", {k: v for k, v in flags.items() if v is not None}),
    ]
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, DEFAULT)
    for origin_of, layer in layers:
        values |= layer
        origins |= {name: origin_of(name) for name in layer}
    return Loaded(_validated(values, origins), origins, unknown_variables(environ))


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """A warning for each variable with our prefix that nobody reads."""
    known = {ENV_PREFIX + name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    strays = sorted(name for name in environ if name.startswith(ENV_PREFIX) and name not in known)
    return [f"environment variable {name} is not known and has no effect{did_you_mean(name, known)}" for name in strays]


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    named = {name: environ.get(ENV_PREFIX + name.upper()) for name in Settings.model_fields}
    return {name: value for name, value in named.items() if value}


def _from_file(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSettings([f"cannot read the settings file {path}: {error}"]) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings([f"{path} is not TOML: {error}"]) from error
    unknown = [name for name in _leaves(document) if name not in Settings.model_fields]
    if unknown:
        known = list(Settings.model_fields)
        raise InvalidSettings([f"{path}: unknown setting '{name}'{did_you_mean(name, known)}" for name in unknown])
    return document


def _leaves(document: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Dotted paths of all values: there are no sections, so one inside a section is unknown."""
    for key, value in document.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield path + key


def _validated(values: Mapping[str, Any], origins: Mapping[str, str]) -> Settings:
    try:
        return Settings(**values)
    except ValidationError as error:
        raise InvalidSettings([_sentence(problem, origins) for problem in error.errors()]) from error


def _sentence(problem: ErrorDetails, origins: Mapping[str, str]) -> str:
    name = str(problem["loc"][0])
    reason = problem["msg"].removeprefix("Value error, ")
    return f"{name} ({origins.get(name, 'unknown')}): {mask(problem['input'], name)!r}: {reason}"
