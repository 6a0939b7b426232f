"""HyperLogLog as stream-lib keeps it, with the hash that it takes: what Pinot stores and prints."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator

from engine.functions.entry import ArrowFunction, by_row
from engine.sketches.entry import known, per_group

_FACTOR, _M32 = 0x5BD1E995, 0xFFFFFFFF
_PER_WORD, _REGISTER_BITS, _WORD_BITS = 6, 5, 32
LG_REGISTERS = range(4, 17)


def hash_octets(octets: bytes) -> int:
    """MurmurHash2 with the quirks of its Java port: the last one to three bytes are signed and in reverse."""
    state = _M32 ^ len(octets)
    whole = len(octets) & ~3
    for at in range(0, whole, 4):
        state = state * _FACTOR & _M32 ^ _mixed(int.from_bytes(octets[at : at + 4], "little"))
    if rest := octets[whole:]:
        for place in reversed(range(len(rest))):
            state ^= (rest[place] - (rest[place] >> 7 << 8)) << _tail_shift(len(rest), place) & _M32
        state = state * _FACTOR & _M32
    return _finished(state)


def hash_long(number: int) -> int:
    low, high = number & _M32, number >> 32 & _M32
    state = _mixed(low)
    return _finished((state * _FACTOR & _M32) ^ _mixed(high))


def _tail_shift(length: int, place: int) -> int:
    """The last byte is not shifted, the one before it by 8 bits, the one before that by 16."""
    return 8 * (length - 1 - place)


def _mixed(block: int) -> int:
    block = block * _FACTOR & _M32
    return (block ^ block >> 24) * _FACTOR & _M32


def _finished(state: int) -> int:
    state = (state ^ state >> 13) * _FACTOR & _M32
    return state ^ state >> 15


def _hashes(values: Iterable[str | int | float | None]) -> Iterator[int]:
    for value in known(values):
        if isinstance(value, str):
            yield hash_octets(value.encode())
        elif isinstance(value, float):
            yield hash_long(int.from_bytes(struct.pack(">d", value), "big"))
        elif isinstance(value, int):
            yield hash_long(value)


def of_values(values: Iterable[str | int | float | None], lg_registers: int) -> bytes:
    registers = [0] * (1 << lg_registers)
    for hashed in _hashes(values):
        place = hashed >> (_WORD_BITS - lg_registers)
        rest = (hashed << lg_registers & _M32) | (1 << lg_registers - 1)
        registers[place] = max(registers[place], _WORD_BITS - rest.bit_length() + 1)
    return _written(registers)


def merged(sketches: Iterable[bytes | None], lg_registers: int) -> bytes:
    """Of the size that the sketches have. Raises ValueError where they differ."""
    registers: list[int] = []
    for octets in known(sketches):
        found = read(octets)
        if registers and len(registers) != len(found):
            raise ValueError("HyperLogLog sketches of different sizes cannot be merged")
        registers = list(map(max, registers, found)) if registers else found
    return _written(registers or [0] * (1 << lg_registers))


def read(octets: bytes) -> list[int]:
    """The registers. Raises ValueError."""
    head = octets[:8].ljust(8, b"\0")
    lg_registers, size = struct.unpack(">ii", head)
    if lg_registers not in LG_REGISTERS or size != 4 * _word_count(1 << lg_registers) or len(octets) != 8 + size:
        raise ValueError("not a serialized HyperLogLog sketch")
    words = struct.unpack(f">{size // 4}I", octets[8:])
    mask = (1 << _REGISTER_BITS) - 1
    every = [word >> _REGISTER_BITS * at & mask for word in words for at in range(_PER_WORD)]
    return every[: 1 << lg_registers]


def _written(registers: list[int]) -> bytes:
    count = len(registers)
    words = [0] * _word_count(count)
    for at, value in enumerate(registers):
        words[at // _PER_WORD] |= value << _REGISTER_BITS * (at % _PER_WORD)
    return struct.pack(f">ii{len(words)}I", count.bit_length() - 1, 4 * len(words), *words)


def _word_count(registers: int) -> int:
    """A word of 32 bits holds six registers."""
    words = registers // _PER_WORD
    return max(words + (words % _WORD_BITS != 0), 1)


def estimate(octets: bytes) -> int:
    """The bias-corrected harmonic mean; for few values, the number of registers that are still zero says it."""
    registers = read(octets)
    count, zeros = len(registers), registers.count(0)
    alpha = {16: 0.673, 32: 0.697, 64: 0.709}.get(count, 0.7213 / (1 + 1.079 / count))
    raw = alpha * count * count / sum(2.0**-value for value in registers)
    if raw > 2.5 * count or not zeros:
        return round(raw)
    return round(count * math.log(count / zeros))


def _built(element: str, function: Callable[..., bytes]) -> ArrowFunction:
    name = "hll_merged" if element == "BLOB" else f"hll_of_{element.lower()}"
    return per_group(name, f"{element}[] INTEGER", "BLOB", function)


HYPERLOGLOG: tuple[ArrowFunction, ...] = (
    *(_built(element, of_values) for element in ("VARCHAR", "BIGINT", "DOUBLE")),
    _built("BLOB", merged),
    by_row("hll_estimate", "BLOB", "BIGINT", estimate),
)
