"""The MurmurHash family after its public description, as unsigned numbers."""

from __future__ import annotations

_M32, _M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
_KAFKA_SEED = 0x9747B28C


def murmur2(octets: bytes) -> int:
    """MurmurHash2 of 32 bits with Kafka's seed: what its default partitioner computes."""
    factor = 0x5BD1E995
    state = _KAFKA_SEED ^ len(octets)
    whole = len(octets) & ~3
    for at in range(0, whole, 4):
        block = int.from_bytes(octets[at : at + 4], "little") * factor & _M32
        block = (block ^ block >> 24) * factor & _M32
        state = (state * factor & _M32) ^ block
    if len(octets) > whole:
        state = (state ^ int.from_bytes(octets[whole:], "little")) * factor & _M32
    state = (state ^ state >> 13) * factor & _M32
    return state ^ state >> 15


def murmur2_64(octets: bytes, seed: int) -> int:
    """MurmurHash64A."""
    factor = 0xC6A4A7935BD1E995
    state = (seed & _M32) ^ (len(octets) * factor & _M64)
    whole = len(octets) & ~7
    for at in range(0, whole, 8):
        block = int.from_bytes(octets[at : at + 8], "little") * factor & _M64
        block = (block ^ block >> 47) * factor & _M64
        state = (state ^ block) * factor & _M64
    if len(octets) > whole:
        state = (state ^ int.from_bytes(octets[whole:], "little")) * factor & _M64
    state = (state ^ state >> 47) * factor & _M64
    return state ^ state >> 47


def murmur3_32(octets: bytes, seed: int) -> int:
    """MurmurHash3 x86 of 32 bits."""
    state = seed & _M32
    whole = len(octets) & ~3
    for at in range(0, whole, 4):
        state ^= _mixed_32(int.from_bytes(octets[at : at + 4], "little"))
        state = (_rotated(state, 13, 32) * 5 + 0xE6546B64) & _M32
    state ^= _mixed_32(int.from_bytes(octets[whole:], "little")) ^ len(octets)
    state = (state ^ state >> 16) * 0x85EBCA6B & _M32
    state = (state ^ state >> 13) * 0xC2B2AE35 & _M32
    return state ^ state >> 16


def _mixed_32(block: int) -> int:
    return _rotated(block * 0xCC9E2D51 & _M32, 15, 32) * 0x1B873593 & _M32


def murmur3_128(octets: bytes, seed: int) -> tuple[int, int]:
    """MurmurHash3 x64 of 128 bits, its two halves."""
    first = second = seed & _M32
    whole = len(octets) & ~15
    for at in range(0, whole, 16):
        first ^= _mixed_first(octets[at : at + 8])
        first = ((_rotated(first, 27, 64) + second) * 5 + 0x52DCE729) & _M64
        second ^= _mixed_second(octets[at + 8 : at + 16])
        second = ((_rotated(second, 31, 64) + first) * 5 + 0x38495AB5) & _M64
    rest = octets[whole:]
    second ^= _mixed_second(rest[8:]) ^ len(octets)
    first ^= _mixed_first(rest[:8]) ^ len(octets)
    first = (first + second) & _M64
    second = (second + first) & _M64
    first, second = _finished(first), _finished(second)
    first = (first + second) & _M64
    return first, (second + first) & _M64


def _mixed_first(block: bytes) -> int:
    value = int.from_bytes(block, "little") * 0x87C37B91114253D5 & _M64
    return _rotated(value, 31, 64) * 0x4CF5AD432745937F & _M64


def _mixed_second(block: bytes) -> int:
    value = int.from_bytes(block, "little") * 0x4CF5AD432745937F & _M64
    return _rotated(value, 33, 64) * 0x87C37B91114253D5 & _M64


def _finished(half: int) -> int:
    half = (half ^ half >> 33) * 0xFF51AFD7ED558CCD & _M64
    half = (half ^ half >> 33) * 0xC4CEB9FE1A85EC53 & _M64
    return half ^ half >> 33


def _rotated(value: int, by: int, bits: int) -> int:
    return (value << by | value >> (bits - by)) & ((1 << bits) - 1)
