"""Digests, checksums and hashes of bytes, as signed numbers where Pinot's are."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable

from engine.functions.entry import ArrowFunction, by_row
from engine.functions.murmur import murmur2, murmur2_64, murmur3_32, murmur3_128

_MURMUR2_64_SEED = 0xE17A1465
_CRC32C_POLYNOMIAL = 0x82F63B78
_FNV_PRIMES = {32: 0x01000193, 64: 0x100000001B3}
_FNV_BASES = {32: 0x811C9DC5, 64: 0xCBF29CE484222325}


def signed(value: int, bits: int) -> int:
    """The low bits of a number as Java's int or long has them."""
    half = 1 << (bits - 1)
    return ((value + half) & ((1 << bits) - 1)) - half


def fnv(octets: bytes, bits: int, *, xor_first: bool) -> int:
    """FNV-1, or FNV-1a where each byte comes in before the multiplication."""
    mask, prime, state = (1 << bits) - 1, _FNV_PRIMES[bits], _FNV_BASES[bits]
    for octet in octets:
        state = ((state ^ octet) * prime & mask) if xor_first else ((state * prime & mask) ^ octet)
    return state


def crc32c(octets: bytes) -> int:
    """Castagnoli's CRC."""
    state = 0xFFFFFFFF
    for octet in octets:
        state = (state >> 8) ^ _CRC32C_TABLE[(state ^ octet) & 0xFF]
    return state ^ 0xFFFFFFFF


def _crc32c_entry(octet: int) -> int:
    for _ in range(8):
        octet = (octet >> 1) ^ (_CRC32C_POLYNOMIAL if octet & 1 else 0)
    return octet


_CRC32C_TABLE = [_crc32c_entry(octet) for octet in range(256)]


def _int(function: Callable[..., int]) -> Callable[..., int]:
    return lambda *arguments: signed(function(*arguments), 32)


def _long(function: Callable[..., int]) -> Callable[..., int]:
    return lambda *arguments: signed(function(*arguments), 64)


def _fnv_row(name: str, bits: int, *, xor_first: bool) -> ArrowFunction:
    result = "INTEGER" if bits == 32 else "BIGINT"
    return by_row(name, "BLOB", result, lambda octets: signed(fnv(octets, bits, xor_first=xor_first), bits))


HASHES: tuple[ArrowFunction, ...] = (
    by_row("sha3_224", "BLOB", "VARCHAR", lambda octets: hashlib.sha3_224(octets).hexdigest()),
    by_row("sha512", "BLOB", "VARCHAR", lambda octets: hashlib.sha512(octets).hexdigest()),
    by_row("crc32", "BLOB", "INTEGER", _int(zlib.crc32)),
    by_row("crc32c", "BLOB", "INTEGER", _int(crc32c)),
    by_row("adler32", "BLOB", "INTEGER", _int(zlib.adler32)),
    _fnv_row("fnv1_32", 32, xor_first=False),
    _fnv_row("fnv1_64", 64, xor_first=False),
    _fnv_row("fnv1a_32", 32, xor_first=True),
    _fnv_row("fnv1a_64", 64, xor_first=True),
    by_row("murmur2", "BLOB", "INTEGER", _int(murmur2)),
    by_row("murmur2_64", "BLOB", "BIGINT", _long(lambda octets: murmur2_64(octets, _MURMUR2_64_SEED))),
    by_row("murmur2_64_seeded", "BLOB BIGINT", "BIGINT", _long(murmur2_64)),
    by_row("murmur3_32", "BLOB BIGINT", "INTEGER", _int(murmur3_32)),
    by_row("murmur3_64", "BLOB BIGINT", "BIGINT", _long(lambda octets, seed: murmur3_128(octets, seed)[0])),
    by_row("murmur3_128", "BLOB BIGINT", "BLOB", lambda octets, seed: _octets(murmur3_128(octets, seed))),
)


def _octets(halves: tuple[int, int]) -> bytes:
    return b"".join(half.to_bytes(8, "little") for half in halves)
