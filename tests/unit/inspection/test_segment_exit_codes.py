"""How the commands end, for every kind of thing that they may be given: one sentence, and the documented code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.unit.inspection.command_line import Crushpad
from tests.unit.inspection.golden_commands import CONSUMING, FIRST, SECOND
from tests.unit.inspection.golden_segments import GOLDEN


@pytest.fixture(autouse=True)
def things(tmp_path: Path) -> Path:
    """What people name by mistake."""
    (tmp_path / "empty.parquet").touch()
    (tmp_path / "nothing").mkdir()
    (tmp_path / "text.parquet").write_text("no Parquet at all\n")
    (tmp_path / "born.sidecar").write_bytes(bytes(8192))
    content = (GOLDEN / FIRST).read_bytes()
    (tmp_path / "truncated.parquet").write_bytes(content[:-500])
    (tmp_path / "flipped.parquet").write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    (tmp_path / "locked.parquet").symlink_to(tmp_path / "gone")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "foreign.parquet")
    shutil.copytree(GOLDEN / "segments", tmp_path / "segments")
    (tmp_path / "taken.csv").write_text("mine")
    return tmp_path


CASES: list[tuple[str, int, str]] = [
    ("show {}/nosuch.parquet", 3, "cannot be opened: No such file or directory; check the address"),
    ("show {}/locked.parquet", 3, "cannot be opened"),
    ("show {}/nothing", 3, "holds no segments"),
    ("list {}/nothing", 3, "holds no segments"),
    ("list {}/empty.parquet", 5, "is empty"),
    ("list s3://bucket/segments", 2, "is not an address of this host; give a path, or file:///and/a/path"),
    ("show {}/segments", 2, "holds 2 segments; name one of them"),
    ("show {}/empty.parquet", 5, "is empty; fetch it again"),
    ("show {}/truncated.parquet", 5, "is truncated: 9296 bytes"),
    ("show {}/text.parquet", 5, "is no Parquet file, it begins with b'no P'"),
    ("show {}/foreign.parquet", 5, "is Parquet, but no segment"),
    ("show {}/born.sidecar", 5, "is no side-car, or is just being born"),
    ("columns {}/foreign.parquet", 5, "is Parquet, but no segment"),
    ("rows {}/truncated.parquet", 5, "is truncated"),
    ("rows {}/flipped.parquet", 5, "is damaged"),
    (f"rows {FIRST} --from-offset 2000", 2, "holds offsets 1000 to 1249; choose offsets among them"),
    (f"rows {FIRST} --to-offset 1000", 2, "holds offsets 1000 to 1249"),
    (f"rows {FIRST} --from-offset 9 --to-offset 3", 2, "--from-offset 9 is beyond --to-offset 3"),
    (f"rows {FIRST} --columns nosuch", 2, "has no column 'nosuch'; it has ts, city"),
    (f"rows {FIRST} --time-column nosuch --from 1", 2, "has no column 'nosuch'"),
    (f"rows {FIRST} --from yesterday", 2, "--from 'yesterday' is no moment"),
    (f"rows {FIRST} --head 1 --tail 1", 2, "exclude each other"),
    ("verify {}/nosuch.parquet", 3, "cannot be opened"),
    ("verify {}/empty.parquet", 6, "something was found in 1 of 1 segments"),
    ("verify {}/truncated.parquet", 6, "something was found"),
    ("verify {}/text.parquet", 6, "something was found"),
    ("verify {}/foreign.parquet", 6, "something was found"),
    ("verify {}/flipped.parquet", 6, "something was found"),
    ("verify {}/born.sidecar", 6, "something was found"),
    (f"verify {FIRST} --digest 00", 6, "something was found"),
    (f"verify {FIRST}", 0, ""),
    (f"diff {FIRST} {FIRST}", 0, ""),
    (f"diff {FIRST} {SECOND}", 6, "differ"),
    (f"diff {FIRST} {CONSUMING}", 6, "differ"),
    ("convert {}/flipped.parquet {}/out.csv", 5, "is damaged"),
    (f"convert {FIRST} {{}}/taken.csv", 4, "is there already; use another name, or --force"),
    (f"convert {FIRST} {{}}/out.xls", 2, "does not say its form; end it in .csv, .jsonl, .arrow, .parquet"),
    (f"convert {FIRST} {{}}/out --to xls", 2, "--to 'xls' is no form; use one of csv, jsonl, arrow, parquet"),
    (f"convert {FIRST} -", 2, "name a form with --to"),
    (f"convert {FIRST} {{}}/nosuch/out.csv", 1, "cannot be written"),
    ("chain {}/nothing", 3, "holds no segments"),
    ("chain nosuch --endpoint http://127.0.0.1:1", 1, "no answer from http://127.0.0.1:1"),
]


@pytest.mark.parametrize(("line", "code", "sentence"), CASES, ids=[line for line, *_ in CASES])
def test_a_command_ends_with_its_code_and_one_sentence(
    crushpad: Crushpad, things: Path, line: str, code: int, sentence: str
):
    ended = crushpad("segment", *line.replace("{}", str(things)).split())

    assert ended.code == code, ended
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) <= 1
    if code not in (0, 6):
        assert ended.stdout == ""


@pytest.mark.parametrize(
    ("sql", "code", "sentence"),
    [
        ("SELEC 1", 5, "the segment's rows are the table `segment`"),
        ("SELECT nosuch FROM segment", 5, "nosuch"),
        ("SELECT 1; SELECT 2", 5, "only one SELECT is run"),
        ("COPY segment TO 'x.csv'", 5, "only one SELECT is run"),
        ("SELECT * FROM read_csv('/etc/hostname')", 5, "disabled by configuration"),
    ],
)
def test_a_query_that_cannot_be_run_is_5(crushpad: Crushpad, sql: str, code: int, sentence: str):
    ended = crushpad("segment", "sql", FIRST, sql)
    assert (ended.code, ended.stdout) == (code, "")
    assert sentence in ended.stderr


def test_a_listing_goes_on_behind_what_is_no_segment(crushpad: Crushpad, things: Path):
    ended = crushpad("segment", "list", str(things), "--output", "jsonl")
    assert ended.code == 0
    assert ended.stdout.count("\n") == 3
    assert ended.stderr.count("warning: ") == 6
