"""What each command prints of the golden segments: the cases, by the name of the file that holds the output.

`python -m tests.unit.inspection.golden_commands` writes the outputs anew; read the difference before keeping it.
"""

from __future__ import annotations

import os
import subprocess
import sys

from tests.unit.inspection.golden_segments import GOLDEN

PARTITION = "segments/5b0c9d8e7f6a5b4c3d2e1f00/xTopicIdxTopicIdxTopic.0"
FIRST = f"{PARTITION}/clicks__0__7__20251009T0853Z.a1b2c3d4e5f60718.parquet"
SECOND = f"{PARTITION}/clicks__0__8__20251009T0854Z.b2c3d4e5f6071829.parquet"
CONSUMING = "../consuming/1/writer-1/0000000012.sidecar"

CASES: dict[str, tuple[str, ...]] = {
    "list.table": ("list", "segments"),
    "list.csv": ("list", "segments", "--output", "csv"),
    "show.table": ("show", FIRST),
    "show.json": ("show", FIRST, "--output", "json"),
    "show_consuming.table": ("show", CONSUMING),
    "columns.table": ("columns", FIRST),
    "columns.jsonl": ("columns", FIRST, "--output", "jsonl"),
    "columns_exact.csv": ("columns", SECOND, "--exact", "--output", "csv"),
    "columns_consuming.table": ("columns", CONSUMING),
    "rows_head.table": ("rows", FIRST, "--head", "3", "--columns", "ts,city,amount,tags,raw,seen,ok,$offset"),
    "rows_tail.jsonl": ("rows", FIRST, "--tail", "2", "--output", "jsonl"),
    "rows_offsets.csv": ("rows", FIRST, "--from-offset", "1098", "--to-offset", "1112", "--output", "csv"),
    "rows_times.jsonl": (
        *("rows", FIRST, "--from", "2025-10-09T08:53:20.100Z", "--to", "1760000000150"),
        *("--columns", "ts,$offset", "--output", "jsonl"),
    ),
    "rows_sample.json": ("rows", FIRST, "--sample", "2", "--seed", "7", "--output", "json"),
    "rows_consuming.table": ("rows", CONSUMING),
    "verify.table": ("verify", FIRST),
    "verify.jsonl": ("verify", "segments", "--output", "jsonl"),
    "verify_consuming.table": ("verify", CONSUMING),
    "chain.table": ("chain", "segments/"),
    "diff.table": ("diff", FIRST, SECOND),
    "sql.table": (
        *("sql", FIRST, "SELECT city, count(*) AS rows, max(ts) AS latest FROM segment GROUP BY city ORDER BY city"),
    ),
    "convert.csv": ("convert", SECOND, "-", "--to", "csv", "--columns", "ts,city,tags,$offset"),
    "convert.jsonl": ("convert", SECOND, "-", "--to", "jsonl", "--columns", "seen,raw,amount"),
}


def main() -> None:
    for name, arguments in CASES.items():
        argv = [sys.executable, "-m", "crushpad", "segment", *arguments]
        environ = os.environ | {"PYTHONPATH": str(GOLDEN.parents[2])}
        printed = subprocess.run(argv, cwd=GOLDEN, env=environ, capture_output=True, check=False).stdout
        (GOLDEN / name).write_bytes(printed)


if __name__ == "__main__":
    main()
