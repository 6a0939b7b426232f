"""The program between a parent and its child that lets the child not outlive the parent.

Run by path and in isolation (`python -I -S guard.py ...`), so that it starts in milliseconds and imports nothing
of the project. Two ways, chosen by the parent:

`guard.py exec PARENT_PID COMMAND...`
    Linux: ask the kernel for SIGKILL at the parent's death, then become the command. No process stays behind.
`guard.py watch LIFELINE_FD COMMAND...`
    Everywhere else: run the command and watch a pipe whose other end only the parent holds; when it closes, kill.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1
NOT_FOUND = 127  # what a shell says


def exec_bound_to_parent(parent_pid: int, command: list[str]) -> None:
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent_pid:  # it died before the kernel was told
        os._exit(1)
    os.execvp(command[0], command)


def run_under_watch(lifeline_fd: int, command: list[str]) -> int:
    os.set_inheritable(lifeline_fd, False)
    signal.signal(signal.SIGTERM, lambda *_: None)  # the command has it from the group; this outlasts the command
    process = subprocess.Popen(command, close_fds=False)
    threading.Thread(target=_kill_group_at_end_of, args=(lifeline_fd,), daemon=True).start()
    return process.wait()


def _kill_group_at_end_of(lifeline_fd: int) -> None:
    os.read(lifeline_fd, 1)
    os.killpg(0, signal.SIGKILL)


def main(arguments: list[str]) -> int:
    way, number, *command = arguments
    signal.pthread_sigmask(signal.SIG_SETMASK, [])  # what the parent blocks for itself is not the command's business
    try:
        if way == "exec":
            exec_bound_to_parent(int(number), command)
        status = run_under_watch(int(number), command)
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return NOT_FOUND
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
