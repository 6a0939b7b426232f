"""Logging for every process: structlog on top of the standard library, so that libraries' records look alike.

Text on a terminal, one JSON object a line elsewhere. Fields are Kafka's and Pinot's words: table, partition, segment,
offset. Everything goes to standard error; standard output is for data.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["auto", "text", "json"]

TALKATIVE = ("kazoo", "zk.kazoo", "uvicorn", "asyncio")
"""Libraries that are heard from `warning` on, unless we debug."""


def configure(log_format: Format, level: str, process_name: str, stream: TextIO = sys.stderr) -> None:
    """Set up logging of this process; call it once, first thing. `level` is a standard level's name in any case."""
    as_text = log_format == "text" or (log_format == "auto" and stream.isatty())
    before = _before_rendering(process_name)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(as_text, stream)],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    _hush(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _before_rendering(process_name: str) -> list[Processor]:
    def name_process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process_name
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_process,
        structlog.processors.StackInfoRenderer(),
    ]


def _rendering(as_text: bool, stream: TextIO) -> list[Processor]:
    if as_text:
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty() and "NO_COLOR" not in os.environ)]
    return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(default=str)]


def _hush(level: str) -> None:
    if level != "DEBUG":
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
