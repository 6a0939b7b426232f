"""What lies inside a znode: JSON, packed with zstandard when it is large, and always checked when it is read."""

from __future__ import annotations

from typing import TypeVar

import zstandard
from pydantic import BaseModel, ValidationError

PACK_ABOVE_BYTES = 64 * 1024
STORED_BYTES_MAX = 900_000
"""A server refuses requests of 1 MB by closing the connection; so this is checked before."""
UNPACKED_BYTES_MAX = 8 * 1024 * 1024
TOMBSTONE = b""
"""Data of a consuming record whose table is being deleted: readers take the partition for gone."""
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

M = TypeVar("M", bound=BaseModel)


class MalformedZnode(ValueError):
    """A znode holds what this version cannot read: repair it by hand, or upgrade. Names path and problem."""


def packed(path: str, json: bytes) -> bytes:
    """The bytes to store. Raises ValueError when they are too many for a znode."""
    data = json if len(json) <= PACK_ABOVE_BYTES else zstandard.ZstdCompressor(level=9).compress(json)
    if len(data) > STORED_BYTES_MAX or len(json) > UNPACKED_BYTES_MAX:
        raise ValueError(
            f"{path} takes {len(data)} bytes ({len(json)} unpacked); "
            f"at most {STORED_BYTES_MAX} ({UNPACKED_BYTES_MAX}) fit into a znode"
        )
    return data


def decoded(path: str, data: bytes, model: type[M]) -> M:
    """The record in a znode. Raises MalformedZnode."""
    try:
        return model.model_validate_json(_unpacked(path, data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise MalformedZnode(f"{path}: {where}: {first['msg']}") from error


def _unpacked(path: str, data: bytes) -> bytes:
    if not data.startswith(_ZSTD_MAGIC):
        return data
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= UNPACKED_BYTES_MAX:
            raise MalformedZnode(f"{path}: states {size} unpacked bytes, at most {UNPACKED_BYTES_MAX} are read")
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError as error:
        raise MalformedZnode(f"{path}: not a whole zstandard frame: {error}") from error
