"""What lies where in the data folder."""

from __future__ import annotations

from pathlib import Path


class Folders:
    """Where everything lies below the data folder."""

    def __init__(self, data_dir: Path) -> None:
        root = data_dir.absolute()
        self.root = root
        self.catalogue = root / "catalogue"
        self.consuming = root / "consuming"
        self.segments = root / "segments"
        self.sealing = root / "sealing"
        self.responses = root / "responses"
        self.status = root / "status"
        self.zookeeper = root / "zookeeper"
        self.zxid = root / "zxid"
