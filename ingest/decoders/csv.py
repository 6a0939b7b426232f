"""CSV payloads: one line a message, values as text that the columns then read (contract 3.6, 7.5)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.decoders.columns import Record

FIELD_BYTES_MAX = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How lines are written. A field that is empty or `null` is null; `lists` are split at `list_delimiter`."""

    names: tuple[str, ...]
    lists: frozenset[str]
    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    comment: str | None = None
    null: str | None = None
    list_delimiter: str = ";"
    trim: bool = True
    skip_header: bool = False


class CsvReader:
    """One line a payload; a record may have fewer fields than names, then the others are null."""

    def __init__(self, form: CsvForm) -> None:
        self._form = form
        csv.field_size_limit(FIELD_BYTES_MAX)
        quoting = csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE
        self._dialect: dict[str, Any] = {
            "delimiter": form.delimiter,
            "quotechar": form.quote,
            "escapechar": form.escape,
            "skipinitialspace": form.trim,
            "quoting": quoting,
            "strict": True,
        }

    def read(self, payloads: Sequence[bytes]) -> Sequence[Record | str]:
        return [self._record(payload) for payload in payloads]

    def _record(self, payload: bytes) -> Record | str:
        form = self._form
        try:
            text = self._with_nulls(payload.decode().rstrip("\r\n"))
            lines = list(csv.reader(text.splitlines(keepends=True) or [""], **self._dialect))
        except (csv.Error, UnicodeDecodeError) as error:
            return f"not CSV: {error}"
        if form.comment and text.startswith(form.comment):
            return f"a comment, not a row: the value begins with {form.comment}"
        if len(lines) != 1 or not any(lines[0]):
            return (
                f"not CSV: the value has {len(lines)} lines, one is needed" if len(lines) > 1 else "the value is empty"
            )
        if len(lines[0]) > len(form.names):
            return f"the line has {len(lines[0])} fields, only {len(form.names)} are named: {', '.join(form.names)}"
        return self._fields(lines[0])

    def _with_nulls(self, text: str) -> str:
        """A null that begins with the escape character, as MySQL's does, would lose it."""
        null, escape = self._form.null, self._form.escape
        return text.replace(null, escape + null) if null and escape and null.startswith(escape) else text

    def _fields(self, line: Sequence[str]) -> Mapping[str, Any] | str:
        form = self._form
        if form.skip_header and tuple(value.strip() for value in line) == form.names:
            return "the header, not a row"
        return {name: self._value(name, value) for name, value in zip(form.names, line, strict=False)}

    def _value(self, name: str, value: str) -> str | list[str] | None:
        form = self._form
        text = value.strip() if form.trim else value
        if not text or text == form.null:
            return None
        return text.split(form.list_delimiter) if name in form.lists and form.list_delimiter else text
