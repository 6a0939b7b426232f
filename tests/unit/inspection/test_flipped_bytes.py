"""A single changed byte anywhere in a sealed file is found, with nothing but the file at hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from segments.inspection.verify.checks import Status
from segments.inspection.verify.sealed import sealed_checks
from segments.own_digest import OWN_DIGEST_KEY, TRAILER_BYTES, end_bytes, value_at
from segments.stores.base import PARQUET, REJECTS
from tests.unit.inspection.golden_segments import GOLDEN

SEGMENTS = sorted(path for path in GOLDEN.rglob(f"*{PARQUET}") if not path.name.endswith(REJECTS))
FLIPS = 1_000

Damaged = Callable[[bytes], list[str]]


@pytest.fixture
def findings(tmp_path: Path) -> Damaged:
    """The checks that find something in a bare file of these bytes."""

    def checked(content: bytes) -> list[str]:
        path = tmp_path / "bare.parquet"
        path.write_bytes(content)
        return [check.check for check in sealed_checks(path, None) if check.status is Status.FOUND]

    return checked


def flipped(content: bytes, place: int, mask: int) -> bytes:
    return content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :]


@pytest.mark.parametrize("path", SEGMENTS, ids=lambda path: path.name)
def test_nothing_is_found_in_what_was_sealed(findings: Damaged, path: Path):
    assert findings(path.read_bytes()) == []


def test_a_thousand_random_flips_are_all_found(findings: Damaged):
    chance = random.Random(20251009)
    contents = [path.read_bytes() for path in SEGMENTS]
    for _ in range(FLIPS):
        content = chance.choice(contents)
        place, mask = chance.randrange(len(content)), chance.randrange(1, 256)
        assert findings(flipped(content, place, mask)), f"byte {place} of {len(content)} ^ {mask:#x}"


def structures(path: Path) -> Iterator[tuple[str, int]]:
    """A byte of every structure of a Parquet file, by the structure's name."""
    content = path.read_bytes()
    end = len(content) - end_bytes(content[-TRAILER_BYTES:])
    parquet = pq.read_metadata(path)
    chunks = [parquet.row_group(0).column(leaf) for leaf in range(parquet.num_columns)]
    dictionary = next(chunk for chunk in chunks if chunk.has_dictionary_page)
    bloom = next(chunk for chunk in chunks if chunk.bloom_filter_offset is not None)
    last = max(chunk.data_page_offset + chunk.total_compressed_size for chunk in chunks)
    yield "leading magic", 0
    yield "dictionary page header", dictionary.dictionary_page_offset
    yield "dictionary page", dictionary.data_page_offset - 1
    yield "data page header", chunks[0].data_page_offset
    yield "data page", chunks[0].data_page_offset + chunks[0].total_compressed_size - 1
    yield "bloom filter header", bloom.bloom_filter_offset
    yield "bloom filter", bloom.bloom_filter_offset + bloom.bloom_filter_length - 1
    yield "page indexes", max(last, end - 1)
    yield "schema", end + 20
    yield "footer key", content.rindex(b"\x08crushpad\x18") + 3
    yield "footer json", content.rindex(b'"attempt"') + 2
    yield "own digest's key", content.rindex(OWN_DIGEST_KEY) + 3
    yield "own digest of the body", end + value_at(content[end:])
    yield "own digest of the end", end + value_at(content[end:]) + 127
    yield "writer's name", content.rindex(b"parquet-cpp") + 1
    yield "footer length", len(content) - 8
    yield "trailing magic", len(content) - 1


@pytest.mark.parametrize("path", SEGMENTS, ids=lambda path: path.name)
def test_every_bit_of_a_byte_of_every_structure_is_found(findings: Damaged, path: Path):
    content = path.read_bytes()
    for structure, place in structures(path):
        for bit in range(8):
            assert findings(flipped(content, place, 1 << bit)), f"{structure}, byte {place}, bit {bit}"


def test_a_flip_anywhere_along_a_footer_is_found(findings: Damaged):
    content = SEGMENTS[-1].read_bytes()
    for place in range(len(content) - end_bytes(content[-TRAILER_BYTES:]), len(content), 7):
        assert findings(flipped(content, place, 0x04)), f"byte {place}"


def test_a_truncated_file_is_found(findings: Damaged):
    content = SEGMENTS[0].read_bytes()
    for length in (0, 3, 4, 11, 12, len(content) // 2, len(content) - 1):
        assert findings(content[:length]) == ["file"]


def test_appended_bytes_are_found(findings: Damaged):
    assert findings(SEGMENTS[0].read_bytes() + b"\0") == ["file"]


def test_a_damaged_page_is_named_with_its_column(tmp_path: Path):
    content = SEGMENTS[0].read_bytes()
    chunk = pq.read_metadata(SEGMENTS[0]).row_group(0).column(0)
    path = tmp_path / "bare.parquet"
    path.write_bytes(flipped(content, chunk.data_page_offset + chunk.total_compressed_size - 1, 1))
    found = {check.check: check.detail for check in sealed_checks(path, None) if check.status is Status.FOUND}
    assert found.keys() == {"body digest", "pages"}
    assert "row group 0, column ts" in found["pages"]
