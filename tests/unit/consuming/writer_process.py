"""A writer in a process of its own: claims a folder, appends until it is told to end, and says what it has done.

    python -m tests.unit.consuming.writer_process <partition folder> <writer id>

It prints `writing` when the first rows are visible and goes on appending until its input ends.
"""

from __future__ import annotations

import select
import sys
from pathlib import Path

from segments.consuming.adoption import boot_id, claim
from segments.consuming.file import ConsumingFile
from tests.unit.consuming.material import CAPACITY_BYTES, SCHEMA, opening, records


def main(partition_folder: Path, writer: str) -> None:
    home = claim(partition_folder, boot_id(), lambda: writer)
    opened = opening(sequence=4, writer=home.writer, boot=boot_id())
    file = ConsumingFile.create(home.folder, opened, SCHEMA, CAPACITY_BYTES)
    file.append(records(0, 10))
    print("writing", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        end = file.state.next_offset
        file.append(records(end, end + 10))
    file.close()
    home.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
