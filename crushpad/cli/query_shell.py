"""`crushpad query shell`: queries one after the other, with history, completion and timing where a person types."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from crushpad.cli.api import Api
from crushpad.cli.completion import Completion
from crushpad.cli.exit_codes import Failure
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk
from crushpad.cli.queries import ask, statistics
from crushpad.cli.statements import is_setting, split_statements

PROMPT, MORE = "crushpad> ", "      ... "
HISTORY_LINES = 1_000
HELP = r"""Queries end with ; and may have many lines. SET k = v; holds for all queries after it.
  \d          tables                \output table|json|jsonl|csv
  \d TABLE    columns of a table    \timing      time of each answer on or off
  \help       this text             \q           end (also Ctrl-D)"""


@dataclass(slots=True)
class Shell:
    """What was typed so far, and what holds for the queries that follow."""

    api: Api
    options: str
    output: Output
    timing: bool = True
    settings: list[str] = field(default_factory=list)
    typed: str = ""

    @property
    def prompt(self) -> str:
        return MORE if self.typed else PROMPT

    def take(self, line: str) -> bool:
        r"""Answer what the line completes; False for `\q`. Raises Failure."""
        if not self.typed and line.strip().startswith("\\"):
            return self._command(*line.strip()[1:].split())
        statements, self.typed = split_statements(f"{self.typed}{line}\n")
        for statement in statements:
            self.answer(statement)
        return True

    def answer(self, statement: str) -> None:
        """Raises Failure."""
        if is_setting(statement):
            self.settings.append(statement)
            return
        began = time.perf_counter()
        said = ask(self.api, "".join(f"{each};\n" for each in (*self.settings, statement)), self.options, self.output)
        if self.timing:
            talk(f"{statistics(said)}; {(time.perf_counter() - began) * 1000:.0f} ms here")

    def forget(self) -> None:
        """Ctrl-C: what was typed is not meant."""
        self.typed = ""

    def _command(self, name: str = "", *arguments: str) -> bool:
        match name, arguments:
            case (("q" | "quit" | "exit"), ()):
                return False
            case "d", ():
                print_rows(["table"], [[table] for table in self.api.get("tables")["tables"]], self.output)
            case "d", (table,):
                self._columns(table)
            case "timing", ():
                self.timing = not self.timing
                talk(f"timing is {'on' if self.timing else 'off'}")
            case "output", (form,) if form in tuple(Output):
                self.output = Output(form)
            case _:
                talk(HELP)
        return True

    def _columns(self, table: str) -> None:
        rows = [
            [spec["name"], spec["dataType"] + ("" if spec.get("singleValueField", True) else "_ARRAY"), kind]
            for kind, key in (("dimension", "dimension"), ("metric", "metric"), ("time", "dateTime"))
            for spec in self.api.get("tables", table, "schema").get(f"{key}FieldSpecs", [])
        ]
        print_rows(["column", "type", "kind"], rows, self.output)


def shell(endpoint: str, timeout_s: float, options: str, output: Output) -> None:
    """Until the input ends. A person is told of each failure and goes on; a script ends with the first one."""
    session = Shell(Api(endpoint, timeout_s), options, output)
    if not sys.stdin.isatty():
        _script(session, sys.stdin)
        return
    with _Editing(Completion(session.api)) as editing:
        talk(f"{endpoint}; \\help for help")
        _converse(session, editing.read)


def _script(session: Shell, lines: Iterable[str]) -> None:
    session.timing = False
    for line in lines:
        if not session.take(line.rstrip("\n")):
            return
    if session.typed.strip():
        session.answer(session.typed.strip())


def _converse(session: Shell, read: Callable[[str], str]) -> None:
    while True:
        try:
            if not session.take(read(session.prompt)):
                return
        except EOFError:
            talk("")
            return
        except KeyboardInterrupt:
            session.forget()
            talk("")
        except Failure as failure:
            talk(f"error: {failure}")


class _Editing:
    """Line editing by readline, its history in a file of the user's."""

    def __init__(self, completion: Completion) -> None:
        import readline

        self._readline = readline
        self._history = history_path()
        readline.set_completer(completion.suggestion)
        readline.set_completer_delims(" \t\n(),;=<>+*/%")
        readline.parse_and_bind("tab: complete")

    def __enter__(self) -> _Editing:
        if self._history.exists():
            self._readline.read_history_file(self._history)
        return self

    def __exit__(self, *_: object) -> None:
        self._history.parent.mkdir(parents=True, exist_ok=True)
        self._readline.set_history_length(HISTORY_LINES)
        self._readline.write_history_file(self._history)

    def read(self, prompt: str) -> str:
        return input(prompt)


def history_path() -> Path:
    """`$XDG_STATE_HOME/crushpad/query-history`, below `~/.local/state` if that is not set."""
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "crushpad" / "query-history"
