"""The store suite, in memory and on a disk; and what only a disk shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from segments.stores.base import StoreUnavailable
from segments.stores.files import digest_of
from segments.stores.local import LocalStore
from segments.stores.memory import InMemoryStore
from tests.contract.segment_store_suite import FOLDER, KEY, SegmentStoreSuite

OTHER_FILE_SYSTEM = Path("/dev/shm")


class TestInMemoryStore(SegmentStoreSuite):
    @pytest.fixture
    def store(self):
        return InMemoryStore()


class TestLocalStore(SegmentStoreSuite):
    @pytest.fixture
    def root(self, tmp_path):
        return tmp_path / "store"

    @pytest.fixture
    def store(self, root):
        return LocalStore(root)

    def test_a_link_is_made_and_nothing_copied(self, store, sealed):
        store.put(sealed, KEY)
        path = store.local_path(KEY)
        assert path is not None
        assert path.samefile(sealed)

    def test_folders_are_closed_to_strangers(self, store, sealed, root):
        store.put(sealed, KEY)
        assert {folder.stat().st_mode & 0o777 for folder in (root, root / "5b0c", root / FOLDER)} == {0o750}

    def test_no_symbolic_link_is_followed(self, store, sealed, root, tmp_path):
        (tmp_path / "outside").mkdir()
        (root / "5b0c").symlink_to(tmp_path / "outside")
        with pytest.raises(ValueError, match="symbolic link"):
            store.put(sealed, KEY)
        assert list((tmp_path / "outside").iterdir()) == []

    def test_a_half_written_file_is_not_listed(self, store, sealed, root):
        store.put(sealed, KEY)
        (root / f"{KEY}.0af3.part").write_bytes(b"torn")
        assert list(store.list("")) == [KEY]

    def test_a_store_that_fails_asks_to_be_tried_again(self, store, sealed, root):
        (root / "5b0c").write_bytes(b"a file where a folder belongs")
        with pytest.raises(StoreUnavailable, match="5b0c"):
            store.put(sealed, KEY)

    def test_the_days_of_a_retired_file_are_counted_from_its_retirement(self, store, sealed, root):
        os.utime(sealed, (1, 1))
        store.put(sealed, KEY)
        store.retire(KEY)
        assert (root / "deleted" / KEY).stat().st_mtime > 1_000_000


class TestLocalStoreOnAnotherFileSystem(SegmentStoreSuite):
    """Nothing can be linked across file systems: files are copied, and the copies read back."""

    @pytest.fixture
    def store(self, shm_folder):
        return LocalStore(shm_folder)

    @pytest.fixture
    def shm_folder(self, tmp_path):
        folder = OTHER_FILE_SYSTEM / f"crushpad-test-{os.getpid()}-{tmp_path.name}"
        yield folder
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()

    def test_it_is_another_file_system(self, tmp_path, shm_folder, store):
        assert shm_folder.stat().st_dev != tmp_path.stat().st_dev

    def test_copies_are_closed_to_strangers(self, store, sealed):
        store.put(sealed, KEY)
        path = store.local_path(KEY)
        assert path is not None
        assert path.stat().st_mode & 0o777 == 0o640

    def test_a_full_disk_leaves_nothing_and_says_so(self, store, sealed, shm_folder):
        program = f"""
import resource
from pathlib import Path
from segments.stores.base import DiskFull
from segments.stores.local import LocalStore
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    LocalStore(Path({str(shm_folder)!r})).put(Path({str(sealed)!r}), {KEY!r})
except DiskFull as error:
    print(error)
"""
        run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert "no room for" in run.stdout
        assert [path for path in shm_folder.rglob("*") if path.is_file()] == []
        store.put(sealed, KEY)
        assert digest_of(shm_folder / KEY) == digest_of(sealed)
