"""Answers that are kept so that they can be fetched page by page (cursors).

Each is a folder of its own, named by its request id: `rows` (JSON texts with commas between them), `index` (where each
row begins, 8 bytes each), and `response.json` (everything else). It is written aside and renamed: there or not there.
Disk is bounded: expired answers go when another comes, and a store that is full takes no more.
"""

from __future__ import annotations

import os
import shutil
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from query.response import BrokerResponse, Result, data_schema, encode

_ASIDE = "."
_INDEX_BYTES = 8
Json = dict[str, Any]


class NoSuchResponse(Exception):
    """No answer of that id is kept: it was never made, or it expired."""


class BadPage(Exception):
    """The page begins behind the last row."""


class StoreFull(Exception):
    """The kept answers take all the room that they may have: delete some, or wait until they expire."""


class Kept(msgspec.Struct, frozen=True):
    """What `response.json` says. `facts` is the broker response without rows, `schema` the result's `dataSchema`."""

    facts: Json
    schema: Json
    rows: int
    bytes_written: int
    submitted_ms: int
    expires_ms: int
    write_ms: int


_decode = msgspec.json.Decoder(Kept).decode
_decode_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode


class ResponseStore:
    """Blocks on its disk. Safe to be used from several threads: an answer never changes once it is there."""

    def __init__(self, folder: Path, *, bytes_max: int, keep_ms: int, clock_ms: Callable[[], int]) -> None:
        self._folder, self._bytes_max, self._keep_ms, self._clock_ms = folder, bytes_max, keep_ms, clock_ms
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{_ASIDE}*"):
            shutil.rmtree(left)  # of a process that ended while it wrote

    def put(self, response: BrokerResponse, result: Result, began_ms: int) -> str:
        """Keep an answer under its request id, which is returned. Raises StoreFull and OSError."""
        self.delete_expired(self._clock_ms())
        assert response.requestId is not None
        writing_ms = self._clock_ms()
        rows = _decode_rows(b"".join(result.chunks))
        size = sum(len(memoryview(row)) + 1 + _INDEX_BYTES for row in rows)
        used = sum(kept.bytes_written for _, kept in self.all())
        if used + size > self._bytes_max:
            raise StoreFull(f"kept answers have {used} of {self._bytes_max} bytes, this one has {size}")
        aside = self._folder / f"{_ASIDE}{response.requestId}"
        aside.mkdir()
        _write_rows(aside, rows)
        kept = Kept(
            facts=msgspec.json.decode(encode(response)),
            schema=data_schema(result.columns),
            rows=len(rows),
            bytes_written=size,
            submitted_ms=began_ms,
            expires_ms=self._clock_ms() + self._keep_ms,
            write_ms=self._clock_ms() - writing_ms,
        )
        (aside / "response.json").write_bytes(msgspec.json.encode(kept))
        aside.rename(self._folder / response.requestId)
        return response.requestId

    def kept(self, response_id: str) -> Kept:
        """Raises NoSuchResponse."""
        found = self._read(response_id)
        if found is None or found.expires_ms <= self._clock_ms():
            raise NoSuchResponse
        return found

    def page(self, response_id: str, offset: int, rows: int) -> tuple[Kept, int, bytes]:
        """(the answer, how many rows follow `offset` in the page, their JSON list). Raises NoSuchResponse, BadPage."""
        kept = self.kept(response_id)
        if offset >= kept.rows and offset > 0:
            raise BadPage(f"Offset {offset} should be lesser than totalRecords {kept.rows}")
        end = min(offset + rows, kept.rows)
        try:
            return kept, end - offset, _read_rows(self._folder / response_id, offset, end)
        except FileNotFoundError as error:
            raise NoSuchResponse from error

    def all(self) -> Iterator[tuple[str, Kept]]:
        """Every answer that is kept, by its id; those that expired since the last one came too."""
        for name in sorted(os.listdir(self._folder)):
            found = self._read(name)
            if found is not None:
                yield name, found

    def delete(self, response_id: str) -> None:
        """Raises NoSuchResponse."""
        self.kept(response_id)
        shutil.rmtree(self._folder / response_id, ignore_errors=True)

    def delete_expired(self, before_ms: int) -> int:
        """Delete what expires before then; how many that were."""
        expired = [name for name, kept in self.all() if kept.expires_ms <= before_ms]
        for name in expired:
            shutil.rmtree(self._folder / name, ignore_errors=True)
        return len(expired)

    def _read(self, response_id: str) -> Kept | None:
        if not (response_id.isascii() and response_id.isdecimal()):
            return None
        try:
            return _decode((self._folder / response_id / "response.json").read_bytes())
        except FileNotFoundError:
            return None


def _write_rows(folder: Path, rows: list[msgspec.Raw]) -> None:
    starts = array("Q", [0])
    with (folder / "rows").open("wb") as file:
        for row in rows:
            starts.append(starts[-1] + file.write(row) + file.write(b","))
    (folder / "index").write_bytes(starts.tobytes())


def _read_rows(folder: Path, start: int, end: int) -> bytes:
    with (folder / "index").open("rb") as index, (folder / "rows").open("rb") as rows:
        index.seek(start * _INDEX_BYTES)
        places = array("Q", index.read((end - start + 1) * _INDEX_BYTES))
        rows.seek(places[0])
        return b"[" + rows.read(places[-1] - places[0])[:-1] + b"]"
