"""The version of this installation."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """Of the distribution; `unknown` when the sources are run without being installed."""
    try:
        return version("crushpad")
    except PackageNotFoundError:
        return "unknown"
