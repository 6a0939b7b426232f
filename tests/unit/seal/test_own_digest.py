"""What a sealed file says of its own bytes."""

from __future__ import annotations

import hashlib

import pyarrow.parquet as pq

from segments.own_digest import HEX_BYTES, TRAILER_BYTES, UNFILLED, digest_of_end, end_bytes, stated
from segments.stores.files import digest_of
from tests.unit.seal.click_rows import clicks, sealed


def parts_of(path):
    whole = path.read_bytes()
    cut = len(whole) - end_bytes(whole[-TRAILER_BYTES:])
    return whole[:cut], whole[cut:]


def test_a_sealed_file_states_the_digests_of_its_body_and_its_end(tmp_path):
    result = sealed(clicks(500), tmp_path / "s.parquet", bloom_columns=("user_id",))
    body, end = parts_of(result.path)
    assert stated(end) == (hashlib.sha256(body).hexdigest(), digest_of_end(end))
    assert result.digest == digest_of(result.path)
    assert result.size_bytes == len(body) + len(end)


def test_the_end_covers_everything_but_its_own_value(tmp_path):
    _, end = parts_of(sealed(clicks(10), tmp_path / "s.parquet").path)
    found = stated(end)
    assert found is not None
    body_digest, end_digest = found
    value = (body_digest + end_digest).encode()
    assert len(value) == len(UNFILLED) == 2 * HEX_BYTES
    assert hashlib.sha256(end.replace(value, UNFILLED)).hexdigest() == end_digest


def test_the_digests_are_an_entry_that_every_reader_understands(tmp_path):
    path = sealed(clicks(10), tmp_path / "s.parquet").path
    found = stated(parts_of(path)[1])
    assert found is not None
    assert pq.read_metadata(path).metadata[b"crushpad.sha256"].decode() == "".join(found)


def test_a_file_of_somebody_else_states_none(tmp_path):
    pq.write_table(clicks(10), tmp_path / "s.parquet")
    assert stated(parts_of(tmp_path / "s.parquet")[1]) is None
