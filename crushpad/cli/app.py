"""The root command and its nouns."""

from __future__ import annotations

import typer

from crushpad.cli import (
    config,
    consumption,
    doctor,
    ledger,
    partition,
    query,
    quickstart,
    rejects,
    rows,
    schema,
    segment,
    serve,
    table,
    topic,
    trace,
)

app = typer.Typer(
    help="Kafka in, exactly-once Parquet segments, SQL out.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("quickstart")(quickstart.quickstart)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("trace")(trace.trace)
app.command("rows")(rows.rows)
consumption.add_commands(table.app, partition.app)
app.add_typer(table.app, name="table")
app.add_typer(partition.app, name="partition")
app.add_typer(schema.app, name="schema")
app.add_typer(query.app, name="query")
app.add_typer(ledger.app, name="ledger")
app.add_typer(rejects.app, name="rejects")
app.add_typer(segment.app, name="segment")
app.add_typer(topic.app, name="topic")
app.add_typer(config.app, name="config")


@app.command("version")
def show_version() -> None:
    """Print the version of this installation."""
    from crushpad.version import installed_version

    print(installed_version())
