"""A child: starts, answers, is stopped, and ends no later than its parent, in both ways of guarding it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from crushpad.managed.child import GUARD_WAY, Child
from crushpad.managed.errors import ChildFailed

REPOSITORY = Path(__file__).parents[3]
WAYS = ["exec", "watch"] if GUARD_WAY == "exec" else ["watch"]
SAY_AND_WAIT = "import os, signal, sys; print('started', os.getpid(), flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('started', flush=True); signal.pause()"
END_TIMEOUT_S = 10


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def python_child(program: str, way: str = GUARD_WAY, **options) -> Child:
    return Child([sys.executable, "-c", program], name="example", guard_way=way, **options)


def line_of(child: Child) -> bytes:
    assert child.process.stdout is not None
    return child.process.stdout.readline()


@pytest.fixture
def parent(way: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child that has a child in its group; it prints the pids of all three."""
    program = (
        "import subprocess, sys\n"
        "from crushpad.managed.child import Child\n"
        "grandchild = 'import signal; signal.pause()'\n"
        f"program = {SAY_AND_WAIT!r}\n"
        f"child = Child([sys.executable, '-c', program], stdout=subprocess.PIPE, guard_way={way!r}).start()\n"
        "print(child.pid, child.process.stdout.readline().split()[1].decode(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    yield process
    process.kill()
    process.communicate()


def test_killing_the_parent_ends_the_child(parent: subprocess.Popen[bytes]) -> None:
    assert parent.stdout is not None
    processes = [psutil.Process(int(pid)) for pid in set(parent.stdout.readline().split())]

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    _, alive = psutil.wait_procs(processes, timeout=END_TIMEOUT_S)
    assert alive == []


def test_a_parent_that_ends_without_stopping_its_child_takes_it_along(parent: subprocess.Popen[bytes]) -> None:
    assert parent.stdout is not None
    processes = [psutil.Process(int(pid)) for pid in set(parent.stdout.readline().split())]

    parent.communicate()  # end of input: the program ends by itself

    _, alive = psutil.wait_procs(processes, timeout=END_TIMEOUT_S)
    assert alive == []


def test_a_child_outlives_the_thread_that_started_it(way: str) -> None:
    child = python_child(
        "import sys; sys.stdin.readline(); print('still here', flush=True)",
        way,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with ThreadPoolExecutor(1) as short_lived:
        short_lived.submit(child.start).result()
    assert child.process.communicate(b"go on\n", END_TIMEOUT_S)[0] == b"still here\n"


def test_stopping_lets_the_child_end_by_itself(way: str) -> None:
    program = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); print(flush=True); signal.pause()"
    )
    child = python_child(program, way, stdout=subprocess.PIPE).start()
    line_of(child)
    assert child.stop() == 7
    assert not child.running
    assert child.stop() == 7


def test_a_child_that_does_not_listen_is_killed_after_the_grace(way: str) -> None:
    child = python_child(DEAF, way, stdout=subprocess.PIPE).start()
    line_of(child)
    assert child.stop(grace_s=0.1) == -signal.SIGKILL


def test_the_context_manager_stops_it(way: str) -> None:
    with python_child(SAY_AND_WAIT, way, stdout=subprocess.PIPE).start() as child:
        assert line_of(child).startswith(b"started")
    assert not child.running


def test_ctrl_c_does_not_reach_it(way: str) -> None:
    with python_child(SAY_AND_WAIT, way).start() as child:
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)


def test_the_exit_status_is_the_commands(way: str) -> None:
    assert python_child("raise SystemExit(5)", way).start().wait(END_TIMEOUT_S) == 5


def test_what_the_parent_blocks_still_reaches_the_child(way: str) -> None:
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        show = "import signal; print(len(signal.pthread_sigmask(signal.SIG_BLOCK, [])))"
        child = python_child(show, way, stdout=subprocess.PIPE).start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
    assert child.process.communicate()[0] == b"0\n"


def test_pipes_and_environment_are_the_callers(way: str) -> None:
    echo = "import os, sys; sys.stdout.write(os.environ['GREETING'] + sys.stdin.read())"
    child = python_child(echo, way, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"GREETING": "hello, "}).start()
    assert child.process.communicate(b"world")[0] == b"hello, world"


def test_descriptors_can_be_passed_on(way: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        show = f"import socket; print(socket.socket(fileno={listening.fileno()}).getsockname()[1])"
        child = python_child(show, way, stdout=subprocess.PIPE, pass_fds=[listening.fileno()]).start()
        assert int(child.process.communicate()[0]) == listening.getsockname()[1]


def test_output_and_errors_go_to_the_log_and_the_last_one_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "example.log"
    for word in ("first", "second"):
        program = f"import sys; print('{word}', flush=True); print('on stderr', file=sys.stderr)"
        python_child(program, log_path=log).start().wait(END_TIMEOUT_S)
    assert log.read_text() == "second\non stderr\n"
    assert log.with_name("example.log.1").read_text() == "first\non stderr\n"


def test_waiting_ends_when_the_child_answers(tmp_path: Path) -> None:
    flag = tmp_path / "ready"
    program = f"import pathlib, signal; pathlib.Path({str(flag)!r}).touch(); signal.pause()"
    with python_child(program).start() as child:
        child.wait_until(flag.exists, deadline_s=END_TIMEOUT_S)
        assert flag.exists()


def test_a_child_that_dies_while_awaited_shows_the_end_of_its_log(tmp_path: Path) -> None:
    program = "print(*range(100), sep='\\n'); raise SystemExit('no such setting: colour')"
    child = python_child(program, log_path=tmp_path / "example.log").start()
    with pytest.raises(ChildFailed, match=r"example ended with status 1 while starting") as error:
        child.wait_until(lambda: False, deadline_s=END_TIMEOUT_S)
    assert str(error.value).endswith("98\n99\nno such setting: colour")
    assert "\n50\n" not in str(error.value)


def test_a_child_that_never_answers_is_given_up_at_the_deadline() -> None:
    with (
        python_child(SAY_AND_WAIT, stdout=subprocess.DEVNULL).start() as child,
        pytest.raises(ChildFailed, match=r"example did not answer within 0\.2 s"),
    ):
        child.wait_until(lambda: False, deadline_s=0.2)


def test_an_answer_from_somebody_else_does_not_count_for_a_dead_child() -> None:
    child = python_child("").start()
    child.wait(END_TIMEOUT_S)
    with pytest.raises(ChildFailed, match="ended with status 0"):
        child.wait_until(lambda: True, deadline_s=END_TIMEOUT_S)


def test_a_program_that_does_not_exist_is_told_in_the_log(tmp_path: Path, way: str) -> None:
    log = tmp_path / "log"
    child = Child(["/nowhere/to/be/found"], log_path=log, guard_way=way).start()
    assert child.wait(END_TIMEOUT_S) == 127
    assert log.read_text() == "cannot run /nowhere/to/be/found: No such file or directory\n"
