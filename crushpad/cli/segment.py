"""`crushpad segment`: a look inside sealed and consuming segments, with no service at hand."""

from __future__ import annotations

from typing import Annotated

import typer

from crushpad.cli.options import Output, OutputForm

app = typer.Typer(
    help="A look inside segments: files, folders, consuming ones; no service is needed.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Address = Annotated[
    str, typer.Argument(metavar="SEGMENT", help="A Parquet file, a side-car, or file:// and the path of one.")
]
Place = Annotated[str, typer.Argument(metavar="PLACE", help="A folder of segments, or one of them.")]
Columns = Annotated[str | None, typer.Option(help="Names, separated by commas; otherwise all.")]
Count = Annotated[int | None, typer.Option(min=0)]
Offset = Annotated[int | None, typer.Option(min=0)]


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
