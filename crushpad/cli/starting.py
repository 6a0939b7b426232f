"""What every command does that starts something: settings read, strangeness reported."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.printing import talk
from crushpad.settings import InvalidSettings, Loaded, load


def loaded_settings(flags: Mapping[str, Any], config: Path | None) -> Loaded:
    """Settings with their origins; warnings are said. Raises `Failure` when a value is wrong."""
    try:
        loaded = load(flags, os.environ, config)
    except InvalidSettings as error:
        raise Failure(ExitCode.INVALID, "\n".join(["settings are wrong:", *error.problems])) from error
    for warning in loaded.warnings:
        talk(f"warning: {warning}")
    if not is_loopback(loaded.settings.host):
        talk(
            f"warning: listening on {loaded.settings.host} without authentication: everybody who reaches it may do all"
        )
    return loaded


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
