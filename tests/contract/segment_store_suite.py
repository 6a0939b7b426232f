"""What every segment store must do. Subclass it with a `store` fixture."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from segments.stores.base import AlreadyThere, NotInStore
from segments.stores.files import digest_of

FOLDER = "5b0c/xTopicIdxTopic.0"
KEY = f"{FOLDER}/clicks__0__7__20251009T0853Z.a1.parquet"
OTHER_ATTEMPT = f"{FOLDER}/clicks__0__7__20251009T0853Z.b2.parquet"


def altered(content: bytes) -> bytes:
    """The same length, another last byte."""
    return content[:-1] + bytes([content[-1] ^ 1])


class SegmentStoreSuite:
    @pytest.fixture
    def sealed(self, tmp_path):
        """A file as it comes from a seal."""
        path = tmp_path / "sealed.parquet"
        path.write_bytes(os.urandom(300_000))
        return path

    def test_what_was_put_is_fetched_byte_for_byte(self, store, sealed, tmp_path):
        assert store.put(sealed, KEY) == KEY
        store.fetch(KEY, tmp_path / "back.parquet")
        assert digest_of(tmp_path / "back.parquet") == digest_of(sealed)

    def test_a_stored_file_outlives_the_local_one(self, store, sealed, tmp_path):
        digest = digest_of(sealed)
        store.put(sealed, KEY)
        sealed.unlink()
        store.fetch(KEY, tmp_path / "back.parquet")
        assert digest_of(tmp_path / "back.parquet") == digest

    def test_putting_the_same_again_is_harmless(self, store, sealed):
        assert store.put(sealed, KEY) == store.put(sealed, KEY)
        assert list(store.list("")) == [KEY]

    def test_other_content_never_replaces_a_file(self, store, sealed, tmp_path):
        store.put(sealed, KEY)
        for name, content in {"longer": sealed.read_bytes() + b"!", "altered": altered(sealed.read_bytes())}.items():
            (tmp_path / name).write_bytes(content)
            with pytest.raises(AlreadyThere, match="other content"):
                store.put(tmp_path / name, KEY)
        store.fetch(KEY, tmp_path / "back")
        assert digest_of(tmp_path / "back") == digest_of(sealed)

    def test_of_several_at_once_with_one_key_one_wins_and_the_others_hear_of_it(self, store, tmp_path):
        files = [tmp_path / f"attempt{number}" for number in range(8)]
        for number, path in enumerate(files):
            path.write_bytes(bytes([number]) * 100_000)

        def won(path):
            try:
                return bool(store.put(path, KEY))
            except AlreadyThere:
                return False

        with ThreadPoolExecutor(8) as threads:
            outcomes = list(threads.map(won, files))
        assert outcomes.count(True) == 1
        store.fetch(KEY, tmp_path / "back")
        assert digest_of(tmp_path / "back") == digest_of(files[outcomes.index(True)])

    def test_attempts_lie_side_by_side(self, store, sealed):
        store.put(sealed, KEY)
        store.put(sealed, OTHER_ATTEMPT)
        assert list(store.list(FOLDER)) == [KEY, OTHER_ATTEMPT]

    def test_only_what_is_there_exists(self, store, sealed):
        assert not store.exists(KEY)
        store.put(sealed, KEY)
        assert store.exists(KEY)
        assert not store.exists(OTHER_ATTEMPT)

    def test_fetching_what_is_not_there_says_so(self, store, tmp_path):
        with pytest.raises(NotInStore, match="clicks__0__7"):
            store.fetch(KEY, tmp_path / "back")
        assert not (tmp_path / "back").exists()

    def test_fetching_replaces_a_damaged_local_file(self, store, sealed, tmp_path):
        store.put(sealed, KEY)
        (tmp_path / "back").write_bytes(b"damaged")
        store.fetch(KEY, tmp_path / "back")
        assert digest_of(tmp_path / "back") == digest_of(sealed)

    def test_a_folder_lists_its_own_keys_only(self, store, sealed):
        neighbour = KEY.replace(".0/", ".01/")
        for key in (KEY, neighbour):
            store.put(sealed, key)
        assert list(store.list(FOLDER)) == [KEY]
        assert list(store.list("5b0c")) == [KEY, neighbour]
        assert list(store.list("elsewhere")) == []

    def test_a_retired_file_is_kept_under_deleted(self, store, sealed, tmp_path):
        store.put(sealed, KEY)
        store.retire(KEY)
        assert not store.exists(KEY)
        assert list(store.list("")) == []
        assert list(store.list("deleted")) == [f"deleted/{KEY}"]
        store.fetch(f"deleted/{KEY}", tmp_path / "back")
        assert digest_of(tmp_path / "back") == digest_of(sealed)

    def test_retiring_twice_changes_nothing(self, store, sealed):
        store.put(sealed, KEY)
        store.retire(KEY)
        store.retire(KEY)
        assert list(store.list("deleted")) == [f"deleted/{KEY}"]

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "/etc/passwd",
            "../outside",
            "a/../../b",
            "a//b",
            "a/.hidden",
            "./a",
            "a/b\0",
            "a/b.part",
            "a/b\n",
            "x" * 300,
        ],
    )
    def test_a_key_that_could_lead_elsewhere_is_refused(self, store, sealed, tmp_path, key):
        for verb in (lambda: store.put(sealed, key), lambda: store.exists(key), lambda: store.retire(key)):
            with pytest.raises(ValueError, match="store key"):
                verb()
        with pytest.raises(ValueError, match="store key"):
            store.fetch(key, tmp_path / "back")
