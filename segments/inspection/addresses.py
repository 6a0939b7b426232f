"""An address, as a person writes it, to a path."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from segments.inspection.errors import BadChoice, NothingThere


def path_of(address: str) -> Path:
    """The path of a file or folder that is there. Raises BadChoice, NothingThere."""
    path = _local(address)
    try:
        path.stat()
    except OSError as error:
        raise NothingThere(f"{address} cannot be opened: {error.strerror}; check the address") from error
    return path


def _local(address: str) -> Path:
    if "://" not in address:
        return Path(address)
    parts = urlsplit(address)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise BadChoice(f"{address} is not an address of this host; give a path, or file:///and/a/path")
    return Path(unquote(parts.path))
