"""`crushpad segment`: a look inside sealed and consuming segments, with no service at hand."""

from __future__ import annotations

from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Output, OutputForm, Timeout

app = typer.Typer(
    help="A look inside segments: files, folders, consuming ones; no service is needed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Address = Annotated[
    str, typer.Argument(metavar="SEGMENT", help="A Parquet file, a side-car, or file:// and the path of one.")
]
Place = Annotated[str, typer.Argument(metavar="PLACE", help="A folder of segments, or one of them.")]
TableName = Annotated[str, typer.Argument(metavar="TABLE", help="Name of the table, with or without its type.")]
Columns = Annotated[str | None, typer.Option(help="Names, separated by commas; otherwise all.")]


@app.command("list")
def list_segments(place: Place, output: OutputForm = Output.TABLE) -> None:
    """List the segments below a folder: partition, offsets, rows, bytes, times."""
    from crushpad.cli.segment_looks import print_list

    print_list(place, output)


@app.command("show")
def show_segment(segment: Address, output: OutputForm = Output.TABLE) -> None:
    """Show on one screen whose rows a segment holds, from which offsets, and what came before it."""
    from crushpad.cli.segment_looks import print_summary

    print_summary(segment, output)


@app.command("columns")
def show_columns(
    segment: Address,
    exact: Annotated[bool, typer.Option("--exact", help="Count distinct values instead of estimating them.")] = False,
    output: OutputForm = Output.TABLE,
) -> None:
    """Show each column's type, encoding, nulls, bounds, cardinality and bytes."""
    from crushpad.cli.segment_looks import print_columns

    print_columns(segment, exact, output)


@app.command("rows")
def print_segment_rows(
    segment: Address,
    columns: Columns = None,
    head: Annotated[int | None, typer.Option(min=0, help="The first rows.")] = None,
    tail: Annotated[int | None, typer.Option(min=0, help="The last rows.")] = None,
    sample: Annotated[int | None, typer.Option(min=0, help="Rows picked at random.")] = None,
    seed: Annotated[int, typer.Option(help="Of the random pick: the same seed picks the same rows.")] = 0,
    from_offset: Annotated[int | None, typer.Option(min=0, help="First Kafka offset.")] = None,
    to_offset: Annotated[int | None, typer.Option(min=0, help="Kafka offset behind the last.")] = None,
    from_time: Annotated[str | None, typer.Option("--from", help="First moment: epoch ms or ISO 8601.")] = None,
    to_time: Annotated[str | None, typer.Option("--to", help="Moment behind the last.")] = None,
    time_column: Annotated[str | None, typer.Option(help="Column that --from and --to are about.")] = None,
    output: OutputForm = Output.TABLE,
) -> None:
    """Print rows in the order of the file; a table without a choice of rows ends after 20."""
    from crushpad.cli.segment_rows import Asked, print_chosen

    names = tuple(columns.split(",")) if columns else None
    print_chosen(
        segment,
        Asked(names, head, tail, sample, seed, from_offset, to_offset, from_time, to_time, time_column),
        output,
    )


@app.command("verify")
def verify_segments(
    place: Place,
    digest: Annotated[str | None, typer.Option(help="SHA-256 that the one file should have.")] = None,
    findings_only: Annotated[bool, typer.Option("--findings-only", help="Leave out what is as it should be.")] = False,
    output: OutputForm = Output.TABLE,
) -> None:
    """Check digests, pages, rows, order, statistics, blooms, offsets and chain; 6 when something is found."""
    from crushpad.cli.segment_checks import print_checks

    print_checks(place, digest, findings_only, output)


@app.command("chain")
def show_chain(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table of a running service, or a folder.")],
    output: OutputForm = Output.TABLE,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Show the chain of steps of each partition: from a service, or from the footers in a folder."""
    from crushpad.cli.segment_chain import print_chain

    print_chain(table, endpoint, timeout, output)


@app.command("deleted")
def list_deleted(
    table: TableName, output: OutputForm = Output.TABLE, endpoint: Endpoint = DEFAULT_ENDPOINT, timeout: Timeout = 10.0
) -> None:
    """List segments of a table that were deleted and can be taken back."""
    from crushpad.cli.segment_undeletion import print_deleted

    print_deleted(table, endpoint, timeout, output)


@app.command("undelete")
def undelete_segments(
    table: TableName,
    segments: Annotated[list[str], typer.Argument(metavar="SEGMENT...", help="Names of deleted segments.")],
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
) -> None:
    """Take deleted segments back while they are kept: all of them, or none."""
    from crushpad.cli.segment_undeletion import take_back

    take_back(table, segments, endpoint, timeout)


@app.command("diff")
def diff_segments(
    left: Annotated[str, typer.Argument(metavar="LEFT", help="A segment.")],
    right: Annotated[str, typer.Argument(metavar="RIGHT", help="The segment that it is compared with.")],
    output: OutputForm = Output.TABLE,
) -> None:
    """Compare footers, schemas, offsets and rows of two segments; 6 when they differ."""
    from crushpad.cli.segment_checks import print_differences

    print_differences(left, right, output)


@app.command("sql")
def query_segment(
    segment: Address,
    sql: Annotated[str, typer.Argument(help="One SELECT of DuckDB's SQL over the table `segment`.")],
    output: OutputForm = Output.TABLE,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Longest query, in seconds.")] = 60.0,
) -> None:
    """Query one segment in the locked engine, which reads nothing else and writes nothing."""
    from crushpad.cli.segment_sql import print_answer

    print_answer(segment, sql, timeout, output)


@app.command("convert")
def convert_segment(
    segment: Address,
    target: Annotated[str, typer.Argument(help="The file to write, or - for standard output.")],
    to: Annotated[str | None, typer.Option(help="csv, jsonl, arrow or parquet; otherwise the file's ending.")] = None,
    columns: Columns = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a segment's rows as CSV, JSON lines, an Arrow stream or plain Parquet."""
    from crushpad.cli.segment_conversion import write_converted

    write_converted(segment, target, to, tuple(columns.split(",")) if columns else None, force)
