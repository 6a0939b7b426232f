"""Consuming files lie on local file systems only (P17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from segments.consuming.filesystem import REFUSED, check_filesystem, filesystem_type

MOUNTS = r"""
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:40 / /data rw,relatime shared:7 - nfs4 server:/export rw,vers=4.2
31 30 8:2 / /data/local rw,relatime - xfs /dev/sdb1 rw
32 21 0:41 / /with\040space rw,relatime - fuse.sshfs host:/ rw
33 21 8:3 / /twice rw - ext4 /dev/sdc1 rw
34 21 0:42 / /twice rw - cifs //server/share rw
""".strip()


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/database", "ext4"),
        ("/data", "nfs4"),
        ("/data/consuming/a/b", "nfs4"),
        ("/data/local/consuming", "xfs"),
        ("/with space/data", "fuse.sshfs"),
        ("/twice/over", "cifs"),
    ],
)
def test_a_folder_is_on_the_innermost_newest_mount(folder: str, kind: str) -> None:
    assert filesystem_type(Path(folder), MOUNTS) == kind


def test_network_file_systems_are_refused_and_local_ones_are_not() -> None:
    assert {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "ceph", "lustre"} <= REFUSED
    assert not REFUSED & {"ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs"}


def test_a_local_folder_is_taken_and_left_as_it_was(tmp_path: Path) -> None:
    check_filesystem(tmp_path)
    assert list(tmp_path.iterdir()) == []
