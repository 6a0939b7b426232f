"""What the operating system enforces on an engine process, whatever DuckDB believes (P26, P27)."""

from __future__ import annotations

import resource
import signal

MIB = 1024 * 1024
RUNTIME_BYTES = 512 * MIB
"""Private memory beside DuckDB's own limit: interpreter, Arrow, stacks, the rendered rows."""
FILES_MAX = 65_536


def restrict_process(memory_limit_bytes: int) -> None:
    """Limit this process for good: private memory, no file may grow, no core dump, enough descriptors.

    Memory is RLIMIT_DATA and not RLIMIT_AS: mapped consuming files are sparse at their full capacity (P17), so the
    address space says nothing, while every private allocation counts here. With RLIMIT_FSIZE 0 a write to a file fails
    with EFBIG; the process's own output must be pipes.
    """
    _lower(resource.RLIMIT_DATA, memory_limit_bytes + RUNTIME_BYTES)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))


def _lower(kind: int, value: int) -> None:
    """Set soft and hard limit, never above the hard limit that is already there."""
    _, hard = resource.getrlimit(kind)
    bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bounded, bounded))
