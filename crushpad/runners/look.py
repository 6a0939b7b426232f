"""Answers one question: `python -m crushpad.runners.look <settings as JSON> <zookeeper>`, JSON in, JSON out.

It reads files, Kafka and ZooKeeper, and changes nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from crushpad import logs
from crushpad.looks.decoding import decode
from crushpad.looks.errors import CannotLook
from crushpad.looks.ledger import ledger
from crushpad.looks.tracing import trace
from crushpad.looks.world import World
from crushpad.settings import Settings
from segments.arrow_alone import arrow_alone
from segments.registry import RegistryUnavailable
from tableconfigs.problems import InvalidConfig

Question = Mapping[str, Any]

LOOKS: Mapping[str, Callable[[World, Question], Any]] = {"trace": trace, "decode": decode, "ledger": ledger}


def answer(world: World, question: Question) -> dict[str, Any]:
    """`{"status": 200, "body": ...}`, or the HTTP status and the sentence of what stands in the way."""
    try:
        return {"status": 200, "body": LOOKS[question["ask"]](world, question)}
    except CannotLook as error:
        return {"status": error.status, "error": str(error)}
    except InvalidConfig as error:
        return {"status": 400, "error": str(error)}
    except RegistryUnavailable as error:
        return {"status": 503, "error": str(error)}


def main() -> None:
    arrow_alone()
    settings, zookeeper = Settings.model_validate_json(sys.argv[1]), sys.argv[2]
    logs.configure(settings.log_format, settings.log_level, "look")
    with World.opened(settings, zookeeper) as world:
        print(json.dumps(answer(world, json.load(sys.stdin))), flush=True)
    os._exit(0)  # DuckDB's bindings have much to say of an interpreter that ends in order


if __name__ == "__main__":
    main()
