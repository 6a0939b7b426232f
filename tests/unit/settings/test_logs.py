"""One line per event: JSON for machines, text for people, our records and libraries' alike."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from crushpad import logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_elsewhere_than_on_a_terminal_each_event_is_a_json_object():
    stream = io.StringIO()
    logs.configure("auto", "info", "ingest-0", stream)

    structlog.get_logger("ingest").info("committed", table="clicks_REALTIME", offset=7)
    logging.getLogger("some.library").warning("slow by %d ms", 5)

    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert ours["event"] == "committed"
    assert (ours["level"], ours["process"], ours["table"], ours["offset"]) == ("info", "ingest-0", "clicks_REALTIME", 7)
    assert (theirs["event"], theirs["level"], theirs["process"]) == ("slow by 5 ms", "warning", "ingest-0")


def test_an_exception_stays_on_its_line():
    stream = io.StringIO()
    logs.configure("json", "info", "host", stream)

    try:
        raise ValueError("boom")
    except ValueError:
        structlog.get_logger("a").exception("failed")

    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["exception"][0]["exc_value"] == "boom"


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_on_a_terminal_events_are_text_in_colour_unless_unwanted(
    monkeypatch: pytest.MonkeyPatch, no_color: str | None, coloured: bool
):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    stream = Terminal()
    logs.configure("auto", "info", "host", stream)

    structlog.get_logger("a").info("serving", port=9000)

    assert "serving" in stream.getvalue()
    assert ("\x1b[" in stream.getvalue()) is coloured


def test_less_severe_events_and_talkative_libraries_are_left_out():
    stream = io.StringIO()
    logs.configure("text", "warning", "host", stream)
    structlog.get_logger("a").info("quiet please")
    logs.configure("text", "info", "host", stream)
    logging.getLogger("kazoo.client").info("connecting")

    assert stream.getvalue() == ""
