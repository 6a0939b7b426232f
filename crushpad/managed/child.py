"""A child process that ends no later than this process does, however this process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from crushpad.managed.errors import ChildFailed

GUARD = Path(__file__).with_name("guard.py")
GUARD_WAY = "exec" if sys.platform == "linux" else "watch"
LOG_TAIL_LINES = 20
LOG_TAIL_BYTES_MAX = 8192


class Child:
    """A process in a group of its own (Ctrl-C reaches only the parent) that dies with its parent.

    `stdin` and `stdout` take what `subprocess.Popen` takes; by default there is no input, and output goes to the log
    next to the errors. Without `log_path` both go where this process's own go. The log of the last run is kept beside
    the new one as `<name>.1`. Usable as a context manager; `start` is not called by it.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        log_path: Path | None = None,
        stdin: int | IO[bytes] | None = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        pass_fds: Sequence[int] = (),
        guard_way: str = GUARD_WAY,
    ) -> None:
        self.argv = [str(part) for part in argv]
        self.name = name or Path(self.argv[0]).name
        self.log_path = log_path
        self._env = env
        self._cwd = cwd
        self._stdin = stdin
        self._stdout = stdout
        self._pass_fds = tuple(pass_fds)
        self._guard_way = guard_way
        self._lifeline: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The started process, with its pipes. Raises `ChildFailed` before `start`."""
        if self._process is None:
            raise ChildFailed(f"{self.name} was not started", "")
        return self._process

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """Exit status, negative for a signal, None while it runs."""
        return self.process.poll()

    def start(self) -> Self:
        """Start the process; it need not answer yet when this returns.

        The kernel binds a child to the *thread* that started it, so all are started by one thread that stays.
        """
        self._process = _spawner(os.getpid()).submit(self._spawn).result()
        return self

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for the end. Raises `subprocess.TimeoutExpired`."""
        return self.process.wait(timeout_s)

    def stop(self, grace_s: float = 10.0) -> int:
        """SIGTERM, then after `grace_s` seconds SIGKILL; returns the exit status. Harmless when it has ended."""
        self._signal_group(signal.SIGTERM)
        try:
            return self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            return self.kill()
        finally:
            self._cut_lifeline()

    def kill(self) -> int:
        """SIGKILL at once, to the child and its whole group."""
        self._signal_group(signal.SIGKILL)
        self._cut_lifeline()
        return self.process.wait()

    def wait_until(self, answers: Callable[[], bool], deadline_s: float, interval_s: float = 0.05) -> None:
        """Ask `answers` until it says yes; raises `ChildFailed` with the end of the log if that does not happen."""
        give_up_at = time.monotonic() + deadline_s
        while not answers():
            if self._ended_within(interval_s):
                raise ChildFailed(f"{self.name} ended with status {self.returncode} while starting", self.log_tail())
            if time.monotonic() > give_up_at:
                raise ChildFailed(f"{self.name} did not answer within {deadline_s:g} s", self.log_tail())
        if not self.running:
            raise ChildFailed(f"{self.name} ended with status {self.returncode} while starting", self.log_tail())

    def log_tail(self) -> str:
        """The last lines of the log, empty when there is none."""
        if self.log_path is None or not self.log_path.exists():
            return ""
        with self.log_path.open("rb") as log:
            log.seek(max(0, self.log_path.stat().st_size - LOG_TAIL_BYTES_MAX))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join([f"--- end of {self.log_path}", *lines[-LOG_TAIL_LINES:]])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.stop()

    def _spawn(self) -> subprocess.Popen[bytes]:
        number, guard_fds = self._guard_argument()
        log = self._open_log()
        try:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", str(GUARD), self._guard_way, str(number), *self.argv],
                env=self._env,
                cwd=self._cwd,
                stdin=self._stdin,
                stdout=log if self._stdout is None else self._stdout,
                stderr=log,
                pass_fds=self._pass_fds + guard_fds,
                process_group=0,
            )
        finally:
            for descriptor in guard_fds:
                os.close(descriptor)
            if log is not None:
                log.close()

    def _guard_argument(self) -> tuple[int, tuple[int, ...]]:
        if self._guard_way == "exec":
            return os.getpid(), ()
        read_end, self._lifeline = os.pipe()
        return read_end, (read_end,)

    def _open_log(self) -> IO[bytes] | None:
        if self.log_path is None:
            return None
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_name(self.log_path.name + ".1"))
        return self.log_path.open("ab")

    def _ended_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _signal_group(self, number: signal.Signals) -> None:
        if self.running:
            os.killpg(self.pid, number)

    def _cut_lifeline(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None


@cache
def _spawner(pid: int) -> ThreadPoolExecutor:
    """The thread that starts all children of process `pid` (a fork must not use its parent's)."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"children-of-{pid}")
