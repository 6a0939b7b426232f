"""How commands reach Kafka: properties with references for secrets, and Kafka's refusals as exit codes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.printing import talk
from ingest.streams.base import StreamUnavailable, UnknownTopic
from ingest.streams.producer import ProduceFailed
from ingest.topics import Cluster, TopicExists, TopicRefused
from ingest.topics_reading import OffsetGone
from tableconfigs.secrets import is_secret

_REFERENCE = re.compile(r"\$\{(file|env):([^}]+)\}\Z")


def cluster_of(brokers: str, properties: Sequence[str], timeout_s: float) -> Cluster:
    """The cluster that the options name. Raises `Failure` for a property or a reference that is none."""
    return Cluster(brokers, {name: _resolved(name, text) for name, text in pairs("--property", properties)}, timeout_s)


def pairs(option: str, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """KEY=VALUE texts of an option. Raises `Failure`."""
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Failure(ExitCode.USAGE, f"{option} must be KEY=VALUE, not {name!r}")
        yield name, value


@contextmanager
def kafka_said(brokers: str) -> Iterator[None]:
    """What Kafka refuses in the block ends the command with the documented exit code."""
    try:
        yield
    except UnknownTopic as error:
        raise Failure(ExitCode.NOT_FOUND, f"{error}; crushpad topic list shows what is there") from error
    except OffsetGone as error:
        raise Failure(ExitCode.NOT_FOUND, f"{error}; crushpad topic describe shows the offsets") from error
    except TopicExists as error:
        raise Failure(ExitCode.CONFLICT, str(error)) from error
    except (TopicRefused, ValueError) as error:
        raise Failure(ExitCode.INVALID, str(error)) from error
    except StreamUnavailable as error:
        raise Failure(ExitCode.FAILURE, f"{error}; does Kafka run at {brokers}?") from error
    except ProduceFailed as error:
        raise Failure(ExitCode.FAILURE, str(error)) from error


def _resolved(name: str, text: str) -> str:
    reference = _REFERENCE.fullmatch(text)
    if reference is not None:
        return _READERS[reference[1]](name, reference[2])
    if is_secret(name):
        talk(
            f"warning: everybody on this machine can read {name} in the list of processes; write {name}=${{file:PATH}}"
        )
    return text


def _from_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Failure(ExitCode.INVALID, f"--property {name}: cannot read {path}: {reason}") from None


def _from_environment(name: str, variable: str) -> str:
    if variable not in os.environ:
        raise Failure(ExitCode.INVALID, f"--property {name}: the environment has no {variable}; set it")
    return os.environ[variable]


_READERS: Mapping[str, Callable[[str, str], str]] = {"file": _from_file, "env": _from_environment}
