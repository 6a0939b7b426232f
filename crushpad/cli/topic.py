"""`crushpad topic`: Kafka's topics from the same command line, without Kafka's own scripts and without any service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crushpad.cli.options import DEFAULT_ENDPOINT, Endpoint, Output, OutputForm, Timeout

DEFAULT_BROKERS = "127.0.0.1:9092"

app = typer.Typer(help="Kafka's topics: list, create, produce, consume, peek.", no_args_is_help=True,
                  rich_markup_mode=None)  # fmt: skip

Topic = Annotated[str, typer.Argument(help="Name of the topic.")]
Brokers = Annotated[
    str, typer.Option("--brokers", "--bootstrap-server", help="Kafka's brokers: HOST:PORT[,HOST:PORT...].")
]
Properties = Annotated[
    list[str] | None,
    typer.Option("--property", help="librdkafka property KEY=VALUE; VALUE may be ${file:PATH} or ${env:NAME}."),
]
Partitions = Annotated[list[int] | None, typer.Option("--partition", min=0, help="Only this partition (repeatable).")]


@app.command("list")
def list_topics(
    brokers: Brokers = DEFAULT_BROKERS,
    properties: Properties = None,
    timeout: Timeout = 10.0,
    output: OutputForm = Output.TABLE,
) -> None:
    """List all topics but Kafka's own."""
    from crushpad.cli.topic_commands import list_all

    list_all(brokers, properties or [], timeout, output)


@app.command("describe")
def describe_topic(
    topic: Topic,
    brokers: Brokers = DEFAULT_BROKERS,
    properties: Properties = None,
    timeout: Timeout = 10.0,
    output: OutputForm = Output.TABLE,
) -> None:
    """Print leader, replicas and offsets of each partition: what can be read is from earliest up to latest."""
    from crushpad.cli.topic_commands import describe

    describe(topic, brokers, properties or [], timeout, output)


@app.command("create")
def create_topic(
    topic: Topic,
    partitions: Annotated[int, typer.Option(min=1, help="How many partitions.")] = 1,
    replication_factor: Annotated[int, typer.Option(min=1, help="On how many brokers each is kept.")] = 1,
    config: Annotated[list[str] | None, typer.Option(help="Topic setting KEY=VALUE, as retention.ms=60000.")] = None,
    brokers: Brokers = DEFAULT_BROKERS,
    properties: Properties = None,
    timeout: Timeout = 10.0,
) -> None:
    """Create a topic."""
    from crushpad.cli.topic_commands import create

    create(topic, partitions, replication_factor, config or [], brokers, properties or [], timeout)


@app.command("produce")
def produce(
    topic: Topic,
    file: Annotated[
        Path | None, typer.Option(help="Lines to write; without it, standard input.", exists=True, dir_okay=False)
    ] = None,
    partition: Annotated[int | None, typer.Option(min=0, help="Where to write; else the key decides.")] = None,
    key_separator: Annotated[str | None, typer.Option(help="What stands between key and value of a line.")] = None,
    null_value: Annotated[str | None, typer.Option(help="A value of this text is written as a tombstone.")] = None,
    header: Annotated[list[str] | None, typer.Option(help="Header KEY=VALUE of every record (repeatable).")] = None,
    brokers: Brokers = DEFAULT_BROKERS,
    properties: Properties = None,
    timeout: Timeout = 10.0,
    output: OutputForm = Output.TABLE,
) -> None:
    """Write lines as records, each once, and print the offsets that they have."""
    from crushpad.cli.topic_produce import Lines, write_lines

    lines = Lines(file, key_separator, null_value)
    write_lines(topic, lines, partition, header or [], brokers, properties or [], timeout, output)


@app.command("consume")
def consume(
    topic: Topic,
    partition: Partitions = None,
    start: Annotated[str, typer.Option("--from", help="beginning, end, an offset, or -N: N before the end.")] = (
        "beginning"
    ),
    limit: Annotated[int, typer.Option(min=0, help="Records at most; 0: no limit.")] = 1000,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for new records, until Ctrl-C.")] = False,
    idle: Annotated[
        float | None, typer.Option(min=0.1, help="With --follow: end when nothing came for so many seconds.")
    ] = None,
    brokers: Brokers = DEFAULT_BROKERS,
    properties: Properties = None,
    timeout: Timeout = 10.0,
    output: OutputForm = Output.TABLE,
) -> None:
    """Print records. There is no consumer group, and nothing is stored in Kafka."""
    from crushpad.cli.topic_records import Wanted, print_records

    wanted = Wanted(partition or [], start, limit, follow or start == "end", idle)
    print_records(topic, wanted, brokers, properties or [], timeout, output)


@app.command("peek")
def peek(
    topic: Topic,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="Records of each partition.")] = 5,
    partition: Partitions = None,
    decode: Annotated[
        str | None, typer.Option("--decode", metavar="TABLE", help="Show what this table would make of them.")
    ] = None,
    brokers: Brokers = DEFAULT_BROKERS,
    properties: Properties = None,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    timeout: Timeout = 10.0,
    output: OutputForm = Output.TABLE,
) -> None:
    """Print the newest records of each partition, or what a table of a running service would make of them."""
    wanted, extra = partition or [], properties or []
    if decode is None:
        from crushpad.cli.topic_records import print_newest

        print_newest(topic, wanted, count, brokers, extra, timeout, output)
    else:
        from crushpad.cli.topic_decoding import print_decoded

        print_decoded(topic, wanted, count, decode, endpoint, brokers, extra, timeout, output)
