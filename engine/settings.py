"""How much one engine may use. Loads no DuckDB, so that the front can say it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """`folders` are the only places that files are read from; `memory_limit_bytes` is DuckDB's own limit."""

    folders: tuple[str, ...]
    threads: int
    memory_limit_bytes: int
