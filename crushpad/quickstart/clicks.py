"""The click stream: JSON messages of nine fields and about 159 bytes, made by numpy a batch at a time.

A row's content depends on the seed and its number alone: a stream goes on where it stopped, whatever the batches were.
Every row is written into a line of one byte matrix, at fixed places; bytes that stay zero are squeezed out.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

USERS = 2_000_000
PAGES = 50_000
ROWS_AT_ONCE = 4096
"""So many that the matrix stays in the processor's cache: twice to four times as fast as all at once."""
EVENTS = ("view", "click", "search", "cart", "purchase")
CITIES = ("Berlin", "Bogota", "Cairo", "Delhi", "Lagos", "Lima", "London", "Osaka", "Paris", "Toronto")

_TEMPLATE = (
    '{"ts":?????????????,"user_id":???????,"event":"????????","city":"???????","amount":???????,"qty":?,'
    '"session":"????????????????","url":"/shop/??/no/?????","ok":?????}'
)  # fmt: skip
_HOLE = ord("?")
_ZERO = ord("0")


def _holes() -> list[slice]:
    """Where the runs of `?` are, in order."""
    marks = np.frombuffer(f" {_TEMPLATE} ".encode(), np.uint8) == _HOLE
    edges = np.flatnonzero(np.diff(marks.astype(np.int8)))
    return [slice(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


_TS, _USER, _EVENT, _CITY, _AMOUNT, _QTY, _SESSION, _SHELF, _ITEM, _OK = _holes()


def _table(words: tuple[str, ...], width: int) -> Bytes:
    """Words as lines of equal width, filled up with zero bytes."""
    return np.frombuffer(b"".join(word.encode().ljust(width, b"\0") for word in words), np.uint8).reshape(-1, width)


_EVENT_TABLE = _table(EVENTS, 8)
_CITY_TABLE = _table(CITIES, 7)
_OK_TABLE = _table(("false", *["true"] * 15), 5)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_BLANK = np.frombuffer(_TEMPLATE.replace("?", "\0").encode(), np.uint8)


def clicks(seed: int, start_row: int, rows: int, first_ms: int, step: float) -> list[bytes]:
    """Rows `[start_row, start_row + rows)` of the stream `seed` as JSON messages.

    The first of them happens at `first_ms` (epoch ms), each next one `step` ms later; only `ts` depends on the two.
    """
    moments = (first_ms + (np.arange(rows) * step).astype(np.int64)).astype(np.uint64)
    numbers = np.arange(start_row, start_row + rows, dtype=np.uint64)
    parts = (slice(at, at + ROWS_AT_ONCE) for at in range(0, rows, ROWS_AT_ONCE))
    return [row for part in parts for row in _messages(seed, numbers[part], moments[part])]


def _messages(seed: int, numbers: Words, moments: Words) -> list[bytes]:
    lines = np.tile(_BLANK, (len(numbers), 1))
    who, what, session = (random_words(seed, numbers, salt) for salt in range(3))
    pages = (what >> np.uint64(8)) % np.uint64(PAGES)
    cents = (what >> np.uint64(32)) % np.uint64(1_000_000)

    _write_digits(lines[:, _TS], moments)
    _write_digits(lines[:, _USER], who % np.uint64(USERS), keep_zeros=False)
    lines[:, _EVENT] = _EVENT_TABLE[(who >> np.uint64(40)) % np.uint64(len(EVENTS))]
    lines[:, _CITY] = _CITY_TABLE[(who >> np.uint64(48)) % np.uint64(len(CITIES))]
    _write_money(lines[:, _AMOUNT], cents)
    _write_digits(lines[:, _QTY], np.uint64(1) + (what >> np.uint64(60)) % np.uint64(9))
    _write_hex(lines[:, _SESSION], session)
    _write_digits(lines[:, _SHELF], pages % np.uint64(100), keep_zeros=False)
    _write_digits(lines[:, _ITEM], pages, keep_zeros=False)
    lines[:, _OK] = _OK_TABLE[(what >> np.uint64(56)) % np.uint64(16)]
    return _squeezed(lines)


def random_words(seed: int, numbers: Words, salt: int) -> Words:
    """A well-mixed 64-bit word for each row number (the finaliser of splitmix64)."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15) + np.uint64((seed * 0x632BE59BD9B4E019 + salt) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    words: Words = mixed ^ (mixed >> np.uint64(31))
    return words


def _write_digits(into: Bytes, values: Words, keep_zeros: bool = True) -> None:
    """Decimal digits, right-aligned; leading zeros stay zero bytes unless kept."""
    rest = values
    for place in reversed(range(into.shape[1])):
        rest, digit = np.divmod(rest, np.uint64(10))
        into[:, place] = digit
    shown = into + np.uint8(_ZERO)
    if not keep_zeros:
        leading = np.logical_and.accumulate(into[:, :-1] == 0, axis=1)
        shown[:, :-1][leading] = 0
    into[:] = shown


def _write_money(into: Bytes, cents: Words) -> None:
    """`0.05` to `9999.99`, in seven places."""
    _write_digits(into[:, :4], cents // np.uint64(100), keep_zeros=False)
    into[:, 4] = ord(".")
    _write_digits(into[:, 5:], cents % np.uint64(100))


def _write_hex(into: Bytes, values: Words) -> None:
    pairs = np.ascontiguousarray(values.astype(">u8")).view(np.uint8).reshape(-1, 8)
    into[:, 0::2] = _HEX[pairs >> 4]
    into[:, 1::2] = _HEX[pairs & 15]


def _squeezed(lines: Bytes) -> list[bytes]:
    """Each line without its zero bytes."""
    used = lines != 0
    ends = np.concatenate(([0], np.cumsum(used.sum(axis=1))))
    text = lines[used].tobytes()
    return [text[start:end] for start, end in pairwise(ends.tolist())]
