"""Digests and hashes of bytes; a text stands for its UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Sequence

from dialects.column_types import BYTES, INT, LONG, STRING
from dialects.conversions import Typed, convert
from dialects.function_entry import Context, Function, special


def octets(value: Typed) -> str:
    """SQL of a value's bytes: those of BYTES, else the UTF-8 of its text."""
    return value.sql if value.data_type == BYTES else f"encode({convert(value, STRING)})"


def _hash(name: str, result: str, sql: str, doc: str, *aliases: str) -> Function:
    """Of bytes alone."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        return Typed(sql.format(octets(arguments[0])), result)

    return special(name, 1, 1, render, doc, aliases=aliases)


def _seeded(name: str, result: str, sql: str, doc: str) -> Function:
    """Of bytes and a whole number."""

    def render(arguments: Sequence[Typed], _: Context) -> Typed:
        return Typed(sql.format(octets(arguments[0]), convert(arguments[1], LONG)), result)

    return special(name, 2, 2, render, doc)


def _murmur2_64(arguments: Sequence[Typed], _: Context) -> Typed:
    if len(arguments) == 1:
        return Typed(f"pinot_murmur2_64({octets(arguments[0])})", LONG)
    return Typed(f"pinot_murmur2_64_seeded({octets(arguments[0])}, {convert(arguments[1], LONG)})", LONG)


HASHES: tuple[Function, ...] = (
    _hash("md5", STRING, "md5({0})", "hexadecimal digest"),
    _hash("md5raw", BYTES, "unhex(md5({0}))", "the digest's bytes"),
    _hash("sha1", STRING, "sha1({0})", "hexadecimal digest", "sha"),
    _hash("sha224", STRING, "pinot_sha3_224({0})", "hexadecimal digest: SHA3-224, as in Pinot"),
    _hash("sha256", STRING, "sha256({0})", "hexadecimal digest"),
    _hash("sha512", STRING, "pinot_sha512({0})", "hexadecimal digest"),
    _hash("crc32", INT, "pinot_crc32({0})", "cyclic redundancy check"),
    _hash("crc32c", INT, "pinot_crc32c({0})", "Castagnoli's cyclic redundancy check"),
    _hash("adler32", INT, "pinot_adler32({0})", "Adler's checksum"),
    _hash("fnv1hash32", INT, "pinot_fnv1_32({0})", "FNV-1", "fnv1hash32utf8", "fnv132"),
    _hash("fnv1hash64", LONG, "pinot_fnv1_64({0})", "FNV-1", "fnv1hash64utf8", "fnv164"),
    _hash("fnv1ahash32", INT, "pinot_fnv1a_32({0})", "FNV-1a", "fnv1ahash32utf8", "fnv1a32"),
    _hash("fnv1ahash64", LONG, "pinot_fnv1a_64({0})", "FNV-1a", "fnv1ahash64utf8", "fnv1a64"),
    _hash("murmurhash2", INT, "pinot_murmur2({0})", "what Kafka partitions by", "murmurhash2utf8", "murmur2"),
    special("murmurhash2bit64", 1, 2, _murmur2_64, "MurmurHash64A, with a seed"),
    _hash("murmur332", INT, "pinot_murmur3_32({0}, 0)", "murmur3_32: MurmurHash3 with seed 0"),
    _seeded("murmurhash3bit32", INT, "pinot_murmur3_32({0}, {1})", "MurmurHash3 with a seed"),
    _seeded("murmurhash3bit64", LONG, "pinot_murmur3_64({0}, {1})", "first half of the 128 bits"),
    _seeded("murmurhash3bit128", BYTES, "pinot_murmur3_128({0}, {1})", "MurmurHash3 x64 with a seed"),
)
