"""Record values with what is learned of them while they are in the processor's cache, right after they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from ingest.streams.base import Int64s


class Values(list[bytes]):
    """Values of records that all have one, with their sizes and their text: each value with a newline behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: list[bytes] = []
        self._sizes: list[Int64s] = []
        self.size_bytes = 0

    def take(self, values: Sequence[bytes | None]) -> int:
        """Add `values` and return their bytes. Raises TypeError, and adds none, when one of them is None."""
        present = cast(Sequence[bytes], values)
        sizes = np.fromiter(map(len, present), np.int64, len(present))
        self._texts.append(b"\n".join(present))
        self._sizes.append(sizes)
        self.extend(present)
        self.size_bytes += (size_bytes := int(sizes.sum()))
        return size_bytes

    @property
    def text(self) -> bytes:
        return b"\n".join([*self._texts, b""])

    @property
    def sizes(self) -> Int64s:
        """Bytes of each value."""
        return np.concatenate(self._sizes)


def text_of(values: Sequence[bytes]) -> bytes:
    """All values, each with a newline behind it."""
    return values.text if isinstance(values, Values) else b"\n".join([*values, b""])


def sizes_of(values: Sequence[bytes]) -> Int64s:
    """Bytes of each value."""
    return values.sizes if isinstance(values, Values) else np.fromiter(map(len, values), np.int64, len(values))
