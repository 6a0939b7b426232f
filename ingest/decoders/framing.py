"""Payloads that begin with a head which says how the rest is to be read; each head has its own reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from ingest.decoders.base import Decoded, Decoder
from ingest.decoders.columns import Record
from ingest.decoders.records import Reader


class UnknownHead(Exception):
    """Nothing can be read behind this head. The text says why."""


class ByHead:
    """Groups payloads by head and reads each group by what `reader_of` gives for the head."""

    def __init__(self, head_of: Callable[[bytes], bytes], reader_of: Callable[[bytes], Reader], capacity: int) -> None:
        """`reader_of` raises UnknownHead or DecoderWaits; what it gives is kept, for at most `capacity` heads."""
        self._head_of = head_of
        self._reader_of = lru_cache(maxsize=capacity)(reader_of)

    def reader(self, head: bytes) -> Reader:
        """Raises UnknownHead, DecoderWaits."""
        return self._reader_of(head)

    def groups(self, payloads: Sequence[bytes]) -> dict[bytes, list[int]]:
        """The indices of the payloads with each head."""
        groups: dict[bytes, list[int]] = {}
        for index, head in enumerate(map(self._head_of, payloads)):
            groups.setdefault(head, []).append(index)
        return groups

    def read(self, payloads: Sequence[bytes]) -> Sequence[Record | str]:
        found: list[Record | str] = [""] * len(payloads)
        for head, indices in self.groups(payloads).items():
            bodies = [payloads[index][len(head) :] for index in indices]
            for index, record in zip(indices, self._group(head, bodies), strict=True):
                found[index] = record
        return found

    def _group(self, head: bytes, bodies: Sequence[bytes]) -> Sequence[Record | str]:
        try:
            return self.reader(head).read(bodies)
        except UnknownHead as unknown:
            return [str(unknown)] * len(bodies)


class OneHeadDecoder:
    """Batches in which every payload has the same head, by that head's own decoder; mixed ones by records."""

    def __init__(self, reader: ByHead, records: Decoder, decoder_of: Callable[[bytes], Decoder], capacity: int) -> None:
        """`decoder_of` raises as `reader_of` does."""
        self._reader, self._records = reader, records
        self._decoder_of = lru_cache(maxsize=capacity)(decoder_of)

    def decode(self, payloads: Sequence[bytes]) -> Decoded:
        heads = self._reader.groups(payloads)
        if len(heads) != 1:
            return self._records.decode(payloads)
        (head,) = heads
        try:
            decoder = self._decoder_of(head)
        except UnknownHead:
            return self._records.decode(payloads)
        return decoder.decode([payload[len(head) :] for payload in payloads])
