"""What `crushpad segment rows` prints."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from crushpad.cli.exit_codes import ExitCode, Failure
from crushpad.cli.options import Output
from crushpad.cli.printing import print_rows, talk
from crushpad.cli.segment_looks import named_failures
from segments.inspection.opening import open_segment
from segments.inspection.rows import Choice, chosen_batches, chosen_schema, json_rows, time_column
from segments.inspection.values import moment_ms

TABLE_ROWS = 20
"""Rows that a table shows when nobody says how many."""


@dataclass(frozen=True)
class Asked:
    """The options of `segment rows`, as they were written."""

    columns: tuple[str, ...] | None = None
    head: int | None = None
    tail: int | None = None
    sample: int | None = None
    seed: int = 0
    from_offset: int | None = None
    to_offset: int | None = None
    from_time: str | None = None
    to_time: str | None = None
    time_column: str | None = None

    def choice(self) -> Choice:
        """Raises `Failure` for a moment that is none, and for two ways to choose rows."""
        if sum(count is not None for count in (self.head, self.tail, self.sample)) > 1:
            raise Failure(ExitCode.USAGE, "--head, --tail and --sample exclude each other; use one of them")
        return Choice(
            columns=self.columns,
            head=self.head,
            tail=self.tail,
            sample=self.sample,
            seed=self.seed,
            from_offset=self.from_offset,
            to_offset=self.to_offset,
            from_ms=_moment("--from", self.from_time),
            to_ms=_moment("--to", self.to_time),
            time_column=self.time_column,
        )


def print_chosen(address: str, asked: Asked, output: Output) -> None:
    """The chosen rows; what was left out of a table is said."""
    choice = asked.choice()
    with named_failures():
        segment = open_segment(address)
        names = chosen_schema(segment, choice).names
        rows = json_rows(chosen_batches(segment, choice))
        if output is Output.TABLE and choice.head is choice.tail is choice.sample is None:
            rows = islice(rows, TABLE_ROWS)
            talk(f"the first {TABLE_ROWS} rows at most; --head, --tail or --sample choose others")
        if choice.is_timed:
            talk(f"times are those of {time_column(segment, choice)}")
        print_rows(names, rows, output)


def _moment(option: str, text: str | None) -> int | None:
    try:
        return None if text is None else moment_ms(text)
    except ValueError as error:
        raise Failure(
            ExitCode.USAGE, f"{option} {text!r} is no moment; write epoch milliseconds or 2026-01-31T08:00:00Z"
        ) from error
